use std::fmt;

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::public_key::PublicKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// What kind of public key a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of this many bits.
    Rsa(usize),
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// A kind that nothing here judges.
    Other,
}

/// A certificate's public key, described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDescription {
    pub(crate) kind: KeyKind,
    /// The contents of the BIT STRING.
    pub(crate) bits: Vec<u8>,
    algorithm: String,
}

impl KeyDescription {
    pub(crate) fn read(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let algorithm = info.algorithm.algorithm.to_id_string();
        let kind = match algorithm.as_str() {
            RSA_ENCRYPTION => match info.parsed() {
                Ok(PublicKey::RSA(key)) => KeyKind::Rsa(modulus_bits(key.modulus)),
                Ok(_) | Err(_) => KeyKind::Other,
            },
            EC_PUBLIC_KEY => curve(&info.algorithm),
            ED25519 => KeyKind::Ed25519,
            _ => KeyKind::Other,
        };
        Self {
            kind,
            bits: info.subject_public_key.data.to_vec(),
            algorithm,
        }
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Whether the key is strong enough to be judged: RSA from 2048 bits, the three curves, Ed25519.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        match self.kind {
            KeyKind::Rsa(bits) => (2048..=8192).contains(&bits),
            KeyKind::P256 | KeyKind::P384 | KeyKind::P521 | KeyKind::Ed25519 => true,
            KeyKind::Other => false,
        }
    }

    /// The contents of the key's BIT STRING.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bits
    }

    /// Verifies a signature that this key made over `message`.
    ///
    /// # Errors
    /// [`SignatureFault`] with what is wrong with it.
    pub(crate) fn verify(
        &self,
        algorithm: &AlgorithmIdentifier<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureFault> {
        if !self.is_accepted() {
            return Err(SignatureFault::Key(self.to_string()));
        }
        let verification = verification(algorithm, self.kind)?;
        UnparsedPublicKey::new(verification, &self.bits)
            .verify(message, signature)
            .map_err(|_| SignatureFault::Mismatch)
    }
}

/// Prints "RSA 2048", "P-256", or the algorithm's OID.
impl fmt::Display for KeyDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            KeyKind::Rsa(bits) => write!(f, "RSA {bits}"),
            KeyKind::P256 => f.write_str("P-256"),
            KeyKind::P384 => f.write_str("P-384"),
            KeyKind::P521 => f.write_str("P-521"),
            KeyKind::Ed25519 => f.write_str("Ed25519"),
            KeyKind::Other => f.write_str(&self.algorithm),
        }
    }
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureFault {
    /// The algorithm is refused or not known.
    #[error("the algorithm {0} is not accepted")]
    Algorithm(String),
    /// The key is too weak, or of a kind that is not judged.
    #[error("the key {0} is not accepted")]
    Key(String),
    /// The signature does not fit.
    #[error("the signature does not fit the issuer's key")]
    Mismatch,
}

fn verification(
    algorithm: &AlgorithmIdentifier<'_>,
    key: KeyKind,
) -> Result<&'static dyn VerificationAlgorithm, SignatureFault> {
    let oid = algorithm.algorithm.to_id_string();
    let refused = || SignatureFault::Algorithm(algorithm_name(&oid).to_owned());
    let found: &'static dyn VerificationAlgorithm = match (oid.as_str(), key) {
        (RSA_SHA256, KeyKind::Rsa(_)) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (RSA_SHA384, KeyKind::Rsa(_)) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (RSA_SHA512, KeyKind::Rsa(_)) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (RSA_PSS, KeyKind::Rsa(_)) => pss(algorithm).ok_or_else(refused)?,
        (ECDSA_SHA256, KeyKind::P256) => &signature::ECDSA_P256_SHA256_ASN1,
        (ECDSA_SHA384, KeyKind::P256) => &signature::ECDSA_P256_SHA384_ASN1,
        (ECDSA_SHA512, KeyKind::P256) => &signature::ECDSA_P256_SHA512_ASN1,
        (ECDSA_SHA256, KeyKind::P384) => &signature::ECDSA_P384_SHA256_ASN1,
        (ECDSA_SHA384, KeyKind::P384) => &signature::ECDSA_P384_SHA384_ASN1,
        (ECDSA_SHA512, KeyKind::P384) => &signature::ECDSA_P384_SHA512_ASN1,
        (ECDSA_SHA256, KeyKind::P521) => &signature::ECDSA_P521_SHA256_ASN1,
        (ECDSA_SHA384, KeyKind::P521) => &signature::ECDSA_P521_SHA384_ASN1,
        (ECDSA_SHA512, KeyKind::P521) => &signature::ECDSA_P521_SHA512_ASN1,
        (ED25519, KeyKind::Ed25519) => &signature::ED25519,
        _ => return Err(refused()),
    };
    Ok(found)
}

