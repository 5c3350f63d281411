//! Signatures as TLS wants them, around what a token computes.

mod digest_info;
mod ecdsa;
mod pkcs1;
mod pss;
mod verify;

use aws_lc_rs::digest;

pub(crate) use digest_info::digest_info;
pub(crate) use ecdsa::to_der;
pub(crate) use pkcs1::emsa_pkcs1_encode;
pub(crate) use pss::emsa_pss_encode;
pub(crate) use verify::verify;

use crate::Scheme;

/// The hash of a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The hash that a scheme names; Ed25519 hashes inside.
    pub(crate) fn of(scheme: Scheme) -> Option<Self> {
        match scheme {
            Scheme::RsaPkcs1Sha256 | Scheme::RsaPssRsaeSha256 | Scheme::EcdsaSecp256r1Sha256 => {
                Some(Self::Sha256)
            }
            Scheme::RsaPkcs1Sha384 | Scheme::RsaPssRsaeSha384 | Scheme::EcdsaSecp384r1Sha384 => {
                Some(Self::Sha384)
            }
            Scheme::RsaPkcs1Sha512 | Scheme::RsaPssRsaeSha512 | Scheme::EcdsaSecp521r1Sha512 => {
                Some(Self::Sha512)
            }
            Scheme::Ed25519 => None,
        }
    }

    /// Its length in bytes.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of a message.
    pub(crate) fn digest(self, message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, message).as_ref().to_vec()
    }
}
