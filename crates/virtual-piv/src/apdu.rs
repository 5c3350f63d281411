//! Commands as they arrive (ISO/IEC 7816-4 §5.1).

use crate::Status;

/// The instruction bytes of SP 800-73pt2-5 §3, and those that Yubico added.
pub mod instruction {
    /// VERIFY.
    pub const VERIFY: u8 = 0x20;
    /// CHANGE REFERENCE DATA.
    pub const CHANGE_REFERENCE_DATA: u8 = 0x24;
    /// RESET RETRY COUNTER.
    pub const RESET_RETRY_COUNTER: u8 = 0x2C;
    /// GENERATE ASYMMETRIC KEY PAIR.
    pub const GENERATE: u8 = 0x47;
    /// GENERAL AUTHENTICATE.
    pub const GENERAL_AUTHENTICATE: u8 = 0x87;
    /// SELECT.
    pub const SELECT: u8 = 0xA4;
    /// GET RESPONSE.
    pub const GET_RESPONSE: u8 = 0xC0;
    /// GET DATA.
    pub const GET_DATA: u8 = 0xCB;
    /// PUT DATA.
    pub const PUT_DATA: u8 = 0xDB;
    /// Yubico's MOVE KEY, which also deletes.
    pub const MOVE_KEY: u8 = 0xF6;
    /// Yubico's GET METADATA.
    pub const METADATA: u8 = 0xF7;
    /// Yubico's GET SERIAL.
    pub const SERIAL: u8 = 0xF8;
    /// Yubico's ATTEST.
    pub const ATTEST: u8 = 0xF9;
    /// Yubico's SET PIN RETRIES.
    pub const SET_RETRIES: u8 = 0xFA;
    /// Yubico's RESET.
    pub const RESET: u8 = 0xFB;
    /// Yubico's GET VERSION.
    pub const VERSION: u8 = 0xFD;
    /// Yubico's IMPORT ASYMMETRIC KEY.
    pub const IMPORT: u8 = 0xFE;
    /// Yubico's SET MANAGEMENT KEY.
    pub const SET_MANAGEMENT_KEY: u8 = 0xFF;
}

/// One command APDU, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// The class: bit `10` says that more of this command follows.
    pub class: u8,
    /// The instruction.
    pub instruction: u8,
    /// The first parameter.
    pub p1: u8,
    /// The second parameter.
    pub p2: u8,
    /// The data, which for some instructions hold a PIN.
    pub data: &'a [u8],
    /// How much may be answered at most; nothing when the command did not say.
    pub expected: Option<usize>,
    /// Whether lengths came in their three-byte form.
    pub extended: bool,
}

impl<'a> Command<'a> {
    /// Takes a command apart.
    ///
    /// # Errors
    /// `6700` when its lengths contradict each other.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Status> {
        let Some((&[class, instruction, p1, p2], body)) = bytes.split_first_chunk::<4>() else {
            return Err(Status::WRONG_LENGTH);
        };
        let (data, expected, extended) = match body {
            [] => (&[][..], None, false),
            [le] => (&[][..], Some(short_length(*le)), false),
            [0, high, low] => (&[][..], Some(extended_length(*high, *low)), true),
            [0, high, low, rest @ ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let (data, le) = split(rest, length)?;
                let expected = match le {
                    [] => None,
                    [high, low] => Some(extended_length(*high, *low)),
                    _ => return Err(Status::WRONG_LENGTH),
                };
                (data, expected, true)
            }
            [length, rest @ ..] => {
                let (data, le) = split(rest, usize::from(*length))?;
                let expected = match le {
                    [] => None,
                    [le] => Some(short_length(*le)),
                    _ => return Err(Status::WRONG_LENGTH),
                };
                (data, expected, false)
            }
        };
        Ok(Self {
            class,
            instruction,
            p1,
            p2,
            data,
            expected,
            extended,
        })
    }

    /// Whether more of this command follows.
    #[must_use]
    pub const fn is_chained(&self) -> bool {
        self.class & 0x10 != 0
    }

    /// P1 and P2 as one number, as the standards' tables have them.
    #[must_use]
    pub fn parameters(&self) -> u16 {
        u16::from_be_bytes([self.p1, self.p2])
    }
}

fn split(bytes: &[u8], length: usize) -> Result<(&[u8], &[u8]), Status> {
    if length == 0 {
        return Err(Status::WRONG_LENGTH);
    }
    bytes.split_at_checked(length).ok_or(Status::WRONG_LENGTH)
}

fn short_length(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn extended_length(high: u8, low: u8) -> usize {
    match u16::from_be_bytes([high, low]) {
        0 => 65_536,
        length => usize::from(length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(bytes: &[u8]) -> Result<(usize, Option<usize>, bool), Status> {
        Command::parse(bytes)
            .map(|command| (command.data.len(), command.expected, command.extended))
    }

    #[test]
    fn the_four_cases_in_both_lengths() {
        assert_eq!(shape(&[0, 0x20, 0, 0x80]), Ok((0, None, false)));
        assert_eq!(shape(&[0, 0xFD, 0, 0, 0]), Ok((0, Some(256), false)));
        assert_eq!(shape(&[0, 0xFD, 0, 0, 3]), Ok((0, Some(3), false)));
        assert_eq!(shape(&[0, 0xFD, 0, 0, 2, 1, 2]), Ok((2, None, false)));
        assert_eq!(
            shape(&[0, 0xFD, 0, 0, 2, 1, 2, 0]),
            Ok((2, Some(256), false))
        );
        assert_eq!(shape(&[0, 0xFD, 0, 0, 0, 1, 0]), Ok((0, Some(256), true)));
        assert_eq!(
            shape(&[0, 0xFD, 0, 0, 0, 0, 0]),
            Ok((0, Some(65_536), true))
        );
        assert_eq!(shape(&[0, 0xFD, 0, 0, 0, 0, 2, 1, 2]), Ok((2, None, true)));
        assert_eq!(
            shape(&[0, 0xFD, 0, 0, 0, 0, 2, 1, 2, 2, 0]),
            Ok((2, Some(512), true))
        );
    }

    #[test]
    fn lengths_that_contradict_each_other_are_refused() {
        for bytes in [
            &[][..],
            &[0, 0x20, 0],
            &[0, 0x20, 0, 0x80, 8, 1],
            &[0, 0x20, 0, 0x80, 1, 1, 1, 1],
            &[0, 0x20, 0, 0x80, 0, 0, 0, 0],
            &[0, 0x20, 0, 0x80, 0, 0, 1, 1, 1],
            &[0, 0x20, 0, 0x80, 0, 1],
        ] {
            assert_eq!(shape(bytes), Err(Status::WRONG_LENGTH), "{bytes:?}");
        }
    }
}
