//! `GENERAL AUTHENTICATE`, by which a card signs (SP 800-73pt2-5 §3.2.4).

use super::apdu::{Command, Instruction, exchange};
use super::error::CardError;
use super::slot::PivSlot;
use super::tlv;
use super::transport::Channel;
use crate::signature::{Hash, emsa_pkcs1_encode, emsa_pss_encode};
use crate::{KeyAlgorithm, Scheme, SignError};

/// What a card can sign with a key, most preferred first.
///
/// The card applies the key and this crate does the padding, so an RSA key has every scheme of RSA.
pub(super) fn schemes(algorithm: &KeyAlgorithm) -> Vec<Scheme> {
    if identifier(algorithm).is_none() {
        return Vec::new();
    }
    Scheme::ALL
        .into_iter()
        .filter(|scheme| fits(*scheme, algorithm))
        .collect()
}

/// A signature to be made: what the card is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    algorithm: u8,
    bytes: Vec<u8>,
}

impl Input {
    /// Pads or hashes a message as its scheme and key want it.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the key does not do the scheme.
    pub(super) fn new(
        scheme: Scheme,
        key: &KeyAlgorithm,
        message: &[u8],
    ) -> Result<Self, SignError> {
        let unsupported = SignError::UnsupportedScheme { scheme };
        let Some(algorithm) = identifier(key).filter(|_| fits(scheme, key)) else {
            return Err(unsupported);
        };
        let bytes = match (Hash::of(scheme), key) {
            (Some(hash), KeyAlgorithm::Rsa { bits }) => {
                let digest = hash.digest(message);
                if scheme.in_tls13() {
                    emsa_pss_encode(hash, &digest, *bits as usize)?
                } else {
                    emsa_pkcs1_encode(hash, &digest, *bits as usize)?
                }
            }
            (Some(hash), KeyAlgorithm::P256 | KeyAlgorithm::P384) => hash.digest(message),
            // Ed25519 hashes inside, so the card is given the message itself.
            (None, KeyAlgorithm::Ed25519) => message.to_vec(),
            (
                _,
                KeyAlgorithm::Rsa { .. }
                | KeyAlgorithm::P256
                | KeyAlgorithm::P384
                | KeyAlgorithm::P521
                | KeyAlgorithm::Ed25519
                | KeyAlgorithm::Unsupported(_),
            ) => return Err(unsupported),
        };
        Ok(Self { algorithm, bytes })
    }

    /// Has the card sign. ECDSA signatures come as DER, as TLS wants them.
    ///
    /// # Errors
    ///
    /// What the card answers, or why it does not.
    pub(super) fn sign(
        &self,
        channel: &mut dyn Channel,
        slot: PivSlot,
    ) -> Result<Vec<u8>, CardError> {
        const INSTRUCTION: Instruction = Instruction::GeneralAuthenticate;

        let mut template = tlv::write(RESPONSE, &[]);
        template.extend(tlv::write(CHALLENGE, &self.bytes));
        let data = tlv::write(TEMPLATE, &template);
        let command = Command::asking(INSTRUCTION, self.algorithm, slot.reference(), data);
        let answer = exchange(channel, &command)?.accepted(INSTRUCTION)?;
        tlv::find(&answer, u32::from(TEMPLATE))
            .and_then(|template| tlv::find(template, u32::from(RESPONSE)))
            .filter(|signature| !signature.is_empty())
            .map(<[u8]>::to_vec)
            .ok_or(CardError::malformed(INSTRUCTION))
    }
}

/// The algorithm identifiers of SP 800-78-5 table 9; RSA-4096 and Ed25519 as Yubico numbers them.
fn identifier(key: &KeyAlgorithm) -> Option<u8> {
    match key {
        KeyAlgorithm::Rsa { bits: 2048 } => Some(0x07),
        KeyAlgorithm::Rsa { bits: 3072 } => Some(0x05),
        KeyAlgorithm::Rsa { bits: 4096 } => Some(0x16),
        KeyAlgorithm::P256 => Some(0x11),
        KeyAlgorithm::P384 => Some(0x14),
        KeyAlgorithm::Ed25519 => Some(0xe0),
        KeyAlgorithm::Rsa { .. } | KeyAlgorithm::P521 | KeyAlgorithm::Unsupported(_) => None,
    }
}

