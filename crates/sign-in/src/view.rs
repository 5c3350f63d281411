//! What a person sees: one [`View`] is enough to draw a screen, in a window or a terminal.
//!
//! Values are codes, names and times, never sentences: the words belong to whoever draws them.
//! Times are seconds since 1970-01-01T00:00:00Z.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use self::cards::{CardService, PinEntry, Reader, ReaderState, Through, TouchPrompt};
pub use self::certificates::{
    CertificateDetails, CertificateRow, ModuleFailure, Picker, Reason, RowWarning, TokenGroup,
    TokenKind, TokenLabel, Unusable,
};
pub use self::ending::{Action, CheckLine, CheckOutcome, ErrorScreen, Fault};
pub use self::pin::{PinProblem, PinPrompt};
pub use self::session::{App, SignedIn, Strength, UsedCertificate};

mod cards;
mod certificates;
mod ending;
mod pin;
mod session;

/// One picture of the conversation: the badge, the tokens at hand, and the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct View {
    /// Who the person is here, and what has been proven.
    pub badge: Badge,
    /// The tokens that are plugged in, for the foot of the rail.
    pub tokens: Vec<TokenLabel>,
    /// How the service is that cards are reached through.
    pub card_service: CardService,
    /// What fills the rest of the window.
    pub screen: Screen,
}

/// The badge on the lanyard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Badge {
    /// The person's name, known from this device's memory or the chosen certificate.
    pub name: Option<String>,
    /// The username that was typed or remembered.
    pub address: Option<String>,
    /// The organisation's name.
    pub tenant: Option<String>,
    /// One line for each proof, in the order in which they are asked for.
    pub proofs: Vec<ProofLine>,
}

/// A line of the badge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ProofLine {
    /// What is proven.
    pub proof: Proof,
    /// How far it got.
    pub state: ProofState,
}

/// What a line of the badge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Proof {
    /// The username.
    Account,
    /// A certificate was chosen.
    Certificate,
    /// The token accepted the PIN and signed.
    Pin,
    /// The token was touched.
    Touch,
    /// The password.
    Password,
    /// A one-time code.
    Code,
    /// The server let the person in.
    SignIn,
}

/// How far a proof got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum ProofState {
    /// Not asked for yet.
    ToDo,
    /// Being asked for.
    Now,
    /// Given and accepted.
    Done,
    /// Given and refused.
    Failed,
}

/// What fills the window beside the badge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Screen {
    /// Who is signing in, and where.
    Account {
        /// The server's address as the person typed it, `https://login.example`.
        server: String,
        /// The username so far.
        username: String,
        /// Accounts that signed in on this device, newest first.
        recent: Vec<RecentAccount>,
        /// Why the last try did not get further.
        problem: Option<Problem>,
        /// Whether the server is being asked.
        busy: bool,
    },
    /// Which way to sign in.
    Method {
        /// The ways the server offers, first the one to suggest.
        methods: Vec<Method>,
    },
    /// Which certificate.
    Picker(Picker),
    /// The PIN of the chosen certificate's token.
    Pin(Box<PinPrompt>),
    /// The chosen certificate's token waits for a touch.
    Touch(Box<TouchPrompt>),
    /// The password, as the first factor.
    Password {
        /// What was wrong with the last one.
        problem: Option<Problem>,
        /// Whether the server is checking it.
        busy: bool,
    },
    /// What is asked for beside the first factor.
    SecondFactor {
        /// What was proven already.
        proven: Vec<Method>,
        /// The ways to give the second factor, first the one shown.
        offers: Vec<Method>,
        /// The one being asked for.
        asking: Method,
        /// The application that asks for it; none when it is the sign-in itself.
        application: Option<String>,
        /// What was wrong with the last one.
        problem: Option<Problem>,
        /// Whether the server is checking it.
        busy: bool,
    },
    /// Something takes a while.
    Progress {
        /// What is being done.
        doing: Doing,
    },
    /// The person is in.
    SignedIn(Box<SignedIn>),
    /// The sign-in ended without success.
    Error(Box<ErrorScreen>),
}

/// An account this device remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RecentAccount {
    /// The server it signed in to.
    pub server: String,
    /// The username.
    pub username: String,
    /// The person's name.
    pub name: Option<String>,
    /// Whether it is signed in on this device.
    pub signed_in: bool,
}

/// A way to prove who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Method {
    /// A certificate whose key a token holds.
    Certificate,
    /// A password.
    Password,
    /// A one-time code of RFC 6238.
    Code,
}

/// Something that a person can put right on the same screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "problem",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Problem {
    /// The server's address cannot be read.
    ServerAddress,
    /// The server gives no answer.
    Unreachable {
        /// What the connection said.
        cause: String,
    },
    /// The server's own certificate is not trusted on this device.
    ServerNotTrusted {
        /// What the check said.
        cause: String,
    },
    /// The server is not an identity server that Lanyard can talk to.
    NotAnIdentityServer,
    /// A username is missing.
    UsernameMissing,
    /// The username or password was not right.
    NotRight,
    /// The code was not right, or was used before.
    CodeNotRight,
    /// Too many tries; seconds until the next.
    SlowDown {
        /// Seconds to wait.
        seconds: u32,
    },
    /// The sign-in took too long and starts again.
    Expired,
    /// The person was signed out by the server or an administrator.
    SignedOut,
}

/// What takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Doing {
    /// Looking for a session in the keyring.
    Starting,
    /// Talking to the server.
    Contacting,
    /// The token signs, the server judges.
    Signing,
    /// Tokens are being issued and kept.
    Finishing,
    /// Signing out here and at the server.
    SigningOut,
}
