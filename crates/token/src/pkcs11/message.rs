//! What is said to and by the thread of a module: plain data, and where to send the answer.

use std::path::PathBuf;
use std::sync::mpsc::Sender;

use crate::{
    Cause, Credential, FailedCall, Pin, PinState, Scheme, SignError, TokenDescription, TokenError,
    TokenKind, UnlockError,
};

/// A question to a module's thread.
pub(super) enum Request {
    /// Look at every slot. Several answers, the last of them [`Scanned::Done`].
    Scan(Sender<Scanned>),
    /// Read the certificates of one token.
    Credentials {
        token: Address,
        answer: Sender<Result<Vec<Credential>, TokenError>>,
    },
    /// Ask for the state of one token's PIN.
    PinState {
        token: Address,
        answer: Sender<Result<PinState, TokenError>>,
    },
    /// Log in. Without a PIN, it is entered on the reader or not needed.
    Unlock {
        token: Address,
        pin: Option<Pin>,
        answer: Sender<Result<UnlockId, UnlockError>>,
    },
    /// Sign what a TLS client signs.
    Sign {
        unlock: UnlockId,
        job: Box<Job>,
        answer: Sender<Result<Vec<u8>, SignError>>,
    },
    /// Log out.
    Lock(UnlockId),
}

/// One signature to make.
pub(super) struct Job {
    pub(super) credential: Credential,
    pub(super) scheme: Scheme,
    pub(super) message: Vec<u8>,
}

/// What a scan finds.
pub(super) enum Scanned {
    Token(Box<ScannedToken>),
    SlotFailed { slot: u64, failed: FailedCall },
    Done(Result<About, Cause>),
}

/// One token with what shows before any login.
pub(super) struct ScannedToken {
    pub(super) address: Address,
    pub(super) description: TokenDescription,
    pub(super) pin: PinState,
    pub(super) credentials: Vec<Credential>,
}

/// What a module says of itself.
pub(crate) struct About {
    pub(crate) description: String,
    pub(crate) manufacturer: String,
    pub(crate) version: String,
}

/// By what a token is found again: slot numbers move when readers come and go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) label: String,
    pub(super) serial: String,
    pub(super) model: String,
    pub(super) manufacturer: String,
    /// The slot it was last seen in, which decides between tokens that share all names.
    pub(super) slot: u64,
}

impl Address {
    pub(super) fn description(&self, module: PathBuf) -> TokenDescription {
        TokenDescription {
            kind: TokenKind::Pkcs11 { module },
            label: self.label.clone(),
            serial: self.serial.clone(),
            model: self.model.clone(),
            manufacturer: self.manufacturer.clone(),
        }
    }

    /// Whether the other address names the same token, wherever it is plugged in.
    pub(super) fn same_token(&self, other: &Self) -> bool {
        self.label == other.label
            && self.serial == other.serial
            && self.model == other.model
            && self.manufacturer == other.manufacturer
    }
}

/// One login, as the thread counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct UnlockId(pub(super) u64);
