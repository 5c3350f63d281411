use anyhow::Result;

use super::Origin;
use crate::der;
use crate::keys::{Pool, Scheme};

/// A certificate before it is signed: its parts in DER, each of which may be broken.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The version's number; none leaves it out.
    pub version: Option<u64>,
    /// The serial number, DER.
    pub serial: Vec<u8>,
    /// The issuer's name, DER.
    pub issuer: Vec<u8>,
    /// notBefore and notAfter, DER.
    pub validity: [Vec<u8>; 2],
    /// The subject's name, DER.
    pub subject: Vec<u8>,
    /// The `SubjectPublicKeyInfo`, DER.
    pub spki: Vec<u8>,
    /// The extensions, in order.
    pub extensions: Vec<Extension>,
    /// The number of the key that signs.
    pub signer: usize,
    /// How it signs.
    pub scheme: Scheme,
    /// The number of the subject's name.
    pub subject_name: usize,
    /// The number of the issuer's name.
    pub issuer_name: usize,
    /// The number of the subject's key.
    pub key: usize,
    /// Whether a path may end at it.
    pub trusted: bool,
    /// Where the plan has it.
    pub origin: Origin,
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its identifier in dotted form.
    pub oid: &'static str,
    /// Whether it is critical.
    pub critical: bool,
    /// Its value, DER in most cases.
    pub value: Vec<u8>,
}

impl Draft {
    /// What is signed, with this algorithm inside.
    pub fn to_be_signed(&self, algorithm: &[u8]) -> Vec<u8> {
        let mut parts = Vec::new();
        if let Some(version) = self.version {
            parts.push(der::tlv(0xa0, &[&der::number(version)]));
        }
        parts.extend([
            self.serial.clone(),
            algorithm.to_vec(),
            self.issuer.clone(),
            der::sequence(&self.validity),
            self.subject.clone(),
            self.spki.clone(),
        ]);
        if !self.extensions.is_empty() {
            let extensions: Vec<Vec<u8>> = self.extensions.iter().map(Extension::der).collect();
            parts.push(der::tlv(0xa3, &[&der::sequence(&extensions)]));
        }
        der::sequence(&parts)
    }

    /// Signs it.
    pub fn sign(&self, keys: &Pool) -> Result<Vec<u8>> {
        let key = keys.key(self.signer);
        let algorithm = key.algorithm(self.scheme);
        let content = self.to_be_signed(&algorithm);
        let signature = key.sign(self.scheme, &content)?;
        Ok(der::sequence(&[content, algorithm, der::bits(&signature)]))
    }

    /// Puts an extension in the place of the one with its identifier, or at the end.
    pub fn replace(&mut self, extension: Extension) {
        match self.position(extension.oid) {
            Some(at) => self.extensions[at] = extension,
            None => self.extensions.push(extension),
        }
    }

    /// Leaves an extension out.
    pub fn remove(&mut self, oid: &str) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    fn position(&self, oid: &str) -> Option<usize> {
        self.extensions
            .iter()
            .position(|extension| extension.oid == oid)
    }
}

impl Extension {
    fn der(&self) -> Vec<u8> {
        let mut parts = vec![der::oid(self.oid)];
        if self.critical {
            parts.push(der::boolean(true));
        }
        parts.push(der::octets(&self.value));
        der::sequence(&parts)
    }
}

/// An extension.
pub fn extension(oid: &'static str, critical: bool, value: Vec<u8>) -> Extension {
    Extension {
        oid,
        critical,
        value,
    }
}

/// The serial number of the certificate with this number.
pub(super) fn serial(number: usize) -> Vec<u8> {
    der::integer(&[&[0x41, 0x2a, 0, 0][..], &number.to_be_bytes()].concat())
}
