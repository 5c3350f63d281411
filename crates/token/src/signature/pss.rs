//! EMSA-PSS, for tokens that apply the RSA key and leave the padding to us (RFC 8017 §9.1.1).

use aws_lc_rs::rand;

use super::Hash;
use crate::SignError;

/// Encodes a digest for `CKM_RSA_X_509`: the result is as long as the modulus.
///
/// The salt is as long as the hash, as TLS demands (RFC 8446 §4.2.3).
///
/// # Errors
///
/// [`SignError::Malformed`] when the key is too short for the hash.
pub(crate) fn emsa_pss_encode(
    hash: Hash,
    digest: &[u8],
    modulus_bits: usize,
) -> Result<Vec<u8>, SignError> {
    let salt = salt(hash).ok_or(SignError::Malformed)?;
    encode_with_salt(hash, digest, &salt, modulus_bits).ok_or(SignError::Malformed)
}

/// Draws a fresh salt.
#[expect(
    clippy::disallowed_methods,
    reason = "the salt of a signature is the one random value of this crate"
)]
fn salt(hash: Hash) -> Option<Vec<u8>> {
    let mut salt = vec![0; hash.len()];
    rand::fill(&mut salt).ok()?;
    Some(salt)
}

/// The standard's steps, with its names; `None` is its "encoding error".
fn encode_with_salt(
    hash: Hash,
    digest: &[u8],
    salt: &[u8],
    modulus_bits: usize,
) -> Option<Vec<u8>> {
    let em_bits = modulus_bits.checked_sub(1)?;
    let em_len = em_bits.div_ceil(8);
    let db_len = em_len.checked_sub(hash.len() + 1)?;
    let ps_len = db_len.checked_sub(salt.len() + 1)?;
    let h = hash.digest(&[&[0; 8], digest, salt].concat());
    let mut db = vec![0; ps_len];
    db.push(1);
    db.extend_from_slice(salt);
    for (byte, mask) in db.iter_mut().zip(mgf1(hash, &h, db_len)) {
        *byte ^= mask;
    }
    let unused_bits = u32::try_from(8 * em_len - em_bits).ok()?;
    if let Some(first) = db.first_mut() {
        *first &= 0xff_u8.checked_shr(unused_bits)?;
    }
    let mut encoded = Vec::with_capacity(em_len + 1);
    // One byte shorter than the modulus when the modulus has 8k + 1 bits.
    encoded.resize(modulus_bits.div_ceil(8).checked_sub(em_len)?, 0);
    encoded.append(&mut db);
    encoded.extend_from_slice(&h);
    encoded.push(0xbc);
    Some(encoded)
}

/// The mask generation function of RFC 8017 §B.2.1.
fn mgf1(hash: Hash, seed: &[u8], length: usize) -> Vec<u8> {
    (0_u32..)
        .flat_map(|counter| hash.digest(&[seed, &counter.to_be_bytes()].concat()))
        .take(length)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The encoding is undone by the steps of EMSA-PSS-VERIFY (RFC 8017 §9.1.2), written from the
    /// verifier's side. The crate's SoftHSM tests put it through a real key and aws-lc-rs.
    #[test]
    fn the_verifier_of_the_standard_accepts_it() {
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            for modulus_bits in [2047, 2048, 2049, 3072, 4096] {
                let digest = hash.digest(b"message");
                let encoded =
                    emsa_pss_encode(hash, &digest, modulus_bits).expect("the key is long enough");
                assert_eq!(encoded.len(), modulus_bits.div_ceil(8));
                assert!(accepts(hash, &digest, &encoded, modulus_bits));
                let other = hash.digest(b"another message");
                assert!(!accepts(hash, &other, &encoded, modulus_bits));
            }
        }
    }

    #[test]
    fn each_encoding_has_its_own_salt() {
        let digest = Hash::Sha256.digest(b"message");
        let encode = || emsa_pss_encode(Hash::Sha256, &digest, 2048).expect("long enough");
        assert_ne!(encode(), encode());
    }

    #[test]
    fn a_key_too_short_for_the_hash_is_refused() {
        let digest = Hash::Sha512.digest(b"message");
        assert!(emsa_pss_encode(Hash::Sha512, &digest, 1024).is_err());
    }

    proptest! {
        #[test]
        fn any_size_is_encoded_or_refused(bits in 0_usize..5000, digest in any::<[u8; 32]>()) {
            if let Ok(encoded) = emsa_pss_encode(Hash::Sha256, &digest, bits) {
                prop_assert!(accepts(Hash::Sha256, &digest, &encoded, bits));
            }
        }
    }

    fn accepts(hash: Hash, digest: &[u8], encoded: &[u8], modulus_bits: usize) -> bool {
        let em_bits = modulus_bits - 1;
        let em_len = em_bits.div_ceil(8);
        let (leading, em) = encoded.split_at(encoded.len() - em_len);
        let (masked, rest) = em.split_at(em_len - hash.len() - 1);
        let (h, trailer) = rest.split_at(hash.len());
        let mask = mgf1(hash, h, masked.len());
        let mut db: Vec<u8> = masked.iter().zip(&mask).map(|(a, b)| a ^ b).collect();
        let unused = 8 * em_len - em_bits;
        let top_is_clear = u32::from(masked[0]) >> (8 - unused) == 0;
        db[0] &= u8::try_from(0xff_u32 >> unused).expect("a byte");
        let (padding, salt) = db.split_at(db.len() - hash.len());
        let padded =
            padding.iter().rev().skip(1).all(|byte| *byte == 0) && padding.last() == Some(&1);
        leading.iter().all(|byte| *byte == 0)
            && trailer == [0xbc]
            && top_is_clear
            && padded
            && h == hash.digest(&[&[0; 8], digest, salt].concat())
    }
}
