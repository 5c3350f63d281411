use std::sync::Arc;

use aws_lc_rs::digest;
use x509_parser::asn1_rs::Oid;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::fingerprint::Fingerprint;
use crate::key::{KeyDescription, SignatureFault};
use crate::name::{Name, hex};
use crate::time::Time;

/// A certificate, read once and owned (RFC 5280 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(Arc<Fields>);

#[derive(Debug, PartialEq, Eq)]
struct Fields {
    der: Vec<u8>,
    subject: Name,
    issuer: Name,
    serial: Vec<u8>,
    not_before: Time,
    not_after: Time,
    key: KeyDescription,
    subject_public_key_info: Vec<u8>,
    extensions: Extensions,
    sha256: Fingerprint,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Extensions {
    subject_key_identifier: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    basic_constraints: Option<(bool, Option<u32>)>,
    key_usage: Option<KeyUsage>,
    extended_key_usage: Option<Vec<String>>,
    policies: Vec<String>,
    principal_names: Vec<String>,
    emails: Vec<String>,
    /// Extensions that this crate does not judge though they limit what the certificate is good for.
    not_judged: Vec<String>,
}

/// What a key may be used for (RFC 5280 §4.2.1.3), as far as it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the extension is a set of named bits"
)]
pub struct KeyUsage {
    /// digitalSignature.
    pub digital_signature: bool,
    /// nonRepudiation, also named contentCommitment.
    pub content_commitment: bool,
    /// keyCertSign.
    pub key_cert_sign: bool,
    /// cRLSign.
    pub crl_sign: bool,
}

/// Why bytes are no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is nothing.
    #[error("there is no certificate in it")]
    Empty,
    /// More bytes than a certificate may have.
    #[error("a certificate has at most {limit} bytes, and this has {found}")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
        /// What was there, in bytes.
        found: usize,
    },
    /// The bytes are not DER, or not of an X.509 certificate.
    #[error("it is not a certificate in DER: {0}")]
    NotDer(String),
    /// Bytes follow the certificate.
    #[error("bytes follow the certificate")]
    TrailingBytes,
    /// The PEM around it is broken.
    #[error("the PEM text cannot be read: {0}")]
    Pem(String),
    /// An extension stands twice or cannot be read.
    #[error("the extension {0} stands twice or cannot be read")]
    Extension(String),
}

