//! What a module's helper process is asked and what it answers: plain data.
//!
//! A PIN is not among it. It follows a request in a frame of its own
//! ([`protocol`](crate::helper::protocol)), so that no encoder ever holds a copy.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    Cause, FailedCall, PinState, PrivateKey, Scheme, SignError, TokenDescription, TokenError,
    TokenKind, UnlockError,
};

/// A question to the helper of one module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Load this module, whose path is given as the system's bytes. It comes first, and once.
    Load { module: Vec<u8> },
    /// Look at every slot. Several answers, the last of them [`Answer::Done`].
    Scan,
    /// Read the certificates of one token.
    Credentials { token: Address },
    /// Ask for the state of one token's PIN.
    PinState { token: Address },
    /// Log in. Where the PIN is typed, its frame follows; otherwise it is entered on the reader or
    /// not needed.
    Unlock { token: Address, typed: bool },
    /// Sign what a TLS client signs.
    Sign { unlock: UnlockId, job: Job },
    /// Log out.
    Lock { unlock: UnlockId },
}

impl Request {
    /// Whether asking twice does no more than asking once: no PIN is tried and nothing is signed.
    pub(crate) fn may_be_repeated(&self) -> bool {
        match self {
            Self::Scan | Self::Credentials { .. } | Self::PinState { .. } => true,
            Self::Load { .. } | Self::Unlock { .. } | Self::Sign { .. } | Self::Lock { .. } => {
                false
            }
        }
    }

    /// Whether this answer is one to this question, and whether it is the last.
    pub(crate) fn takes(&self, answer: &Answer) -> Option<Last> {
        match (self, answer) {
            (Self::Scan, Answer::Token(_) | Answer::SlotFailed { .. }) => Some(Last::No),
            (Self::Load { .. }, Answer::Loaded(_))
            | (Self::Scan, Answer::Done(_))
            | (Self::Credentials { .. }, Answer::Credentials(_))
            | (Self::PinState { .. }, Answer::PinState(_))
            | (Self::Unlock { .. }, Answer::Unlocked(_))
            | (Self::Sign { .. }, Answer::Signed(_))
            | (Self::Lock { .. }, Answer::Locked) => Some(Last::Yes),
            (
                Self::Load { .. }
                | Self::Scan
                | Self::Credentials { .. }
                | Self::PinState { .. }
                | Self::Unlock { .. }
                | Self::Sign { .. }
                | Self::Lock { .. },
                _,
            ) => None,
        }
    }
}

/// Whether more answers follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    Yes,
    No,
}

/// One signature to make, and by what its key is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) certificate: Vec<u8>,
    pub(crate) label: String,
    pub(crate) key_id: Vec<u8>,
    pub(crate) scheme: Scheme,
    pub(crate) message: Vec<u8>,
}

/// What the helper of a module says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    Loaded(Result<(), Cause>),
    Token(Box<SeenToken>),
    SlotFailed { slot: u64, failed: FailedCall },
    Done(Result<About, Cause>),
    Credentials(Result<Vec<SeenCertificate>, TokenError>),
    PinState(Result<PinState, TokenError>),
    Unlocked(Result<UnlockId, UnlockError>),
    Signed(Result<Vec<u8>, SignError>),
    Locked,
}

/// One token with what shows before any login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SeenToken {
    pub(crate) address: Address,
    pub(crate) pin: PinState,
    pub(crate) certificates: Vec<SeenCertificate>,
}

/// One certificate as the module shows it. What the certificate itself says is read from it by
/// whoever asked, so the helper has no say in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SeenCertificate {
    pub(crate) der: Vec<u8>,
    pub(crate) label: String,
    pub(crate) key_id: Vec<u8>,
    pub(crate) private_key: PrivateKey,
    pub(crate) schemes: Vec<Scheme>,
}

/// What a module says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) description: String,
    pub(crate) manufacturer: String,
    pub(crate) version: String,
}

/// By what a token is found again: slot numbers move when readers come and go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) label: String,
    pub(crate) serial: String,
    pub(crate) model: String,
    pub(crate) manufacturer: String,
    /// The slot it was last seen in, which decides between tokens that share all names.
    pub(crate) slot: u64,
}

impl Address {
    pub(crate) fn description(&self, module: PathBuf) -> TokenDescription {
        TokenDescription {
            kind: TokenKind::Pkcs11 { module },
            label: self.label.clone(),
            serial: self.serial.clone(),
            model: self.model.clone(),
            manufacturer: self.manufacturer.clone(),
        }
    }

    /// Whether the other address names the same token, wherever it is plugged in.
    pub(crate) fn same_token(&self, other: &Self) -> bool {
        self.label == other.label
            && self.serial == other.serial
            && self.model == other.model
            && self.manufacturer == other.manufacturer
    }
}

/// One login, as one helper process counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct UnlockId(pub(crate) u64);
