//! The contract of a token, kept by asking the thread of its module.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use super::message::{Address, Job, Request, UnlockId};
use super::worker::{Silence, Worker};
use crate::unlocked::Signing;
use crate::{
    Credential, Pin, PinState, Scheme, SignError, Token, TokenDescription, TokenError, UnlockError,
    Unlocked,
};

/// A token behind a PKCS #11 module.
pub(super) struct Pkcs11Token {
    worker: Arc<Worker>,
    address: Address,
}

impl Pkcs11Token {
    pub(super) fn new(worker: Arc<Worker>, address: Address) -> Self {
        Self { worker, address }
    }

    fn log_in(&self, pin: Option<Pin>, patience: Duration) -> Result<Unlocked, UnlockError> {
        let (answer, answers) = mpsc::channel();
        let request = Request::Unlock {
            token: self.address.clone(),
            pin,
            answer,
        };
        let unlock = self.worker.ask(request, &answers, patience)??;
        Ok(Unlocked::new(Login {
            worker: Arc::clone(&self.worker),
            unlock,
        }))
    }
}

impl Token for Pkcs11Token {
    fn describe(&self) -> TokenDescription {
        self.address.description(self.worker.module().to_owned())
    }

    fn credentials(&self) -> Result<Vec<Credential>, TokenError> {
        let (answer, answers) = mpsc::channel();
        let token = self.address.clone();
        self.worker
            .ask(Request::Credentials { token, answer }, &answers, READING)?
    }

    fn pin_state(&self) -> Result<PinState, TokenError> {
        let (answer, answers) = mpsc::channel();
        let token = self.address.clone();
        self.worker
            .ask(Request::PinState { token, answer }, &answers, READING)?
    }

    fn unlock(&self, pin: Pin) -> Result<Unlocked, UnlockError> {
        self.log_in(Some(pin), SIGNING)
    }

    fn unlock_without_typing(&self) -> Result<Unlocked, UnlockError> {
        self.log_in(None, AT_THE_READER)
    }
}

/// A login that the module's thread holds for us.
struct Login {
    worker: Arc<Worker>,
    unlock: UnlockId,
}

impl Signing for Login {
    fn sign(
        &self,
        credential: &Credential,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        let (answer, answers) = mpsc::channel();
        let request = Request::Sign {
            unlock: self.unlock,
            job: Box::new(Job {
                credential: credential.clone(),
                scheme,
                message: message.to_vec(),
            }),
            answer,
        };
        self.worker.ask(request, &answers, SIGNING)?
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        self.worker.tell(Request::Lock(self.unlock));
    }
}

impl From<Silence> for TokenError {
    fn from(_: Silence) -> Self {
        Self::Stopped
    }
}

impl From<Silence> for UnlockError {
    fn from(_: Silence) -> Self {
        Self::Stopped
    }
}

impl From<Silence> for SignError {
    fn from(_: Silence) -> Self {
        Self::Stopped
    }
}

const READING: Duration = Duration::from_secs(10);
/// A key may wait for a touch, or for its PIN at the reader.
const SIGNING: Duration = Duration::from_mins(1);
const AT_THE_READER: Duration = Duration::from_mins(3);
