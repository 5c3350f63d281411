//! The extensions of RFC 5280 §4.2.1, as a plan wants them.

use super::draft::{Extension, extension};
use super::names::{self, ORGANIZATION, UNIT};
use crate::der;
use crate::keys::Key;
use crate::plan::{
    Directory, General, Identifiers, Leaf, Policy, Purpose, Says, Spelling, Subtree,
};

pub(super) fn of_authority(says: &Says, below: usize) -> Vec<Extension> {
    let length = says.path_length.map(|more| below as u64 + u64::from(more));
    let mut all = vec![basic_constraints(Some(true), length)];
    all.extend(says.key_usage.map(key_usage));
    all.extend(says.purposes.as_deref().map(purposes));
    if !says.policies.is_empty() {
        all.push(policies(&says.policies, says.policies_critical));
    }
    if !says.mappings.is_empty() {
        all.push(mappings(&says.mappings));
    }
    if says.require_explicit.is_some() || says.inhibit_mapping.is_some() {
        all.push(policy_constraints(
            says.require_explicit,
            says.inhibit_mapping,
        ));
    }
    all.extend(says.inhibit_any.map(inhibit_any));
    if !says.permitted.is_empty() || !says.excluded.is_empty() {
        let permitted: Vec<_> = says.permitted.iter().map(subtree).collect();
        let excluded: Vec<_> = says.excluded.iter().map(subtree).collect();
        all.push(name_constraints(&permitted, &excluded));
    }
    all
}

pub(super) fn of_plain_root() -> Vec<Extension> {
    vec![basic_constraints(Some(true), None), key_usage(0x0600)]
}

pub(super) fn of_leaf(leaf: &Leaf) -> Vec<Extension> {
    let mut all = Vec::new();
    all.extend(leaf.key_usage.map(key_usage));
    all.extend(leaf.purposes.as_deref().map(purposes));
    if !leaf.policies.is_empty() {
        all.push(policies(&leaf.policies, leaf.policies_critical));
    }
    let empty = leaf.subject == Directory::Empty;
    if empty || !leaf.names.is_empty() {
        let mut all_names: Vec<_> = leaf.names.iter().map(general).collect();
        if all_names.is_empty() {
            all_names.push(general(&General::Mail("lee@meridian.example")));
        }
        all.push(extension(NAMES, empty, der::sequence(&all_names)));
    }
    all
}

pub(super) fn identifiers(
    which: Identifiers,
    own: &Key,
    issuer: &Key,
    issuer_serial: &[u8],
) -> Vec<Extension> {
    let by_key = der::tlv(0x80, &[&issuer.identifier()]);
    let authority = match which {
        Identifiers::Own | Identifiers::Neither => None,
        Identifiers::Both | Identifiers::Issuers => Some(der::sequence(&[by_key])),
        Identifiers::Full => {
            // The serial number alone is no answer: the name that goes with it is one that no
            // authority here bears, as after an issuer above was renamed.
            let name = der::tlv(
                0xa1,
                &[&der::tlv(
                    0xa4,
                    &[&names::rdns(&[(ORGANIZATION, "Before")], Spelling::Same)],
                )],
            );
            let mut serial = issuer_serial.to_vec();
            serial[0] = 0x82;
            Some(der::sequence(&[by_key, name, serial]))
        }
    };
    let mut all = Vec::new();
    match which {
        Identifiers::Both | Identifiers::Own | Identifiers::Full => all.push(own_key(own)),
        Identifiers::Issuers | Identifiers::Neither => {}
    }
    all.extend(authority.map(|value| extension(AUTHORITY_KEY, false, value)));
    all
}

pub(super) fn own_key(key: &Key) -> Extension {
    extension(SUBJECT_KEY, false, der::octets(&key.identifier()))
}

pub(super) fn unknown(critical: bool) -> Extension {
    extension("1.3.6.1.4.1.99999.7", critical, der::octets(b"?"))
}

pub(super) fn basic_constraints(ca: Option<bool>, length: Option<u64>) -> Extension {
    let mut parts = Vec::new();
    parts.extend(ca.map(der::boolean));
    parts.extend(length.map(der::number));
    extension(BASIC_CONSTRAINTS, true, der::sequence(&parts))
}

pub(super) fn key_usage(bits: u16) -> Extension {
    extension(KEY_USAGE, true, der::named_bits(bits))
}

pub(super) fn purposes(purposes: &[Purpose]) -> Extension {
    let all: Vec<_> = purposes
        .iter()
        .map(|purpose| {
            der::oid(match purpose {
                Purpose::Client => "1.3.6.1.5.5.7.3.2",
                Purpose::Server => "1.3.6.1.5.5.7.3.1",
                Purpose::Mail => "1.3.6.1.5.5.7.3.4",
                Purpose::Logon => "1.3.6.1.4.1.311.20.2.2",
                Purpose::Any => "2.5.29.37.0",
            })
        })
        .collect();
    extension(PURPOSES, false, der::sequence(&all))
}

