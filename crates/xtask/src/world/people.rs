//! Who lives in the demo world, and which certificates they were given.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use aws_lc_rs::digest;
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType, SerialNumber,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::extensions;
use super::files;
use super::pki::{self, Pki};
use super::token::{KeyKind, Token};

/// A person with an account, and the password that this world drew for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name that people call them.
    pub name: String,
    /// The username.
    pub user_principal_name: String,
    /// The password, printed for the person who runs the demo.
    pub password: String,
}

impl Person {
    /// Makes someone up, with a fresh password.
    ///
    /// # Errors
    ///
    /// When the operating system has no random bytes.
    pub fn named(name: &str, user: &str) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            user_principal_name: format!("{user}@{DOMAIN}"),
            password: files::random_password()?,
        })
    }
}

/// The certificates on the demo's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// Lee's, RSA-2048, multi-factor by its policy.
    Lee,
    /// Sam's, P-256, one factor.
    Sam,
    /// Lee's last one, which has expired.
    LeeExpired,
    /// Issued to Lee by an authority that the tenant does not trust, P-384.
    LeeUntrusted,
    /// Robin's, which the issuing authority has revoked.
    RobinRevoked,
    /// Good in itself, but it names nobody who has an account.
    Stranger,
}

impl Credential {
    /// What `cargo demo` puts on the token.
    pub const DEMO: &[Self] = &[Self::Lee, Self::Sam, Self::LeeExpired, Self::LeeUntrusted];

    /// Everything there is, for journeys that want to be refused.
    pub const ALL: &[Self] = &[
        Self::Lee,
        Self::Sam,
        Self::LeeExpired,
        Self::LeeUntrusted,
        Self::RobinRevoked,
        Self::Stranger,
    ];

    /// Returns the label of the key and the certificate on the token.
    pub fn label(self) -> &'static str {
        match self {
            Self::Lee => "Lee Park",
            Self::Sam => "Sam Ortiz",
            Self::LeeExpired => "Lee Park (expired)",
            Self::LeeUntrusted => "Lee Park (Borealis)",
            Self::RobinRevoked => "Robin Vale",
            Self::Stranger => "Kim Doe",
        }
    }

    /// Returns the identifier (`CKA_ID`) of the key and the certificate on the token.
    pub fn id(self) -> u8 {
        match self {
            Self::Lee => 1,
            Self::Sam => 2,
            Self::LeeExpired => 3,
            Self::LeeUntrusted => 4,
            Self::RobinRevoked => 5,
            Self::Stranger => 6,
        }
    }

    fn key(self) -> KeyKind {
        match self {
            Self::Lee => KeyKind::Rsa2048,
            Self::LeeUntrusted => KeyKind::P384,
            Self::Sam | Self::LeeExpired | Self::RobinRevoked | Self::Stranger => KeyKind::P256,
        }
    }

    fn holder(self) -> Holder {
        let (name, user) = match self {
            Self::Lee | Self::LeeExpired | Self::LeeUntrusted => return Holder::LEE,
            Self::Sam => ("Sam Ortiz", "sam"),
            Self::RobinRevoked => ("Robin Vale", "robin"),
            Self::Stranger => ("Kim Doe", "kim"),
        };
        Holder { name, user }
    }

    fn file_name(self) -> &'static str {
        match self {
            Self::Lee => "lee.pem",
            Self::Sam => "sam.pem",
            Self::LeeExpired => "lee-expired.pem",
            Self::LeeUntrusted => "lee-untrusted.pem",
            Self::RobinRevoked => "robin-revoked.pem",
            Self::Stranger => "stranger.pem",
        }
    }
}

/// Whom a certificate names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// The common name.
    name: &'static str,
    /// The user part of the principal name.
    user: &'static str,
}

impl Holder {
    pub(super) const LEE: Self = Self {
        name: "Lee Park",
        user: "lee",
    };
}

