//! Which mechanisms sign for which scheme, and what they take.

use cryptoki::context::Function;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::KeyType;
use cryptoki::slot::Slot;

use super::library::Library;
use crate::signature::{Hash, digest_info, emsa_pss_encode};
use crate::{FailedCall, KeyAlgorithm, Scheme, SignError};

/// What a slot can sign with: each mechanism and the key sizes it takes.
///
/// PKCS #11 gives these per slot, not per key, so the key's own kind is checked as well.
pub(super) struct Mechanisms(Vec<(MechanismType, (usize, usize))>);

impl Mechanisms {
    /// Asks a slot.
    ///
    /// # Errors
    ///
    /// The call that failed.
    pub(super) fn of(library: &Library, slot: Slot) -> Result<Self, FailedCall> {
        let listed = library
            .context
            .get_mechanism_list(slot)
            .map_err(|error| FailedCall::from_error(&error, Function::GetMechanismList))?;
        let useful = listed.into_iter().filter(|listed| OURS.contains(listed));
        Ok(Self(
            useful
                .filter_map(|mechanism| {
                    let info = library.context.get_mechanism_info(slot, mechanism).ok()?;
                    let sizes = (info.min_key_size(), info.max_key_size());
                    info.sign().then_some((mechanism, sizes))
                })
                .collect(),
        ))
    }

    /// The schemes that a key of this kind can sign for, most preferred first.
    pub(super) fn schemes(&self, algorithm: &KeyAlgorithm) -> Vec<Scheme> {
        Scheme::ALL
            .into_iter()
            .filter(|scheme| fits(*scheme, algorithm))
            .filter(|scheme| self.ways(*scheme, algorithm).next().is_some())
            .collect()
    }

    /// The ways to sign, most preferred first.
    pub(super) fn ways(
        &self,
        scheme: Scheme,
        algorithm: &KeyAlgorithm,
    ) -> impl Iterator<Item = Way> {
        ways(scheme)
            .into_iter()
            .filter(|way| self.takes(way.mechanism, algorithm))
    }

    fn takes(&self, mechanism: MechanismType, algorithm: &KeyAlgorithm) -> bool {
        let listed = self.0.iter().find(|(listed, _)| *listed == mechanism);
        let Some((_, (min, max))) = listed else {
            return false;
        };
        let within = |size: usize| (*min..=*max).contains(&size);
        match algorithm {
            // Bits; some modules say bytes, and some say nothing.
            KeyAlgorithm::Rsa { bits } => {
                let bits = *bits as usize;
                *max == 0 || within(bits) || within(bits.div_ceil(8))
            }
            KeyAlgorithm::P256 => *max == 0 || within(256),
            KeyAlgorithm::P384 => *max == 0 || within(384),
            KeyAlgorithm::P521 => *max == 0 || within(521),
            // Modules disagree on the size of an Edwards key.
            KeyAlgorithm::Ed25519 => true,
            KeyAlgorithm::Unsupported(_) => false,
        }
    }
}

/// One way to have a token sign: a mechanism, and what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) mechanism: MechanismType,
    input: Input,
    scheme: Scheme,
}

/// What a mechanism is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Message,
    Digest,
    DigestInfo,
    EncodedPss,
}

impl Way {
    /// The mechanism with its parameters.
    pub(super) fn mechanism(&self) -> Option<Mechanism<'static>> {
        let pss = || pss_parameters(self.scheme);
        Some(match self.mechanism {
            MechanismType::RSA_PKCS_PSS => Mechanism::RsaPkcsPss(pss()?),
            MechanismType::SHA256_RSA_PKCS_PSS => Mechanism::Sha256RsaPkcsPss(pss()?),
            MechanismType::SHA384_RSA_PKCS_PSS => Mechanism::Sha384RsaPkcsPss(pss()?),
            MechanismType::SHA512_RSA_PKCS_PSS => Mechanism::Sha512RsaPkcsPss(pss()?),
            MechanismType::RSA_X_509 => Mechanism::RsaX509,
            MechanismType::RSA_PKCS => Mechanism::RsaPkcs,
            MechanismType::SHA256_RSA_PKCS => Mechanism::Sha256RsaPkcs,
            MechanismType::SHA384_RSA_PKCS => Mechanism::Sha384RsaPkcs,
            MechanismType::SHA512_RSA_PKCS => Mechanism::Sha512RsaPkcs,
            MechanismType::ECDSA => Mechanism::Ecdsa,
            MechanismType::EDDSA => {
                Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519))
            }
            _ => return None,
        })
    }

    /// What the mechanism is given for a message.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the key does not fit.
    pub(super) fn input(
        &self,
        message: &[u8],
        algorithm: &KeyAlgorithm,
    ) -> Result<Vec<u8>, SignError> {
        let unsupported = SignError::UnsupportedScheme {
            scheme: self.scheme,
        };
        let hash = Hash::of(self.scheme);
        match (self.input, hash, algorithm) {
            (Input::Message, _, _) => Ok(message.to_vec()),
            (Input::Digest, Some(hash), _) => Ok(hash.digest(message)),
            (Input::DigestInfo, Some(hash), _) => {
                digest_info(hash, &hash.digest(message)).map_err(|_| unsupported)
            }
            (Input::EncodedPss, Some(hash), KeyAlgorithm::Rsa { bits }) => {
                emsa_pss_encode(hash, &hash.digest(message), *bits as usize)
            }
            (Input::Digest | Input::DigestInfo | Input::EncodedPss, _, _) => Err(unsupported),
        }
    }
}