/// Accepts RSASSA-PSS (RFC 4055 §3.1) with one hash throughout and a salt of its length.
fn pss(algorithm: &AlgorithmIdentifier<'_>) -> Option<&'static dyn VerificationAlgorithm> {
    let parameters = RsaSsaPssParams::try_from(algorithm.parameters.as_ref()?).ok()?;
    let hash = parameters.hash_algorithm_oid().to_id_string();
    let mask = parameters.mask_gen_algorithm().ok()?;
    if mask.mgf.to_id_string() != MGF1
        || mask.hash.to_id_string() != hash
        || parameters.trailer_field() != 1
    {
        return None;
    }
    match (hash.as_str(), parameters.salt_length()) {
        (SHA256, 32) => Some(&signature::RSA_PSS_2048_8192_SHA256),
        (SHA384, 48) => Some(&signature::RSA_PSS_2048_8192_SHA384),
        (SHA512, 64) => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

fn algorithm_name(oid: &str) -> &str {
    match oid {
        "1.2.840.113549.1.1.4" => "RSA with MD5",
        "1.2.840.113549.1.1.5" => "RSA with SHA-1",
        "1.2.840.10045.4.1" => "ECDSA with SHA-1",
        "1.2.840.10040.4.3" => "DSA with SHA-1",
        RSA_PSS => "RSASSA-PSS with these parameters",
        RSA_SHA256 => "RSA with SHA-256",
        RSA_SHA384 => "RSA with SHA-384",
        RSA_SHA512 => "RSA with SHA-512",
        ECDSA_SHA256 => "ECDSA with SHA-256",
        ECDSA_SHA384 => "ECDSA with SHA-384",
        ECDSA_SHA512 => "ECDSA with SHA-512",
        other => other,
    }
}

fn curve(algorithm: &AlgorithmIdentifier<'_>) -> KeyKind {
    let named = algorithm
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.as_oid().ok())
        .map(|oid| oid.to_id_string());
    match named.as_deref() {
        Some("1.2.840.10045.3.1.7") => KeyKind::P256,
        Some("1.3.132.0.34") => KeyKind::P384,
        Some("1.3.132.0.35") => KeyKind::P521,
        Some(_) | None => KeyKind::Other,
    }
}

fn modulus_bits(modulus: &[u8]) -> usize {
    let mut digits = modulus.iter().skip_while(|byte| **byte == 0);
    match digits.next() {
        Some(first) => {
            let first_bits = 8_usize.saturating_sub(first.leading_zeros() as usize);
            first_bits.saturating_add(digits.count().saturating_mul(8))
        }
        None => 0,
    }
}

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
const RSA_SHA384: &str = "1.2.840.113549.1.1.12";
const RSA_SHA512: &str = "1.2.840.113549.1.1.13";
const MGF1: &str = "1.2.840.113549.1.1.8";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";
const ECDSA_SHA512: &str = "1.2.840.10045.4.3.4";
const ED25519: &str = "1.3.101.112";
