//! What a card says about a command.

use std::fmt;

/// The two bytes at the end of every answer (ISO/IEC 7816-4 §5.6, SP 800-73pt2-5 §3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(u16);

impl Status {
    /// The command was carried out.
    pub const DONE: Self = Self(0x9000);
    /// The length of the command, or of its data, is wrong.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// Secure messaging is not offered.
    pub const NO_SECURE_MESSAGING: Self = Self(0x6882);
    /// The last command of a chain was expected.
    pub const CHAIN_UNFINISHED: Self = Self(0x6883);
    /// Command chaining is not offered.
    pub const NO_CHAINING: Self = Self(0x6884);
    /// A PIN, a touch or the management key is missing.
    pub const SECURITY_NOT_SATISFIED: Self = Self(0x6982);
    /// The PIN or PUK is blocked.
    pub const BLOCKED: Self = Self(0x6983);
    /// The card is not in the state that the command needs.
    pub const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    /// The command's data are wrong.
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// The card does not have this function.
    pub const NOT_SUPPORTED: Self = Self(0x6A81);
    /// There is no such object or application.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// The object does not fit.
    pub const NO_MEMORY: Self = Self(0x6A84);
    /// P1 or P2 is wrong.
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// There is no such key, PIN or PUK.
    pub const REFERENCE_NOT_FOUND: Self = Self(0x6A88);
    /// The card does not know this instruction.
    pub const NO_INSTRUCTION: Self = Self(0x6D00);
    /// The card does not know this class.
    pub const NO_CLASS: Self = Self(0x6E00);
    /// The card failed, and does not say how.
    pub const FAILED: Self = Self(0x6F00);

    /// Takes any two bytes, so that a fault can answer what no standard knows.
    #[must_use]
    pub const fn new(value: u16) -> Self {
        Self(value)
    }

    /// `61xx`: this much is left to ask for; `00` stands for 256 and more.
    #[must_use]
    pub fn more(left: usize) -> Self {
        Self(0x6100 | low_byte(left))
    }

    /// `6Cxx`: this is the length to ask for; `00` stands for 256 and more.
    #[must_use]
    pub fn exact(length: usize) -> Self {
        Self(0x6C00 | low_byte(length))
    }

    /// Both bytes as one number.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.0
    }
}

fn low_byte(length: usize) -> u16 {
    u8::try_from(length).map_or(0, u16::from)
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
