//! Which factors together satisfy what: one table, and nothing else decides it.

use certs::Time;

use crate::evidence::{Factor, Proof};
use crate::settings::TwoPossessionFactors;
use crate::strength::Strength;

/// One factor of a combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A certificate that rules rate as two factors.
    MultiFactorCertificate,
    /// A certificate that rules rate as one.
    SingleFactorCertificate,
    /// A passkey whose holder proved that it is them, by PIN or biometrics.
    VerifiedPasskey,
    /// A passkey, verified or not.
    Passkey,
    /// A password.
    Password,
    /// A one-time code.
    Code,
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Combination {
    /// What has to be proven.
    pub(crate) parts: &'static [Part],
    /// The directory's name of it, where it has one: methods separated by commas.
    pub(crate) mode: Option<&'static str>,
    multi_factor: Counts,
    passwordless: bool,
    phishing_resistant: bool,
}

/// Whether a combination is two factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Yes,
    /// Two things that are held; the tenant decides.
    IfTenantSays,
    No,
}

/// The strengths that are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltInStrength {
    /// The same as requiring multi-factor authentication.
    MultiFactor,
    /// Two factors, and no password among them.
    Passwordless,
    /// Two factors that no page in between can pass on.
    PhishingResistant,
}

impl Combination {
    /// Whether it is two factors in this tenant.
    pub(crate) fn is_multi_factor(&self, tenant: TwoPossessionFactors) -> bool {
        match self.multi_factor {
            Counts::Yes => true,
            Counts::No => false,
            Counts::IfTenantSays => tenant == TwoPossessionFactors::MultiFactor,
        }
    }

    /// Whether it satisfies a strength that is always there.
    pub(crate) fn satisfies(
        &self,
        strength: BuiltInStrength,
        tenant: TwoPossessionFactors,
    ) -> bool {
        match strength {
            BuiltInStrength::MultiFactor => self.is_multi_factor(tenant),
            BuiltInStrength::Passwordless => self.passwordless,
            BuiltInStrength::PhishingResistant => self.phishing_resistant,
        }
    }

    /// Whether it holds all of another, and something beside it.
    pub(crate) fn is_more_than(&self, other: &Self) -> bool {
        self.parts.len() > other.parts.len()
            && other.parts.iter().all(|part| self.parts.contains(part))
    }

    /// What has to be proven, for whoever has to prove it.
    pub(crate) fn in_words(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| part.in_words()).collect();
        parts.join(" with ")
    }

    /// Whether it is a single thing.
    pub(crate) const fn is_single(&self) -> bool {
        self.parts.len() == 1
    }

    /// Whether the proofs hold all of it.
    pub(crate) fn is_held_by<'a>(
        &self,
        proofs: &(impl Iterator<Item = &'a Proof> + Clone),
    ) -> bool {
        self.parts
            .iter()
            .all(|part| proofs.clone().any(|proof| part.is_proven_by(proof)))
    }

    /// When the last of it was proven; none where the proofs do not hold all of it.
    pub(crate) fn completed_at<'a>(
        &self,
        proofs: &(impl Iterator<Item = &'a Proof> + Clone),
    ) -> Option<Time> {
        let newest = |part: &Part| {
            proofs
                .clone()
                .filter(|proof| part.is_proven_by(proof))
                .map(|proof| proof.at)
                .max()
        };
        let mut last = None;
        for part in self.parts {
            last = last.max(Some(newest(part)?));
        }
        last
    }
}