impl Certificate {
    /// Reads one certificate from DER.
    ///
    /// # Errors
    /// [`ReadError`] with what is wrong with the bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, ReadError> {
        if der.len() > MOST_BYTES {
            return Err(ReadError::TooLarge {
                limit: MOST_BYTES,
                found: der.len(),
            });
        }
        let (rest, parsed) =
            X509Certificate::from_der(der).map_err(|cause| ReadError::NotDer(cause.to_string()))?;
        if !rest.is_empty() {
            return Err(ReadError::TrailingBytes);
        }
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Ok(Self(Arc::new(Fields {
            der: der.to_vec(),
            subject: Name::read(parsed.subject()),
            issuer: Name::read(parsed.issuer()),
            serial: parsed.raw_serial().to_vec(),
            not_before: Time::from_unix(parsed.validity().not_before.timestamp()),
            not_after: Time::from_unix(parsed.validity().not_after.timestamp()),
            key: KeyDescription::read(parsed.public_key()),
            subject_public_key_info: parsed.public_key().raw.to_vec(),
            extensions: Extensions::read(&parsed)?,
            sha256: Fingerprint(fingerprint),
        })))
    }

    /// Reads the certificates of a file: one in DER, or any number in PEM.
    ///
    /// # Errors
    /// [`ReadError`] with what is wrong with the first one that cannot be read.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, ReadError> {
        if !bytes.starts_with(b"-----") && !contains(bytes, b"-----BEGIN ") {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let text = std::str::from_utf8(bytes).map_err(|cause| ReadError::Pem(cause.to_string()))?;
        let mut found = Vec::new();
        for block in text.split_inclusive("-----END CERTIFICATE-----") {
            let Some(start) = block.find("-----BEGIN CERTIFICATE-----") else {
                continue;
            };
            let block = block.get(start..).unwrap_or_default();
            let (_, der) = pem_rfc7468::decode_vec(block.as_bytes())
                .map_err(|cause| ReadError::Pem(cause.to_string()))?;
            found.push(Self::from_der(&der)?);
        }
        if found.is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(found)
    }

    /// The certificate's bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Whom it names.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The serial number's bytes as they stand in the certificate, big-endian.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The serial number in lowercase hex, most significant byte first.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        hex(&self.0.serial)
    }

    /// The first second of its validity.
    #[must_use]
    pub fn not_before(&self) -> Time {
        self.0.not_before
    }

    /// The last second of its validity.
    #[must_use]
    pub fn not_after(&self) -> Time {
        self.0.not_after
    }

    /// SHA-256 of the whole certificate.
    #[must_use]
    pub fn sha256(&self) -> Fingerprint {
        self.0.sha256
    }

    /// SHA-1 of the whole certificate, uppercase hex: what directories call the thumbprint. It only
    /// names the certificate; nothing is trusted for it.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.0.der);
        hex(sha1.as_ref()).to_uppercase()
    }

    /// The public key, described.
    #[must_use]
    pub fn key(&self) -> &KeyDescription {
        &self.0.key
    }

    /// The `SubjectPublicKeyInfo`, DER.
    #[must_use]
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.0.subject_public_key_info
    }

    /// The subject key identifier's bytes.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_identifier.as_deref()
    }

    /// The key identifier of the authority key identifier.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_identifier.as_deref()
    }

    /// The key usage, where the certificate limits it.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    /// The extended key usages in dotted form, where the certificate limits them.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[String]> {
        self.0.extensions.extended_key_usage.as_deref()
    }

    /// The certificate policies that it asserts, in dotted form.
    #[must_use]
    pub fn policies(&self) -> &[String] {
        &self.0.extensions.policies
    }

    /// The principal names (UPN, otherName 1.3.6.1.4.1.311.20.2.3) of its subject alternative name.
    #[must_use]
    pub fn principal_names(&self) -> &[String] {
        &self.0.extensions.principal_names
    }

    /// The e-mail addresses (rfc822Name) of its subject alternative name.
    #[must_use]
    pub fn emails(&self) -> &[String] {
        &self.0.extensions.emails
    }

    /// Whether its basic constraints say that it is a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        matches!(self.0.extensions.basic_constraints, Some((true, _)))
    }

    /// Whether issuer and subject are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject.der() == self.0.issuer.der()
    }

    pub(crate) fn path_length(&self) -> Option<u32> {
        self.0
            .extensions
            .basic_constraints
            .and_then(|(_, length)| length)
    }

    pub(crate) fn not_judged(&self) -> &[String] {
        &self.0.extensions.not_judged
    }

    /// The contents of an extension, DER.
    pub(crate) fn extension(&self, oid: &str) -> Option<Vec<u8>> {
        let (_, parsed) = X509Certificate::from_der(self.der()).ok()?;
        parsed
            .extensions()
            .iter()
            .find(|extension| extension.oid.to_id_string() == oid)
            .map(|extension| extension.value.to_vec())
    }

    /// The contents of `cRLDistributionPoints`, DER.
    pub(crate) fn crl_distribution_points(&self) -> Option<Vec<u8>> {
        self.extension("2.5.29.31")
    }

    /// Verifies that `issuer`'s key signed this certificate.
    pub(crate) fn verify_signed_by(&self, issuer: &Self) -> Result<(), SignatureFault> {
        // The bytes were read once, so this reading cannot fail; if it did, nothing would count.
        let Ok((_, parsed)) = X509Certificate::from_der(self.der()) else {
            return Err(SignatureFault::Mismatch);
        };
        if parsed.signature_algorithm != parsed.tbs_certificate.signature {
            return Err(SignatureFault::Mismatch);
        }
        issuer.key().verify(
            &parsed.signature_algorithm,
            parsed.tbs_certificate.as_ref(),
            &parsed.signature_value.data,
        )
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enums are the parser's, which adds to them"
)]
impl Extensions {
    fn read(parsed: &X509Certificate<'_>) -> Result<Self, ReadError> {
        let mut read = Self::default();
        let mut seen = Vec::new();
        for extension in parsed.extensions() {
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                return Err(ReadError::Extension(oid));
            }
            read.take(&oid, extension.critical, extension.parsed_extension())?;
            seen.push(oid);
        }
        Ok(read)
    }

    fn take(
        &mut self,
        oid: &str,
        critical: bool,
        extension: &ParsedExtension<'_>,
    ) -> Result<(), ReadError> {
        match extension {
            ParsedExtension::ParseError { .. } => return Err(ReadError::Extension(oid.to_owned())),
            ParsedExtension::SubjectKeyIdentifier(identifier) => {
                self.subject_key_identifier = Some(identifier.0.to_vec());
            }
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                self.authority_key_identifier =
                    identifier.key_identifier.as_ref().map(|key| key.0.to_vec());
            }
            ParsedExtension::BasicConstraints(constraints) => {
                self.basic_constraints = Some((constraints.ca, constraints.path_len_constraint));
            }
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(KeyUsage {
                    digital_signature: usage.digital_signature(),
                    content_commitment: usage.non_repudiation(),
                    key_cert_sign: usage.key_cert_sign(),
                    crl_sign: usage.crl_sign(),
                });
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.extended_key_usage = Some(purposes(usage));
            }
            ParsedExtension::CertificatePolicies(policies) => {
                self.policies = policies
                    .iter()
                    .map(|policy| policy.policy_id.to_id_string())
                    .collect();
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in &names.general_names {
                    self.take_name(name);
                }
            }
            // They limit the path even where they are not critical (RFC 5280 §6.1), so a path that
            // has one is refused rather than judged without it.
            ParsedExtension::NameConstraints(_)
            | ParsedExtension::PolicyConstraints(_)
            | ParsedExtension::InhibitAnyPolicy(_) => self.not_judged.push(oid.to_owned()),
            other => {
                if critical && !is_informative(other) {
                    self.not_judged.push(oid.to_owned());
                }
            }
        }
        Ok(())
    }

    fn take_name(&mut self, name: &GeneralName<'_>) {
        match name {
            GeneralName::RFC822Name(email) => self.emails.push((*email).to_owned()),
            GeneralName::OtherName(oid, value) if oid.to_id_string() == PRINCIPAL_NAME => {
                if let Some(text) = principal_name(value) {
                    self.principal_names.push(text);
                }
            }
            _ => {}
        }
    }
}

