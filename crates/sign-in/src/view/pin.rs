//! What the PIN prompt shows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CertificateRow, PinEntry, Through, TokenLabel};

/// The PIN prompt.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent fact of the prompt"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PinPrompt {
    /// The token that asks.
    pub token: TokenLabel,
    /// Which way the token is spoken to.
    pub through: Through,
    /// The certificate it is for; `gone` while its token is out.
    pub certificate: CertificateRow,
    /// Where the PIN is given.
    pub entry: PinEntry,
    /// Fewest characters the token takes.
    pub shortest: u8,
    /// Most characters the token takes.
    pub longest: u8,
    /// Whether only digits are taken.
    pub digits_only: bool,
    /// Whether the next wrong PIN blocks the token.
    pub last_try: bool,
    /// Whether the PIN is still the one that the card left its factory with.
    pub factory_pin: bool,
    /// What was wrong with the last one.
    pub problem: Option<PinProblem>,
    /// Whether the token is checking it, or the reader waits for it.
    pub busy: bool,
}

/// Why a token made no signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "problem",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum PinProblem {
    /// The token refused it.
    Wrong {
        /// Tries left, where the token gives a number.
        tries_left: Option<u8>,
    },
    /// It is shorter or longer than the token takes; the token was not asked.
    Length,
    /// The PIN is blocked.
    Blocked,
    /// The token was removed.
    Removed,
    /// The PIN was given up on the reader, or not entered there in time.
    Cancelled,
    /// The token was not touched in time.
    NotTouched,
    /// Another program keeps the card to itself.
    InUse {
        /// The program, where the system can tell.
        by: Option<String>,
    },
    /// The token refused to sign.
    Token {
        /// What it said.
        cause: String,
    },
}
