//! PKCS #11 tokens.
//!
//! Each module has one thread that makes all calls into it ([`worker`]). The rest of the crate
//! talks to that thread with messages of plain data ([`message`]), so that a helper process can
//! take the thread's place.

mod library;
mod login;
mod mechanism;
mod message;
mod objects;
mod private_key;
mod raw;
mod scan;
mod sign;
mod slot;
mod token;
mod worker;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use message::About;
use message::Scanned;
use token::Pkcs11Token;

use crate::clock;
use crate::{Cause, FailedCall, FoundToken};

/// What turns up while a module is looked at.
pub(crate) enum Seen {
    Token(Box<FoundToken>),
    SlotFailed { slot: u64, failed: FailedCall },
}

/// Looks once at every slot of a module.
///
/// # Errors
///
/// Why the module gave nothing or did not finish.
pub(crate) fn scan(
    module: &Path,
    deadline: Duration,
    mut seen: impl FnMut(Seen),
) -> Result<About, Cause> {
    let worker = worker::of(module);
    let ends = clock::now() + deadline;
    let answers = worker.scan()?;
    loop {
        let left = ends.saturating_duration_since(clock::now());
        match worker.receive(&answers, left)? {
            Scanned::Token(scanned) => {
                let token = Pkcs11Token::new(Arc::clone(&worker), scanned.address);
                seen(Seen::Token(Box::new(FoundToken {
                    description: scanned.description,
                    pin: scanned.pin,
                    credentials: scanned.credentials,
                    token: Arc::new(token),
                })));
            }
            Scanned::SlotFailed { slot, failed } => seen(Seen::SlotFailed { slot, failed }),
            Scanned::Done(outcome) => return outcome,
        }
    }
}
