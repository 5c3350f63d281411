//! Holds certificates and signs with keys it never gives up.
//!
//! A [`Token`] is a card, a USB key or a software token. It lists the [`Credential`]s it holds
//! before anybody types a PIN, and turns a [`Pin`] into an [`Unlocked`] guard. Signing exists on
//! that guard alone, and only for TLS handshakes, so no signature is made before a PIN was
//! accepted and nobody can ask for arbitrary bytes to be signed.
//!
//! [`TokenHost`] finds tokens: PIV cards in readers, which it speaks to directly, and what the
//! PKCS #11 modules hold that the computer knows. It streams them as they are found, each
//! certificate once, and [`Watch`] tells what comes and goes. A card or module that fails, hangs or
//! must not be loaded costs one row of the listing and nothing else.
//!
//! ```no_run
//! use token::{Pin, Scheme, Settings, TokenHost};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let listing = TokenHost::new(Settings::of_this_computer("lanyard")).enumerate();
//! let found = listing.tokens.first().ok_or("no token")?;
//! let credential = found.credentials.first().ok_or("no certificate")?;
//! let unlocked = found.token.unlock(Pin::new("123456".to_owned())?)?;
//! # let certificate_verify = b"";
//! let signature = unlocked.sign_handshake(
//!     credential,
//!     Scheme::EcdsaSecp256r1Sha256,
//!     certificate_verify,
//! )?;
//! # Ok(())
//! # }
//! ```

// The contract of a token is written for users of this crate, and held against cards in process.
#[cfg(test)]
extern crate self as token;

mod call;
mod cards;
mod clock;
mod credential;
#[cfg(all(unix, any(test, fuzzing)))]
#[doc(hidden)]
pub mod fuzzing;
mod handshake;
pub mod helper;
mod host;
mod module;
mod p11_kit;
mod pcsc;
mod pin;
mod pin_management;
mod piv;
mod pkcs11;
mod public_key;
mod reader;
mod scheme;
mod shown;
mod signature;
mod unlocked;
mod wait;
mod watch;

pub use call::FailedCall;
pub use credential::{Credential, Fingerprint, KeyAlgorithm, PinPolicy, PrivateKey, TouchPolicy};
pub use host::{Found, FoundToken, Listing, Readers, Settings, TokenHost};
pub use module::{
    Cause, Ending, HeldBack, ModuleFailure, ModuleHeldBack, ModuleLoaded, ModuleOrigin, Permission,
};
pub use p11_kit::P11Kit;
pub use pin::{Pin, PinError};
pub use pin_management::{ChangePinError, PinManagement, Puk, UnblockError};
pub use piv::{PivSlot, Unreadable};
pub use reader::{CardService, Reader, ReaderState, UnreadableSlot};
pub use scheme::Scheme;
pub use unlocked::{
    PinEntry, PinState, SignError, Token, TokenDescription, TokenError, TokenKind, UnlockError,
    Unlocked,
};
pub use wait::{Canceller, Wait};
pub use watch::{Change, Watch};
