//! Changing a PIN, and getting a blocked one back.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{FailedCall, Pin, PinError};

/// What can be done about a token's PIN beside giving it.
///
/// Nothing that can destroy a key or lock a token for good is here: setting the numbers of tries,
/// resetting a token, and its management key are for the tools of whoever issued it.
pub trait PinManagement: Send + Sync {
    /// Replaces the PIN. A wrong old PIN costs a try.
    ///
    /// # Errors
    ///
    /// [`ChangePinError`] says what the token answered.
    fn change_pin(&self, old: Pin, new: Pin) -> Result<(), ChangePinError>;

    /// Sets a new PIN with the PUK, and gives it all its tries back. A wrong PUK costs a try of the
    /// PUK, and a token whose PUK is blocked too is lost.
    ///
    /// # Errors
    ///
    /// [`UnblockError`] says what the token answered.
    fn unblock(&self, puk: Puk, new: Pin) -> Result<(), UnblockError>;
}

/// The code that unblocks a PIN, on its way from the person to the token.
///
/// Like a [`Pin`], it cannot be copied, printed or logged, and is wiped when dropped.
///
/// ```compile_fail,E0277
/// # let puk = token::Puk::new("12345678".to_owned()).unwrap();
/// println!("{puk:?}");
/// ```
pub struct Puk(Zeroizing<Vec<u8>>);

impl Puk {
    /// Takes over what a person typed.
    ///
    /// # Errors
    ///
    /// [`PinError::Length`] for an empty PUK or one over 255 bytes of UTF-8. What the token itself
    /// allows is checked by [`PinManagement::unblock`].
    pub fn new(typed: String) -> Result<Self, PinError> {
        let puk = Self(Zeroizing::new(typed.into_bytes()));
        if (SHORTEST..=LONGEST).contains(&puk.0.len()) {
            Ok(puk)
        } else {
            Err(PinError::Length {
                min: SHORTEST,
                max: LONGEST,
            })
        }
    }

    /// The only way out: as a PIV card takes it.
    pub(crate) fn piv_block(&self) -> Option<Zeroizing<[u8; 8]>> {
        crate::piv::block(&self.0)
    }
}

/// Why a PIN is not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChangePinError {
    /// The old PIN is wrong.
    #[error("the PIN is wrong")]
    WrongPin {
        /// How many tries are left, when the token gives a number.
        tries_left: Option<u8>,
    },
    /// The PIN is blocked.
    #[error("the PIN is blocked")]
    Blocked,
    /// One of the two cannot be a PIN of this token, so it was not asked and no try was used.
    #[error("a PIN of this token has {min} to {max} bytes")]
    Length {
        /// The shortest PIN it takes, in bytes.
        min: usize,
        /// The longest PIN it takes, in bytes.
        max: usize,
    },
    /// The token does not take the new PIN: it is too simple, or has characters it does not allow.
    #[error("the token does not accept the new PIN")]
    PolicyRefused,
    /// The token is gone.
    #[error("the token was removed")]
    Removed,
    /// Another program holds the token for itself.
    #[error("the token is in use by another program")]
    InUse {
        /// A running program that is known to do so, where the system shows one.
        by: Option<String>,
    },
    /// The token did not answer in time. Whether the PIN is changed is not known.
    #[error("the token stopped answering")]
    Stopped,
    /// Any other answer.
    #[error("{0}")]
    Other(FailedCall),
}

/// Why a PIN is not unblocked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnblockError {
    /// The PUK is wrong.
    #[error("the PUK is wrong")]
    WrongPuk {
        /// How many tries of the PUK are left, when the token gives a number.
        tries_left: Option<u8>,
    },
    /// The PUK is blocked.
    #[error("the PUK is blocked")]
    Blocked,
    /// The PUK or the PIN cannot be one of this token, so it was not asked and no try was used.
    #[error("a PIN or PUK of this token has {min} to {max} bytes")]
    Length {
        /// The shortest it takes, in bytes.
        min: usize,
        /// The longest it takes, in bytes.
        max: usize,
    },
    /// The token does not take the new PIN: it is too simple, or has characters it does not allow.
    #[error("the token does not accept the new PIN")]
    PolicyRefused,
    /// The token is gone.
    #[error("the token was removed")]
    Removed,
    /// Another program holds the token for itself.
    #[error("the token is in use by another program")]
    InUse {
        /// A running program that is known to do so, where the system shows one.
        by: Option<String>,
    },
    /// The token did not answer in time. Whether the PIN is set is not known.
    #[error("the token stopped answering")]
    Stopped,
    /// Any other answer.
    #[error("{0}")]
    Other(FailedCall),
}

const SHORTEST: usize = 1;
const LONGEST: usize = 255;
