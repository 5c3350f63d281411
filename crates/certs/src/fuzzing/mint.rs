//! Certificates whose signatures hold whatever they say: an input that had to sign itself would
//! lead nowhere.

use std::sync::LazyLock;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

use super::input::Input;

/// The key with this number; eight are enough for a mesh.
pub(super) fn key(number: usize) -> &'static Ed25519KeyPair {
    static KEYS: LazyLock<[Ed25519KeyPair; 8]> = LazyLock::new(|| {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|seed| {
            Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("any seed is a key")
        })
    });
    &KEYS[number % KEYS.len()]
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

/// Up to nine extensions: kinds out of a table, values out of the input.
pub(super) fn extensions(input: &mut Input<'_>, kinds: &[&[u8]]) -> Vec<Vec<u8>> {
    let count = input.below(10);
    let end = u8::try_from(kinds.len()).unwrap_or(1);
    std::iter::repeat_with(|| {
        let kind = kinds.get(input.below(end)).copied().unwrap_or_default();
        let value = input.bytes();
        extension(kind, value, input.byte() & 1 == 1)
    })
    .take(count)
    .collect()
}

/// An extension.
pub(super) fn extension(kind: &[u8], value: &[u8], critical: bool) -> Vec<u8> {
    let (identifier, value) = (tlv(0x06, &[kind]), tlv(0x04, &[value]));
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    tlv(0x30, &[&identifier, critical, &value])
}

/// SEQUENCE of the elements.
pub(super) fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(0x30, &parts)
}

/// A certificate for a key, which another key signs.
pub(super) fn certificate(
    (subject, own): (usize, usize),
    (issuer, signer): (usize, usize),
    serial: u8,
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    let mut content = vec![
        vec![0xa0, 3, 2, 1, 2],
        vec![2, 1, serial],
        algorithm(),
        name(issuer),
        tlv(0x30, &[b"\x17\x0d250101000000Z", b"\x17\x0d361231235959Z"]),
        name(subject),
        public_key(key(own)),
    ];
    if !extensions.is_empty() {
        content.push(tlv(0xa3, &[&sequence(extensions)]));
    }
    signed(&sequence(&content), key(signer))
}

/// One element.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length.saturating_add(6));
    out.push(tag);
    match length.to_be_bytes() {
        [.., 0, 0, 0, low @ ..0x80] => out.push(low),
        [.., 0, 0, 0, low] => out.extend([0x81, low]),
        [.., 0, 0, high, low] => out.extend([0x82, high, low]),
        [.., 0, third, high, low] => out.extend([0x83, third, high, low]),
        [.., top, third, high, low] => out.extend([0x84, top, third, high, low]),
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

const ED25519: &[u8] = &[6, 3, 0x2b, 0x65, 0x70];