/// A certificate as it was issued; its key is on the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Which of the demo's certificates this is.
    pub credential: Credential,
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// SHA-256 of the certificate, lowercase hexadecimal: how Lanyard's options name it.
    pub sha256: String,
    /// The serial number, lowercase hexadecimal without separators.
    pub serial: String,
}

impl Issued {
    /// Returns the serial number for a revocation list.
    pub(super) fn serial_number(&self) -> Result<SerialNumber> {
        let bytes = (0..self.serial.len())
            .step_by(2)
            .map(|start| {
                let digits = self.serial.get(start..start + 2);
                u8::from_str_radix(digits.unwrap_or("odd"), 16)
            })
            .collect::<Result<Vec<_>, _>>()
            .with_context(|| format!("{} is not a serial number", self.serial))?;
        Ok(SerialNumber::from_slice(&bytes))
    }
}

/// Has the token generate a key, certifies it and stores the certificate beside it.
///
/// # Errors
///
/// When the token refuses or the folder cannot be written.
pub fn issue(
    credential: Credential,
    token: &Token,
    pki: &Pki,
    folder: &Path,
    now: i64,
) -> Result<Issued> {
    let now = OffsetDateTime::from_unix_timestamp(now)?;
    let public_key = token.generate(credential.id(), credential.label(), credential.key())?;
    let issuer = match credential {
        Credential::LeeUntrusted => &pki.other,
        Credential::Lee
        | Credential::Sam
        | Credential::LeeExpired
        | Credential::RobinRevoked
        | Credential::Stranger => &pki.issuing,
    };
    let serial = pki::serial_number()?;
    let params = parameters(credential, serial.clone(), now)?;
    let certificate = params.signed_by(&public_key, issuer.issuer())?;
    token.store(credential.id(), credential.label(), &certificate)?;

    let file = folder.join(credential.file_name());
    files::write(&file, certificate.pem())?;
    Ok(Issued {
        credential,
        certificate: file,
        sha256: hex(digest::digest(&digest::SHA256, certificate.der()).as_ref()),
        serial: hex(&serial.to_bytes()),
    })
}

fn parameters(
    credential: Credential,
    serial: SerialNumber,
    now: OffsetDateTime,
) -> Result<CertificateParams> {
    let (not_before, not_after) = match credential {
        Credential::LeeExpired => (now - Duration::days(395), now - Duration::days(30)),
        Credential::Lee
        | Credential::Sam
        | Credential::LeeUntrusted
        | Credential::RobinRevoked
        | Credential::Stranger => (now - Duration::hours(1), now + pki::SERVER_LIFETIME),
    };
    let policy = match credential {
        Credential::Lee | Credential::LeeExpired | Credential::LeeUntrusted => {
            extensions::CARD_POLICY
        }
        Credential::Sam | Credential::RobinRevoked | Credential::Stranger => {
            extensions::PLAIN_POLICY
        }
    };
    let mut params = of_a_person(credential.holder(), policy, serial)?;
    params.not_before = not_before;
    params.not_after = not_after;
    Ok(params)
}

/// What a certificate on a person's card says.
pub(super) fn of_a_card(
    holder: Holder,
    serial: SerialNumber,
    now: OffsetDateTime,
) -> Result<CertificateParams> {
    let mut params = of_a_person(holder, extensions::CARD_POLICY, serial)?;
    params.not_before = now - Duration::hours(1);
    params.not_after = now + pki::SERVER_LIFETIME;
    Ok(params)
}

fn of_a_person(holder: Holder, policy: &[u64], serial: SerialNumber) -> Result<CertificateParams> {
    let principal = format!("{}@{DOMAIN}", holder.user);
    let mut params = CertificateParams::default();
    params.distinguished_name = pki::distinguished_name(holder.name);
    params.serial_number = Some(serial);
    params.subject_alt_names = vec![
        extensions::user_principal_name(&principal),
        SanType::Rfc822Name(principal.as_str().try_into()?),
    ];
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.custom_extensions = vec![extensions::policies(&[policy])];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("a string takes everything");
        digits
    })
}

