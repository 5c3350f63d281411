//! One certificate on a token and what is known of the key beside it.

use std::fmt;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::{PivSlot, Scheme, TokenDescription};

/// One certificate and the key beside it, as seen before any PIN.
///
/// It is plain data: it can be kept while the token goes away and comes back, and names the key
/// again by its identifier, never by a slot number or an object handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The token that holds it.
    pub token: TokenDescription,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate's DER, by which a choice is remembered.
    pub fingerprint: Fingerprint,
    /// What the certificate says of its key.
    pub algorithm: KeyAlgorithm,
    /// The label of the certificate object (`CKA_LABEL`), or the name of the card's slot.
    pub label: String,
    /// What ties the certificate to its key (`CKA_ID`), or the card's key reference.
    pub key_id: Vec<u8>,
    /// Whether the private key is there, as far as it shows before login.
    pub private_key: PrivateKey,
    /// What the token can sign with this key, most preferred first. It is empty when the token
    /// lacks the mechanisms or the key is of a kind we do not sign with.
    pub schemes: Vec<Scheme>,
    /// The slot of the card, where it is spoken to directly.
    pub slot: Option<PivSlot>,
    /// When the key wants the PIN, as far as it is known before it is used.
    pub pin: PinPolicy,
    /// Whether the key wants a touch, as far as it is known before it is used.
    pub touch: TouchPolicy,
}

impl Credential {
    /// Whether a handshake of this TLS version (1.3 or 1.2) could be signed.
    pub fn can_sign_tls13(&self) -> bool {
        self.schemes.iter().any(|scheme| scheme.in_tls13())
    }

    /// Whether there is any reason to expect a signature: a key that may be there, and a scheme.
    pub fn can_sign(&self) -> bool {
        !self.schemes.is_empty() && self.private_key != PrivateKey::Absent
    }
}

/// SHA-256 of a certificate's DER.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of a certificate.
    pub fn of(certificate: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let digest = digest::digest(&digest::SHA256, certificate);
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits, with or without the colons that some tools print.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u32> = text
            .chars()
            .filter(|letter| *letter != ':')
            .map(|letter| letter.to_digit(16))
            .collect::<Option<_>>()?;
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else { return None };
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The kind and size of a key, read from the certificate.
///
/// The certificate is the source because tokens describe keys in several ways, or not at all
/// before login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// RSA with a modulus of this many bits.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
    },
    /// ECDSA on NIST P-256.
    P256,
    /// ECDSA on NIST P-384.
    P384,
    /// ECDSA on NIST P-521.
    P521,
    /// Ed25519.
    Ed25519,
    /// A kind we do not sign with, by the object identifier of its algorithm or curve, for the
    /// explanation.
    Unsupported(String),
}

/// When a key wants the PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinPolicy {
    /// Never: it proves the token and not the person.
    Never,
    /// Once, until the token is locked again.
    Once,
    /// Before each signature.
    Always,
    /// The token does not tell.
    Unknown,
}

/// Whether a key wants to be touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TouchPolicy {
    /// Never.
    Never,
    /// For each signature.
    Always,
    /// For each signature that comes more than 15 seconds after the touch before.
    Cached,
    /// The token does not tell.
    Unknown,
}

/// Whether the private key of a certificate is there.
///
/// Private keys are invisible before login on most tokens, so their absence can seldom be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrivateKey {
    /// The token shows it even without a login.
    Seen,
    /// Nothing speaks against it; whether it is there shows after the PIN.
    Presumed,
    /// The token holds a certificate alone, such as that of the issuing CA.
    Absent,
}
