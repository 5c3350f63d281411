//! Cards in readers, and what a card asks of a person while it signs.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CertificateRow, TokenLabel};

/// Where the PIN of a certificate is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum PinEntry {
    /// It is typed here.
    Typed,
    /// It is entered on the reader's own pad.
    OnReader,
    /// The key signs without one, as that of PIV slot 9E does (SP 800-73pt1-5).
    NotNeeded,
}

/// Which way a token is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Through {
    /// As a PIV card, over the card service; Lanyard itself can change and unblock its PIN.
    Reader,
    /// Through a PKCS #11 module.
    Module,
}

/// A signature that waits until a person touches the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TouchPrompt {
    /// The token that waits.
    pub token: TokenLabel,
    /// The certificate whose key signs.
    pub certificate: CertificateRow,
    /// The origin of the server that asks.
    pub server: String,
    /// The application that the person opens; none when it is the sign-in itself.
    pub application: Option<String>,
    /// When the token began to wait.
    #[ts(type = "number")]
    pub since: i64,
    /// After how many seconds the token gives up.
    pub seconds: u8,
    /// Whether the token says that it wants a touch; otherwise its silence suggests it.
    pub certain: bool,
}

/// A card reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Reader {
    /// Its name, which no other reader has at the same time.
    pub name: String,
    /// What is in it.
    pub state: ReaderState,
}

/// What is in a card reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum ReaderState {
    /// Nothing.
    Empty,
    /// A card that was read; it is a token of its own.
    Read,
    /// A card that gives no answer.
    Mute,
    /// A card without an application that signs people in.
    OtherCard,
    /// A card that another program keeps to itself.
    InUse {
        /// The program, where the system can tell.
        by: Option<String>,
    },
}

/// How the service is that all cards are reached through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "service",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum CardService {
    /// It runs, or nothing else is known.
    #[default]
    Running,
    /// It is not installed.
    NotInstalled,
    /// It is installed and does not run.
    Stopped,
    /// This person may not use it.
    Denied,
    /// It failed.
    Failed {
        /// What it said.
        cause: String,
    },
}
