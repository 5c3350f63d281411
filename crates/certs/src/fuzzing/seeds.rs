//! Inputs of the path target that are accepted: one for each kind of rule.

use super::mint::{name, sequence, tlv};

/// Stores and leaves that hold.
pub fn path_seeds() -> Vec<Vec<u8>> {
    let mut all = vec![Chain::default(), identified()];
    all.extend(policies());
    all.extend(names());
    all.iter().map(Chain::input).collect()
}

/// What the certificates of a chain of three say: kinds of extensions and their values.
#[derive(Default)]
struct Chain {
    leaf: Vec<(u8, Vec<u8>)>,
    issuing: Vec<(u8, Vec<u8>)>,
    root: Vec<(u8, Vec<u8>)>,
}

/// A policy that is required and not mapped, and one that is mapped.
fn policies() -> [Chain; 2] {
    let policy = |number: u8| tlv(0x06, &[&[0x2a, 3, number]]);
    let held = |policies: &[Vec<u8>]| {
        let all: Vec<Vec<u8>> = policies.iter().map(|one| tlv(0x30, &[one])).collect();
        (POLICIES, sequence(&all))
    };
    let any = vec![6, 4, 0x55, 0x1d, 0x20, 0];
    let constraints = tlv(0x30, &[&[0x80, 1, 0], &[0x81, 1, 0]]);
    let mapping = sequence(&[sequence(&[policy(1), policy(3)])]);
    [
        Chain {
            leaf: vec![held(&[policy(1)])],
            issuing: vec![
                held(&[policy(1), policy(2)]),
                (POLICY_CONSTRAINTS, constraints),
            ],
            root: vec![held(&[any])],
        },
        Chain {
            leaf: vec![held(&[policy(3)])],
            issuing: vec![
                held(&[policy(1)]),
                (MAPPINGS, mapping),
                (INHIBIT_ANY, vec![2, 1, 1]),
            ],
            root: vec![held(&[policy(1)])],
        },
    ]
}

/// A name of each form, and a subtree that has it in it.
fn names() -> Vec<Chain> {
    let principal = tlv(0xa0, &[UPN, &tlv(0xa0, &[b"\x0c\x07lee@m.e"])]);
    let within = tlv(0xa0, &[UPN, &tlv(0xa0, &[b"\x0c\x03m.e"])]);
    let forms: [(&[u8], &[u8]); 5] = [
        (b"\x81\x0blee@m.examp", b"\x81\x07m.examp"),
        (b"\x82\x0ahost.m.exa", b"\x82\x05m.exa"),
        (b"\x86\x13https://host.m.ex/x", b"\x86\x05.m.ex"),
        (
            &[0x87, 4, 10, 1, 2, 3],
            &[0x87, 8, 10, 0, 0, 0, 255, 0, 0, 0],
        ),
        (&principal, &within),
    ];
    let permits = |(own, base): &(&[u8], &[u8])| Chain {
        leaf: vec![(NAMES, tlv(0x30, &[own]))],
        issuing: vec![(
            CONSTRAINTS,
            tlv(0x30, &[&tlv(0xa0, &[&tlv(0x30, &[base])])]),
        )],
        root: Vec::new(),
    };
    forms.iter().map(permits).collect()
}

/// Key identifiers, usages, purposes, and a directory name that is excluded and not there.
fn identified() -> Chain {
    let excluded = tlv(0x30, &[&tlv(0xa4, &[&name(7)])]);
    let authority = [(USAGE, vec![3, 2, 1, 6]), (PURPOSES, tlv(0x30, &[CLIENT]))];
    Chain {
        leaf: vec![
            (PURPOSES, tlv(0x30, &[CLIENT])),
            (USAGE, vec![3, 2, 7, 0x80]),
            (AUTHORITY_KEY, tlv(0x30, &[&[0x80, 4, 9, 9, 9, 9]])),
        ],
        issuing: [
            &authority[..],
            &[
                (SUBJECT_KEY, vec![4, 4, 9, 9, 9, 9]),
                (CONSTRAINTS, tlv(0x30, &[&tlv(0xa1, &[&excluded])])),
            ],
        ]
        .concat(),
        root: authority.to_vec(),
    }
}

impl Chain {
    /// Writes what [`super::path::path`] reads.
    fn input(&self) -> Vec<u8> {
        let mut out = vec![0];
        out.extend(certificate([3, 2, 3, 2], &self.leaf, false));
        // The trust store: an intermediate and a root.
        out.push(1);
        out.extend(certificate([2, 1, 2, 1], &self.issuing, true));
        out.push(0);
        out.extend(certificate([1, 1, 1, 1], &self.root, true));
        out
    }
}

/// Names and keys by number, and extensions.
fn certificate(numbers: [u8; 4], extensions: &[(u8, Vec<u8>)], authority: bool) -> Vec<u8> {
    let basic = (BASIC, vec![0x30, 3, 1, 1, 0xff]);
    let basic = authority.then_some(&basic);
    let said: Vec<_> = basic.into_iter().chain(extensions).collect();
    let mut out = numbers.to_vec();
    out.push(0);
    out.push(u8::try_from(said.len()).expect("a few extensions"));
    for (kind, value) in said {
        out.push(*kind);
        let length = u16::try_from(value.len()).expect("a short extension");
        out.extend(length.to_be_bytes());
        out.extend(value);
        out.push(u8::from(matches!(
            *kind,
            BASIC | CONSTRAINTS | POLICY_CONSTRAINTS
        )));
    }
    out
}

const BASIC: u8 = 0;
const USAGE: u8 = 1;
const PURPOSES: u8 = 2;
const POLICIES: u8 = 3;
const MAPPINGS: u8 = 4;
const POLICY_CONSTRAINTS: u8 = 5;
const INHIBIT_ANY: u8 = 6;
const CONSTRAINTS: u8 = 7;
const NAMES: u8 = 8;
const SUBJECT_KEY: u8 = 9;
const AUTHORITY_KEY: u8 = 10;
const CLIENT: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];
const UPN: &[u8] = &[6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x14, 2, 3];
