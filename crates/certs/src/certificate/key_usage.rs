use std::fmt;

use der::Tag;

use crate::encoding::{Element, NotDer};

/// What a key may be used for (RFC 5280 §4.2.1.3).
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
    /// keyEncipherment.
    pub key_encipherment: bool,
    /// dataEncipherment.
    pub data_encipherment: bool,
    /// keyAgreement.
    pub key_agreement: bool,
    /// keyCertSign.
    pub key_cert_sign: bool,
    /// cRLSign.
    pub crl_sign: bool,
    /// encipherOnly.
    pub encipher_only: bool,
    /// decipherOnly.
    pub decipher_only: bool,
}

impl KeyUsage {
    pub(super) fn read(value: &[u8]) -> Result<Self, NotDer> {
        let (bytes, _) = Element::only(value, Tag::BitString, "no BIT STRING")?.bits()?;
        let bit = |index: usize| {
            bytes
                .get(index / 8)
                .is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
        };
        Ok(Self {
            digital_signature: bit(0),
            content_commitment: bit(1),
            key_encipherment: bit(2),
            data_encipherment: bit(3),
            key_agreement: bit(4),
            key_cert_sign: bit(5),
            crl_sign: bit(6),
            encipher_only: bit(7),
            decipher_only: bit(8),
        })
    }

    pub(super) fn is_empty(self) -> bool {
        !(self.digital_signature
            || self.content_commitment
            || self.key_encipherment
            || self.data_encipherment
            || self.key_agreement
            || self.key_cert_sign
            || self.crl_sign
            || self.encipher_only
            || self.decipher_only)
    }
}

/// Prints the uses that it has, as the standard names them.
impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [
            (self.digital_signature, "digitalSignature"),
            (self.content_commitment, "contentCommitment"),
            (self.key_encipherment, "keyEncipherment"),
            (self.data_encipherment, "dataEncipherment"),
            (self.key_agreement, "keyAgreement"),
            (self.key_cert_sign, "keyCertSign"),
            (self.crl_sign, "cRLSign"),
            (self.encipher_only, "encipherOnly"),
            (self.decipher_only, "decipherOnly"),
        ];
        let found: Vec<&str> = named
            .into_iter()
            .filter_map(|(has, name)| has.then_some(name))
            .collect();
        f.write_str(&found.join(", "))
    }
}
