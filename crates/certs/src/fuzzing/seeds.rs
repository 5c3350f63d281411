//! Inputs of the path target that are accepted: one for each kind of rule.

use super::mint::tlv;

/// Stores and leaves that hold.
pub fn path_seeds() -> Vec<Vec<u8>> {
    let policy = |number: u8| tlv(0x06, &[&[0x2a, 3, number]]);
    let any: &[u8] = &[6, 4, 0x55, 0x1d, 0x20, 0];
    let held = |policies: &[&[u8]]| {
        let all: Vec<Vec<u8>> = policies.iter().map(|one| tlv(0x30, &[one])).collect();
        list(0x30, &all)
    };
    let subtree = |base: &[u8]| tlv(0x30, &[base]);
    let alternative = |name: &[u8]| tlv(0x30, &[name]);
    let identifier: &[u8] = &[4, 4, 9, 9, 9, 9];
    let pairs: Vec<[Vec<(u8, Vec<u8>)>; 3]> = vec![
        [vec![], vec![], vec![]],
        // A policy through, required and not mapped.
        [
            vec![(POLICIES, held(&[&policy(1)]))],
            vec![
                (POLICIES, held(&[&policy(1), &policy(2)])),
                (POLICY_CONSTRAINTS, tlv(0x30, &[&[0x80, 1, 0], &[0x81, 1, 0]])),
            ],
            vec![(POLICIES, held(&[any]))],
        ],
        // A mapped policy.
        [
            vec![(POLICIES, held(&[&policy(3)]))],
            vec![
                (POLICIES, held(&[&policy(1)])),
                (MAPPINGS, tlv(0x30, &[&tlv(0x30, &[&policy(1), &policy(3)])])),
                (INHIBIT_ANY, vec![2, 1, 1]),
            ],
            vec![(POLICIES, held(&[&policy(1)]))],
        ],
        // A name of each form, and what permits it.
        [
            vec![(NAMES, alternative(b"\x81\x0blee@m.examp"))],
            vec![(CONSTRAINTS, tlv(0x30, &[&tlv(0xa0, &[&subtree(b"\x81\x07m.examp")])]))],
            vec![],
        ],
        [
            vec![(NAMES, alternative(b"\x82\x0ahost.m.exa"))],
            vec![(CONSTRAINTS, tlv(0x30, &[&tlv(0xa0, &[&subtree(b"\x82\x05m.exa")])]))],
            vec![(CONSTRAINTS, tlv(0x30, &[&tlv(0xa1, &[&subtree(b"\x82\x03foo")])]))],
        ],
        [
            vec![(NAMES, alternative(b"\x86\x13https://host.m.ex/x"))],
            vec![(CONSTRAINTS, tlv(0x30, &[&tlv(0xa0, &[&subtree(b"\x86\x05.m.ex")])]))],
            vec![],
        ],
        [
            vec![(NAMES, alternative(&[0x87, 4, 10, 1, 2, 3]))],
            vec![(
                CONSTRAINTS,
                tlv(0x30, &[&tlv(0xa0, &[&subtree(&[0x87, 8, 10, 0, 0, 0, 255, 0, 0, 0])])]),
            )],
            vec![],
        ],
        // A UPN, a directory name, key identifiers, purposes.
        [
            vec![
                (
                    NAMES,
                    alternative(&tlv(0xa0, &[UPN, &tlv(0xa0, &[b"\x0c\x07lee@m.e"])])),
                ),
                (PURPOSES, tlv(0x30, &[CLIENT])),
                (USAGE, vec![3, 2, 7, 0x80]),
                (AUTHORITY_KEY, tlv(0x30, &[&[0x80, 4, 9, 9, 9, 9]])),
            ],
            vec![
                (SUBJECT_KEY, identifier.to_vec()),
                (PURPOSES, tlv(0x30, &[CLIENT])),
                (USAGE, vec![3, 2, 1, 6]),
                (
                    CONSTRAINTS,
                    tlv(
                        0x30,
                        &[&tlv(
                            0xa1,
                            &[&subtree(&tlv(0xa4, &[&super::mint::name(7)]))],
                        )],
                    ),
                ),
            ],
            vec![(USAGE, vec![3, 2, 1, 6])],
        ],
    ];
    pairs.iter().map(|parts| input(parts)).collect()
}

/// Writes what [`super::path::path`] reads: leaf, issuing CA, root.
fn input([leaf, issuing, root]: &[Vec<(u8, Vec<u8>)>; 3]) -> Vec<u8> {
    let mut out = vec![0];
    out.extend(certificate([3, 2, 3, 2], leaf, false));
    out.push(1);
    out.extend(certificate([2, 1, 2, 1], issuing, true));
    out.push(0);
    out.extend(certificate([1, 1, 1, 1], root, true));
    out
}

fn certificate(numbers: [u8; 4], extensions: &[(u8, Vec<u8>)], authority: bool) -> Vec<u8> {
    let mut out = numbers.to_vec();
    out.push(0);
    let count = extensions.len() + usize::from(authority);
    out.push(u8::try_from(count).expect("a few extensions"));
    let basic = (BASIC, vec![0x30, 3, 1, 1, 0xff]);
    let basic = authority.then_some(&basic);
    for (kind, value) in basic.into_iter().chain(extensions) {
        out.push(*kind);
        let length = u16::try_from(value.len()).expect("a short extension");
        out.extend(length.to_be_bytes());
        out.extend(value);
        out.push(u8::from(matches!(*kind, BASIC | CONSTRAINTS | POLICY_CONSTRAINTS)));
    }
    out
}

fn list(tag: u8, elements: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(tag, &parts)
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
