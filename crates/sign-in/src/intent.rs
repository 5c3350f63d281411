//! What a person wants: the only things that a window or a terminal can ask of the conversation.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::view::Method;

/// One wish. Secrets are no part of it: a PIN, a password and a code have ways of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "intent",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Intent {
    /// Sign in this account at this server.
    EnterAccount {
        /// The server's address.
        server: String,
        /// The username.
        username: String,
    },
    /// Take this way to sign in.
    ChooseMethod {
        /// The way.
        method: Method,
    },
    /// Mark this certificate.
    SelectCertificate {
        /// SHA-256 of the certificate, lowercase hex.
        sha256: String,
    },
    /// Go on with this certificate.
    UseCertificate {
        /// SHA-256 of the certificate, lowercase hex.
        sha256: String,
        /// Whether to mark it the next time at this server.
        remember: bool,
        /// Whether to send it though it does not fit.
        anyway: bool,
    },
    /// Unlock the chosen certificate's token without a PIN from here: its reader asks for it, or
    /// the key wants none.
    Unlock,
    /// Read the tokens again.
    LookAgain,
    /// Give the second factor in this way.
    AskFor {
        /// The way.
        method: Method,
    },
    /// See the other ways to sign in.
    OtherWays,
    /// Choose another certificate.
    ChooseAnother,
    /// Try the same again.
    TryAgain,
    /// One step back.
    Back,
    /// Leave the sign-in and begin at the account screen.
    StartOver,
    /// Open this application.
    OpenApp {
        /// The application's identifier.
        id: String,
    },
    /// Ask the server for the applications again.
    RefreshApps,
    /// Forget an account that this device remembers, and sign it out.
    ForgetAccount {
        /// The server.
        server: String,
        /// The username.
        username: String,
    },
    /// Sign out, here and at the server.
    SignOut,
}
