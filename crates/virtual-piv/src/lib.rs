//! A PIV card in memory (SP 800-73-5), for demonstrations and tests.
//!
//! It shares no code with the crate that reads cards, so that a mistake made twice is not a
//! mistake unseen; other people's clients check it through pcscd.
//!
//! - [`Card`] is the card: bytes in, bytes out. [`Card::builder`] provisions one.
//! - [`Profile`] says how cards differ: [`Profile::NIST`], [`Profile::YUBIKEY_57`], …
//! - [`Shared`] is a card in a reader's slot: it can be pulled, touched, and made to fail.
//! - [`vpcd`] puts it into pcscd's virtual reader; [`service`] runs a pcscd of one's own.
//!
//! Its keys protect nothing: RSA is computed in time that depends on the key, and everything is
//! kept in the clear.

pub mod apdu;
mod attestation;
mod builder;
mod card;
mod fault;
mod key;
mod log;
mod management;
mod profile;
pub mod program;
mod random;
mod secret;
pub mod service;
mod shared;
mod slot;
pub mod state;
mod status;
mod tlv;
pub mod vpcd;

pub use apdu::instruction;
pub use builder::{BuildError, Builder, Compressed};
pub use card::{Alteration, Card, Touched};
pub use fault::{Fault, FaultKind, When};
pub use key::{Algorithm, KeyError};
pub use log::{Entry, Log, Total};
pub use management::ManagementAlgorithm;
pub use profile::{Always, Exhausted, PinRule, Profile, ProfileName, RetryStyle, YubiKey};
pub use shared::{Interruption, Shared, Touch};
pub use slot::{PinPolicy, Slot, TouchPolicy, UnknownSlot};
pub use status::Status;
