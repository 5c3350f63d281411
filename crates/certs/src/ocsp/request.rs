use der::Tag;

use super::{NONCE, certificate_id, write};
use crate::certificate::Certificate;
use crate::encoding::context;

/// The hash by which a question names the certificate and its issuer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, which every responder knows.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
}

/// A question about one certificate (RFC 6960 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request(Vec<u8>);

/// A nonce has between 1 and 128 octets (RFC 9654 §2.1), and 32 are the ones to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a nonce has between 1 and 128 octets")]
pub struct BadNonce;

impl Request {
    /// A question about `certificate`, which `issuer` issued. The nonce's random bytes are the
    /// caller's.
    ///
    /// # Errors
    /// [`BadNonce`] if the nonce is empty or too long.
    pub fn new(
        certificate: &Certificate,
        issuer: &Certificate,
        hash: Hash,
        nonce: Option<&[u8]>,
    ) -> Result<Self, BadNonce> {
        if nonce.is_some_and(|nonce| !(1..=128).contains(&nonce.len())) {
            return Err(BadNonce);
        }
        // Only lengths beyond 4 GB could fail.
        write_question(certificate, issuer, hash, nonce)
            .map(Self)
            .map_err(|_| BadNonce)
    }

    /// The question in DER, the body of a POST with `application/ocsp-request`.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.0
    }
}

fn write_question(
    certificate: &Certificate,
    issuer: &Certificate,
    hash: Hash,
    nonce: Option<&[u8]>,
) -> Result<Vec<u8>, der::Error> {
    let id = certificate_id(hash, certificate, issuer)?;
    let single = write(Tag::Sequence, &[&id])?;
    let list = write(Tag::Sequence, &[&single])?;
    let extensions = match nonce {
        None => Vec::new(),
        Some(nonce) => {
            let value = write(Tag::OctetString, &[nonce])?;
            let extension = write(
                Tag::Sequence,
                &[
                    &write(Tag::ObjectIdentifier, &[NONCE])?,
                    &write(Tag::OctetString, &[&value])?,
                ],
            )?;
            let all = write(Tag::Sequence, &[&extension])?;
            write(context(2), &[&all])?
        }
    };
    let question = write(Tag::Sequence, &[&list, &extensions])?;
    write(Tag::Sequence, &[&question])
}
