//! A responder's answer, with whatever in it.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::Outcome;
use super::input::Input;
use super::mint::{
    algorithm, certificate, extension, extensions, key, name, public_key, sequence, tlv,
};
use crate::certificate::Certificate;
use crate::ocsp::{Response, Status};
use crate::path::{Authority, Presented, Role, Settings, TrustStore, validate};
use crate::revocation::Revocation;
use crate::time::Time;

/// Reads an answer and judges a leaf by it. Only an answer of good makes it good, and reading never
/// takes more than it is allowed.
pub fn ocsp(input: &[u8]) -> Outcome {
    static WORLD: LazyLock<World> = LazyLock::new(World::new);
    let world = &*WORLD;
    let mut input = Input::new(input);
    let der = answer(&mut input);
    let (leaf, authority) = (&world.leaf, &world.authority);
    assert!(
        Response::read(&der, leaf, authority, Some(NONCE), der.len() - 1).is_err(),
        "an answer of more bytes than may be"
    );
    let read = Response::read(&der, leaf, authority, Some(NONCE), MOST_BYTES);
    let status = read.as_ref().ok().map(Response::status);
    let good = world.judge(read.map(Arc::new));
    assert!(
        !good || status == Some(Status::Good),
        "good by an answer of {status:?}"
    );
    if good {
        Outcome::Accepted
    } else {
        Outcome::Refused
    }
}

/// Answers of good: by the CA and by one to whom it gave the right.
pub fn ocsp_seeds() -> Vec<Vec<u8>> {
    let mut id = Vec::new();
    id.extend(tlv(0x30, &[&[6, 5, 0x2b, 0x0e, 3, 2, 0x1a], &[5, 0]]));
    let hash = |bytes: &[u8]| tlv(0x04, &[digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref()]);
    let spki = public_key(key(2));
    let (_, bits) = spki.split_at(spki.len() - 32);
    id.extend(hash(&name(2)));
    id.extend(hash(bits));
    id.extend([2, 1, 6]);
    let single = sequence(&[
        tlv(0x30, &[&id]),
        vec![0x80, 0],
        BEFORE.to_vec(),
        tlv(0xa0, &[AFTER]),
    ]);
    let nonce = tlv(0x04, &[NONCE]);
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).expect("short").to_be_bytes();
    [0, 1]
        .into_iter()
        .flat_map(|shape: u8| {
            let mut plain = vec![shape];
            plain.extend(length(&single));
            plain.extend(&single);
            let mut with_nonce = plain.clone();
            plain.push(0);
            with_nonce.extend([1, 0]);
            with_nonce.extend(length(&nonce));
            with_nonce.extend(&nonce);
            with_nonce.push(0);
            [plain, with_nonce]
        })
        .collect()
}

/// Builds an answer: who signs and how they are named by a byte, single responses and extensions
/// from the input.
fn answer(input: &mut Input<'_>) -> Vec<u8> {
    let shape = input.byte();
    let responses = input.bytes();
    let said = extensions(input, EXTENSIONS);
    let delegated = shape & 1 == 1;
    let signer = if delegated { 6 } else { 2 };
    let mut data = Vec::new();
    data.push(match shape & 6 {
        0 | 2 => tlv(0xa1, &[&name(signer)]),
        4 => {
            let spki = public_key(key(signer));
            let (_, bits) = spki.split_at(spki.len() - 32);
            let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, bits);
            tlv(0xa2, &[&tlv(0x04, &[hash.as_ref()])])
        }
        _ => tlv(0xa1, &[&name(7)]),
    });
    data.push(match shape & 0x18 {
        0x18 => AFTER.to_vec(),
        _ => BEFORE.to_vec(),
    });
    data.push(tlv(0x30, &[responses]));
    if !said.is_empty() {
        data.push(tlv(0xa1, &[&sequence(&said)]));
    }
    let data = sequence(&data);
    let signature = tlv(0x03, &[&[0], key(signer).sign(&data).as_ref()]);
    let mut parts = vec![data, algorithm(), signature];
    if delegated {
        let signing = tlv(0x30, &[&[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 9]]);
        let mut rights = vec![
            extension(&[0x55, 0x1d, 0x25], &signing, false),
            extension(&[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 5], &[5, 0], false),
        ];
        if shape & 0x40 != 0 {
            rights.clear();
        }
        let issuer = if shape & 0x80 == 0 { (2, 2) } else { (1, 1) };
        let responder = certificate((6, 6), issuer, 9, &rights);
        parts.push(tlv(0xa0, &[&tlv(0x30, &[&responder])]));
    }
    let basic = tlv(0x04, &[&sequence(&parts)]);
    let typed = sequence(&[BASIC.to_vec(), basic]);
    sequence(&[vec![0x0a, 1, 0], tlv(0xa0, &[&typed])])
}

struct World {
    leaf: Certificate,
    authority: Certificate,
    trust: TrustStore,
}

impl World {
    fn new() -> Self {
        let basic = [extension(&[0x55, 0x1d, 0x13], &[0x30, 3, 1, 1, 0xff], true)];
        let read = |der: Vec<u8>| Certificate::from_der(&der).expect("a certificate");
        let root = read(certificate((1, 1), (1, 1), 1, &basic));
        let authority = read(certificate((2, 2), (1, 1), 2, &basic));
        let trust = TrustStore::new(vec![
            Authority {
                certificate: root,
                role: Role::Root,
            },
            Authority {
                certificate: authority.clone(),
                role: Role::Intermediate,
            },
        ]);
        Self {
            leaf: read(certificate((3, 3), (2, 2), 6, &[])),
            authority,
            trust,
        }
    }

    fn judge(&self, answer: Result<Arc<Response>, crate::ocsp::OcspFault>) -> bool {
        let mut revocation = Revocation::none();
        revocation.require(Vec::new());
        revocation.answer(&self.leaf, answer);
        let presented = Presented {
            certificates: vec![self.leaf.der().to_vec()],
        };
        validate(&presented, &self.trust, &Settings::default(), NOW)
            .and_then(|valid| valid.check(&revocation, NOW))
            .is_ok()
    }
}

/// What an input can choose from, as the contents of object identifiers.
const EXTENSIONS: &[&[u8]] = &[
    &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2], // nonce
    &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 9], // extended revoked definition
    &[0x2a, 3, 4],                      // one that nobody knows
];
/// id-pkix-ocsp-basic.
const BASIC: &[u8] = &[6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
const NONCE: &[u8] = &[0x5a; 32];
const BEFORE: &[u8] = b"\x18\x0f20260921000000Z";
const AFTER: &[u8] = b"\x18\x0f20260930000000Z";
const MOST_BYTES: usize = 100_000;
/// 22 September 2026, 08:41.
const NOW: Time = Time::from_unix(1_790_066_460);
