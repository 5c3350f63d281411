//! Lists of a CA, with deltas and whatever extensions, and what they say of a leaf.

use std::sync::{Arc, LazyLock};

use super::Outcome;
use super::input::Input;
use super::mint::{
    algorithm, certificate, extension, extensions, key, name, sequence, signed, tlv,
};
use crate::certificate::Certificate;
use crate::path::{Authority, Presented, Role, Settings, TrustStore, validate};
use crate::revocation::{Crl, Revocation, RevocationList, Sources};
use crate::time::Time;

/// Reads lists and judges a leaf by them. What a list finds it lists, the order of the lists never
/// matters, and reading never takes more than it is allowed.
pub fn crl(input: &[u8]) -> Outcome {
    let mut input = Input::new(input);
    let points = input.bytes();
    let world = World::new(points);
    let mut lists = Vec::new();
    let mut deltas = Vec::new();
    let mut some = false;
    while !input.is_empty() && lists.len() + deltas.len() < MOST_LISTS {
        let der = list(&mut input);
        assert!(
            Crl::read(der.clone(), &world.authority, &world.trust, der.len() - 1).is_err(),
            "a list of more bytes than may be"
        );
        match Crl::read(der, &world.authority, &world.trust, MOST_BYTES) {
            Ok(read) => {
                look_up(&read);
                some |= !read.is_delta();
                let of = if read.is_delta() {
                    &mut deltas
                } else {
                    &mut lists
                };
                of.push(RevocationList::Ready(Arc::new(read)));
            }
            Err(fault) => lists.push(RevocationList::Missing(fault)),
        }
    }
    let verdict = world.judge(&lists, &deltas);
    lists.reverse();
    deltas.reverse();
    assert_eq!(
        verdict.is_ok(),
        world.judge(&lists, &deltas).is_ok(),
        "the order of the lists matters"
    );
    let configured = !lists.is_empty() || !deltas.is_empty();
    assert!(
        some || verdict.is_err() || !configured,
        "good without a list that can be read"
    );
    match verdict {
        Ok(()) => Outcome::Accepted,
        Err(_) => Outcome::Refused,
    }
}

/// Lists that leave the leaf good: a plain one, one with others revoked, and one with a delta.
pub fn crl_seeds() -> Vec<Vec<u8>> {
    let entry = |serial: u8| sequence(&[vec![2, 1, serial], BEFORE.to_vec()]);
    let reasoned = |serial: u8, reason: u8| {
        let reason = extension(REASON, &[0x0a, 1, reason], false);
        sequence(&[vec![2, 1, serial], BEFORE.to_vec(), sequence(&[reason])])
    };
    let number = |number: u8| (0, vec![2, 1, number], false);
    let base = |number: u8| (1, vec![2, 1, number], true);
    let others = [entry(7), reasoned(8, 1), entry(9)].concat();
    let plain = written(&[], &[number(1)]);
    let filled = written(&others, &[number(2)]);
    let held = written(&reasoned(6, 6), &[number(3)]);
    let taken_off = written(&reasoned(6, 8), &[number(4), base(3)]);
    let users = written(&[], &[number(1), (2, vec![0x30, 3, 0x81, 1, 0xff], true)]);
    [plain, filled, [held, taken_off].concat(), users]
        .into_iter()
        .map(|lists| [vec![0, 0], lists].concat())
        .collect()
}

/// Writes what [`list`] reads: a list of the CA, from yesterday on.
fn written(entries: &[u8], said: &[(u8, Vec<u8>, bool)]) -> Vec<u8> {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).expect("short").to_be_bytes();
    let mut out = vec![0];
    out.extend(length(entries));
    out.extend(entries);
    out.push(u8::try_from(said.len()).expect("a few"));
    for (kind, value, critical) in said {
        out.push(*kind);
        out.extend(length(value));
        out.extend(value);
        out.push(u8::from(*critical));
    }
    out
}

