//! What was proven.

use certs::{Certificate, CurrentPath, Time, hex};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::combination::together;
use crate::one_time_code::VerifiedCode;
use crate::password::VerifiedPassword;
use crate::settings::TwoPossessionFactors;
use crate::strength::Strength;

/// What a person proved, fresh or earlier in the same sign-in or session.
#[derive(Debug)]
pub struct Evidence {
    pub(crate) fresh: Vec<Fresh>,
    pub(crate) recorded: Vec<Live>,
}

#[derive(Debug)]
pub(crate) enum Fresh {
    Certificate(Box<CurrentPath>),
    Password(VerifiedPassword),
    Code(VerifiedCode),
}

/// A way of proving who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A certificate whose key the person holds.
    Certificate,
    /// A password.
    Password,
    /// A one-time code.
    Code,
    /// A passkey.
    Passkey {
        /// Whether its holder proved that it is them, by PIN or biometrics (`WebAuthn` §6.1, UV).
        user_verified: bool,
    },
}

/// One thing that was proven, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What it was.
    pub factor: Factor,
    /// When it was proven.
    pub at: Time,
    /// What it counts for by itself.
    pub strength: Strength,
    /// The certificate, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateFacts>,
}

/// What a session, a primary refresh token or a journey keeps of what was proven, and for whom.
/// It counts again only as a [`Live`] one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    account: String,
    proofs: Vec<Proof>,
}

/// A record that has neither ended nor changed hands.
#[derive(Clone, Debug)]
pub struct Live(Recorded);

/// That a record counts no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session has ended")]
pub struct Ended;

/// What is kept and logged of a certificate that was accepted for an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// The issuer's common name.
    pub issuer_name: String,
    /// Serial number, lowercase hex.
    pub serial: String,
    /// SHA-1 of the certificate, uppercase hex.
    pub thumbprint: String,
    /// SHA-256 of the certificate, lowercase hex.
    pub sha256: String,
    /// Valid from.
    pub not_before: Time,
    /// Valid until.
    pub not_after: Time,
    /// Policies that it asserts, dotted.
    pub policies: Vec<String>,
    /// Those of them that hold along the path, where the tenant counts no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_policies: Option<Vec<String>>,
    /// The key identifier of its issuer, lowercase hex, where it states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_key_identifier: Option<String>,
    /// The key identifier of the CA whose scope rule let the account in, lowercase hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scoped_by: Option<String>,
    /// The binding that matched, in the directory's words.
    pub binding: String,
    /// What the certificate counts for.
    pub level: Strength,
    /// What rated it: `IssuerAndPolicyId`, `PolicyId`, `Issuer` or `Default`.
    pub level_type: String,
    /// The policy OID, the issuer or both of the rule; empty for the default.
    pub level_identifier: String,
}

impl Evidence {
    /// Joins two proofs of one sign-in.
    #[must_use]
    pub fn and(mut self, other: impl Into<Self>) -> Self {
        let other = other.into();
        self.fresh.extend(other.fresh);
        self.recorded.extend(other.recorded);
        self
    }

    fn fresh(fresh: Fresh) -> Self {
        Self {
            fresh: vec![fresh],
            recorded: Vec::new(),
        }
    }
}

impl From<CurrentPath> for Evidence {
    fn from(path: CurrentPath) -> Self {
        Self::fresh(Fresh::Certificate(Box::new(path)))
    }
}

impl From<VerifiedPassword> for Evidence {
    fn from(password: VerifiedPassword) -> Self {
        Self::fresh(Fresh::Password(password))
    }
}

impl From<VerifiedCode> for Evidence {
    fn from(code: VerifiedCode) -> Self {
        Self::fresh(Fresh::Code(code))
    }
}

impl From<Live> for Evidence {
    fn from(live: Live) -> Self {
        Self {
            fresh: Vec::new(),
            recorded: vec![live],
        }
    }
}

impl Recorded {
    pub(crate) fn new(account: &Account, proofs: Vec<Proof>) -> Self {
        Self {
            account: account.id.clone(),
            proofs,
        }
    }

    /// The account it is about.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// What was proven, the oldest first.
    #[must_use]
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// What all of it counts for together, where two things that are held are one factor; a
    /// [`Grant`](crate::Grant) knows what its tenant says of them.
    #[must_use]
    pub fn strength(&self) -> Strength {
        together(&self.proofs, TwoPossessionFactors::SingleFactor)
    }

    /// Makes it count again, if it has not ended.
    ///
    /// # Errors
    /// [`Ended`] if its time is over.
    pub fn live(self, ends: Time, now: Time) -> Result<Live, Ended> {
        if now < ends {
            Ok(Live(self))
        } else {
            Err(Ended)
        }
    }
}

impl Live {
    pub(crate) const fn recorded(&self) -> &Recorded {
        &self.0
    }
}

impl CertificateFacts {
    /// The policies that rules and strengths look at.
    #[must_use]
    pub fn counted_policies(&self) -> &[String] {
        self.path_policies.as_deref().unwrap_or(&self.policies)
    }

    /// The facts of a certificate; its names come as they were printed already.
    pub(crate) fn of(leaf: &Certificate, subject: String, issuer: String) -> Self {
        Self {
            subject,
            issuer,
            issuer_name: leaf.issuer().short(),
            serial: leaf.serial_hex(),
            thumbprint: leaf.thumbprint(),
            sha256: leaf.sha256().to_string(),
            not_before: leaf.not_before(),
            not_after: leaf.not_after(),
            policies: leaf.policies().to_vec(),
            path_policies: None,
            authority_key_identifier: leaf.authority_key_identifier().map(hex),
            scoped_by: None,
            binding: String::new(),
            level: Strength::SingleFactor,
            level_type: String::new(),
            level_identifier: String::new(),
        }
    }
}
