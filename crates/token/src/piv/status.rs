//! Status words, by which a card says how a command went (ISO/IEC 7816-4 §5.6).

use std::fmt;

/// The two bytes that end every answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatusWord(pub(crate) u16);

impl StatusWord {
    /// `9000`.
    pub(crate) const OK: Self = Self(0x9000);
    /// `6982`: the PIN is needed, or was not given in time.
    pub(crate) const SECURITY_STATUS: Self = Self(0x6982);
    /// `6983`: no tries are left.
    pub(crate) const BLOCKED: Self = Self(0x6983);
    /// `6985`: conditions of use not satisfied.
    pub(crate) const CONDITIONS: Self = Self(0x6985);
    /// `6A80`: the data is not acceptable.
    pub(crate) const BAD_DATA: Self = Self(0x6a80);
    /// `6A82`: there is no such object or application.
    pub(crate) const NOT_FOUND: Self = Self(0x6a82);
    /// `6A88`: there is no such key or PIN.
    pub(crate) const REFERENCE_NOT_FOUND: Self = Self(0x6a88);

    pub(super) const fn high(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    pub(super) const fn low(self) -> u8 {
        self.0.to_be_bytes()[1]
    }

    /// The tries left of `63Cx` (SP 800-73pt2-5 §3.2.1).
    pub(crate) const fn tries_left(self) -> Option<u8> {
        if self.high() == 0x63 && self.low() & 0xf0 == 0xc0 {
            Some(self.low() & 0x0f)
        } else {
            None
        }
    }

    /// The tries left of `630x`, as the first YubiKeys have it.
    pub(crate) const fn plain_tries_left(self) -> Option<u8> {
        if self.high() == 0x63 && self.low() & 0xf0 == 0 {
            Some(self.low())
        } else {
            None
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_read_from_63cx_alone() {
        assert_eq!(StatusWord(0x63c2).tries_left(), Some(2));
        assert_eq!(StatusWord(0x6302).tries_left(), None);
        assert_eq!(StatusWord(0x6302).plain_tries_left(), Some(2));
        assert_eq!(StatusWord(0x6983).tries_left(), None);
    }
}