/// The demo organisation's domain.
pub const DOMAIN: &str = "meridian.example";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::token;
    use rcgen::{Certificate, KeyPair};
    use x509_parser::extensions::GeneralName;
    use x509_parser::prelude::{FromDer as _, ParsedExtension, X509Certificate};

    const NOW: i64 = 1_790_000_000;

    #[test]
    fn lees_certificate_names_the_account_and_carries_the_card_policy() {
        let certificate = certified(Credential::Lee);
        let (_, parsed) = X509Certificate::from_der(certificate.der()).expect("a certificate");
        assert_eq!(parsed.subject().to_string(), "O=Meridian, CN=Lee Park");
        let names = parsed
            .subject_alternative_name()
            .expect("readable")
            .expect("present");
        assert!(names.value.general_names.iter().any(|name| matches!(
            name,
            GeneralName::OtherName(oid, value)
                if oid.to_id_string() == "1.3.6.1.4.1.311.20.2.3"
                    && value.ends_with(b"lee@meridian.example")
        )));
        let policies: Vec<String> = parsed
            .extensions()
            .iter()
            .filter_map(|extension| {
                if let ParsedExtension::CertificatePolicies(policies) = extension.parsed_extension()
                {
                    Some(policies)
                } else {
                    None
                }
            })
            .flat_map(|policies| policies.iter())
            .map(|policy| policy.policy_id.to_id_string())
            .collect();
        assert_eq!(policies, [extensions::dotted(extensions::CARD_POLICY)]);
        assert!(
            parsed
                .validity()
                .is_valid_at(x509_parser::time::ASN1Time::from_timestamp(NOW).expect("a time"))
        );
    }

    #[test]
    fn the_expired_certificate_has_expired_and_its_authority_was_there_before_it() {
        let certificate = certified(Credential::LeeExpired);
        let (_, parsed) = X509Certificate::from_der(certificate.der()).expect("a certificate");
        assert!(parsed.validity().not_after.timestamp() < NOW);
        assert!(parsed.validity().not_before.timestamp() > NOW - 800 * 86_400);
    }

    #[test]
    fn a_serial_number_survives_the_world_file() {
        let issued = Issued {
            credential: Credential::Lee,
            certificate: PathBuf::new(),
            sha256: String::new(),
            serial: "4c00ff".to_owned(),
        };
        let serial = issued.serial_number().expect("a serial number");
        assert_eq!(serial.to_bytes(), [0x4c, 0x00, 0xff]);
    }

    #[test]
    fn softhsm_keeps_a_key_of_each_kind_beside_its_certificate() {
        if let Err(missing) = token::softhsm_module() {
            crate::world::required("softhsm", &missing);
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let now = crate::clock::unix_now();
        let pki = Pki::mint(&folder.path().join("pki"), now).expect("a PKI");
        let token = Token::initialize(folder.path()).expect("a token");
        for credential in [Credential::Lee, Credential::Sam, Credential::LeeUntrusted] {
            let issued =
                issue(credential, &token, &pki, folder.path(), now).expect("a certificate");
            assert_eq!(issued.sha256.len(), 64);
            let pem = files::read(&issued.certificate).expect("a file");
            assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
        }
    }

    fn certified(credential: Credential) -> Certificate {
        let folder = tempfile::tempdir().expect("a folder");
        let pki = Pki::mint(folder.path(), NOW).expect("a PKI");
        let now = OffsetDateTime::from_unix_timestamp(NOW).expect("a time");
        let serial = pki::serial_number().expect("random bytes");
        let key = KeyPair::generate().expect("a key");
        parameters(credential, serial, now)
            .expect("parameters")
            .signed_by(&key, pki.issuing.issuer())
            .expect("a certificate")
    }
}
