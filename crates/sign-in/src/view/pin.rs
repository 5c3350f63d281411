//! What the PIN prompt shows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CertificateRow, TokenLabel};

/// The PIN prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PinPrompt {
    /// The token that asks.
    pub token: TokenLabel,
    /// The certificate it is for.
    pub certificate: CertificateRow,
    /// Fewest characters the token takes.
    pub shortest: u8,
    /// Most characters the token takes.
    pub longest: u8,
    /// Whether only digits are taken.
    pub digits_only: bool,
    /// Whether the next wrong PIN blocks the token.
    pub last_try: bool,
    /// What was wrong with the last one.
    pub problem: Option<PinProblem>,
    /// Whether the token is checking it.
    pub busy: bool,
}

/// What was wrong with a PIN.
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
    /// The token refused to sign.
    Token {
        /// What it said.
        cause: String,
    },
}
