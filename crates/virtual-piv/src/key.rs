//! Private keys, and what a card does with them.

mod rsa;

use std::fmt;

use aws_lc_rs::agreement;
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsBigEndian, AsDer};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use serde::{Deserialize, Serialize};

use self::rsa::RsaKey;
use crate::tlv;

/// What kind of key a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// RSA with 2048 bits.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits; not in the standard, but in a YubiKey since 5.7.
    Rsa4096,
    /// ECDSA and ECDH on P-256.
    P256,
    /// ECDSA and ECDH on P-384.
    P384,
    /// Ed25519; not in the standard, but in a YubiKey since 5.7.
    Ed25519,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::P256,
        Self::P384,
        Self::Ed25519,
    ];

    /// The byte that names it in P1 (SP 800-78-5 table 9, and Yubico's additions).
    #[must_use]
    pub const fn identifier(self) -> u8 {
        match self {
            Self::Rsa2048 => 0x07,
            Self::Rsa3072 => 0x05,
            Self::Rsa4096 => 0x16,
            Self::P256 => 0x11,
            Self::P384 => 0x14,
            Self::Ed25519 => 0xE0,
        }
    }

    /// The algorithm that this byte names.
    #[must_use]
    pub fn from_identifier(identifier: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.identifier() == identifier)
    }

    const fn rsa_bits(self) -> Option<u16> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            Self::P256 | Self::P384 | Self::Ed25519 => None,
        }
    }
}

/// A private key in the card's memory.
pub(crate) struct PrivateKey {
    algorithm: Algorithm,
    kind: Kind,
}

enum Kind {
    Rsa(Box<RsaKey>),
    Ec(Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

#[derive(Clone, Copy)]
enum Curve {
    P256,
    P384,
}

/// What a card was asked to do with a key, and why it cannot.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key's bytes are not what they should be.
    #[error("this is not a private key that the card can hold")]
    Unreadable,
    /// The input does not fit the key.
    #[error("the input does not fit the key")]
    Input,
    /// The library failed.
    #[error("the key could not be made")]
    Library,
}

impl From<aws_lc_rs::error::Unspecified> for KeyError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Library
    }
}

impl From<aws_lc_rs::error::KeyRejected> for KeyError {
    fn from(_: aws_lc_rs::error::KeyRejected) -> Self {
        Self::Unreadable
    }
}

