use std::sync::Arc;

use aws_lc_rs::digest;

use crate::distribution_point::DistributionPoint;
use crate::encoding::NotDer;
use crate::fingerprint::Fingerprint;
use crate::key::{KeyDescription, SignatureFault};
use crate::name::{Name, hex};
use crate::oid::Oid;
use crate::time::Time;

mod extensions;
mod general_name;
mod key_usage;
mod name_constraints;
mod policies;
mod structure;
mod violation;

pub(crate) use extensions::{BasicConstraints, CRL_DISTRIBUTION_POINTS};
pub(crate) use general_name::GeneralName;
pub use key_usage::KeyUsage;
pub(crate) use name_constraints::{NameConstraints, Subtree};
pub(crate) use policies::{ANY_POLICY, Policies, PolicyConstraints};
use structure::Fields;
pub(crate) use structure::read_time;
pub use violation::Violation;

/// A certificate, read once and owned (RFC 5280 §4.1).
#[derive(Clone)]
pub struct Certificate(Arc<Fields>);

/// Two certificates are the same if their bytes are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.sha256 == other.0.sha256
    }
}

impl Eq for Certificate {}

/// Prints whom it names, and its fingerprint.
impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({}, {})", self.0.subject, self.0.sha256)
    }
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
    NotDer(&'static str),
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
        Ok(Self(Arc::new(Fields::read(der)?)))
    }

    /// Reads the certificates of a file: one in DER, or any number in PEM.
    ///
    /// # Errors
    /// [`ReadError`] with what is wrong with the first one that cannot be read.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, ReadError> {
        match Self::from_der(bytes) {
            Ok(certificate) => return Ok(vec![certificate]),
            Err(fault) if !contains(bytes, b"-----BEGIN ") => return Err(fault),
            // A name may have these words in it, so what is DER is no PEM.
            Err(_) => {}
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
        self.part(&self.0.subject_public_key_info)
    }

    /// The subject key identifier's bytes.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_identifier.as_deref()
    }

    /// The key identifier of the authority key identifier.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        let identifier = self.0.extensions.authority_key_identifier.as_ref()?;
        identifier.key.as_deref()
    }

    /// Where the certificate says that its issuer's list for every reason is: the first HTTP address
    /// of each distribution point (RFC 5280 §4.2.1.13). None where that cannot be read.
    ///
    /// Nothing is fetched from there unless an administrator says so.
    #[must_use]
    pub fn crl_urls(&self) -> Vec<String> {
        self.crl_distribution_points()
            .and_then(|points| DistributionPoint::read_all(points, self.issuer()).ok())
            .unwrap_or_default()
            .iter()
            .filter_map(DistributionPoint::url_of_all_reasons)
            .map(ToOwned::to_owned)
            .collect()
    }

    /// The key usage, where the certificate limits it.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    /// The extended key usages in dotted form, where the certificate limits them.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[String]> {
        self.0.extensions.extended_key_usage_text.as_deref()
    }

    /// The certificate policies that it asserts, in dotted form.
    #[must_use]
    pub fn policies(&self) -> &[String] {
        &self.0.extensions.policies_text
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
        self.basic_constraints().is_some_and(|basic| basic.ca)
    }

    /// Whether issuer and subject are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject.matches(&self.0.issuer)
    }

    /// What it has that RFC 5280 forbids; no path through it is accepted then.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// Its critical extensions that this crate does not know, in dotted form.
    #[must_use]
    pub fn unknown_critical_extensions(&self) -> &[String] {
        &self.0.extensions.unknown_critical
    }

    pub(crate) fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.extensions.basic_constraints
    }

    pub(crate) fn purposes(&self) -> Option<&[Oid]> {
        self.0.extensions.extended_key_usage.as_deref()
    }

    pub(crate) fn certificate_policies(&self) -> Option<&Policies> {
        self.0.extensions.policies.as_ref()
    }

    pub(crate) fn policy_mappings(&self) -> &[(Oid, Oid)] {
        &self.0.extensions.policy_mappings
    }

    pub(crate) fn policy_constraints(&self) -> Option<PolicyConstraints> {
        self.0.extensions.policy_constraints
    }

    pub(crate) fn inhibit_any_policy(&self) -> Option<u32> {
        self.0.extensions.inhibit_any_policy
    }

    pub(crate) fn name_constraints(&self) -> Option<&NameConstraints> {
        self.0.extensions.name_constraints.as_ref()
    }

    pub(crate) fn alternative_names(&self) -> &[GeneralName] {
        &self.0.extensions.alternative_names
    }

    /// The contents of the extension with this identifier, and whether it is critical.
    pub(crate) fn extension(&self, oid: &[u8]) -> Option<(&[u8], bool)> {
        let raw = self.0.extensions.raw.iter().find(|raw| raw.oid.is(oid))?;
        Some((self.part(&raw.value), raw.critical))
    }

    /// The contents of `cRLDistributionPoints`.
    pub(crate) fn crl_distribution_points(&self) -> Option<&[u8]> {
        Some(self.extension(CRL_DISTRIBUTION_POINTS)?.0)
    }

    /// Verifies that `issuer`'s key signed this certificate.
    pub(crate) fn verify_signed_by(&self, issuer: &Self) -> Result<(), SignatureFault> {
        if self
            .0
            .violations
            .contains(&Violation::TwoSignatureAlgorithms)
        {
            return Err(SignatureFault::TwoAlgorithms);
        }
        issuer.key().verify(
            &self.0.signature_algorithm,
            self.part(&self.0.signed),
            self.part(&self.0.signature),
        )
    }

    /// The bytes at a place that was found when the certificate was read.
    fn part(&self, range: &std::ops::Range<usize>) -> &[u8] {
        self.0.der.get(range.clone()).unwrap_or_default()
    }
}

impl From<NotDer> for ReadError {
    fn from(NotDer(what): NotDer) -> Self {
        Self::NotDer(what)
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// More than any certificate of a real PKI; what is larger is not read.
const MOST_BYTES: usize = 64 * 1024;
