use std::fmt;

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use der::Tag;

use crate::encoding::{Element, NotDer};

mod algorithm;

pub(crate) use algorithm::{AlgorithmIdentifier, SignatureAlgorithm};
use algorithm::{Hash, Parameters, PssParameters, RSA_PSS};

/// What kind of public key a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of this many bits.
    Rsa(usize),
    /// RSA with a modulus of this many bits that makes RSASSA-PSS signatures and no others
    /// (id-RSASSA-PSS, RFC 4055 §1.2).
    RsaPss(usize),
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
    /// What the key itself asks of its RSASSA-PSS signatures; nothing where it has no parameters.
    pss: Option<PssParameters>,
    algorithm: String,
}

impl KeyDescription {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    pub(crate) fn read(info: &Element<'_>) -> Result<Self, NotDer> {
        let mut inside = info.inside()?;
        let algorithm = AlgorithmIdentifier::read(
            &inside.expect(Tag::Sequence, "a public key has no algorithm")?,
        )?;
        let bits = inside
            .expect(Tag::BitString, "a public key has no bits")?
            .octets_in_bits()?;
        inside.end()?;
        let mut pss = None;
        let kind = if algorithm.oid.is(RSA_ENCRYPTION) {
            match algorithm.parameters {
                Parameters::Null | Parameters::Absent => {
                    modulus_bits(bits).map_or(KeyKind::Other, KeyKind::Rsa)
                }
                Parameters::Sequence(_) | Parameters::Other(_) => KeyKind::Other,
            }
        } else if algorithm.oid.is(RSA_PSS) {
            match pss_restrictions(&algorithm.parameters) {
                Ok(restrictions) => {
                    pss = restrictions;
                    modulus_bits(bits).map_or(KeyKind::Other, KeyKind::RsaPss)
                }
                // Such a certificate is shown, and its key makes no signature that counts.
                Err(NotDer(_)) => KeyKind::Other,
            }
        } else if algorithm.oid.is(EC_PUBLIC_KEY) {
            curve(&algorithm.parameters)
        } else if algorithm.oid.is(ED25519) && matches!(algorithm.parameters, Parameters::Absent) {
            KeyKind::Ed25519
        } else {
            KeyKind::Other
        };
        Ok(Self {
            kind,
            bits: bits.to_vec(),
            pss,
            algorithm: algorithm.oid.to_string(),
        })
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
            KeyKind::Rsa(bits) | KeyKind::RsaPss(bits) => (2048..=8192).contains(&bits),
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
        algorithm: impl Into<SignatureAlgorithm>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureFault> {
        let algorithm = algorithm.into();
        if let SignatureAlgorithm::Refused(name) = &algorithm {
            return Err(SignatureFault::Algorithm(name.clone()));
        }
        if !self.is_accepted() {
            return Err(SignatureFault::Key(self.to_string()));
        }
        let verification = verification(&algorithm, self.kind).filter(|_| self.allows(&algorithm));
        let Some(verification) = verification else {
            return Err(SignatureFault::Kind {
                algorithm: algorithm.to_string(),
                key: self.to_string(),
            });
        };
        UnparsedPublicKey::new(verification, &self.bits)
            .verify(message, signature)
            .map_err(|_| SignatureFault::Mismatch)
    }

    /// RFC 4055 §3.3: a signature has the hash that the key's parameters name, and no shorter salt
    /// than they ask for.
    fn allows(&self, algorithm: &SignatureAlgorithm) -> bool {
        match (self.pss, algorithm) {
            (Some(restrictions), SignatureAlgorithm::Pss(hash)) => {
                restrictions.hash == *hash && restrictions.salt <= hash.length()
            }
            (None, SignatureAlgorithm::Pss(_))
            | (
                _,
                SignatureAlgorithm::Pkcs1(_)
                | SignatureAlgorithm::Ecdsa(_)
                | SignatureAlgorithm::Ed25519
                | SignatureAlgorithm::Refused(_),
            ) => true,
        }
    }
}

/// Prints "RSA 2048", "P-256", or the name of the algorithm.
impl fmt::Display for KeyDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            KeyKind::Rsa(bits) => write!(f, "RSA {bits}"),
            KeyKind::RsaPss(bits) => write!(f, "RSA {bits} for RSASSA-PSS alone"),
            KeyKind::P256 => f.write_str("P-256"),
            KeyKind::P384 => f.write_str("P-384"),
            KeyKind::P521 => f.write_str("P-521"),
            KeyKind::Ed25519 => f.write_str("Ed25519"),
            KeyKind::Other => f.write_str(match self.algorithm.as_str() {
                "1.2.840.10040.4.1" => "DSA",
                "1.2.840.113549.1.1.10" => "RSA for RSASSA-PSS alone",
                "1.3.101.113" => "Ed448",
                other => other,
            }),
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
    /// The issuer's key cannot have made such a signature.
    #[error("a key {key} makes no signature {algorithm}")]
    Kind { algorithm: String, key: String },
    /// The certificate names one algorithm inside and another outside (RFC 5280 §4.1.1.2).
    #[error("it names two signature algorithms")]
    TwoAlgorithms,
    /// The signature does not fit.
    #[error("the signature does not fit the issuer's key")]
    Mismatch,
}

