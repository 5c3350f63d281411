use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use crate::der;
use crate::plan::NOW;

/// The lists of a case.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Complete lists, or parts of one.
    pub bases: Vec<Base>,
    /// A delta.
    pub delta: Option<Delta>,
}

/// A list that is no delta.
#[derive(Clone, Debug)]
pub struct Base {
    /// Its number.
    pub number: u8,
    /// When it counts.
    pub window: Window,
    /// Whether the leaf is on it, and with which reason.
    pub leaf: Option<Option<u8>>,
    /// Others that are on it.
    pub others: u8,
    /// What it covers.
    pub scope: Scope,
    /// Whether another key signed it.
    pub impostor: bool,
    /// Whether a bit of its signature is another.
    pub flipped: bool,
    /// Whether it has a critical extension that nobody knows.
    pub unknown: bool,
}

/// A delta.
#[derive(Clone, Debug)]
pub struct Delta {
    /// Its number.
    pub number: u8,
    /// The number of the list that it changes.
    pub base: u8,
    /// When it counts.
    pub window: Window,
    /// What it says of the leaf.
    pub leaf: DeltaEntry,
    /// What it covers.
    pub scope: Scope,
    /// Whether another key signed it.
    pub impostor: bool,
}

/// What a delta says of the leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeltaEntry {
    /// Nothing.
    Absent,
    /// It is revoked.
    Revoked,
    /// It comes off the list (removeFromCRL).
    Removed,
}

/// When a list counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// From yesterday to tomorrow.
    Open,
    /// It has ended.
    Past,
    /// It has not begun.
    Future,
}

/// What a list covers (RFC 5280 §5.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Everything,
    /// What the leaf's distribution point names.
    Point,
    /// What another distribution point names.
    OtherPoint,
    /// Certificates of people.
    Users,
    /// Certificates of authorities.
    Authorities,
    /// Attribute certificates.
    Attributes,
    /// Key compromise and CA compromise.
    Compromise,
    /// Every other reason.
    OtherReasons,
}

/// Lists of one CA.
pub(super) fn plan() -> impl Strategy<Value = Plan> {
    (
        prop_oneof![8 => vec(base(), 1..=1), 4 => vec(base(), 2..=3), 1 => Just(Vec::new())],
        weighted(0.4, delta()),
    )
        .prop_map(|(bases, delta)| Plan { bases, delta })
}

fn base() -> impl Strategy<Value = Base> {
    (
        1..6_u8,
        window(),
        weighted(0.3, weighted(0.7, 1..=6_u8)),
        0..4_u8,
        scope(),
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.05),
    )
        .prop_map(
            |(number, window, leaf, others, scope, impostor, flipped, unknown)| Base {
                number,
                window,
                leaf,
                others,
                scope,
                impostor,
                flipped,
                unknown,
            },
        )
}

fn delta() -> impl Strategy<Value = Delta> {
    (
        1..8_u8,
        1..6_u8,
        window(),
        prop_oneof![
            3 => Just(DeltaEntry::Absent),
            2 => Just(DeltaEntry::Revoked),
            1 => Just(DeltaEntry::Removed),
        ],
        prop_oneof![4 => Just(Scope::Everything), 1 => scope()],
        prop::bool::weighted(0.05),
    )
        .prop_map(|(number, base, window, leaf, scope, impostor)| Delta {
            number,
            base,
            window,
            leaf,
            scope,
            impostor,
        })
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        10 => Just(Window::Open),
        1 => Just(Window::Past),
        1 => Just(Window::Future),
    ]
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        8 => Just(Scope::Everything),
        2 => Just(Scope::Point),
        1 => Just(Scope::OtherPoint),
        2 => Just(Scope::Users),
        1 => Just(Scope::Authorities),
        1 => Just(Scope::Attributes),
        2 => Just(Scope::Compromise),
        2 => Just(Scope::OtherReasons),
    ]
}

impl Window {
    /// thisUpdate and nextUpdate.
    pub(super) fn times(self) -> (i64, i64) {
        match self {
            Self::Open => (NOW - DAY, NOW + DAY),
            Self::Past => (NOW - 2 * DAY, NOW - DAY),
            Self::Future => (NOW + DAY, NOW + 2 * DAY),
        }
    }
}

impl Scope {
    /// The value of the issuing distribution point.
    pub(super) fn der(self) -> Option<Vec<u8>> {
        let part = match self {
            Self::Everything => return None,
            Self::Point => der::tlv(0xa0, &[&full_name(POINT)]),
            Self::OtherPoint => der::tlv(0xa0, &[&full_name("http://crl.meridian.example/2")]),
            Self::Users => der::tlv(0x81, &[&[0xff]]),
            Self::Authorities => der::tlv(0x82, &[&[0xff]]),
            Self::Attributes => der::tlv(0x85, &[&[0xff]]),
            // keyCompromise and cACompromise are bits 1 and 2; bit 0 is not used.
            Self::Compromise => der::tlv(0x83, &[&[5, 0x60]]),
            Self::OtherReasons => der::tlv(0x83, &[&[7, 0x1f, 0x80]]),
        };
        Some(der::sequence(&[part]))
    }
}

/// The distribution point of the leaf.
pub(super) fn distribution_point() -> (&'static str, bool, Vec<u8>) {
    let point = der::sequence(&[der::tlv(0xa0, &[&full_name(POINT)])]);
    ("2.5.29.31", false, der::sequence(&[point]))
}

/// Where the delta of a list is.
pub(super) fn freshest() -> (&'static str, bool, Vec<u8>) {
    let (_, _, value) = distribution_point();
    ("2.5.29.46", false, value)
}

fn full_name(url: &str) -> Vec<u8> {
    der::tlv(0xa0, &[&der::tlv(0x86, &[url.as_bytes()])])
}

const POINT: &str = "http://crl.meridian.example/1";
const DAY: i64 = 86_400;
