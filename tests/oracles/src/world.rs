//! A root, a CA and a leaf of one kind of key, and lists of the CA, for benchmarks and lists.

use anyhow::Result;

use crate::der;
use crate::keys::{Key, Scheme};
use crate::mint::{authority_name, directory};
use crate::plan::{Directory, NOW, Spelling};

/// A chain of three, and the keys that sign lists.
#[derive(Debug)]
pub struct World {
    /// The root, DER.
    pub root: Vec<u8>,
    /// The CA, DER.
    pub authority: Vec<u8>,
    /// The leaf, DER.
    pub leaf: Vec<u8>,
    root_key: Key,
    authority_key: Key,
}

/// A list before it is signed.
#[derive(Clone, Debug)]
pub struct List {
    /// thisUpdate.
    pub this_update: i64,
    /// nextUpdate.
    pub next_update: i64,
    /// The serial numbers that are revoked, big-endian, with the reason's code.
    pub revoked: Vec<(Vec<u8>, Option<u8>)>,
    /// Identifier, criticality and value of each extension besides the key identifier's.
    pub extensions: Vec<(&'static str, bool, Vec<u8>)>,
}

/// Who signs a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The root.
    Root,
    /// The CA.
    Authority,
    /// The CA in name, with the root's key.
    Impostor,
}

impl World {
    /// A world of new keys.
    pub fn new(key: impl Fn() -> Result<Key>) -> Result<Self> {
        Self::with(key, &[])
    }

    /// A world whose leaf has further extensions.
    pub fn with(
        key: impl Fn() -> Result<Key>,
        further: &[(&'static str, bool, Vec<u8>)],
    ) -> Result<Self> {
        let (root_key, authority_key, leaf_key) = (key()?, key()?, key()?);
        let ca = |key: &Key| {
            vec![
                extension(
                    BASIC_CONSTRAINTS,
                    true,
                    &der::sequence(&[der::boolean(true)]),
                ),
                extension(KEY_USAGE, true, &der::named_bits(0x0600)),
                extension(SUBJECT_KEY, false, &der::octets(&key.identifier())),
            ]
        };
        let mut said = vec![
            extension(KEY_USAGE, true, &der::named_bits(0x8000)),
            extension(
                PURPOSES,
                false,
                &der::sequence(&[der::oid("1.3.6.1.5.5.7.3.2")]),
            ),
            issued_by(&authority_key),
        ];
        for (oid, critical, value) in further {
            said.push(extension(oid, *critical, value));
        }
        let names = [0, 1].map(|number| authority_name(number, Spelling::Same));
        let [root_name, name] = &names;
        let mut below = ca(&authority_key);
        below.push(issued_by(&root_key));
        let person = directory(Directory::Staff, Spelling::Same);
        Ok(Self {
            root: certificate(
                &[1],
                root_name,
                root_name,
                &root_key,
                &root_key,
                &ca(&root_key),
            )?,
            authority: certificate(&[2], name, root_name, &authority_key, &root_key, &below)?,
            leaf: certificate(LEAF_SERIAL, &person, name, &leaf_key, &authority_key, &said)?,
            root_key,
            authority_key,
        })
    }

    /// Signs a list.
    pub fn list(&self, signer: Signer, list: &List) -> Result<Vec<u8>> {
        let (name, key) = match signer {
            Signer::Root => (0, &self.root_key),
            Signer::Authority => (1, &self.authority_key),
            Signer::Impostor => (1, &self.root_key),
        };
        let mut parts = vec![
            der::number(1),
            key.algorithm(Scheme::Sha256),
            authority_name(name, Spelling::Same),
            der::time(list.this_update),
            der::time(list.next_update),
        ];
        if !list.revoked.is_empty() {
            let date = der::time(NOW - 86_400);
            let entries: Vec<Vec<u8>> = list
                .revoked
                .iter()
                .map(|(serial, reason)| entry(serial, &date, *reason))
                .collect();
            parts.push(der::sequence(&entries));
        }
        let named = match signer {
            Signer::Root => &self.root_key,
            Signer::Authority | Signer::Impostor => &self.authority_key,
        };
        let mut said = vec![issued_by(named)];
        for (oid, critical, value) in &list.extensions {
            said.push(extension(oid, *critical, value));
        }
        parts.push(der::tlv(0xa0, &[&der::sequence(&said)]));
        sign(&der::sequence(&parts), key)
    }
}

impl List {
    /// A list of this number, from yesterday to tomorrow.
    pub fn number(number: u8) -> Self {
        Self {
            this_update: NOW - 86_400,
            next_update: NOW + 86_400,
            revoked: Vec::new(),
            extensions: vec![(CRL_NUMBER, false, der::number(u64::from(number)))],
        }
    }

    /// A list of so many entries, every second one with a reason; the leaf is not among them.
    pub fn of(entries: u32) -> Self {
        let revoked = (0..entries).map(|number| {
            // Scattered from end to end, as the random serial numbers of a CA are.
            let front = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 62;
            let back = u64::from(number).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
            let serial = [(front & !(1 << 63)).to_be_bytes(), back.to_be_bytes()].concat();
            (serial, (number % 2 == 0).then_some(4))
        });
        Self {
            revoked: revoked.collect(),
            ..Self::number(1)
        }
    }
}

fn entry(serial: &[u8], date: &[u8], reason: Option<u8>) -> Vec<u8> {
    let mut parts = vec![der::integer(serial), date.to_vec()];
    if let Some(reason) = reason {
        let reason = extension(REASON, false, &der::tlv(0x0a, &[&[reason]]));
        parts.push(der::sequence(&[reason]));
    }
    der::sequence(&parts)
}

fn certificate(
    serial: &[u8],
    subject: &[u8],
    issuer: &[u8],
    key: &Key,
    signer: &Key,
    extensions: &[Vec<u8>],
) -> Result<Vec<u8>> {
    let content = der::sequence(&[
        der::tlv(0xa0, &[&der::number(2)]),
        der::integer(serial),
        signer.algorithm(Scheme::Sha256),
        issuer.to_vec(),
        der::sequence(&[der::time(NOW - 86_400), der::time(NOW + 86_400)]),
        subject.to_vec(),
        key.spki().to_vec(),
        der::tlv(0xa3, &[&der::sequence(extensions)]),
    ]);
    sign(&content, signer)
}

fn sign(content: &[u8], key: &Key) -> Result<Vec<u8>> {
    let signature = key.sign(Scheme::Sha256, content)?;
    Ok(der::sequence(&[
        content.to_vec(),
        key.algorithm(Scheme::Sha256),
        der::bits(&signature),
    ]))
}

fn issued_by(key: &Key) -> Vec<u8> {
    let identifier = der::sequence(&[der::tlv(0x80, &[&key.identifier()])]);
    extension("2.5.29.35", false, &identifier)
}

fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![der::oid(oid)];
    if critical {
        parts.push(der::boolean(true));
    }
    parts.push(der::octets(value));
    der::sequence(&parts)
}

/// The serial number of the leaf.
pub const LEAF_SERIAL: &[u8] = &[0x6d, 0x0f, 0x31, 0x77, 0x2a, 0x10, 0x44, 0x08];
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const PURPOSES: &str = "2.5.29.37";
const SUBJECT_KEY: &str = "2.5.29.14";
const CRL_NUMBER: &str = "2.5.29.20";
const REASON: &str = "2.5.29.21";