impl PrivateKey {
    pub(crate) fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let kind = match algorithm {
            Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 => {
                Kind::Rsa(Box::new(RsaKey::generate(algorithm)?))
            }
            Algorithm::P256 => Curve::P256.generate()?,
            Algorithm::P384 => Curve::P384.generate()?,
            Algorithm::Ed25519 => Kind::Ed25519(Ed25519KeyPair::generate()?),
        };
        Ok(Self { algorithm, kind })
    }

    /// Reads a PKCS #8 key (RFC 5208) of any kind that the card can hold.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        for curve in [Curve::P256, Curve::P384] {
            if let Ok(pair) = EcdsaKeyPair::from_pkcs8(curve.signing(), der) {
                let algorithm = curve.algorithm();
                let kind = Kind::Ec(curve, pair);
                return Ok(Self { algorithm, kind });
            }
        }
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            let algorithm = Algorithm::Ed25519;
            let kind = Kind::Ed25519(pair);
            return Ok(Self { algorithm, kind });
        }
        Self::from_rsa(RsaKey::from_pkcs8(der)?)
    }

    /// Takes the two primes of an RSA key, with the exponent 65537.
    pub(crate) fn from_primes(p: &[u8], q: &[u8]) -> Result<Self, KeyError> {
        Self::from_rsa(RsaKey::from_primes(p, q)?)
    }

    /// Takes the scalar of an elliptic key, or the seed of an Ed25519 key.
    pub(crate) fn from_scalar(algorithm: Algorithm, scalar: &[u8]) -> Result<Self, KeyError> {
        let kind = match algorithm {
            Algorithm::P256 => Curve::P256.pair(scalar)?,
            Algorithm::P384 => Curve::P384.pair(scalar)?,
            Algorithm::Ed25519 => Kind::Ed25519(Ed25519KeyPair::from_seed_unchecked(scalar)?),
            Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 => {
                return Err(KeyError::Unreadable);
            }
        };
        Ok(Self { algorithm, kind })
    }

    fn from_rsa(key: RsaKey) -> Result<Self, KeyError> {
        let bits = key.bits();
        let algorithm = Algorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.rsa_bits().map(u64::from) == Some(bits))
            .ok_or(KeyError::Unreadable)?;
        let kind = Kind::Rsa(Box::new(key));
        Ok(Self { algorithm, kind })
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signs what the card is given: a padded block, a digest, or for Ed25519 a message.
    pub(crate) fn sign(&self, input: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.kind {
            Kind::Rsa(key) => key.raw(input),
            Kind::Ec(curve, pair) => {
                let digest = Digest::import_less_safe(&curve.fill(input)?, curve.digest())?;
                Ok(pair.sign_digest(&digest)?.as_ref().to_vec())
            }
            Kind::Ed25519(pair) => Ok(pair.sign(input).as_ref().to_vec()),
        }
    }

    /// Agrees on a secret with another point of the curve.
    pub(crate) fn agree(&self, point: &[u8]) -> Result<Vec<u8>, KeyError> {
        let Kind::Ec(curve, pair) = &self.kind else {
            return Err(KeyError::Input);
        };
        let scalar = pair.private_key().as_be_bytes()?;
        let key = agreement::PrivateKey::from_private_key(curve.agreement(), scalar.as_ref())?;
        let peer = agreement::UnparsedPublicKey::new(curve.agreement(), point);
        agreement::agree(&key, peer, KeyError::Input, |secret| Ok(secret.to_vec()))
    }

    /// The public key as SP 800-73 writes it in `7F49`: `81`, `82` for RSA, `86` for a point.
    pub(crate) fn public_template(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match &self.kind {
            Kind::Rsa(key) => {
                tlv::put(&mut out, 0x81, &key.modulus());
                tlv::put(&mut out, 0x82, &key.exponent());
            }
            Kind::Ec(_, pair) => tlv::put(&mut out, 0x86, pair.public_key().as_ref()),
            Kind::Ed25519(pair) => tlv::put(&mut out, 0x86, pair.public_key().as_ref()),
        }
        out
    }

    /// The public key as certificates have it (RFC 5280 §4.1.2.7).
    pub(crate) fn subject_public_key_info(&self) -> Result<Vec<u8>, KeyError> {
        Ok(match &self.kind {
            Kind::Rsa(key) => key.subject_public_key_info()?,
            Kind::Ec(_, pair) => pair.public_key().as_der()?.as_ref().to_vec(),
            Kind::Ed25519(pair) => pair.public_key().as_der()?.as_ref().to_vec(),
        })
    }

    /// The key as it is kept in a file.
    pub(crate) fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        Ok(match &self.kind {
            Kind::Rsa(key) => key.to_pkcs8()?,
            Kind::Ec(_, pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
            Kind::Ed25519(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
        })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({:?})", self.algorithm)
    }
}

