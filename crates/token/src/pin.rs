//! A PIN that cannot be copied, printed or logged.

use cryptoki::types::RawAuthPin;
use thiserror::Error;
use zeroize::Zeroizing;

/// A PIN on its way from the person to the token.
///
/// It has no `Clone`, `Debug`, `Display` or `Serialize`, so no log line or message can hold it,
/// and it is wiped when dropped. Its exits, private to this crate, write it to the token or to the
/// pipe of the process that speaks to the token.
///
/// ```compile_fail,E0277
/// # let pin = token::Pin::new("123456".to_owned()).unwrap();
/// println!("{pin:?}");
/// ```
///
/// ```compile_fail,E0599
/// # let pin = token::Pin::new("123456".to_owned()).unwrap();
/// let copy = pin.clone();
/// ```
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// Takes over what a person typed.
    ///
    /// The text's own buffer becomes the PIN, so no second copy of it is left behind.
    ///
    /// # Errors
    ///
    /// [`PinError::Length`] for an empty PIN or one over 255 bytes of UTF-8. What the token itself
    /// allows is checked by [`Token::unlock`](crate::Token::unlock), which knows the token.
    pub fn new(typed: String) -> Result<Self, PinError> {
        Self::from_bytes(typed.into_bytes())
    }

    /// Takes over a PIN that is not text, such as one read from a file descriptor.
    ///
    /// # Errors
    ///
    /// [`PinError::Length`] for an empty PIN or one over 255 bytes.
    pub fn from_bytes(typed: Vec<u8>) -> Result<Self, PinError> {
        let pin = Self(Zeroizing::new(typed));
        if (SHORTEST..=LONGEST).contains(&pin.len()) {
            Ok(pin)
        } else {
            Err(PinError::Length {
                min: SHORTEST,
                max: LONGEST,
            })
        }
    }

    /// The length in bytes, which tokens limit and people do not need to hide from them.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes the PIN to the process that speaks to its token, from its own buffer and without
    /// another one in between.
    #[cfg(unix)]
    pub(crate) fn write_to(&self, pipe: &mut impl std::io::Write) -> std::io::Result<()> {
        pipe.write_all(&self.0)
    }

    /// Writes the PIN into the form that `C_Login` takes, which wipes itself too.
    pub(crate) fn reveal(&self) -> RawAuthPin {
        RawAuthPin::new(Box::new(self.0.to_vec()))
    }

    /// Writes the PIN into the form that a PIV card takes, which wipes itself too. One of a length
    /// that no PIV card has is none.
    pub(crate) fn piv_block(&self) -> Option<Zeroizing<[u8; 8]>> {
        crate::piv::block(&self.0)
    }
}

/// Why something typed is no PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PinError {
    /// It is too short or too long to be tried, so nothing was asked of the token.
    #[error("a PIN here has {min} to {max} bytes")]
    Length {
        /// The shortest PIN accepted, in bytes.
        min: usize,
        /// The longest PIN accepted, in bytes.
        max: usize,
    },
}

const SHORTEST: usize = 1;
const LONGEST: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_pin_is_refused() {
        assert!(Pin::new(String::new()).is_err());
    }

    #[test]
    fn a_pin_of_255_bytes_is_the_longest() {
        assert!(Pin::new("1".repeat(255)).is_ok());
        assert!(Pin::new("1".repeat(256)).is_err());
    }

    #[test]
    fn length_counts_bytes_of_utf8() {
        let pin = Pin::new("pïn".to_owned()).expect("a short PIN is accepted");
        assert_eq!(pin.len(), 4);
    }
}
