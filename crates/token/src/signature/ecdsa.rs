//! From the `r‖s` of PKCS #11 to the DER of TLS.

use der::asn1::UintRef;
use der::{Encode, Sequence};

use crate::{Scheme, SignError};

/// Encodes `r‖s` (PKCS #11 §6.3.1) as `ECDSA-Sig-Value` (RFC 3279 §2.2.3).
///
/// # Errors
///
/// [`SignError::Malformed`] when the length is not that of the scheme's curve.
pub(crate) fn to_der(scheme: Scheme, signature: &[u8]) -> Result<Vec<u8>, SignError> {
    let half = match scheme {
        Scheme::EcdsaSecp256r1Sha256 => 32,
        Scheme::EcdsaSecp384r1Sha384 => 48,
        Scheme::EcdsaSecp521r1Sha512 => 66,
        Scheme::RsaPkcs1Sha256
        | Scheme::RsaPkcs1Sha384
        | Scheme::RsaPkcs1Sha512
        | Scheme::RsaPssRsaeSha256
        | Scheme::RsaPssRsaeSha384
        | Scheme::RsaPssRsaeSha512
        | Scheme::Ed25519 => return Err(SignError::UnsupportedScheme { scheme }),
    };
    if signature.len() != 2 * half {
        return Err(SignError::Malformed);
    }
    let (r, s) = signature.split_at(half);
    let encode = || {
        EcdsaSignature {
            r: UintRef::new(r)?,
            s: UintRef::new(s)?,
        }
        .to_der()
    };
    encode().map_err(|_| SignError::Malformed)
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair, UnparsedPublicKey};
    use der::Decode;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_real_signature_verifies_after_the_change_of_form() {
        let random = SystemRandom::new();
        let key = &signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(key, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(key, document.as_ref()).expect("our own key");
        let fixed = pair.sign(&random, b"message").expect("a signature");
        let encoded =
            to_der(Scheme::EcdsaSecp384r1Sha384, fixed.as_ref()).expect("the right length");
        UnparsedPublicKey::new(
            &signature::ECDSA_P384_SHA384_ASN1,
            pair.public_key().as_ref(),
        )
        .verify(b"message", &encoded)
        .expect("the signature is the same");
    }

    #[test]
    fn the_wrong_length_is_malformed() {
        for wrong in [0, 1, 63, 65, 96] {
            assert_eq!(
                to_der(Scheme::EcdsaSecp256r1Sha256, &vec![1; wrong]),
                Err(SignError::Malformed)
            );
        }
    }

    proptest! {
        #[test]
        fn numbers_survive_and_are_minimal(
            r in proptest::collection::vec(any::<u8>(), 32),
            s in proptest::collection::vec(any::<u8>(), 32),
        ) {
            let encoded = to_der(Scheme::EcdsaSecp256r1Sha256, &[r.clone(), s.clone()].concat())
                .expect("the right length");
            // Decoding DER refuses integers that are not minimal.
            let decoded = EcdsaSignature::from_der(&encoded).expect("DER");
            prop_assert_eq!(padded(decoded.r.as_bytes()), r);
            prop_assert_eq!(padded(decoded.s.as_bytes()), s);
        }

        #[test]
        fn any_bytes_are_encoded_or_refused(bytes in any::<Vec<u8>>()) {
            for scheme in Scheme::ALL {
                let _ = to_der(scheme, &bytes);
            }
        }
    }

    fn padded(number: &[u8]) -> Vec<u8> {
        let mut whole = vec![0; 32 - number.len()];
        whole.extend_from_slice(number);
        whole
    }
}
