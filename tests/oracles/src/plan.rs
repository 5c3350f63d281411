//! What a case consists of: a few authorities, certificates across them, a leaf, what is asked, and
//! at most one thing that is broken. Plain values, so that a case can shrink and be printed.

mod fault;
mod strategy;

pub use fault::{Fault, Kind};
pub use strategy::plan;

/// One case.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The chain: the first is the trust anchor, each other is certified by the one before it, and
    /// the last issued the leaf.
    pub authorities: Vec<Authority>,
    /// A second self-signed authority beside the chain.
    pub second_root: Option<SecondRoot>,
    /// Further certificates of the same authorities.
    pub crosses: Vec<Cross>,
    /// The certificate that is judged.
    pub leaf: Leaf,
    /// What is asked of a path (RFC 5280 §6.1.1).
    pub asked: Asked,
    /// What is broken.
    pub fault: Option<Fault>,
    /// The key of each holder, as numbers in the pool.
    pub keys: Vec<usize>,
}

/// A second self-signed authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondRoot {
    /// A path may end at it.
    Trusted,
    /// It is in the pool and no path may end at it.
    Untrusted,
}

/// An authority and the certificate that the one above gave it.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Whether it bears the name of the one above: a self-issued certificate for another key.
    pub same_name: bool,
    /// What its certificate says.
    pub says: Says,
}

/// One more certificate of an authority, by another or by itself.
#[derive(Clone, Debug)]
pub struct Cross {
    /// The authority it is about, counted around.
    pub subject: usize,
    /// The authority that issued it, counted around, the second root included.
    pub issuer: usize,
    /// Whether it is about a key that signs nothing here.
    pub rekeyed: bool,
    /// Whether it has expired.
    pub expired: bool,
    /// What it says.
    pub says: Says,
}

/// What an authority's certificate says.
#[derive(Clone, Debug)]
pub struct Says {
    /// Its length limit: how many authorities more than the chain needs may follow.
    pub path_length: Option<u8>,
    /// Key usage; the bits as in RFC 5280 §4.2.1.3, the first one the most significant.
    pub key_usage: Option<u16>,
    /// Extended key usage.
    pub purposes: Option<Vec<Purpose>>,
    /// Certificate policies; empty for none.
    pub policies: Vec<Policy>,
    /// Whether they are critical.
    pub policies_critical: bool,
    /// Policy mappings, issuer's domain first.
    pub mappings: Vec<(Policy, Policy)>,
    /// requireExplicitPolicy.
    pub require_explicit: Option<u8>,
    /// inhibitPolicyMapping.
    pub inhibit_mapping: Option<u8>,
    /// inhibitAnyPolicy.
    pub inhibit_any: Option<u8>,
    /// permittedSubtrees.
    pub permitted: Vec<Subtree>,
    /// excludedSubtrees.
    pub excluded: Vec<Subtree>,
    /// What it shares with every certificate.
    pub common: Common,
}

/// The leaf.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its subject.
    pub subject: Directory,
    /// Its subject alternative names.
    pub names: Vec<General>,
    /// Key usage.
    pub key_usage: Option<u16>,
    /// Extended key usage.
    pub purposes: Option<Vec<Purpose>>,
    /// Certificate policies; empty for none.
    pub policies: Vec<Policy>,
    /// Whether they are critical.
    pub policies_critical: bool,
    /// What it shares with every certificate.
    pub common: Common,
}

/// What every certificate has.
#[derive(Clone, Debug)]
pub struct Common {
    /// Which key identifiers it has.
    pub identifiers: Identifiers,
    /// How it spells its issuer's name.
    pub spelling: Spelling,
    /// How an RSA issuer signs it: PKCS #1 with SHA-256, -384, -512, or PSS.
    pub scheme: u8,
    /// An extension that nobody knows and that is not critical.
    pub unknown: bool,
}

/// Which key identifiers a certificate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identifiers {
    /// Its own and its issuer's.
    Both,
    /// Its own alone.
    Own,
    /// Its issuer's alone.
    Issuers,
    /// Its own, and its issuer's by key, name and serial number.
    Full,
    /// None.
    Neither,
}

/// How a name is spelled (RFC 5280 §7.1 makes them the same name).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As its holder spells it.
    Same,
    /// As a `PrintableString`.
    Printable,
    /// In other letter case.
    Case,
    /// With more blanks.
    Blanks,
}

/// An extended key usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Client authentication.
    Client,
    /// Server authentication.
    Server,
    /// E-mail protection.
    Mail,
    /// Smart card logon.
    Logon,
    /// anyExtendedKeyUsage.
    Any,
}

/// A certificate policy: anyPolicy, or one of a few.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Policy {
    /// anyPolicy.
    Any,
    /// One of ours.
    Own(u8),
}

/// A directory name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory {
    /// C=XX, O=Meridian, OU=Staff, CN=Lee.
    Staff,
    /// C=XX, O=Meridian, OU=Guests, CN=Lee.
    Guest,
    /// C=XX, O=Other, CN=Lee.
    Other,
    /// The first, with an e-mail address in it.
    StaffWithMail,
    /// A name of no attribute.
    Empty,
}

/// A subject alternative name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum General {
    /// directoryName.
    Directory(Directory),
    /// rfc822Name.
    Mail(&'static str),
    /// otherName with a user principal name.
    Principal(&'static str),
    /// dNSName.
    Dns(&'static str),
    /// URI.
    Uri(&'static str),
    /// iPAddress.
    Ip(&'static [u8]),
    /// otherName that nobody knows.
    Unknown,
}

/// A subtree of a name constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// directoryName: O=Meridian, in the spelling of the holders.
    Meridian,
    /// directoryName: O=MERIDIAN in another spelling.
    MeridianSpelled,
    /// directoryName: O=Meridian, OU=Staff.
    Staff,
    /// directoryName: O=Other.
    Other,
    /// rfc822Name.
    Mail(&'static str),
    /// otherName with a user principal name.
    Principal(&'static str),
    /// dNSName.
    Dns(&'static str),
    /// URI.
    Uri(&'static str),
    /// iPAddress with its mask.
    Ip(&'static [u8]),
}

/// What is asked of a path.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The user-initial-policy-set; none for anyPolicy.
    pub policies: Option<Vec<u8>>,
    /// initial-explicit-policy.
    pub explicit: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any: bool,
}

impl Says {
    /// Takes away what it says of policies: not every judge asks an anchor of them (RFC 5937).
    fn forget_policies(&mut self) {
        self.policies.clear();
        self.mappings.clear();
        self.require_explicit = None;
        self.inhibit_mapping = None;
        self.inhibit_any = None;
    }
}

/// 22 September 2026, 08:41.
pub const NOW: i64 = 1_790_066_460;
