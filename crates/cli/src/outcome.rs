//! How a command ended, as the shell sees it.

use std::process::ExitCode;

/// The exit codes that `--help` documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Signed in, or done.
    Done,
    /// The server or the token refused.
    Refused,
    /// The command was not used as it should be.
    Usage,
    /// The server or the token cannot be reached.
    Unreachable,
    /// The person stopped it.
    Stopped,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0_u8,
            Outcome::Refused => 1,
            Outcome::Usage => 2,
            Outcome::Unreachable => 3,
            Outcome::Stopped => 130,
        })
    }
}

/// Why a command could not do what it was asked for, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) outcome: Outcome,
    pub(crate) words: String,
}

impl Trouble {
    pub(crate) fn new(outcome: Outcome, words: impl Into<String>) -> Self {
        Self {
            outcome,
            words: words.into(),
        }
    }
}
