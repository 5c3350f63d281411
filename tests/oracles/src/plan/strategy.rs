use proptest::collection::vec;
use proptest::option::{self, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{
    Asked, Authority, Common, Cross, Directory, Fault, General, Identifiers, Kind, Leaf, Plan,
    Policy, Purpose, Says, SecondRoot, Spelling, Subtree,
};

/// Cases: about half have a path that holds.
pub fn plan() -> impl Strategy<Value = Plan> {
    (prop::bool::weighted(0.55), prop::bool::weighted(0.35)).prop_flat_map(
        |(policies, constraints)| {
            (
                vec(authority(policies, constraints), 1..=5),
                option::of(prop_oneof![
                    Just(SecondRoot::Trusted),
                    Just(SecondRoot::Untrusted)
                ]),
                crosses(policies, constraints),
                leaf(policies, constraints),
                asked(policies),
                weighted(0.6, fault()),
                Just((0..11).collect::<Vec<usize>>()).prop_shuffle(),
                prop::bool::weighted(0.75),
            )
                .prop_map(
                    |(mut authorities, second_root, crosses, leaf, asked, fault, keys, plain)| {
                        if plain {
                            authorities[0].says.forget_policies();
                        }
                        Plan {
                            authorities,
                            second_root,
                            crosses,
                            leaf,
                            asked,
                            fault,
                            keys,
                        }
                    },
                )
        },
    )
}

fn authority(policies: bool, constraints: bool) -> impl Strategy<Value = Authority> {
    (prop::bool::weighted(0.08), says(policies, constraints))
        .prop_map(|(same_name, says)| Authority { same_name, says })
}

fn crosses(policies: bool, constraints: bool) -> impl Strategy<Value = Vec<Cross>> {
    let cross = (
        0..6_usize,
        0..6_usize,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.15),
        says(policies, constraints),
    )
        .prop_map(|(subject, issuer, rekeyed, expired, says)| Cross {
            subject,
            issuer,
            rekeyed,
            expired,
            says,
        });
    prop_oneof![3 => Just(Vec::new()), 2 => vec(cross, 1..=3)]
}

fn says(policies: bool, constraints: bool) -> impl Strategy<Value = Says> {
    let rules = (
        when(policies, 0.9, held_policies(true)),
        any::<bool>(),
        when(
            policies,
            0.3,
            vec((own_policy(), own_policy()), 1..=3).boxed(),
        ),
        rare(policies, 0.15, 0..4_u8),
        rare(policies, 0.12, 0..4_u8),
        rare(policies, 0.15, 0..4_u8),
    );
    let names = (
        when(constraints, 0.35, vec(subtree(), 1..=4).boxed()),
        when(constraints, 0.2, vec(subtree(), 1..=2).boxed()),
    );
    let uses = (
        weighted(0.4, 0..3_u8),
        prop_oneof![
            8 => Just(Some(CERT_SIGN | CRL_SIGN)),
            1 => Just(Some(CERT_SIGN | DIGITAL_SIGNATURE)),
            1 => Just(None),
        ],
        weighted(0.15, authority_purposes()),
    );
    (rules, names, uses, common()).prop_map(|(rules, names, uses, common)| {
        let (policies, policies_critical, mappings, require_explicit, inhibit_mapping, inhibit_any) =
            rules;
        let (permitted, excluded) = names;
        let (path_length, key_usage, purposes) = uses;
        Says {
            path_length,
            key_usage,
            purposes,
            policies,
            policies_critical,
            mappings,
            require_explicit,
            inhibit_mapping,
            inhibit_any,
            permitted,
            excluded,
            common,
        }
    })
}

