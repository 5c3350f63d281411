//! PIN and PUK, and how often they may be wrong.

use std::fmt;

/// Eight bytes with their counter; the shorter PIN is filled up with `FF`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    value: [u8; 8],
    total: u8,
    left: u8,
}

/// What came of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    Right,
    /// Wrong, with this many tries left.
    Wrong(u8),
    /// Not even compared.
    Blocked,
}

impl Secret {
    pub(crate) const fn new(value: [u8; 8], total: u8) -> Self {
        Self {
            value,
            total,
            left: total,
        }
    }

    /// Fills a PIN of six to eight bytes up; nothing for any other length.
    pub(crate) fn pad(text: &str) -> Option<[u8; 8]> {
        let bytes = text.as_bytes();
        if !(6..=8).contains(&bytes.len()) {
            return None;
        }
        let mut padded = [0xFF; 8];
        for (place, byte) in padded.iter_mut().zip(bytes) {
            *place = *byte;
        }
        Some(padded)
    }

    pub(crate) fn compare(&mut self, value: [u8; 8]) -> Compared {
        if self.left == 0 {
            return Compared::Blocked;
        }
        if self.value == value {
            self.left = self.total;
            return Compared::Right;
        }
        self.left = self.left.saturating_sub(1);
        Compared::Wrong(self.left)
    }

    pub(crate) const fn set(&mut self, value: [u8; 8]) {
        self.value = value;
        self.left = self.total;
    }

    /// Sets what is left, for a card that somebody has already tried.
    pub(crate) fn leave(&mut self, left: u8) {
        self.left = left.min(self.total);
    }

    pub(crate) const fn left(&self) -> u8 {
        self.left
    }

    pub(crate) const fn total(&self) -> u8 {
        self.total
    }

    pub(crate) const fn value(&self) -> [u8; 8] {
        self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} of {} left)", self.left, self.total)
    }
}
