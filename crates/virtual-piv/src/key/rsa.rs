//! RSA as a card does it: one modular exponentiation of a block that the client has padded.
//!
//! aws-lc-rs signs messages and digests, and has no private operation without padding. So that
//! one step is done here with big integers, in time that depends on the key: good enough for a
//! card whose keys protect nothing.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{self, KeySize, PublicKeyComponents};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use num_bigint::BigUint;

use super::{Algorithm, KeyError};

pub(super) struct RsaKey {
    n: BigUint,
    e: BigUint,
    d: BigUint,
    p: BigUint,
    q: BigUint,
    dp: BigUint,
    dq: BigUint,
    q_inverse: BigUint,
}

impl RsaKey {
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let size = match algorithm {
            Algorithm::Rsa2048 => KeySize::Rsa2048,
            Algorithm::Rsa3072 => KeySize::Rsa3072,
            Algorithm::Rsa4096 => KeySize::Rsa4096,
            Algorithm::P256 | Algorithm::P384 | Algorithm::Ed25519 => {
                return Err(KeyError::Library);
            }
        };
        let pair = rsa::KeyPair::generate(size)?;
        Self::from_pkcs8(pair.as_der()?.as_ref())
    }

    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfo::from_der(der).map_err(|_| KeyError::Unreadable)?;
        if info.algorithm.oid != RSA_ENCRYPTION {
            return Err(KeyError::Unreadable);
        }
        let key = RsaPrivateKey::from_der(info.private_key.as_bytes())
            .map_err(|_| KeyError::Unreadable)?;
        let number = |value: UintRef<'_>| BigUint::from_bytes_be(value.as_bytes());
        Self::from_parts(
            number(key.prime1),
            number(key.prime2),
            number(key.public_exponent),
        )
    }

    pub(super) fn from_primes(p: &[u8], q: &[u8]) -> Result<Self, KeyError> {
        Self::from_parts(
            BigUint::from_bytes_be(p),
            BigUint::from_bytes_be(q),
            BigUint::from(65_537_u32),
        )
    }

    fn from_parts(p: BigUint, q: BigUint, e: BigUint) -> Result<Self, KeyError> {
        let one = BigUint::from(1_u8);
        if p <= one || q <= one || p == q || p.bits() > 4096 || q.bits() > 4096 {
            return Err(KeyError::Unreadable);
        }
        let (p_less, q_less) = (&p - &one, &q - &one);
        let inverse =
            |value: &BigUint, modulus: &BigUint| value.modinv(modulus).ok_or(KeyError::Unreadable);
        Ok(Self {
            n: &p * &q,
            d: inverse(&e, &(&p_less * &q_less))?,
            dp: inverse(&e, &p_less)?,
            dq: inverse(&e, &q_less)?,
            q_inverse: inverse(&q, &p)?,
            e,
            p,
            q,
        })
    }

    pub(super) fn bits(&self) -> u64 {
        self.n.bits()
    }

    /// RSASP1 with the Chinese remainder theorem (RFC 8017 §5.2.1).
    pub(super) fn raw(&self, block: &[u8]) -> Result<Vec<u8>, KeyError> {
        let length = self.modulus().len();
        let message = BigUint::from_bytes_be(block);
        if block.len() != length || message >= self.n {
            return Err(KeyError::Input);
        }
        let left = message.modpow(&self.dp, &self.p);
        let right = message.modpow(&self.dq, &self.q);
        let difference = (&self.p + left - (&right % &self.p)) % &self.p;
        let h = (difference * &self.q_inverse) % &self.p;
        let bytes = (right + h * &self.q).to_bytes_be();
        let mut signature = vec![0; length.saturating_sub(bytes.len())];
        signature.extend(bytes);
        Ok(signature)
    }

    pub(super) fn modulus(&self) -> Vec<u8> {
        self.n.to_bytes_be()
    }

    pub(super) fn exponent(&self) -> Vec<u8> {
        self.e.to_bytes_be()
    }

    pub(super) fn subject_public_key_info(&self) -> Result<Vec<u8>, KeyError> {
        let public = PublicKeyComponents {
            n: self.modulus(),
            e: self.exponent(),
        };
        Ok(public.as_der()?.as_ref().to_vec())
    }

    pub(super) fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        let parts = [
            &self.n,
            &self.e,
            &self.d,
            &self.p,
            &self.q,
            &self.dp,
            &self.dq,
            &self.q_inverse,
        ]
        .map(BigUint::to_bytes_be);
        let [modulus, public, private, p, q, dp, dq, q_inverse] = &parts;
        let write = || -> der::Result<Vec<u8>> {
            let key = RsaPrivateKey {
                version: 0,
                modulus: UintRef::new(modulus)?,
                public_exponent: UintRef::new(public)?,
                private_exponent: UintRef::new(private)?,
                prime1: UintRef::new(p)?,
                prime2: UintRef::new(q)?,
                exponent1: UintRef::new(dp)?,
                exponent2: UintRef::new(dq)?,
                coefficient: UintRef::new(q_inverse)?,
            }
            .to_der()?;
            PrivateKeyInfo {
                version: 0,
                algorithm: AlgorithmIdentifier {
                    oid: RSA_ENCRYPTION,
                    parameters: AnyRef::NULL,
                },
                private_key: OctetStringRef::new(&key)?,
            }
            .to_der()
        };
        write().map_err(|_| KeyError::Library)
    }
}

/// RFC 5208 §5.
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifier<'a>,
    private_key: &'a OctetStringRef,
}

#[derive(Sequence)]
struct AlgorithmIdentifier<'a> {
    oid: ObjectIdentifier,
    parameters: AnyRef<'a>,
}

/// RFC 8017 §A.1.2.
#[derive(Sequence)]
struct RsaPrivateKey<'a> {
    version: u8,
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
    private_exponent: UintRef<'a>,
    prime1: UintRef<'a>,
    prime2: UintRef<'a>,
    exponent1: UintRef<'a>,
    exponent2: UintRef<'a>,
    coefficient: UintRef<'a>,
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