impl Curve {
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::P256,
            Self::P384 => Algorithm::P384,
        }
    }

    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        }
    }

    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::P256 => &digest::SHA256,
            Self::P384 => &digest::SHA384,
        }
    }

    fn agreement(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &agreement::ECDH_P256,
            Self::P384 => &agreement::ECDH_P384,
        }
    }

    fn generate(self) -> Result<Kind, KeyError> {
        Ok(Kind::Ec(self, EcdsaKeyPair::generate(self.signing())?))
    }

    fn pair(self, scalar: &[u8]) -> Result<Kind, KeyError> {
        let private = agreement::PrivateKey::from_private_key(self.agreement(), scalar)?;
        let public = private.compute_public_key()?;
        let signing = self.signing();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, scalar, public.as_ref())?;
        Ok(Kind::Ec(self, pair))
    }

    /// A digest is a number: a shorter one gets zeros in front, a longer one is refused.
    fn fill(self, input: &[u8]) -> Result<Vec<u8>, KeyError> {
        let missing = self
            .digest()
            .output_len
            .checked_sub(input.len())
            .filter(|_| !input.is_empty())
            .ok_or(KeyError::Input)?;
        let mut digest = vec![0; missing];
        digest.extend_from_slice(input);
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256,
        UnparsedPublicKey, VerificationAlgorithm,
    };

    use super::*;

    #[test]
    fn every_kind_of_key_signs_and_survives_its_file() {
        for algorithm in Algorithm::ALL {
            let made = PrivateKey::generate(algorithm).expect("a key is made");
            let kept = made.to_pkcs8().expect("a key is written");
            let key = PrivateKey::from_pkcs8(&kept).expect("a key is read");
            assert_eq!(key.algorithm(), algorithm);
            assert_eq!(key.public_template(), made.public_template());
            let (input, verification): (Vec<u8>, &'static dyn VerificationAlgorithm) =
                match algorithm {
                    Algorithm::P256 => (hash(&digest::SHA256), &ECDSA_P256_SHA256_ASN1),
                    Algorithm::P384 => (hash(&digest::SHA384), &ECDSA_P384_SHA384_ASN1),
                    Algorithm::Ed25519 => (MESSAGE.to_vec(), &ED25519),
                    Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 => {
                        let bits = algorithm.rsa_bits().expect("RSA has bits");
                        (pkcs1(usize::from(bits / 8)), &RSA_PKCS1_2048_8192_SHA256)
                    }
                };
            let signature = key.sign(&input).expect("a signature is made");
            let public = key.subject_public_key_info().expect("a public key");
            UnparsedPublicKey::new(verification, &public)
                .verify(MESSAGE, &signature)
                .unwrap_or_else(|_| panic!("the signature of {algorithm:?} holds"));
        }
    }

    #[test]
    fn an_input_that_does_not_fit_is_refused() {
        let p256 = PrivateKey::generate(Algorithm::P256).expect("a key is made");
        assert!(p256.sign(&[1; 33]).is_err());
        assert!(p256.sign(&[]).is_err());
        assert!(p256.sign(&[1; 20]).is_ok());
        assert!(p256.agree(&[4; 65]).is_err());
        let rsa = PrivateKey::generate(Algorithm::Rsa2048).expect("a key is made");
        assert!(rsa.sign(&[0; 255]).is_err());
        assert!(rsa.sign(&[0xFF; 256]).is_err(), "greater than the modulus");
        assert!(rsa.agree(&[4; 65]).is_err());
    }

    #[test]
    fn two_keys_agree() {
        let (ours, theirs) = (
            PrivateKey::generate(Algorithm::P384).expect("a key is made"),
            PrivateKey::generate(Algorithm::P384).expect("a key is made"),
        );
        let point = |key: &PrivateKey| {
            let template = key.public_template();
            tlv::only(&template, 0x86).expect("a point").to_vec()
        };
        assert_eq!(
            ours.agree(&point(&theirs)).expect("a secret"),
            theirs.agree(&point(&ours)).expect("a secret")
        );
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        assert!(PrivateKey::from_pkcs8(&[0x30, 0x00]).is_err());
        assert!(PrivateKey::from_scalar(Algorithm::P256, &[0; 32]).is_err());
        assert!(PrivateKey::from_scalar(Algorithm::P256, &[1; 31]).is_err());
        assert!(PrivateKey::from_primes(&[0; 128], &[0; 128]).is_err());
        assert!(PrivateKey::from_primes(&[], &[1]).is_err());
    }

    fn hash(algorithm: &'static digest::Algorithm) -> Vec<u8> {
        digest::digest(algorithm, MESSAGE).as_ref().to_vec()
    }

    /// EMSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §9.2), which is the client's work on a real card.
    fn pkcs1(length: usize) -> Vec<u8> {
        let mut info = vec![
            0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20,
        ];
        info.extend(hash(&digest::SHA256));
        let mut block = vec![0xFF; length];
        block[0] = 0;
        block[1] = 1;
        let start = length - info.len();
        block[start - 1] = 0;
        block[start..].copy_from_slice(&info);
        block
    }

    const MESSAGE: &[u8] = b"what the server says";
}