/// The kind of key object that a certificate's key is.
pub(super) fn key_type(algorithm: &KeyAlgorithm) -> Option<KeyType> {
    match algorithm {
        KeyAlgorithm::Rsa { .. } => Some(KeyType::RSA),
        KeyAlgorithm::P256 | KeyAlgorithm::P384 | KeyAlgorithm::P521 => Some(KeyType::EC),
        KeyAlgorithm::Ed25519 => Some(KeyType::EC_EDWARDS),
        KeyAlgorithm::Unsupported(_) => None,
    }
}

/// Whether a scheme is one for keys of this kind. Shorter RSA keys than 2048 bits are refused
/// everywhere, so signing with them would only move the refusal.
pub(super) fn fits(scheme: Scheme, algorithm: &KeyAlgorithm) -> bool {
    match algorithm {
        KeyAlgorithm::Rsa { bits } => {
            let is_rsa = match scheme {
                Scheme::RsaPkcs1Sha256
                | Scheme::RsaPkcs1Sha384
                | Scheme::RsaPkcs1Sha512
                | Scheme::RsaPssRsaeSha256
                | Scheme::RsaPssRsaeSha384
                | Scheme::RsaPssRsaeSha512 => true,
                Scheme::EcdsaSecp256r1Sha256
                | Scheme::EcdsaSecp384r1Sha384
                | Scheme::EcdsaSecp521r1Sha512
                | Scheme::Ed25519 => false,
            };
            is_rsa && (2048..=8192).contains(bits)
        }
        KeyAlgorithm::P256 => scheme == Scheme::EcdsaSecp256r1Sha256,
        KeyAlgorithm::P384 => scheme == Scheme::EcdsaSecp384r1Sha384,
        KeyAlgorithm::P521 => scheme == Scheme::EcdsaSecp521r1Sha512,
        KeyAlgorithm::Ed25519 => scheme == Scheme::Ed25519,
        KeyAlgorithm::Unsupported(_) => false,
    }
}

/// All ways to sign for a scheme. Mechanisms that take a digest come first: they are the ones that
/// every card has, and the message never travels to it.
fn ways(scheme: Scheme) -> Vec<Way> {
    let way = |mechanism, input| Way {
        mechanism,
        input,
        scheme,
    };
    let pss = |hashing| {
        vec![
            way(MechanismType::RSA_PKCS_PSS, Input::Digest),
            way(hashing, Input::Message),
            way(MechanismType::RSA_X_509, Input::EncodedPss),
        ]
    };
    let pkcs1 = |hashing| {
        vec![
            way(MechanismType::RSA_PKCS, Input::DigestInfo),
            way(hashing, Input::Message),
        ]
    };
    match scheme {
        Scheme::RsaPssRsaeSha256 => pss(MechanismType::SHA256_RSA_PKCS_PSS),
        Scheme::RsaPssRsaeSha384 => pss(MechanismType::SHA384_RSA_PKCS_PSS),
        Scheme::RsaPssRsaeSha512 => pss(MechanismType::SHA512_RSA_PKCS_PSS),
        Scheme::RsaPkcs1Sha256 => pkcs1(MechanismType::SHA256_RSA_PKCS),
        Scheme::RsaPkcs1Sha384 => pkcs1(MechanismType::SHA384_RSA_PKCS),
        Scheme::RsaPkcs1Sha512 => pkcs1(MechanismType::SHA512_RSA_PKCS),
        Scheme::EcdsaSecp256r1Sha256
        | Scheme::EcdsaSecp384r1Sha384
        | Scheme::EcdsaSecp521r1Sha512 => vec![way(MechanismType::ECDSA, Input::Digest)],
        Scheme::Ed25519 => vec![way(MechanismType::EDDSA, Input::Message)],
    }
}