fn leaf(policies: bool, constraints: bool) -> impl Strategy<Value = Leaf> {
    let few = if constraints { 0..5 } else { 0..3 };
    (
        prop_oneof![
            6 => Just(Directory::Staff),
            2 => Just(Directory::Guest),
            1 => Just(Directory::Other),
            1 => Just(Directory::StaffWithMail),
            1 => Just(Directory::Empty),
        ],
        vec(general(), few),
        prop_oneof![
            6 => Just(Some(DIGITAL_SIGNATURE)),
            1 => Just(Some(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT | NON_REPUDIATION)),
            1 => Just(Some(DIGITAL_SIGNATURE | KEY_AGREEMENT | DECIPHER_ONLY)),
            1 => Just(None),
        ],
        prop_oneof![
            4 => Just(Some(vec![Purpose::Client])),
            2 => Just(Some(vec![Purpose::Client, Purpose::Logon])),
            1 => Just(Some(vec![Purpose::Mail, Purpose::Client])),
            1 => Just(Some(vec![Purpose::Any])),
            2 => Just(None),
        ],
        when(policies, 0.9, held_policies(false)),
        any::<bool>(),
        common(),
    )
        .prop_map(
            |(subject, names, key_usage, purposes, policies, policies_critical, common)| Leaf {
                subject,
                names,
                key_usage,
                purposes,
                policies,
                policies_critical,
                common,
            },
        )
}

fn asked(policies: bool) -> impl Strategy<Value = Asked> {
    (
        rare(policies, 0.35, subsequence(vec![1, 2, 3, 4], 1..=3)),
        prop::bool::weighted(if policies { 0.3 } else { 0.02 }),
        prop::bool::weighted(0.12),
        prop::bool::weighted(0.12),
    )
        .prop_map(|(policies, explicit, inhibit_mapping, inhibit_any)| Asked {
            policies,
            explicit,
            inhibit_mapping,
            inhibit_any,
        })
}

fn common() -> impl Strategy<Value = Common> {
    (
        prop_oneof![
            12 => Just(Identifiers::Both),
            1 => Just(Identifiers::Own),
            1 => Just(Identifiers::Issuers),
            1 => Just(Identifiers::Full),
            1 => Just(Identifiers::Neither),
        ],
        prop_oneof![
            8 => Just(Spelling::Same),
            1 => Just(Spelling::Printable),
            1 => Just(Spelling::Case),
            1 => Just(Spelling::Blanks),
        ],
        0..4_u8,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(identifiers, spelling, scheme, unknown)| Common {
            identifiers,
            spelling,
            scheme,
            unknown,
        })
}

/// Where it breaks: at the leaf as often as at all the others.
fn fault() -> impl Strategy<Value = Fault> {
    (
        prop_oneof![1 => Just(0_usize), 1 => 1..8_usize],
        select(Kind::ALL),
    )
        .prop_map(|(at, kind)| Fault { at, kind })
}

fn held_policies(authority: bool) -> BoxedStrategy<Vec<Policy>> {
    let own = subsequence(vec![1, 2, 3, 4], 1..=3)
        .prop_map(|numbers| numbers.into_iter().map(Policy::Own).collect::<Vec<_>>());
    let often = if authority { 0.4 } else { 0.08 };
    (own, prop::bool::weighted(often), any::<bool>())
        .prop_map(|(mut own, any, alone)| {
            if any {
                if alone {
                    own.clear();
                }
                own.push(Policy::Any);
            }
            own
        })
        .boxed()
}

fn own_policy() -> impl Strategy<Value = Policy> {
    (1..=4_u8).prop_map(Policy::Own)
}

fn authority_purposes() -> impl Strategy<Value = Vec<Purpose>> {
    prop_oneof![
        4 => Just(vec![Purpose::Client]),
        3 => Just(vec![Purpose::Client, Purpose::Mail]),
        2 => Just(vec![Purpose::Any]),
        1 => Just(vec![Purpose::Server]),
    ]
}

fn general() -> impl Strategy<Value = General> {
    prop_oneof![
        3 => select(MAILS).prop_map(General::Mail),
        3 => select(PRINCIPALS).prop_map(General::Principal),
        2 => select(HOSTS).prop_map(General::Dns),
        2 => select(URIS).prop_map(General::Uri),
        2 => select(ADDRESSES).prop_map(General::Ip),
        1 => select(&[Directory::Staff, Directory::Guest, Directory::Other][..])
            .prop_map(General::Directory),
        1 => Just(General::Unknown),
    ]
}

