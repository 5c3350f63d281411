//! Where a card keeps its keys (SP 800-73pt1-5 table 4b).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A place for one private key and its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Slot {
    /// 9A, PIV Authentication.
    Authentication,
    /// 9C, Digital Signature: the PIN is asked for every signature.
    Signature,
    /// 9D, Key Management.
    KeyManagement,
    /// 9E, Card Authentication: no PIN.
    CardAuthentication,
    /// 82 to 95, the retired key management keys, numbered from 1 to 20.
    Retired(RetiredNumber),
}

/// A number from 1 to 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RetiredNumber(u8);

impl Slot {
    /// Every slot, in the order of their references: the four named ones, then 82 to 95.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            Self::Authentication,
            Self::Signature,
            Self::KeyManagement,
            Self::CardAuthentication,
        ]
        .into_iter()
        .chain((1..=20).map(|number| Self::Retired(RetiredNumber(number))))
    }

    /// One of the retired key management keys; nothing unless the number is from 1 to 20.
    #[must_use]
    pub fn retired(number: u8) -> Option<Self> {
        (1..=20)
            .contains(&number)
            .then_some(Self::Retired(RetiredNumber(number)))
    }

    /// The byte that names the key in GENERAL AUTHENTICATE.
    #[must_use]
    pub const fn reference(self) -> u8 {
        match self {
            Self::Authentication => 0x9A,
            Self::Signature => 0x9C,
            Self::KeyManagement => 0x9D,
            Self::CardAuthentication => 0x9E,
            Self::Retired(RetiredNumber(number)) => 0x81 + number,
        }
    }

    /// The slot with this key reference.
    #[must_use]
    pub fn from_reference(reference: u8) -> Option<Self> {
        Self::all().find(|slot| slot.reference() == reference)
    }

    /// The tag of the object that holds the certificate (SP 800-73pt1-5 table 3).
    #[must_use]
    pub const fn certificate_object(self) -> u32 {
        match self {
            Self::Authentication => 0x005F_C105,
            Self::Signature => 0x005F_C10A,
            Self::KeyManagement => 0x005F_C10B,
            Self::CardAuthentication => 0x005F_C101,
            Self::Retired(RetiredNumber(number)) => 0x005F_C10C + number as u32,
        }
    }

    /// What the standard asks for before the key is used.
    #[must_use]
    pub const fn usual_pin_policy(self) -> PinPolicy {
        match self {
            Self::Signature => PinPolicy::Always,
            Self::CardAuthentication => PinPolicy::Never,
            Self::Authentication | Self::KeyManagement | Self::Retired(_) => PinPolicy::Once,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.reference())
    }
}

/// A word that names no slot.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a slot: 9A, 9C, 9D, 9E, and 82 to 95 are")]
pub struct UnknownSlot(String);

impl FromStr for Slot {
    type Err = UnknownSlot;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u8::from_str_radix(text, 16)
            .ok()
            .and_then(Self::from_reference)
            .ok_or_else(|| UnknownSlot(text.to_owned()))
    }
}

impl From<Slot> for String {
    fn from(slot: Slot) -> Self {
        slot.to_string()
    }
}

impl TryFrom<String> for Slot {
    type Error = UnknownSlot;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// When a key asks for the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PinPolicy {
    /// It does not.
    Never,
    /// Once, until the card is reset or another application is selected.
    Once,
    /// Directly before each use.
    Always,
}

impl PinPolicy {
    /// Yubico's byte for it, in GENERATE, IMPORT and GET METADATA.
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Never => 1,
            Self::Once => 2,
            Self::Always => 3,
        }
    }

    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Never),
            2 => Some(Self::Once),
            3 => Some(Self::Always),
            _ => None,
        }
    }
}

/// When a key asks to be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TouchPolicy {
    /// It does not.
    Never,
    /// For each use.
    Always,
    /// Unless it was touched in the last fifteen seconds.
    Cached,
}

impl TouchPolicy {
    /// Yubico's byte for it, in GENERATE, IMPORT and GET METADATA.
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Never => 1,
            Self::Always => 2,
            Self::Cached => 3,
        }
    }

    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Never),
            2 => Some(Self::Always),
            3 => Some(Self::Cached),
            _ => None,
        }
    }
}
