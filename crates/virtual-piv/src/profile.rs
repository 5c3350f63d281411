//! How cards differ, as data.

use serde::{Deserialize, Serialize};

use crate::{Algorithm, ManagementAlgorithm, Status};

/// One kind of card.
///
/// The named ones are constants; a test changes one field of a copy to get the quirk it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a quirk of its own")]
pub struct Profile {
    /// What the card is called on the command line and in its file.
    pub name: ProfileName,
    /// The historical bytes of the answer to reset.
    pub historical: &'static [u8],
    /// The label in the answer to SELECT; a YubiKey has none.
    pub label: Option<&'static str>,
    /// The keys that the card can hold.
    pub algorithms: &'static [Algorithm],
    /// How many retired key management slots there are.
    pub retired: u8,
    /// The management key that the card leaves the factory with.
    pub management: ManagementAlgorithm,
    /// How a wrong PIN is reported.
    pub retry_style: RetryStyle,
    /// What the last wrong try answers.
    pub exhausted: Exhausted,
    /// Whether VERIFY without data tells how many tries are left.
    pub empty_verify: bool,
    /// What a PIN may consist of.
    pub pin_rule: PinRule,
    /// What "PIN always" means.
    pub always: Always,
    /// The discovery object's PIN usage policy; nothing when the card has no discovery object.
    pub discovery: Option<[u8; 2]>,
    /// Whether selecting PIV again ends what was verified.
    pub reselect_forgets: bool,
    /// Whether selecting something else, there or not, ends what was verified and leaves PIV.
    pub foreign_select_leaves: bool,
    /// Whether commands may be longer than 255 bytes in one piece.
    pub extended_length: bool,
    /// Whether commands may come in pieces.
    pub chaining: bool,
    /// The most that one answer carries before `61xx`.
    pub piece: usize,
    /// The largest object.
    pub object_limit: usize,
    /// The answer for a slot without a key.
    pub no_key: Status,
    /// The answer when nobody touched the card.
    pub no_touch: Status,
    /// What a YubiKey adds; nothing for other cards.
    pub yubikey: Option<YubiKey>,
}

/// The profiles that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileName {
    /// SP 800-73-5 and nothing else.
    Nist,
    /// A card as a government hands it out: little is forgiven.
    Government,
    /// A YubiKey with firmware 5.7.
    YubiKey57,
    /// A YubiKey NEO: `630x`, no P-384, no VERIFY without data.
    Neo,
}

/// Which status word carries the tries that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryStyle {
    /// `63Cx` (SP 800-73pt2-5 §3.2.1).
    C,
    /// `630x`, as an old YubiKey has it.
    Zero,
}

/// What the wrong try answers that blocks the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// The counter, at zero.
    Counter,
    /// `6983` at once.
    Blocked,
}

/// What a PIN may consist of, and what a malformed one costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinRule {
    /// Six to eight digits; anything else is `6A80` and costs nothing (SP 800-73pt2-5 §3.2.1).
    Digits,
    /// Any eight bytes.
    AnyBytes,
    /// Any length: what does not match costs a try.
    CountsEverything,
}

/// What "PIN always" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Always {
    /// VERIFY is the command directly before (SP 800-73pt1-5 §5.5, note on 9C).
    DirectlyBefore,
    /// VERIFY came after the last use.
    SinceLastUse,
}

/// What a YubiKey adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a command that is there or not"
)]
pub struct YubiKey {
    /// The firmware's version.
    pub version: [u8; 3],
    /// Whether GET METADATA is there (since 5.3).
    pub metadata: bool,
    /// Whether the serial number can be read in PIV (since 5.0).
    pub serial: bool,
    /// Whether ATTEST is there (since 4.3).
    pub attestation: bool,
    /// Whether keys can be moved and deleted (since 5.7).
    pub move_key: bool,
}

impl Profile {
    /// SP 800-73-5 and nothing else.
    pub const NIST: Self = Self {
        name: ProfileName::Nist,
        historical: b"VirtualPIV",
        label: Some("Virtual PIV"),
        algorithms: &[
            Algorithm::Rsa2048,
            Algorithm::Rsa3072,
            Algorithm::P256,
            Algorithm::P384,
        ],
        retired: 20,
        management: ManagementAlgorithm::Aes128,
        retry_style: RetryStyle::C,
        exhausted: Exhausted::Counter,
        empty_verify: true,
        pin_rule: PinRule::Digits,
        always: Always::DirectlyBefore,
        discovery: Some([0x40, 0x00]),
        reselect_forgets: false,
        foreign_select_leaves: true,
        extended_length: true,
        chaining: true,
        piece: 256,
        object_limit: 12_704,
        no_key: Status::WRONG_PARAMETERS,
        no_touch: Status::CONDITIONS_NOT_SATISFIED,
        yubikey: None,
    };

