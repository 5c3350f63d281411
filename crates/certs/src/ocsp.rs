//! Asking one certificate's status, and reading the answer (RFC 6960).

mod fault;
mod request;
mod response;

pub use fault::OcspFault;
pub use request::{BadNonce, Hash, Request};
pub use response::{Response, Status};

use aws_lc_rs::digest;
use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::certificate::Certificate;
use crate::revocation::fields::{Fields, element, unsigned};

impl Hash {
    /// Every hash that names a certificate here.
    const ALL: [Self; 2] = [Self::Sha1, Self::Sha256];

    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => ObjectIdentifier::new_unwrap("1.3.14.3.2.26"),
            Self::Sha256 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
        }
    }

    fn digest(self, bytes: &[u8]) -> digest::Digest {
        let algorithm = match self {
            // It names a certificate that the answer's signature covers; nothing is trusted for it.
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, bytes)
    }
}

/// Writes the `CertID` of a certificate (RFC 6960 §4.1.1).
fn certificate_id(
    hash: Hash,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<Vec<u8>, der::Error> {
    let algorithm = element(
        Tag::Sequence,
        &[
            &element(Tag::ObjectIdentifier, &[hash.oid().as_bytes()])?,
            &element(Tag::Null, &[])?,
        ],
    )?;
    element(
        Tag::Sequence,
        &[
            &algorithm,
            &element(
                Tag::OctetString,
                &[hash.digest(certificate.issuer().der()).as_ref()],
            )?,
            &element(
                Tag::OctetString,
                &[hash.digest(issuer.key().bytes()).as_ref()],
            )?,
            &element(Tag::Integer, &[certificate.serial()])?,
        ],
    )
}

/// Whether a `CertID` (its contents) is that of a certificate, whatever hash it is made with.
fn names(
    contents: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<bool, der::Error> {
    let mut fields = Fields::of(contents)?;
    let mut algorithm = Fields::of(fields.take(Tag::Sequence)?)?;
    let oid = algorithm.take(Tag::ObjectIdentifier)?;
    let name = fields.take(Tag::OctetString)?;
    let key = fields.take(Tag::OctetString)?;
    let serial = unsigned(fields.take(Tag::Integer)?)?;
    fields.end()?;
    let own = unsigned(certificate.serial())?;
    Ok(Hash::ALL.into_iter().any(|hash| {
        hash.oid().as_bytes() == oid
            && serial == own
            && hash.digest(certificate.issuer().der()).as_ref() == name
            && hash.digest(issuer.key().bytes()).as_ref() == key
    }))
}

/// id-pkix-ocsp-nonce (RFC 9654 §2.1).
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
