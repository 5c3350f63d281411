//! What goes wrong with a card, and what it comes to for whoever asked.

use super::apdu::Instruction;
use super::status::StatusWord;
use super::transport::Fault;
use crate::pcsc::holder;
use crate::{
    ChangePinError, FailedCall, ReaderState, SignError, TokenError, UnblockError, UnlockError,
};

/// Why a card did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CardError {
    /// The way to the card failed.
    Fault(Fault),
    /// The card answered with another status word than `9000`.
    Refused {
        instruction: Instruction,
        status: StatusWord,
    },
    /// The card's answer is not what the standard says.
    Malformed { instruction: Instruction },
}

impl CardError {
    pub(crate) const fn refused(instruction: Instruction, status: StatusWord) -> Self {
        Self::Refused {
            instruction,
            status,
        }
    }

    pub(crate) const fn malformed(instruction: Instruction) -> Self {
        Self::Malformed { instruction }
    }

    /// The status word, when there is one.
    pub(crate) const fn status(&self) -> Option<StatusWord> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Fault(_) | Self::Malformed { .. } => None,
        }
    }

    /// The command and what came of it.
    pub(crate) fn failed_call(&self) -> FailedCall {
        match self {
            Self::Fault(fault) => fault.failed_call(),
            Self::Refused {
                instruction,
                status,
            } => FailedCall {
                call: instruction.name().to_owned(),
                code: status.to_string(),
            },
            Self::Malformed { instruction } => FailedCall {
                call: instruction.name().to_owned(),
                code: "something that is no answer".to_owned(),
            },
        }
    }
}

impl From<Fault> for CardError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<CardError> for TokenError {
    fn from(error: CardError) -> Self {
        match &error {
            CardError::Fault(Fault::Removed) => Self::Removed,
            CardError::Fault(Fault::InUse) => Self::InUse { by: holder::name() },
            CardError::Fault(
                Fault::Reset | Fault::Mute | Fault::Denied | Fault::NoService | Fault::Other(_),
            )
            | CardError::Refused { .. }
            | CardError::Malformed { .. } => Self::Other(error.failed_call()),
        }
    }
}

impl From<CardError> for UnlockError {
    fn from(error: CardError) -> Self {
        match &error {
            CardError::Fault(Fault::Removed) => Self::Removed,
            CardError::Fault(Fault::InUse) => Self::InUse { by: holder::name() },
            CardError::Fault(Fault::Reset) => Self::Interrupted,
            CardError::Refused { status, .. } if *status == StatusWord::BLOCKED => Self::Locked,
            CardError::Fault(Fault::Mute | Fault::Denied | Fault::NoService | Fault::Other(_))
            | CardError::Refused { .. }
            | CardError::Malformed { .. } => Self::Other(error.failed_call()),
        }
    }
}

impl From<CardError> for SignError {
    fn from(error: CardError) -> Self {
        match &error {
            CardError::Fault(Fault::Removed) => Self::Removed,
            CardError::Fault(Fault::InUse) => Self::InUse { by: holder::name() },
            CardError::Fault(Fault::Reset) => Self::LockedAgain,
            CardError::Malformed {
                instruction: Instruction::GeneralAuthenticate,
            } => Self::Malformed,
            CardError::Fault(Fault::Mute | Fault::Denied | Fault::NoService | Fault::Other(_))
            | CardError::Refused { .. }
            | CardError::Malformed { .. } => Self::Other(error.failed_call()),
        }
    }
}

impl From<CardError> for ReaderState {
    fn from(error: CardError) -> Self {
        match &error {
            CardError::Fault(Fault::Removed) => Self::Empty,
            CardError::Fault(Fault::InUse) => Self::InUse { by: holder::name() },
            CardError::Fault(Fault::Mute) => Self::Mute,
            CardError::Fault(Fault::Reset | Fault::Denied | Fault::NoService | Fault::Other(_))
            | CardError::Refused { .. }
            | CardError::Malformed { .. } => Self::Failed(error.failed_call()),
        }
    }
}

impl From<CardError> for ChangePinError {
    fn from(error: CardError) -> Self {
        match &error {
            CardError::Fault(Fault::Removed) => Self::Removed,
            CardError::Fault(Fault::InUse) => Self::InUse { by: holder::name() },
            CardError::Fault(
                Fault::Reset | Fault::Mute | Fault::Denied | Fault::NoService | Fault::Other(_),
            )
            | CardError::Refused { .. }
            | CardError::Malformed { .. } => Self::Other(error.failed_call()),
        }
    }
}

impl From<CardError> for UnblockError {
    fn from(error: CardError) -> Self {
        match &error {
            CardError::Fault(Fault::Removed) => Self::Removed,
            CardError::Fault(Fault::InUse) => Self::InUse { by: holder::name() },
            CardError::Fault(
                Fault::Reset | Fault::Mute | Fault::Denied | Fault::NoService | Fault::Other(_),
            )
            | CardError::Refused { .. }
            | CardError::Malformed { .. } => Self::Other(error.failed_call()),
        }
    }
}