pub(super) fn policies(policies: &[Policy], critical: bool) -> Extension {
    let all: Vec<_> = policies
        .iter()
        .map(|policy| der::sequence(&[policy_oid(*policy)]))
        .collect();
    extension(POLICIES, critical, der::sequence(&all))
}

pub(super) fn mappings(pairs: &[(Policy, Policy)]) -> Extension {
    let all: Vec<_> = pairs
        .iter()
        .map(|(issuers, subjects)| der::sequence(&[policy_oid(*issuers), policy_oid(*subjects)]))
        .collect();
    extension(MAPPINGS, true, der::sequence(&all))
}

pub(super) fn policy_constraints(
    require_explicit: Option<u8>,
    inhibit_mapping: Option<u8>,
) -> Extension {
    let mut parts = Vec::new();
    parts.extend(require_explicit.map(|skip| der::tagged_number(0x80, u64::from(skip))));
    parts.extend(inhibit_mapping.map(|skip| der::tagged_number(0x81, u64::from(skip))));
    extension(POLICY_CONSTRAINTS, true, der::sequence(&parts))
}

pub(super) fn inhibit_any(skip: u8) -> Extension {
    extension(INHIBIT_ANY, true, der::number(u64::from(skip)))
}

/// Name constraints of subtrees that [`subtree`] wrote, or of something else.
pub(super) fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Extension {
    let mut parts = Vec::new();
    if !permitted.is_empty() {
        parts.push(der::constructed(0xa0, permitted));
    }
    if !excluded.is_empty() {
        parts.push(der::constructed(0xa1, excluded));
    }
    extension(NAME_CONSTRAINTS, true, der::sequence(&parts))
}

pub(super) fn subtree(subtree: &Subtree) -> Vec<u8> {
    let base = match subtree {
        Subtree::Meridian => directory_base(&[(ORGANIZATION, "Meridian")], Spelling::Same),
        Subtree::MeridianSpelled => directory_base(&[(ORGANIZATION, "Meridian")], Spelling::Case),
        Subtree::Staff => directory_base(
            &[(ORGANIZATION, "Meridian"), (UNIT, "Staff")],
            Spelling::Same,
        ),
        Subtree::Other => directory_base(&[(ORGANIZATION, "Other")], Spelling::Same),
        Subtree::Mail(text) => der::tlv(0x81, &[text.as_bytes()]),
        Subtree::Principal(text) => principal(text),
        Subtree::Dns(text) => der::tlv(0x82, &[text.as_bytes()]),
        Subtree::Uri(text) => der::tlv(0x86, &[text.as_bytes()]),
        Subtree::Ip(bytes) => der::tlv(0x87, &[bytes]),
    };
    der::sequence(&[base])
}

fn directory_base(attributes: &[(&str, &str)], spelling: Spelling) -> Vec<u8> {
    der::tlv(0xa4, &[&names::rdns(attributes, spelling)])
}

pub(super) fn general(name: &General) -> Vec<u8> {
    match name {
        General::Directory(name) => der::tlv(0xa4, &[&names::directory(*name, Spelling::Same)]),
        General::Mail(text) => der::tlv(0x81, &[text.as_bytes()]),
        General::Principal(text) => principal(text),
        General::Dns(text) => der::tlv(0x82, &[text.as_bytes()]),
        General::Uri(text) => der::tlv(0x86, &[text.as_bytes()]),
        General::Ip(bytes) => der::tlv(0x87, &[bytes]),
        General::Unknown => other_name("2.16.840.1.101.3.6.6", &der::octets(&[0x31; 25])),
    }
}

fn principal(text: &str) -> Vec<u8> {
    other_name(
        "1.3.6.1.4.1.311.20.2.3",
        &der::tlv(0x0c, &[text.as_bytes()]),
    )
}

fn other_name(kind: &str, value: &[u8]) -> Vec<u8> {
    der::constructed(0xa0, &[der::oid(kind), der::tlv(0xa0, &[value])])
}

fn policy_oid(policy: Policy) -> Vec<u8> {
    match policy {
        Policy::Any => der::oid("2.5.29.32.0"),
        Policy::Own(number) => der::oid(&own_policy(number)),
    }
}

/// A policy of ours, in dotted form.
pub fn own_policy(number: u8) -> String {
    format!("2.16.840.1.101.3.2.1.48.{number}")
}

pub(super) const AUTHORITY_KEY: &str = "2.5.29.35";
pub(super) const SUBJECT_KEY: &str = "2.5.29.14";
pub(super) const KEY_USAGE: &str = "2.5.29.15";
pub(super) const NAMES: &str = "2.5.29.17";
pub(super) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(super) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(super) const POLICIES: &str = "2.5.29.32";
pub(super) const MAPPINGS: &str = "2.5.29.33";
pub(super) const POLICY_CONSTRAINTS: &str = "2.5.29.36";
pub(super) const PURPOSES: &str = "2.5.29.37";
pub(super) const INHIBIT_ANY: &str = "2.5.29.54";