impl Part {
    /// Whether the proof is one of this part.
    pub(crate) fn is_proven_by(self, proof: &Proof) -> bool {
        match (self, proof.factor) {
            (Self::MultiFactorCertificate, Factor::Certificate) => {
                proof.strength == Strength::MultiFactor
            }
            (Self::SingleFactorCertificate, Factor::Certificate) => {
                proof.strength == Strength::SingleFactor
            }
            (Self::VerifiedPasskey, Factor::Passkey { user_verified }) => user_verified,
            (Self::Passkey, Factor::Passkey { .. })
            | (Self::Password, Factor::Password)
            | (Self::Code, Factor::Code) => true,
            (
                Self::MultiFactorCertificate | Self::SingleFactorCertificate,
                Factor::Password | Factor::Code | Factor::Passkey { .. },
            )
            | (
                Self::VerifiedPasskey | Self::Passkey,
                Factor::Certificate | Factor::Password | Factor::Code,
            )
            | (Self::Password, Factor::Certificate | Factor::Code | Factor::Passkey { .. })
            | (Self::Code, Factor::Certificate | Factor::Password | Factor::Passkey { .. }) => {
                false
            }
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::MultiFactorCertificate => "a certificate that counts as two factors",
            Self::SingleFactorCertificate => "a certificate that counts as one factor",
            Self::VerifiedPasskey | Self::Passkey => "a passkey",
            Self::Password => "a password",
            Self::Code => "a one-time code",
        }
    }

    /// The factor to ask for.
    pub(crate) const fn factor(self) -> Factor {
        match self {
            Self::MultiFactorCertificate | Self::SingleFactorCertificate => Factor::Certificate,
            Self::VerifiedPasskey | Self::Passkey => Factor::Passkey {
                user_verified: true,
            },
            Self::Password => Factor::Password,
            Self::Code => Factor::Code,
        }
    }
}

/// What proofs count for together.
pub(crate) fn together(proofs: &[Proof], tenant: TwoPossessionFactors) -> Strength {
    let two = TABLE
        .iter()
        .any(|row| row.is_multi_factor(tenant) && row.is_held_by(&proofs.iter()));
    if two {
        Strength::MultiFactor
    } else {
        Strength::SingleFactor
    }
}

/// The names of the methods that the directory's combinations are made of
/// (`authenticationMethodModes`).
pub(crate) const MODES: [&str; 17] = [
    "password",
    "voice",
    "hardwareOath",
    "softwareOath",
    "sms",
    "fido2",
    "windowsHelloForBusiness",
    "microsoftAuthenticatorPush",
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "email",
    "x509CertificateSingleFactor",
    "x509CertificateMultiFactor",
    "federatedSingleFactor",
    "federatedMultiFactor",
    "qrCodePin",
];

const fn row(
    parts: &'static [Part],
    mode: Option<&'static str>,
    multi_factor: Counts,
    passwordless: bool,
    phishing_resistant: bool,
) -> Combination {
    Combination {
        parts,
        mode,
        multi_factor,
        passwordless,
        phishing_resistant,
    }
}

/// The table: what is proven, the directory's name, two factors, passwordless, phishing-resistant.
#[rustfmt::skip]
pub(crate) static TABLE: [Combination; 13] = {
    use Counts::{IfTenantSays, No, Yes};
    use Part::{Code, MultiFactorCertificate, Passkey, Password, SingleFactorCertificate, VerifiedPasskey};
    [
        row(&[MultiFactorCertificate], Some("x509CertificateMultiFactor"), Yes, true, true),
        row(&[VerifiedPasskey], Some("fido2"), Yes, true, true),
        row(&[SingleFactorCertificate, VerifiedPasskey], Some("fido2"), Yes, true, true),
        row(&[Password, SingleFactorCertificate], Some("password,x509CertificateSingleFactor"), Yes, false, false),
        row(&[Password, Passkey], Some("password,fido2"), Yes, false, false),
        row(&[Password, Code], Some("password,softwareOath"), Yes, false, false),
        row(&[SingleFactorCertificate, Code], None, IfTenantSays, false, false),
        row(&[SingleFactorCertificate, Passkey], None, IfTenantSays, false, false),
        row(&[Passkey, Code], None, IfTenantSays, false, false),
        row(&[SingleFactorCertificate], Some("x509CertificateSingleFactor"), No, false, false),
        row(&[Password], Some("password"), No, false, false),
        row(&[Passkey], None, No, false, false),
        row(&[Code], None, No, false, false),
    ]
};