fn fits(scheme: Scheme, key: &KeyAlgorithm) -> bool {
    match scheme {
        Scheme::RsaPkcs1Sha256
        | Scheme::RsaPkcs1Sha384
        | Scheme::RsaPkcs1Sha512
        | Scheme::RsaPssRsaeSha256
        | Scheme::RsaPssRsaeSha384
        | Scheme::RsaPssRsaeSha512 => matches!(key, KeyAlgorithm::Rsa { .. }),
        Scheme::EcdsaSecp256r1Sha256 => *key == KeyAlgorithm::P256,
        Scheme::EcdsaSecp384r1Sha384 => *key == KeyAlgorithm::P384,
        Scheme::EcdsaSecp521r1Sha512 => false,
        Scheme::Ed25519 => *key == KeyAlgorithm::Ed25519,
    }
}

const TEMPLATE: u8 = 0x7c;
const CHALLENGE: u8 = 0x81;
const RESPONSE: u8 = 0x82;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piv::test::Script;

    #[test]
    fn an_rsa_key_has_every_scheme_of_rsa_and_pss_first() {
        let schemes = schemes(&KeyAlgorithm::Rsa { bits: 2048 });
        assert_eq!(schemes.len(), 6);
        assert!(schemes[..3].iter().all(|scheme| scheme.in_tls13()));
    }

    #[test]
    fn keys_that_cards_do_not_have_are_offered_no_scheme() {
        assert!(schemes(&KeyAlgorithm::P521).is_empty());
        assert!(schemes(&KeyAlgorithm::Rsa { bits: 1024 }).is_empty());
        assert!(schemes(&KeyAlgorithm::Rsa { bits: 2050 }).is_empty());
    }

    #[test]
    fn an_rsa_input_is_as_long_as_the_modulus() {
        for bits in [2048_u32, 3072, 4096] {
            for scheme in schemes(&KeyAlgorithm::Rsa { bits }) {
                let input =
                    Input::new(scheme, &KeyAlgorithm::Rsa { bits }, b"message").expect("it fits");
                assert_eq!(input.bytes.len(), bits as usize / 8);
            }
        }
    }

    #[test]
    fn a_p256_signature_takes_one_command() {
        let scheme = Scheme::EcdsaSecp256r1Sha256;
        let input = Input::new(scheme, &KeyAlgorithm::P256, b"message").expect("it fits");
        let digest = Hash::Sha256.digest(b"message");
        let command = [
            &[0, 0x87, 0x11, 0x9a, 38, 0x7c, 36, 0x82, 0, 0x81, 32],
            digest.as_slice(),
            &[0],
        ]
        .concat();
        let mut script = Script::new(&[(&command, &[0x7c, 4, 0x82, 2, 5, 6, 0x90, 0])]);
        let signature = input.sign(&mut script, PivSlot::AUTHENTICATION);
        assert_eq!(signature, Ok(vec![5, 6]));
    }

    #[test]
    fn an_answer_without_a_signature_is_malformed() {
        let scheme = Scheme::Ed25519;
        let input = Input::new(scheme, &KeyAlgorithm::Ed25519, b"message").expect("it fits");
        for answer in [
            &[0x90, 0][..],
            &[0x7c, 2, 0x82, 0, 0x90, 0],
            &[0x7c, 9, 0x82, 1, 0x90, 0],
        ] {
            let mut script = Script::repeating(answer);
            assert!(matches!(
                input.sign(&mut script, PivSlot::AUTHENTICATION),
                Err(CardError::Malformed { .. })
            ));
        }
    }
}
