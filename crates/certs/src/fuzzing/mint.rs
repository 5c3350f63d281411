//! Certificates whose signatures hold whatever they say: an input that had to sign itself would
//! lead nowhere.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

/// The key with this number; eight are enough for a mesh.
pub(super) fn key(number: usize) -> Ed25519KeyPair {
    let seed = [u8::try_from(number % KEYS).unwrap_or_default(); 32];
    Ed25519KeyPair::from_seed_unchecked(&seed).expect("any seed is a key")
}

/// The `SubjectPublicKeyInfo` of a key.
pub(super) fn public_key(key: &Ed25519KeyPair) -> Vec<u8> {
    let bits = tlv(0x03, &[&[0], key.public_key().as_ref()]);
    tlv(0x30, &[&tlv(0x30, &[ED25519]), &bits])
}

/// Signs the contents of a certificate, list or response.
pub(super) fn signed(content: &[u8], key: &Ed25519KeyPair) -> Vec<u8> {
    let signature = tlv(0x03, &[&[0], key.sign(content).as_ref()]);
    tlv(0x30, &[content, &algorithm(), &signature])
}

/// The `AlgorithmIdentifier` of every signature here.
pub(super) fn algorithm() -> Vec<u8> {
    tlv(0x30, &[ED25519])
}

/// A name of one attribute.
pub(super) fn name(number: usize) -> Vec<u8> {
    if number == 0 {
        return tlv(0x30, &[]);
    }
    let letter = [b'A'.saturating_add(u8::try_from(number).unwrap_or_default())];
    let attribute = tlv(0x30, &[&[6, 3, 0x55, 4, 3], &tlv(0x0c, &[&letter])]);
    tlv(0x30, &[&tlv(0x31, &[&attribute])])
}

/// One element.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    let [.., high, low] = length.to_be_bytes();
    match (high, low) {
        (0, low) if low < 0x80 => out.push(low),
        (0, low) => out.extend([0x81, low]),
        (high, low) => out.extend([0x82, high, low]),
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// How many keys there are.
pub(super) const KEYS: usize = 8;
const ED25519: &[u8] = &[6, 3, 0x2b, 0x65, 0x70];