fn verification(
    algorithm: &SignatureAlgorithm,
    key: KeyKind,
) -> Option<&'static dyn VerificationAlgorithm> {
    use SignatureAlgorithm::{Ecdsa, Ed25519, Pkcs1, Pss, Refused};
    match (algorithm, key) {
        (Pkcs1(hash), KeyKind::Rsa(_)) => Some(match hash {
            Hash::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Hash::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Hash::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        }),
        (Pss(hash), KeyKind::Rsa(_) | KeyKind::RsaPss(_)) => Some(match hash {
            Hash::Sha256 => &signature::RSA_PSS_2048_8192_SHA256,
            Hash::Sha384 => &signature::RSA_PSS_2048_8192_SHA384,
            Hash::Sha512 => &signature::RSA_PSS_2048_8192_SHA512,
        }),
        (Ecdsa(hash), KeyKind::P256) => Some(match hash {
            Hash::Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
            Hash::Sha384 => &signature::ECDSA_P256_SHA384_ASN1,
            Hash::Sha512 => &signature::ECDSA_P256_SHA512_ASN1,
        }),
        (Ecdsa(hash), KeyKind::P384) => Some(match hash {
            Hash::Sha256 => &signature::ECDSA_P384_SHA256_ASN1,
            Hash::Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
            Hash::Sha512 => &signature::ECDSA_P384_SHA512_ASN1,
        }),
        (Ecdsa(hash), KeyKind::P521) => Some(match hash {
            Hash::Sha256 => &signature::ECDSA_P521_SHA256_ASN1,
            Hash::Sha384 => &signature::ECDSA_P521_SHA384_ASN1,
            Hash::Sha512 => &signature::ECDSA_P521_SHA512_ASN1,
        }),
        (Ed25519, KeyKind::Ed25519) => Some(&signature::ED25519),
        (Pkcs1(_) | Pss(_) | Ecdsa(_) | Ed25519 | Refused(_), _) => None,
    }
}

/// What the parameters of a key for RSASSA-PSS alone ask of its signatures: nothing where there are
/// none (RFC 4055 §3.1). An error if no signature that is accepted can be had from the key.
fn pss_restrictions(parameters: &Parameters<'_>) -> Result<Option<PssParameters>, NotDer> {
    const REFUSED: NotDer = NotDer("a key asks for RSASSA-PSS that is not accepted");
    match parameters {
        Parameters::Absent => Ok(None),
        Parameters::Sequence(contents) => match PssParameters::read(contents)? {
            Some(restrictions) => Ok(Some(restrictions)),
            None => Err(REFUSED),
        },
        Parameters::Null | Parameters::Other(_) => Err(REFUSED),
    }
}

fn curve(parameters: &Parameters<'_>) -> KeyKind {
    match parameters {
        Parameters::Other(element) if element.tag == Tag::ObjectIdentifier => {
            match element.contents {
                // 1.2.840.10045.3.1.7
                [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => KeyKind::P256,
                // 1.3.132.0.34
                [0x2b, 0x81, 0x04, 0x00, 0x22] => KeyKind::P384,
                // 1.3.132.0.35
                [0x2b, 0x81, 0x04, 0x00, 0x23] => KeyKind::P521,
                _ => KeyKind::Other,
            }
        }
        Parameters::Other(_) | Parameters::Absent | Parameters::Null | Parameters::Sequence(_) => {
            KeyKind::Other
        }
    }
}

/// The bits of the modulus of an `RSAPublicKey` (RFC 8017 §A.1.1).
fn modulus_bits(key: &[u8]) -> Option<usize> {
    const FAULT: &str = "an RSA key is not two numbers";
    let read = || -> Result<&[u8], NotDer> {
        let mut numbers = Element::only(key, Tag::Sequence, FAULT)?.inside()?;
        let modulus = numbers.expect(Tag::Integer, FAULT)?.integer()?;
        numbers.expect(Tag::Integer, FAULT)?.integer()?;
        numbers.end()?;
        Ok(modulus)
    };
    let modulus = read().ok()?;
    if modulus.first().is_none_or(|first| first & 0x80 != 0) {
        return None;
    }
    let mut digits = modulus.iter().skip_while(|byte| **byte == 0);
    let first = digits.next()?;
    let first_bits = 8_usize.saturating_sub(first.leading_zeros() as usize);
    Some(first_bits.saturating_add(digits.count().saturating_mul(8)))
}

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
