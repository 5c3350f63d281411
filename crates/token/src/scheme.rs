//! The TLS signature schemes that a token can sign for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A TLS signature scheme, by its name and code point in RFC 8446 §4.2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// `rsa_pkcs1_sha256`, for TLS 1.2 only.
    RsaPkcs1Sha256,
    /// `rsa_pkcs1_sha384`, for TLS 1.2 only.
    RsaPkcs1Sha384,
    /// `rsa_pkcs1_sha512`, for TLS 1.2 only.
    RsaPkcs1Sha512,
    /// `rsa_pss_rsae_sha256`.
    RsaPssRsaeSha256,
    /// `rsa_pss_rsae_sha384`.
    RsaPssRsaeSha384,
    /// `rsa_pss_rsae_sha512`.
    RsaPssRsaeSha512,
    /// `ecdsa_secp256r1_sha256`.
    EcdsaSecp256r1Sha256,
    /// `ecdsa_secp384r1_sha384`.
    EcdsaSecp384r1Sha384,
    /// `ecdsa_secp521r1_sha512`.
    EcdsaSecp521r1Sha512,
    /// `ed25519`.
    Ed25519,
}

impl Scheme {
    /// Every scheme this crate can sign for, most preferred first among those of one key.
    pub const ALL: [Self; 10] = [
        Self::RsaPssRsaeSha256,
        Self::RsaPssRsaeSha384,
        Self::RsaPssRsaeSha512,
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
        Self::EcdsaSecp256r1Sha256,
        Self::EcdsaSecp384r1Sha384,
        Self::EcdsaSecp521r1Sha512,
        Self::Ed25519,
    ];

    /// The code point on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::RsaPkcs1Sha256 => 0x0401,
            Self::RsaPkcs1Sha384 => 0x0501,
            Self::RsaPkcs1Sha512 => 0x0601,
            Self::RsaPssRsaeSha256 => 0x0804,
            Self::RsaPssRsaeSha384 => 0x0805,
            Self::RsaPssRsaeSha512 => 0x0806,
            Self::EcdsaSecp256r1Sha256 => 0x0403,
            Self::EcdsaSecp384r1Sha384 => 0x0503,
            Self::EcdsaSecp521r1Sha512 => 0x0603,
            Self::Ed25519 => 0x0807,
        }
    }

    /// The scheme of a code point, when it is one of ours.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.code() == code)
    }

    /// The name that the TLS registry gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaPkcs1Sha256 => "rsa_pkcs1_sha256",
            Self::RsaPkcs1Sha384 => "rsa_pkcs1_sha384",
            Self::RsaPkcs1Sha512 => "rsa_pkcs1_sha512",
            Self::RsaPssRsaeSha256 => "rsa_pss_rsae_sha256",
            Self::RsaPssRsaeSha384 => "rsa_pss_rsae_sha384",
            Self::RsaPssRsaeSha512 => "rsa_pss_rsae_sha512",
            Self::EcdsaSecp256r1Sha256 => "ecdsa_secp256r1_sha256",
            Self::EcdsaSecp384r1Sha384 => "ecdsa_secp384r1_sha384",
            Self::EcdsaSecp521r1Sha512 => "ecdsa_secp521r1_sha512",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Whether TLS 1.3 lets a client sign its handshake with it (RFC 8446 §4.2.3 forbids PKCS #1
    /// v1.5 there).
    pub const fn in_tls13(self) -> bool {
        match self {
            Self::RsaPkcs1Sha256 | Self::RsaPkcs1Sha384 | Self::RsaPkcs1Sha512 => false,
            Self::RsaPssRsaeSha256
            | Self::RsaPssRsaeSha384
            | Self::RsaPssRsaeSha512
            | Self::EcdsaSecp256r1Sha256
            | Self::EcdsaSecp384r1Sha384
            | Self::EcdsaSecp521r1Sha512
            | Self::Ed25519 => true,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Scheme> for u16 {
    fn from(scheme: Scheme) -> Self {
        scheme.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_found_by_its_code_point() {
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::from_code(scheme.code()), Some(scheme));
        }
    }

    #[test]
    fn a_foreign_code_point_has_no_scheme() {
        assert_eq!(Scheme::from_code(0x0201), None);
    }

    #[test]
    fn code_points_differ() {
        let codes: std::collections::BTreeSet<_> =
            Scheme::ALL.into_iter().map(Scheme::code).collect();
        assert_eq!(codes.len(), Scheme::ALL.len());
    }
}