/// Extensions that say something about the certificate without limiting it.
fn is_informative(extension: &ParsedExtension<'_>) -> bool {
    matches!(
        extension,
        ParsedExtension::IssuerAlternativeName(_)
            | ParsedExtension::PolicyMappings(_)
            | ParsedExtension::CRLDistributionPoints(_)
            | ParsedExtension::AuthorityInfoAccess(_)
            | ParsedExtension::SubjectInfoAccess(_)
            | ParsedExtension::NsCertComment(_)
    )
}

fn purposes(usage: &x509_parser::extensions::ExtendedKeyUsage<'_>) -> Vec<String> {
    let named = [
        (usage.any, "2.5.29.37.0"),
        (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
    ];
    let mut found: Vec<String> = named
        .into_iter()
        .filter(|(present, _)| *present)
        .map(|(_, oid)| oid.to_owned())
        .collect();
    found.extend(usage.other.iter().map(Oid::to_id_string));
    found
}

/// The text of an otherName's value: `[0] EXPLICIT UTF8String`, or another string type of old CAs.
fn principal_name(value: &[u8]) -> Option<String> {
    use x509_parser::der_parser::asn1_rs::{Any, FromDer as _};
    let (_, outer) = Any::from_der(value).ok()?;
    let (rest, inner) = Any::from_der(outer.data).ok()?;
    if !rest.is_empty() {
        return None;
    }
    // UTF8String, PrintableString, IA5String: all read as UTF-8.
    matches!(inner.header.tag().0, 12 | 19 | 22)
        .then(|| std::str::from_utf8(inner.data).ok().map(str::to_owned))
        .flatten()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// More than any certificate of a real PKI; what is larger is not read.
const MOST_BYTES: usize = 64 * 1024;
const PRINCIPAL_NAME: &str = "1.3.6.1.4.1.311.20.2.3";
