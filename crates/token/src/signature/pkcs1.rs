//! EMSA-PKCS1-v1_5, for cards that apply the RSA key and leave the padding to us (RFC 8017 §9.2).

use super::{Hash, digest_info};
use crate::SignError;

/// Encodes a digest as the standard pads it: the result is as long as the modulus.
///
/// # Errors
///
/// [`SignError::Malformed`] when the key is too short for the hash.
pub(crate) fn emsa_pkcs1_encode(
    hash: Hash,
    digest: &[u8],
    modulus_bits: usize,
) -> Result<Vec<u8>, SignError> {
    let info = digest_info(hash, digest).map_err(|_| SignError::Malformed)?;
    let length = modulus_bits.div_ceil(8);
    let padding = length
        .checked_sub(info.len().saturating_add(3))
        .filter(|padding| *padding >= SHORTEST_PADDING)
        .ok_or(SignError::Malformed)?;
    let mut encoded = vec![0x00, 0x01];
    encoded.resize(padding.saturating_add(2), 0xff);
    encoded.push(0x00);
    encoded.extend_from_slice(&info);
    Ok(encoded)
}

const SHORTEST_PADDING: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_as_long_as_the_modulus_and_ends_with_the_digest() {
        let digest = Hash::Sha256.digest(b"message");
        let encoded = emsa_pkcs1_encode(Hash::Sha256, &digest, 2048).expect("long enough");
        assert_eq!(encoded.len(), 256);
        assert_eq!(encoded[..3], [0, 1, 0xff]);
        assert!(encoded.ends_with(&digest));
        let zero = encoded.iter().skip(2).position(|byte| *byte != 0xff);
        // 256 bytes less the two before, the zero, and 51 bytes of DigestInfo.
        assert_eq!(zero, Some(256 - 2 - 1 - 51));
    }

    #[test]
    fn a_key_too_short_for_the_hash_is_refused() {
        let digest = Hash::Sha512.digest(b"message");
        assert!(emsa_pkcs1_encode(Hash::Sha512, &digest, 512).is_err());
    }
}