/// Builds a list: signer, dates and version by a byte, entries and extensions from the input.
fn list(input: &mut Input<'_>) -> Vec<u8> {
    let shape = input.byte();
    let (issuer, signer) = match shape & 3 {
        0 | 1 => (2, 2),
        // A key that the CA rolled over to, and another issuer of an indirect list.
        2 => (2, 4),
        _ => (5, 5),
    };
    let entries = input.bytes();
    let said = extensions(input, EXTENSIONS);
    let mut content = Vec::new();
    if shape & 0x40 == 0 {
        content.push(vec![2, 1, 1]);
    }
    content.extend([algorithm(), name(issuer)]);
    content.push(match shape & 0x0c {
        0x0c => AFTER.to_vec(),
        _ => BEFORE.to_vec(),
    });
    match shape & 0x30 {
        0x30 => {}
        0x20 => content.push(BEFORE.to_vec()),
        _ => content.push(AFTER.to_vec()),
    }
    if !entries.is_empty() {
        content.push(tlv(0x30, &[entries]));
    }
    if !said.is_empty() {
        content.push(tlv(0xa0, &[&sequence(&said)]));
    }
    signed(&sequence(&content), key(signer))
}

/// What is found is listed, and what is listed by the issuer of the list is found.
fn look_up(list: &Crl) {
    assert_eq!(list.serials().count(), list.len());
    for serial in list.serials().take(64) {
        let found = list.find(serial);
        assert!(
            found.is_some() || list.is_indirect() || list.is_delta(),
            "an entry that is not found"
        );
    }
    for serial in 0..=u8::MAX {
        if list.find(&[serial]).is_some() {
            assert!(
                list.serials().any(|listed| listed == [serial]),
                "found and not listed: {serial}"
            );
        }
    }
    assert!(!list.supersedes(list), "a list is newer than itself");
}

struct World {
    leaf: Vec<u8>,
    authority: Certificate,
    trust: TrustStore,
}

impl World {
    /// A root, a CA, its other key, another issuer of lists, and a leaf with these distribution
    /// points.
    fn new(points: &[u8]) -> Self {
        static AUTHORITIES: LazyLock<(Certificate, TrustStore)> = LazyLock::new(|| {
            let basic = extension(&[0x55, 0x1d, 0x13], &[0x30, 3, 1, 1, 0xff], true);
            let read = |subject, issuer, serial| {
                let der = certificate(subject, issuer, serial, std::slice::from_ref(&basic));
                Certificate::from_der(&der).expect("a certificate")
            };
            let authority = read((2, 2), (1, 1), 2);
            let store = [
                (read((1, 1), (1, 1), 1), Role::Root),
                (authority.clone(), Role::Intermediate),
                (read((2, 4), (1, 1), 3), Role::Intermediate),
                (read((5, 5), (1, 1), 4), Role::Intermediate),
            ];
            let store = store.map(|(certificate, role)| Authority { certificate, role });
            (authority, TrustStore::new(store.to_vec()))
        });
        let (authority, trust) = &*AUTHORITIES;
        let points: Vec<Vec<u8>> = match points {
            [] => Vec::new(),
            points => vec![extension(&[0x55, 0x1d, 0x1f], points, false)],
        };
        Self {
            leaf: certificate((3, 3), (2, 2), 6, &points),
            authority: authority.clone(),
            trust: trust.clone(),
        }
    }

    fn judge(&self, lists: &[RevocationList], deltas: &[RevocationList]) -> Result<(), String> {
        let mut revocation = Revocation::none();
        revocation.set(
            &self.authority,
            Sources {
                lists: lists.to_vec(),
                deltas: deltas.to_vec(),
                ..Sources::default()
            },
        );
        let presented = Presented {
            certificates: vec![self.leaf.clone()],
        };
        let settings = Settings::default();
        validate(&presented, &self.trust, &settings, NOW)
            .and_then(|valid| valid.check(&revocation, NOW))
            .map(|_| ())
            .map_err(|refused| format!("{:?}", refused.trace))
    }
}

/// What an input can choose from, as the contents of object identifiers.
const EXTENSIONS: &[&[u8]] = &[
    &[0x55, 0x1d, 0x14],                                     // CRL number
    &[0x55, 0x1d, 0x1b],                                     // delta CRL indicator
    &[0x55, 0x1d, 0x1c],                                     // issuing distribution point
    &[0x55, 0x1d, 0x23],                                     // authority key identifier
    &[0x55, 0x1d, 0x2e],                                     // freshest CRL
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x15, 0x04], // Next CRL Publish
    &[0x2a, 0x03, 0x04],                                     // one that nobody knows
];
const REASON: &[u8] = &[0x55, 0x1d, 0x15];
const BEFORE: &[u8] = b"\x17\x0d260921000000Z";
const AFTER: &[u8] = b"\x17\x0d260930000000Z";
const MOST_LISTS: usize = 6;
const MOST_BYTES: usize = 1_000_000;
/// 22 September 2026, 08:41.
const NOW: Time = Time::from_unix(1_790_066_460);
