//! What a person sees when the sign-in ended otherwise: the fault, what was checked, and what to do.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The error screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ErrorScreen {
    /// What happened.
    pub fault: Fault,
    /// The server's correlation ID, where it gave one.
    pub correlation_id: Option<String>,
    /// When it happened.
    #[ts(type = "number")]
    pub at: i64,
    /// What the server checked, in order; the failed one is last but for those not checked.
    pub checks: Vec<CheckLine>,
    /// What the person can do, first the one to suggest.
    pub actions: Vec<Action>,
}

/// Why a sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "fault",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Fault {
    /// The server refused, with one of its codes.
    Refused {
        /// The code, 500171 for a revoked certificate.
        code: u32,
    },
    /// The server did not ask for a certificate.
    NotAsked,
    /// The handshake failed.
    Handshake {
        /// The alert or cause.
        cause: String,
    },
    /// The server gives no answer.
    Unreachable {
        /// What the connection said.
        cause: String,
    },
    /// The server said something that cannot be understood.
    Protocol {
        /// What was wrong.
        cause: String,
    },
    /// The token failed.
    Token {
        /// What it said.
        cause: String,
    },
}

/// One check of the server's trace, as the person may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CheckLine {
    /// Which check: `key`, `path`, `time`, `purpose`, `revocation`, `scope`, `account`, `strength`, …
    pub check: String,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// The certificate it was about.
    pub certificate: Option<String>,
    /// What was wanted.
    pub expected: Option<String>,
    /// What was there.
    pub found: Option<String>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CheckOutcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It was not reached.
    NotChecked,
}

/// What a person can do on the error screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Action {
    /// Back to the picker.
    ChooseAnother,
    /// Back to the ways to sign in.
    OtherWays,
    /// The same again.
    TryAgain,
    /// Back to the account screen.
    StartOver,
}
