//! The public key of a certificate, and finding its like on a token.

use der::Decode;
use der::asn1::OctetStringRef;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey as Parsed;

use crate::KeyAlgorithm;

/// What a certificate says of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    pub(crate) algorithm: KeyAlgorithm,
    /// The modulus of an RSA key without leading zeros, or the point of an elliptic one.
    pub(crate) identity: Vec<u8>,
    /// Whether the certificate is that of a CA, which seldom has its key beside it.
    pub(crate) is_ca: bool,
}

impl PublicKey {
    /// Reads a certificate. One that cannot be read has a key of an unsupported kind.
    pub(crate) fn of(certificate: &[u8]) -> Self {
        match x509_parser::parse_x509_certificate(certificate) {
            Ok((_, certificate)) => Self::of_parsed(&certificate),
            Err(_) => Self {
                algorithm: KeyAlgorithm::Unsupported("unreadable".to_owned()),
                identity: Vec::new(),
                is_ca: false,
            },
        }
    }

    fn of_parsed(certificate: &X509Certificate<'_>) -> Self {
        let info = certificate.public_key();
        let oid = info.algorithm.algorithm.to_id_string();
        let (algorithm, identity) = match info.parsed() {
            Ok(Parsed::RSA(key)) => {
                let modulus = without_leading_zeros(key.modulus);
                let algorithm = KeyAlgorithm::Rsa {
                    bits: bits(modulus),
                };
                (algorithm, modulus.to_vec())
            }
            Ok(Parsed::EC(point)) => {
                let curve = info
                    .algorithm
                    .parameters
                    .as_ref()
                    .and_then(|curve| curve.as_oid().ok())
                    .map(|curve| curve.to_id_string());
                (elliptic(curve.as_deref(), oid), point.data().to_vec())
            }
            Ok(_) | Err(_) if oid == ED25519 => {
                (KeyAlgorithm::Ed25519, info.subject_public_key.data.to_vec())
            }
            Ok(_) | Err(_) => (KeyAlgorithm::Unsupported(oid), Vec::new()),
        };
        Self {
            algorithm,
            identity,
            is_ca: certificate.is_ca(),
        }
    }

    /// Whether a modulus as a token gives it is this key's.
    pub(crate) fn has_modulus(&self, modulus: &[u8]) -> bool {
        !self.identity.is_empty() && without_leading_zeros(modulus) == self.identity
    }

    /// Whether a point as a token gives it is this key's: in a DER octet string as PKCS #11 wants
    /// it, or bare as some tokens have it.
    pub(crate) fn has_point(&self, point: &[u8]) -> bool {
        let wrapped =
            <&OctetStringRef>::from_der(point).is_ok_and(|inner| inner.as_bytes() == self.identity);
        !self.identity.is_empty() && (wrapped || point == self.identity)
    }
}

fn elliptic(curve: Option<&str>, algorithm: String) -> KeyAlgorithm {
    match curve {
        Some("1.2.840.10045.3.1.7") => KeyAlgorithm::P256,
        Some("1.3.132.0.34") => KeyAlgorithm::P384,
        Some("1.3.132.0.35") => KeyAlgorithm::P521,
        Some(other) => KeyAlgorithm::Unsupported(other.to_owned()),
        None => KeyAlgorithm::Unsupported(algorithm),
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bits(modulus: &[u8]) -> u32 {
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    u32::try_from(modulus.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(8)
        .saturating_sub(unused)
}

const ED25519: &str = "1.3.101.112";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

    use super::*;

    #[test]
    fn kinds_of_keys_are_told_apart() {
        let kinds: [(&SignatureAlgorithm, KeyAlgorithm); 4] = [
            (&rcgen::PKCS_ECDSA_P256_SHA256, KeyAlgorithm::P256),
            (&rcgen::PKCS_ECDSA_P384_SHA384, KeyAlgorithm::P384),
            (&rcgen::PKCS_ED25519, KeyAlgorithm::Ed25519),
            (&rcgen::PKCS_RSA_SHA256, KeyAlgorithm::Rsa { bits: 2048 }),
        ];
        for (algorithm, expected) in kinds {
            assert_eq!(PublicKey::of(&self_signed(algorithm)).algorithm, expected);
        }
    }

    #[test]
    fn a_point_is_known_bare_and_wrapped() {
        let key = PublicKey::of(&self_signed(&rcgen::PKCS_ECDSA_P256_SHA256));
        let wrapped = [&[0x04, 65], key.identity.as_slice()].concat();
        assert!(key.has_point(&key.identity));
        assert!(key.has_point(&wrapped));
        assert!(!key.has_point(&[4; 65]));
    }

    #[test]
    fn a_modulus_is_known_with_a_leading_zero() {
        let key = PublicKey::of(&self_signed(&rcgen::PKCS_RSA_SHA256));
        assert!(key.has_modulus(&[&[0], key.identity.as_slice()].concat()));
        assert!(!key.has_modulus(&[]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in any::<Vec<u8>>()) {
            let key = PublicKey::of(&bytes);
            prop_assert!(!key.has_point(&[]));
        }
    }

    fn self_signed(algorithm: &'static SignatureAlgorithm) -> Vec<u8> {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let params = CertificateParams::new(vec!["test".to_owned()]).expect("a name");
        params
            .self_signed(&key)
            .expect("a certificate")
            .der()
            .to_vec()
    }
}