    /// A card as a government hands it out: short commands only, no RSA-3072, every wrong length
    /// counted, PIV left at each SELECT.
    pub const GOVERNMENT: Self = Self {
        name: ProfileName::Government,
        historical: b"GovernmentID",
        label: Some("ID card"),
        algorithms: &[Algorithm::Rsa2048, Algorithm::P256, Algorithm::P384],
        exhausted: Exhausted::Blocked,
        pin_rule: PinRule::CountsEverything,
        discovery: Some([0x40, 0x10]),
        reselect_forgets: true,
        extended_length: false,
        object_limit: 4096,
        ..Self::NIST
    };

    /// A YubiKey with firmware 5.7.
    pub const YUBIKEY_57: Self = Self {
        name: ProfileName::YubiKey57,
        historical: &[
            0x80, 0x73, 0xC0, 0x21, 0xC0, 0x57, 0x59, 0x75, 0x62, 0x69, 0x4B, 0x65, 0x79,
        ],
        label: None,
        algorithms: &Algorithm::ALL,
        management: ManagementAlgorithm::Aes192,
        exhausted: Exhausted::Counter,
        pin_rule: PinRule::AnyBytes,
        always: Always::SinceLastUse,
        reselect_forgets: true,
        object_limit: 3052,
        no_key: Status::WRONG_DATA,
        no_touch: Status::SECURITY_NOT_SATISFIED,
        yubikey: Some(YubiKey {
            version: [5, 7, 1],
            metadata: true,
            serial: true,
            attestation: true,
            move_key: true,
        }),
        ..Self::NIST
    };

    /// A YubiKey NEO: `630x`, no P-384, no VERIFY without data.
    pub const NEO: Self = Self {
        name: ProfileName::Neo,
        historical: b"YubikeyNEOr3",
        algorithms: &[Algorithm::Rsa2048, Algorithm::P256],
        management: ManagementAlgorithm::TripleDes,
        retry_style: RetryStyle::Zero,
        empty_verify: false,
        discovery: None,
        extended_length: false,
        object_limit: 2048,
        yubikey: Some(YubiKey {
            version: [1, 0, 4],
            metadata: false,
            serial: false,
            attestation: false,
            move_key: false,
        }),
        ..Self::YUBIKEY_57
    };

    /// The profile with this name.
    #[must_use]
    pub const fn named(name: ProfileName) -> Self {
        match name {
            ProfileName::Nist => Self::NIST,
            ProfileName::Government => Self::GOVERNMENT,
            ProfileName::YubiKey57 => Self::YUBIKEY_57,
            ProfileName::Neo => Self::NEO,
        }
    }

    /// The answer to reset: T=0 and T=1 over contacts, then the historical bytes and their check
    /// (ISO/IEC 7816-3 §8.2). A YubiKey's begins as a YubiKey's does.
    #[must_use]
    pub fn atr(&self) -> Vec<u8> {
        let count = u8::try_from(self.historical.len()).unwrap_or(15).min(15);
        let mut atr = match self.yubikey {
            Some(_) => vec![0x3B, 0xF0 | count, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15],
            None => vec![0x3B, 0x80 | count, 0x80, 0x01],
        };
        atr.extend(self.historical.iter().take(usize::from(count)));
        let check = atr.iter().skip(1).fold(0, |check, byte| check ^ byte);
        atr.push(check);
        atr
    }

    /// The status word for a wrong PIN with so many tries left.
    pub(crate) fn wrong(&self, left: u8) -> Status {
        if left == 0 && self.exhausted == Exhausted::Blocked {
            return Status::BLOCKED;
        }
        self.tries(left)
    }

    /// The status word that tells how many tries are left.
    pub(crate) fn tries(&self, left: u8) -> Status {
        let base = match self.retry_style {
            RetryStyle::C => 0x63C0,
            RetryStyle::Zero => 0x6300,
        };
        Status::new(base | u16::from(left.min(15)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yubikeys_answer_to_reset_is_the_real_one() {
        assert_eq!(
            Profile::YUBIKEY_57.atr(),
            [
                0x3B, 0xFD, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15, 0x80, 0x73, 0xC0, 0x21, 0xC0,
                0x57, 0x59, 0x75, 0x62, 0x69, 0x4B, 0x65, 0x79, 0x40
            ]
        );
        assert_eq!(Profile::NEO.atr().last(), Some(&0xE1));
    }

    #[test]
    fn tries_are_told_in_the_cards_own_style() {
        assert_eq!(Profile::NIST.wrong(2), Status::new(0x63C2));
        assert_eq!(Profile::NIST.wrong(0), Status::new(0x63C0));
        assert_eq!(Profile::GOVERNMENT.wrong(0), Status::BLOCKED);
        assert_eq!(Profile::NEO.wrong(1), Status::new(0x6301));
    }
}
