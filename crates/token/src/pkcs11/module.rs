//! One module and all calls into it, on the helper's one thread.
//!
//! A module may be initialised once in a process, and its calls are made one after the other.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use super::library::Library;
use super::login::Logins;
use super::message::{Address, Answer, Request};
use super::{scan, sign, slot};
use crate::{Cause, Pin, TokenError, clock};

/// A question and the PIN that came with it.
pub(crate) struct Incoming {
    pub(crate) request: Request,
    pub(crate) pin: Option<Pin>,
}

/// A module that is loaded and initialised, and its logins.
pub(crate) struct Module {
    library: Library,
    logins: Logins,
}

impl Module {
    /// Loads a module.
    ///
    /// # Errors
    ///
    /// Why it cannot be used.
    pub(crate) fn load(path: &Path) -> Result<Self, Cause> {
        Ok(Self {
            library: Library::load(path)?,
            logins: Logins::default(),
        })
    }

    /// Answers until nobody asks any more, wiping each PIN when its time is over, and logs out.
    pub(crate) fn run(mut self, inbox: &Receiver<Incoming>, mut say: impl FnMut(Answer)) {
        loop {
            let incoming = match self.logins.next_wipe() {
                Some(at) => inbox.recv_timeout(at.saturating_duration_since(clock::now())),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match incoming {
                Ok(incoming) => self.answer(incoming, &mut say),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.logins.wipe_pins(clock::now());
        }
        self.logins.end_all();
    }

    fn answer(&mut self, incoming: Incoming, say: &mut impl FnMut(Answer)) {
        let Incoming { request, pin } = incoming;
        let library = &self.library;
        let answer = match request {
            Request::Load { .. } => Answer::Loaded(Err(Cause::NotLoadable(
                "another module is loaded".to_owned(),
            ))),
            Request::Scan => Answer::Done(scan::slots(library, &mut *say)),
            Request::Credentials { token } => {
                Answer::Credentials(with_slot(library, &token, scan::certificates))
            }
            Request::PinState { token } => {
                Answer::PinState(with_slot(library, &token, |library, token| {
                    scan::pin_state(library, token.slot)
                }))
            }
            Request::Unlock { token, .. } => {
                Answer::Unlocked(self.logins.log_in(library, &token, pin))
            }
            Request::Sign { unlock, job } => {
                Answer::Signed(sign::sign(library, &mut self.logins, unlock, &job))
            }
            Request::Lock { unlock } => {
                self.logins.log_out(unlock);
                Answer::Locked
            }
        };
        say(answer);
    }
}

/// Finds a token's slot of this moment and does something with it.
fn with_slot<T>(
    library: &Library,
    token: &Address,
    then: impl FnOnce(&Library, &slot::Found) -> Result<T, TokenError>,
) -> Result<T, TokenError> {
    let found = slot::find(library, token)
        .map_err(TokenError::Other)?
        .ok_or(TokenError::Removed)?;
    then(library, &found)
}
