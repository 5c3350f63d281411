use serde::{Deserialize, Serialize};

use crate::strength::Strength;

/// A person's account, as far as a decision looks at it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what is enrolled is a set of named facts, each for itself"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's id.
    pub id: String,
    /// The username, `lee@meridian.example`.
    pub user_principal_name: String,
    /// The username in the directory on the premises, where there is one.
    #[serde(default)]
    pub on_premises_user_principal_name: Option<String>,
    /// Certificate values of the account, each with its prefix: `X509:<PN>…`, `X509:<SKI>…`.
    #[serde(default)]
    pub certificate_user_ids: Vec<String>,
    /// The person's name.
    pub display_name: String,
    /// Whether the account may sign in at all.
    pub enabled: bool,
    /// Ids of the groups the account belongs to.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether a password is set.
    #[serde(default)]
    pub has_password: bool,
    /// Whether a one-time code is enrolled.
    #[serde(default)]
    pub has_code: bool,
    /// Whether a passkey is enrolled.
    #[serde(default)]
    pub has_passkey: bool,
}

/// An application, as far as a decision looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The `client_id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it asks for.
    pub requires: Requirement,
}

/// What an application asks for, beside what conditional access policies ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// One factor.
    Any,
    /// Two factors, or one that counts as two.
    MultiFactor,
}

impl Requirement {
    /// Whether a proof of this strength is enough.
    #[must_use]
    pub const fn is_met_by(self, strength: Strength) -> bool {
        match (self, strength) {
            (Self::Any, Strength::SingleFactor | Strength::MultiFactor)
            | (Self::MultiFactor, Strength::MultiFactor) => true,
            (Self::MultiFactor, Strength::SingleFactor) => false,
        }
    }
}
