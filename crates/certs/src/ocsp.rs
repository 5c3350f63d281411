//! Asking one certificate's status, and reading the answer (RFC 6960).

mod fault;
mod request;
mod responder;
mod response;

pub use fault::OcspFault;
pub use request::{BadNonce, Hash, Request};
pub use response::{Response, Status};

use aws_lc_rs::digest;
use der::asn1::AnyRef;
use der::{Encode, Tag};

use crate::certificate::Certificate;
use crate::encoding::{Element, NotDer};

impl Hash {
    /// Every hash that names a certificate here.
    const ALL: [Self; 2] = [Self::Sha1, Self::Sha256];

    /// The contents of its object identifier.
    const fn oid(self) -> &'static [u8] {
        match self {
            // 1.3.14.3.2.26
            Self::Sha1 => &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
            // 2.16.840.1.101.3.4.2.1
            Self::Sha256 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
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
    let name = hash.digest(certificate.issuer().der());
    let key = hash.digest(issuer.key().bytes());
    let oid = write(Tag::ObjectIdentifier, &[hash.oid()])?;
    let null = write(Tag::Null, &[])?;
    write(
        Tag::Sequence,
        &[
            &write(Tag::Sequence, &[&oid, &null])?,
            &write(Tag::OctetString, &[name.as_ref()])?,
            &write(Tag::OctetString, &[key.as_ref()])?,
            &write(Tag::Integer, &[certificate.serial()])?,
        ],
    )
}

/// Whether a `CertID` is that of a certificate, whatever hash it is made with.
fn names(
    id: &Element<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<bool, NotDer> {
    const FAULT: &str = "the name of a certificate is not one";
    let mut fields = id.inside()?;
    let mut algorithm = fields.expect(Tag::Sequence, FAULT)?.inside()?;
    let oid = algorithm.expect(Tag::ObjectIdentifier, FAULT)?.contents;
    let name = fields.expect(Tag::OctetString, FAULT)?.contents;
    let key = fields.expect(Tag::OctetString, FAULT)?.contents;
    let serial = fields.expect(Tag::Integer, FAULT)?.integer()?;
    fields.end()?;
    Ok(serial == certificate.serial()
        && Hash::ALL.into_iter().any(|hash| {
            hash.oid() == oid
                && hash.digest(certificate.issuer().der()).as_ref() == name
                && hash.digest(issuer.key().bytes()).as_ref() == key
        }))
}

/// Writes one element.
fn write(tag: Tag, parts: &[&[u8]]) -> Result<Vec<u8>, der::Error> {
    AnyRef::new(tag, &parts.concat())?.to_der()
}

/// id-pkix-ocsp-nonce, 1.3.6.1.5.5.7.48.1.2 (RFC 9654 §2.1).
const NONCE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];
