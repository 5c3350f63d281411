//! The keys that sign: minted once per run, because making an RSA key takes longer than judging
//! hundreds of paths.

use anyhow::{Result, anyhow};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};

use crate::der;

/// A key and what it signs with.
#[derive(Debug)]
pub struct Key {
    pair: Pair,
    spki: Vec<u8>,
}

#[derive(Debug)]
enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// How an RSA key signs; the other kinds have one way each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Sha512,
    /// RSASSA-PSS with SHA-256 throughout and a salt of 32 bytes (RFC 4055 §3.1).
    Pss,
}

/// The keys of one run.
#[derive(Debug)]
pub struct Pool(Vec<Key>);

impl Pool {
    /// Mints the keys: P-256 and Ed25519 above all, since every path is verified several times.
    pub fn mint() -> Result<Self> {
        let mut keys = Vec::new();
        for _ in 0..4 {
            keys.push(Key::p256()?);
            keys.push(Key::ed25519()?);
        }
        keys.push(Key::rsa()?);
        keys.push(Key::rsa()?);
        keys.push(Key::p384()?);
        keys.push(Key::p256()?);
        Ok(Self(keys))
    }

    /// The key with this number; numbers beyond the last begin again.
    pub fn key(&self, number: usize) -> &Key {
        &self.0[number % self.0.len()]
    }
}

impl Key {
    /// A new P-256 key.
    pub fn p256() -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
        let spki = spki(pair.public_key())?;
        Ok(Self {
            pair: Pair::P256(pair),
            spki,
        })
    }

    /// A new P-384 key.
    pub fn p384() -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING)?;
        let spki = spki(pair.public_key())?;
        Ok(Self {
            pair: Pair::P384(pair),
            spki,
        })
    }

    /// A new Ed25519 key.
    pub fn ed25519() -> Result<Self> {
        let pair = Ed25519KeyPair::generate()?;
        let spki = spki(pair.public_key())?;
        Ok(Self {
            pair: Pair::Ed25519(pair),
            spki,
        })
    }

    /// A new RSA key of 2,048 bits.
    pub fn rsa() -> Result<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let spki = spki(pair.public_key())?;
        Ok(Self {
            pair: Pair::Rsa(pair),
            spki,
        })
    }

    /// The `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Twenty bytes that name the key (RFC 7093 §2, method 1).
    pub fn identifier(&self) -> [u8; 20] {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.spki);
        let mut identifier = [0; 20];
        identifier.copy_from_slice(&digest.as_ref()[..20]);
        identifier
    }

    /// Whether it is an RSA key, for which the scheme counts.
    pub fn is_rsa(&self) -> bool {
        matches!(self.pair, Pair::Rsa(_))
    }

    /// The `AlgorithmIdentifier` of a signature.
    pub fn algorithm(&self, scheme: Scheme) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(_) => rsa_algorithm(scheme),
            Pair::P256(_) => der::sequence(&[der::oid("1.2.840.10045.4.3.2")]),
            Pair::P384(_) => der::sequence(&[der::oid("1.2.840.10045.4.3.3")]),
            Pair::Ed25519(_) => der::sequence(&[der::oid("1.3.101.112")]),
        }
    }

    /// Signs.
    pub fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let encoding: &dyn signature::RsaEncoding = match scheme {
                    Scheme::Sha256 => &signature::RSA_PKCS1_SHA256,
                    Scheme::Sha384 => &signature::RSA_PKCS1_SHA384,
                    Scheme::Sha512 => &signature::RSA_PKCS1_SHA512,
                    Scheme::Pss => &signature::RSA_PSS_SHA256,
                };
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut out)?;
                Ok(out)
            }
            Pair::P256(pair) | Pair::P384(pair) => {
                Ok(pair.sign(&random, message)?.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn spki(key: &impl AsDer<PublicKeyX509Der<'static>>) -> Result<Vec<u8>> {
    let encoded: PublicKeyX509Der<'static> =
        key.as_der().map_err(|_| anyhow!("the key has no SPKI"))?;
    Ok(encoded.as_ref().to_vec())
}

fn rsa_algorithm(scheme: Scheme) -> Vec<u8> {
    let null = der::tlv(0x05, &[]);
    match scheme {
        Scheme::Sha256 => der::sequence(&[der::oid("1.2.840.113549.1.1.11"), null]),
        Scheme::Sha384 => der::sequence(&[der::oid("1.2.840.113549.1.1.12"), null]),
        Scheme::Sha512 => der::sequence(&[der::oid("1.2.840.113549.1.1.13"), null]),
        Scheme::Pss => {
            let sha256 = der::sequence(&[der::oid("2.16.840.1.101.3.4.2.1"), null]);
            let mask = der::sequence(&[der::oid("1.2.840.113549.1.1.8"), sha256.clone()]);
            let parameters = der::sequence(&[
                der::tlv(0xa0, &[&sha256]),
                der::tlv(0xa1, &[&mask]),
                der::tlv(0xa2, &[&der::number(32)]),
            ]);
            der::sequence(&[der::oid("1.2.840.113549.1.1.10"), parameters])
        }
    }
}
