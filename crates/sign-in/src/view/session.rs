//! What a person who is signed in sees.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Method, Problem};

/// The signed-in screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SignedIn {
    /// The server.
    pub server: String,
    /// The person's name.
    pub name: String,
    /// The username.
    pub username: String,
    /// The organisation's name.
    pub tenant: String,
    /// When the person signed in.
    #[ts(type = "number")]
    pub since: i64,
    /// Until when the session lasts.
    #[ts(type = "number")]
    pub until: i64,
    /// How strong the sign-in was.
    pub strength: Strength,
    /// What was proven.
    pub factors: Vec<Method>,
    /// The certificate, where one was used.
    pub certificate: Option<UsedCertificate>,
    /// The person's applications; none until the server has answered.
    pub apps: Option<Vec<App>>,
    /// Whether the session is kept in memory only because no keyring can be used.
    pub memory_only: bool,
    /// Something that went wrong since.
    pub problem: Option<Problem>,
    /// The application being opened.
    pub opening: Option<String>,
}

/// How strong a sign-in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Strength {
    /// One factor.
    SingleFactor,
    /// Two factors, or one that counts as two.
    MultiFactor,
}

/// The certificate of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct UsedCertificate {
    /// SHA-256 of the certificate, lowercase hex.
    pub sha256: String,
    /// The issuer's common name.
    pub issuer: String,
    /// Valid until.
    #[ts(type = "number")]
    pub not_after: i64,
    /// The token's name.
    pub token: String,
}

/// An application of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct App {
    /// The application's identifier, its `client_id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// Whether it asks for two factors.
    pub multi_factor: bool,
}
