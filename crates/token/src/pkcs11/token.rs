//! The contract of a token, kept by asking the helper of its module.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::call::Cancel;
use super::credential;
use super::message::{Address, Answer, Job, Request, UnlockId};
use super::worker::{Ask, Generation, LOCKING, Reply, Silence, Worker};
use crate::unlocked::Signing;
use crate::wait::Expected;
use crate::{
    Credential, Pin, PinState, Scheme, SignError, Token, TokenDescription, TokenError, UnlockError,
    Unlocked,
};

/// A token behind a PKCS #11 module.
pub(super) struct Pkcs11Token {
    worker: Arc<Worker>,
    address: Address,
    /// The unlock that waits for a person.
    unlocking: Mutex<Arc<Cancel>>,
}

impl Pkcs11Token {
    pub(super) fn new(worker: Arc<Worker>, address: Address) -> Self {
        Self {
            worker,
            address,
            unlocking: Mutex::default(),
        }
    }

    fn log_in(&self, pin: Option<Pin>, patience: Duration) -> Result<Unlocked, UnlockError> {
        let cancel = Arc::new(Cancel::default());
        *self.unlocking() = Arc::clone(&cancel);
        let typed = pin.is_some();
        let reply = self.worker.ask_once(Ask {
            request: Request::Unlock {
                token: self.address.clone(),
                typed,
            },
            pin,
            of: None,
            patience,
            cancel,
        })?;
        let Reply { answer, from } = reply;
        let Answer::Unlocked(outcome) = answer else {
            return Err(UnlockError::Stopped);
        };
        Ok(Unlocked::new(Login {
            worker: Arc::clone(&self.worker),
            unlock: outcome?,
            of: from,
            typed,
            cancel: Arc::default(),
        }))
    }

    fn unlocking(&self) -> std::sync::MutexGuard<'_, Arc<Cancel>> {
        self.unlocking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Token for Pkcs11Token {
    fn describe(&self) -> TokenDescription {
        self.address.description(self.worker.module().to_owned())
    }

    fn credentials(&self) -> Result<Vec<Credential>, TokenError> {
        let token = self.address.clone();
        let ask = Ask::plain(Request::Credentials { token }, READING);
        let Answer::Credentials(seen) = self.worker.ask_once(ask)?.answer else {
            return Err(TokenError::Stopped);
        };
        let description = self.describe();
        let read = |seen| credential::read(seen, &description);
        Ok(seen?.into_iter().map(read).collect())
    }

    fn pin_state(&self) -> Result<PinState, TokenError> {
        let token = self.address.clone();
        let ask = Ask::plain(Request::PinState { token }, READING);
        let Answer::PinState(state) = self.worker.ask_once(ask)?.answer else {
            return Err(TokenError::Stopped);
        };
        state
    }

    fn unlock(&self, pin: Pin) -> Result<Unlocked, UnlockError> {
        self.log_in(Some(pin), SIGNING)
    }

    fn unlock_without_typing(&self) -> Result<Unlocked, UnlockError> {
        self.log_in(None, AT_THE_READER)
    }

    fn cancel_unlock(&self) {
        self.unlocking().cancel();
    }
}

/// A login that the module's helper holds for us.
struct Login {
    worker: Arc<Worker>,
    unlock: UnlockId,
    of: Generation,
    /// Whether the PIN was typed here, and not on the reader.
    typed: bool,
    cancel: Arc<Cancel>,
}

impl Signing for Login {
    fn sign(
        &self,
        credential: &Credential,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        if self.cancel.is_cancelled() {
            return Err(SignError::Cancelled);
        }
        let ask = Ask {
            request: Request::Sign {
                unlock: self.unlock,
                job: Job {
                    certificate: credential.certificate.clone(),
                    label: credential.label.clone(),
                    key_id: credential.key_id.clone(),
                    scheme,
                    message: message.to_vec(),
                },
            },
            pin: None,
            of: Some(self.of),
            patience: if self.typed { SIGNING } else { AT_THE_READER },
            cancel: Arc::clone(&self.cancel),
        };
        let Answer::Signed(signature) = self.worker.ask_once(ask)?.answer else {
            return Err(SignError::Stopped);
        };
        signature
    }

    fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Whether a key wants its PIN again is an attribute that modules show after the login alone,
    /// to the helper.
    fn expects(&self, credential: &Credential) -> Expected {
        if self.typed {
            Expected::Touch(credential.touch)
        } else {
            Expected::PerhapsReader
        }
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        // It is carried out without anybody waiting for it.
        let unlock = self.unlock;
        self.worker.ask(Ask {
            of: Some(self.of),
            ..Ask::plain(Request::Lock { unlock }, LOCKING)
        });
    }
}

impl From<Silence> for TokenError {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::Failed(_) | Silence::Forgotten | Silence::Cancelled => Self::Stopped,
        }
    }
}

impl From<Silence> for UnlockError {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::Failed(_) | Silence::Forgotten => Self::Stopped,
            Silence::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Silence> for SignError {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::Failed(_) => Self::Stopped,
            Silence::Forgotten => Self::LockedAgain,
            Silence::Cancelled => Self::Cancelled,
        }
    }
}

const READING: Duration = Duration::from_secs(10);
/// A key may wait for a touch.
const SIGNING: Duration = Duration::from_mins(1);
const AT_THE_READER: Duration = Duration::from_mins(3);
