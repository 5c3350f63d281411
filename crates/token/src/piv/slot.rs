//! The slots of a PIV card: a key, and the object that holds its certificate.

use std::fmt;

use crate::PinPolicy;

/// A slot of a PIV card, by the reference of its key (SP 800-73pt1-5 §5.1, table 6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PivSlot(u8);

impl PivSlot {
    /// `9A`, PIV Authentication: the key to sign in with.
    pub const AUTHENTICATION: Self = Self(0x9a);
    /// `9C`, Digital Signature: it wants the PIN before each use.
    pub const SIGNATURE: Self = Self(0x9c);
    /// `9D`, Key Management.
    pub const KEY_MANAGEMENT: Self = Self(0x9d);
    /// `9E`, Card Authentication: it proves the card and not the person, and wants no PIN.
    pub const CARD_AUTHENTICATION: Self = Self(0x9e);

    /// The four slots that every card has.
    pub(crate) const PRIMARY: [Self; 4] = [
        Self::AUTHENTICATION,
        Self::SIGNATURE,
        Self::KEY_MANAGEMENT,
        Self::CARD_AUTHENTICATION,
    ];

    /// A slot of retired keys, `82` to `95`, by its number from 1 to 20.
    pub fn retired(number: u8) -> Option<Self> {
        (1..=RETIRED)
            .contains(&number)
            .then(|| Self(number.saturating_add(FIRST_RETIRED - 1)))
    }

    /// The slots of retired keys, in order.
    pub(crate) fn all_retired() -> impl Iterator<Item = Self> {
        (1..=RETIRED).filter_map(Self::retired)
    }

    /// The slot of a key reference, such as `0x9A`.
    pub fn of_reference(reference: u8) -> Option<Self> {
        let slot = Self(reference);
        let retired = reference
            .checked_sub(FIRST_RETIRED - 1)
            .and_then(Self::retired);
        (Self::PRIMARY.contains(&slot) || retired == Some(slot)).then_some(slot)
    }

    /// The key reference, such as `0x9A`.
    pub const fn reference(self) -> u8 {
        self.0
    }

    /// The name that the standard gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AUTHENTICATION => "PIV Authentication",
            Self::SIGNATURE => "Digital Signature",
            Self::KEY_MANAGEMENT => "Key Management",
            Self::CARD_AUTHENTICATION => "Card Authentication",
            Self(_) => "Retired Key Management",
        }
    }

    /// The tag of the object that holds the certificate (SP 800-73pt1-5 §4.3, table 3).
    pub(crate) const fn object(self) -> [u8; 3] {
        let last = match self {
            Self::AUTHENTICATION => 0x05,
            Self::SIGNATURE => 0x0a,
            Self::KEY_MANAGEMENT => 0x0b,
            Self::CARD_AUTHENTICATION => 0x01,
            Self(retired) => retired.saturating_sub(FIRST_RETIRED).saturating_add(0x0d),
        };
        [0x5f, 0xc1, last]
    }

    /// When the standard has the card ask for the PIN (SP 800-73pt1-5 §5.1, table 6).
    pub(crate) const fn pin_policy(self) -> PinPolicy {
        match self {
            Self::SIGNATURE => PinPolicy::Always,
            Self::CARD_AUTHENTICATION => PinPolicy::Never,
            Self(_) => PinPolicy::Once,
        }
    }
}

impl fmt::Display for PivSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}

impl fmt::Debug for PivSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PivSlot({self})")
    }
}

const FIRST_RETIRED: u8 = 0x82;
const RETIRED: u8 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retired_slots_are_82_to_95_and_their_objects_0d_to_20() {
        let slots: Vec<PivSlot> = PivSlot::all_retired().collect();
        assert_eq!(slots.len(), 20);
        assert_eq!(slots[0].reference(), 0x82);
        assert_eq!(slots[0].object(), [0x5f, 0xc1, 0x0d]);
        assert_eq!(slots[19].to_string(), "95");
        assert_eq!(slots[19].object(), [0x5f, 0xc1, 0x20]);
        assert_eq!(PivSlot::retired(0), None);
        assert_eq!(PivSlot::retired(21), None);
    }

    #[test]
    fn only_slots_with_keys_are_slots() {
        let slots = (0..=255).filter_map(PivSlot::of_reference).count();
        assert_eq!(slots, 24);
        assert_eq!(PivSlot::of_reference(0x9b), None);
        assert_eq!(PivSlot::of_reference(0xf9), None);
    }
}
