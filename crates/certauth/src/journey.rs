//! One sign-in, from the first question to the answer.
//!
//! A journey is what the server remembers between two requests of one sign-in. Pages and the
//! authorization challenge endpoint are two faces of the same journey: both turn what they are
//! sent into an [`Event`], and show what the [`Step`] says.
//!
//! A journey belongs to whoever began it ([`Binding`]); [`held`] is the only way to get at one, and
//! it asks for that proof.

use policy::{Explanation, Factor, Lacking, Recorded};
use serde::{Deserialize, Serialize};

pub mod conduct;
pub mod held;
pub mod judge;
pub mod turn;

pub use turn::{Event, Turn};

/// A sign-in on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    /// Joins its log rows; the person reads it on error pages.
    pub correlation_id: String,
    /// The tenant's id.
    pub tenant: String,
    /// Whose it is.
    pub binding: Binding,
    /// What it is for.
    pub purpose: Purpose,
    /// The first factors of the tenant, the same for every username.
    pub ways: Vec<Factor>,
    /// The username as it was typed.
    pub username: Option<String>,
    /// What was proven so far.
    pub proven: Option<Proven>,
    /// Where it stands.
    pub step: Step,
}

/// Who may go on with a journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// The browser that holds the cookie with this SHA-256.
    Browser(String),
    /// Whoever signs with the key of this JWK thumbprint.
    DeviceKey(String),
}

/// What a journey is for: the authorization request it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// The client that asked.
    pub client: String,
    /// The application whose rules count.
    pub application: String,
    /// Where the answer goes; none for the challenge endpoint.
    pub redirect_uri: Option<String>,
    /// Granted scopes, separated by spaces.
    pub scope: String,
    /// The client's `state`.
    pub state: Option<String>,
    /// The client's `nonce`.
    pub nonce: Option<String>,
    /// PKCE challenge, S256.
    pub code_challenge: String,
    /// Key that the code is bound to, if the client named one.
    pub code_key: Option<String>,
    /// The session that the journey raises; its tokens stay.
    pub session: Option<String>,
}

/// A first factor that holds, where the application asks for a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proven {
    /// What was proven, for whom.
    pub recorded: Recorded,
    /// What would do as second factor, the first to suggest first.
    pub offers: Vec<Factor>,
    /// What each of them has to be.
    #[serde(default)]
    pub lacking: Vec<Lacking>,
    /// When it no longer counts, Unix seconds.
    pub ends: i64,
}

/// Where a journey stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The person is asked who they are.
    Username,
    /// The person chooses how to prove it.
    Choose,
    /// One way was chosen.
    Asked {
        /// The way.
        factor: Factor,
        /// Why it is asked again.
        problem: Option<Problem>,
    },
    /// The last try was refused; the other ways stay open.
    Refused(Refused),
    /// The answer was given.
    Done,
}

/// Why a secret is asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It was not right.
    NotRight,
    /// There were too many tries; the next one counts after so many seconds.
    TooMany(u32),
}

/// A refusal as the person may read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The way that was tried.
    pub factor: Factor,
    /// Why it did not do.
    pub explanation: Explanation,
    /// When, Unix seconds.
    pub at: i64,
}

impl Journey {
    /// The ways that are open.
    pub fn open(&self) -> &[Factor] {
        match &self.proven {
            Some(proven) => &proven.offers,
            None => &self.ways,
        }
    }

    /// What a proof of this factor has to be, where one was given already; nothing is told before.
    pub fn lacking(&self, factor: Factor) -> Vec<&Lacking> {
        let all = self.proven.iter().flat_map(|proven| &proven.lacking);
        all.filter(|one| word(one.factor) == word(factor)).collect()
    }

    /// The way that is asked for: the chosen one, or the first of the second factors.
    pub fn asked(&self) -> Option<Factor> {
        match &self.step {
            Step::Asked { factor, .. } => Some(*factor),
            Step::Username | Step::Choose | Step::Refused(_) | Step::Done => None,
        }
    }

    /// The factors that were proven, in words for the log and the challenge endpoint.
    pub fn proven_factors(&self) -> Vec<Factor> {
        self.proven
            .iter()
            .flat_map(|proven| proven.recorded.proofs())
            .map(|proof| proof.factor)
            .collect()
    }
}

/// The directory's and the wire's word for a factor.
pub const fn word(factor: Factor) -> &'static str {
    match factor {
        Factor::Certificate => "certificate",
        Factor::Password => "password",
        Factor::Code => "code",
        Factor::Passkey { .. } => "passkey",
    }
}

/// Reads a factor's word.
pub fn factor(word: &str) -> Option<Factor> {
    match word {
        "certificate" => Some(Factor::Certificate),
        "password" => Some(Factor::Password),
        "code" => Some(Factor::Code),
        _ => None,
    }
}

/// How long a journey may take, in seconds.
pub const LIFETIME: i64 = 15 * 60;