fn subtree() -> impl Strategy<Value = Subtree> {
    prop_oneof![
        3 => Just(Subtree::Meridian),
        1 => Just(Subtree::MeridianSpelled),
        1 => Just(Subtree::Staff),
        1 => Just(Subtree::Other),
        3 => select(MAIL_SUBTREES).prop_map(Subtree::Mail),
        1 => select(PRINCIPAL_SUBTREES).prop_map(Subtree::Principal),
        2 => select(HOST_SUBTREES).prop_map(Subtree::Dns),
        2 => select(URI_SUBTREES).prop_map(Subtree::Uri),
        2 => select(ADDRESS_SUBTREES).prop_map(Subtree::Ip),
    ]
}

/// A list that is empty unless it is wanted, and even then not always there.
fn when<T: std::fmt::Debug + Clone + 'static>(
    wanted: bool,
    often: f64,
    some: BoxedStrategy<Vec<T>>,
) -> BoxedStrategy<Vec<T>> {
    if wanted {
        weighted(often, some)
            .prop_map(Option::unwrap_or_default)
            .boxed()
    } else {
        Just(Vec::new()).boxed()
    }
}

/// A value that is there only where it is wanted, and even then seldom.
fn rare<S>(wanted: bool, often: f64, some: S) -> BoxedStrategy<Option<S::Value>>
where
    S: Strategy + 'static,
    S::Value: Clone,
{
    if wanted {
        weighted(often, some).boxed()
    } else {
        Just(None).boxed()
    }
}

const DIGITAL_SIGNATURE: u16 = 0x8000;
const NON_REPUDIATION: u16 = 0x4000;
const KEY_ENCIPHERMENT: u16 = 0x2000;
const KEY_AGREEMENT: u16 = 0x0800;
const CERT_SIGN: u16 = 0x0400;
const CRL_SIGN: u16 = 0x0200;
const DECIPHER_ONLY: u16 = 0x0080;

const MAIL_INSIDE: &str = "lee@meridian.example";
const MAILS: &[&str] = &[
    MAIL_INSIDE,
    "lee@mail.meridian.example",
    "LEE@Meridian.Example",
    "lee@other.example",
];
const PRINCIPALS: &[&str] = &[
    MAIL_INSIDE,
    "lee@staff.meridian.example",
    "lee@other.example",
];
const HOSTS: &[&str] = &[
    "host.meridian.example",
    "meridian.example",
    "HOST.meridian.example",
    "notmeridian.example",
    "other.example",
];
const URIS: &[&str] = &[
    "https://host.meridian.example/x",
    "https://meridian.example:8443/",
    "ldap://lee@host.meridian.example/cn",
    "https://other.example",
    "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
];
const ADDRESSES: &[&[u8]] = &[&[10, 1, 2, 3], &[192, 0, 2, 1], &V6_INSIDE];
const MAIL_SUBTREES: &[&str] = &[
    "meridian.example",
    ".meridian.example",
    MAIL_INSIDE,
    "MERIDIAN.example",
    "other.example",
];
const PRINCIPAL_SUBTREES: &[&str] = &["meridian.example", ".meridian.example", "other.example"];
const HOST_SUBTREES: &[&str] = &[
    "meridian.example",
    "host.meridian.example",
    "Meridian.Example",
    "other.example",
];
const URI_SUBTREES: &[&str] = &[
    "host.meridian.example",
    ".meridian.example",
    "meridian.example",
    "other.example",
];
const ADDRESS_SUBTREES: &[&[u8]] = &[
    &[10, 0, 0, 0, 255, 0, 0, 0],
    &[192, 0, 2, 0, 255, 255, 255, 0],
    &[0; 8],
    &V6_SUBTREE,
];
const V6_INSIDE: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const V6_SUBTREE: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 0x20;
    bytes[1] = 1;
    bytes[2] = 0x0d;
    bytes[3] = 0xb8;
    bytes[16] = 255;
    bytes[17] = 255;
    bytes[18] = 255;
    bytes[19] = 255;
    bytes
};