/// The salt is as long as the hash (RFC 8446 §4.2.3), and both hashes are the scheme's.
fn pss_parameters(scheme: Scheme) -> Option<PkcsPssParams> {
    let hash = Hash::of(scheme)?;
    let (hash_alg, mgf) = match hash {
        Hash::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
        Hash::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
        Hash::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
    };
    Some(PkcsPssParams {
        hash_alg,
        mgf,
        s_len: hash.len().try_into().ok()?,
    })
}

const OURS: [MechanismType; 11] = [
    MechanismType::RSA_PKCS_PSS,
    MechanismType::SHA256_RSA_PKCS_PSS,
    MechanismType::SHA384_RSA_PKCS_PSS,
    MechanismType::SHA512_RSA_PKCS_PSS,
    MechanismType::RSA_X_509,
    MechanismType::RSA_PKCS,
    MechanismType::SHA256_RSA_PKCS,
    MechanismType::SHA384_RSA_PKCS,
    MechanismType::SHA512_RSA_PKCS,
    MechanismType::ECDSA,
    MechanismType::EDDSA,
];

#[cfg(test)]
mod tests {
    use super::*;

    const RSA_2048: KeyAlgorithm = KeyAlgorithm::Rsa { bits: 2048 };

    #[test]
    fn a_token_without_pss_offers_pkcs1_alone() {
        let slot = slot(&[MechanismType::RSA_PKCS, MechanismType::ECDSA]);
        assert_eq!(
            slot.schemes(&RSA_2048),
            [
                Scheme::RsaPkcs1Sha256,
                Scheme::RsaPkcs1Sha384,
                Scheme::RsaPkcs1Sha512
            ]
        );
    }

    #[test]
    fn raw_rsa_is_enough_for_pss() {
        let slot = slot(&[MechanismType::RSA_X_509]);
        assert_eq!(
            slot.schemes(&RSA_2048),
            [
                Scheme::RsaPssRsaeSha256,
                Scheme::RsaPssRsaeSha384,
                Scheme::RsaPssRsaeSha512
            ]
        );
    }

    #[test]
    fn one_hashing_pss_mechanism_offers_its_hash_alone() {
        let slot = slot(&[MechanismType::SHA384_RSA_PKCS_PSS]);
        assert_eq!(slot.schemes(&RSA_2048), [Scheme::RsaPssRsaeSha384]);
    }

    #[test]
    fn pss_of_a_digest_is_preferred() {
        let slot = slot(&OURS);
        let ways: Vec<_> = slot
            .ways(Scheme::RsaPssRsaeSha256, &RSA_2048)
            .map(|way| way.mechanism)
            .collect();
        assert_eq!(
            ways,
            [
                MechanismType::RSA_PKCS_PSS,
                MechanismType::SHA256_RSA_PKCS_PSS,
                MechanismType::RSA_X_509
            ]
        );
    }

    #[test]
    fn a_curve_has_its_one_scheme() {
        let slot = slot(&OURS);
        assert_eq!(
            slot.schemes(&KeyAlgorithm::P384),
            [Scheme::EcdsaSecp384r1Sha384]
        );
    }

    #[test]
    fn short_rsa_keys_and_foreign_keys_are_not_offered() {
        let slot = slot(&OURS);
        assert_eq!(slot.schemes(&KeyAlgorithm::Rsa { bits: 1024 }), []);
        let foreign = KeyAlgorithm::Unsupported("1.2.3".to_owned());
        assert_eq!(slot.schemes(&foreign), []);
    }

    #[test]
    fn a_mechanism_for_shorter_keys_is_not_used() {
        let slot = Mechanisms([(MechanismType::RSA_PKCS_PSS, (1024, 2048))].into());
        assert!(!slot.schemes(&RSA_2048).is_empty());
        assert_eq!(slot.schemes(&KeyAlgorithm::Rsa { bits: 4096 }), []);
    }

    fn slot(mechanisms: &[MechanismType]) -> Mechanisms {
        Mechanisms(
            mechanisms
                .iter()
                .map(|mechanism| (*mechanism, (0, 0)))
                .collect(),
        )
    }
}
