//! PKCS #11 tokens.
//!
//! Each module runs in a helper process, where all calls into it are made ([`module`]). The rest of
//! the crate asks it questions of plain data ([`message`]) through a thread of its own
//! ([`worker`]).

mod call;
mod credential;
mod library;
mod login;
mod mechanism;
pub(crate) mod message;
mod module;
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
#[cfg(unix)]
pub(crate) use module::{Incoming, Module};

use message::{Answer, Request, SeenToken};
use token::Pkcs11Token;
use worker::{Ask, Silence, Worker};

use crate::helper::Program;
use crate::{Cause, Ending, FailedCall, FoundToken};

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
    program: &Program,
    deadline: Duration,
    mut seen: impl FnMut(Seen),
) -> Result<About, Cause> {
    let worker = worker::of(module, program);
    let answers = worker.ask(Ask::plain(Request::Scan, deadline));
    loop {
        match answers.next().map_err(cause)?.answer {
            Answer::Token(token) => seen(Seen::Token(Box::new(found(&worker, *token)))),
            Answer::SlotFailed { slot, failed } => seen(Seen::SlotFailed { slot, failed }),
            Answer::Done(outcome) => return outcome,
            Answer::Loaded(_)
            | Answer::Credentials(_)
            | Answer::PinState(_)
            | Answer::Unlocked(_)
            | Answer::Signed(_)
            | Answer::Locked => {
                return Err(Cause::Garbled {
                    printed: String::new(),
                });
            }
        }
    }
}

fn found(worker: &Arc<Worker>, seen: SeenToken) -> FoundToken {
    let description = seen.address.description(worker.module().to_owned());
    let read = |certificate| credential::read(certificate, &description);
    FoundToken {
        credentials: seen.certificates.into_iter().map(read).collect(),
        pin: seen.pin,
        token: Arc::new(Pkcs11Token::new(Arc::clone(worker), seen.address)),
        description,
    }
}

fn cause(silence: Silence) -> Cause {
    match silence {
        Silence::Failed(cause) => cause,
        // Nobody cancels a scan, and it concerns no login.
        Silence::Forgotten | Silence::Cancelled => Cause::Stopped {
            ending: Ending::Unknown,
            printed: String::new(),
        },
    }
}
