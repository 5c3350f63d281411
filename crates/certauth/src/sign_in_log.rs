//! Filling the rows of the sign-in log.
//!
//! Every attempt leaves rows, joined by the correlation id that the person also sees. A row is
//! written before the token, the code or the page that follows from it leaves the server.

use certs::{Certificate, Presented, Trace};
use policy::{CertificateFacts, CheckLine, Factor, Recorded, Refusal};

use crate::journey::{self, Journey};
use crate::listener::Peer;
use crate::server::Server;
use crate::store::{Detail, LogRow, StoreError};

/// What an attempt is about; its rows are made from it.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    row: LogRow,
}

/// How a row ends.
#[derive(Clone, Debug)]
pub enum Outcome<'a> {
    /// It was allowed.
    Success,
    /// It was allowed, after these checks.
    Allowed(&'a Trace),
    /// It goes on: something more was asked for; 0 where nothing was refused.
    Interrupted(u32),
    /// It was refused, for a reason that the judgement explains.
    Refused(&'a Refusal),
    /// It goes on, for a reason that the judgement explains.
    Unfinished(&'a Refusal),
    /// It was refused before anything was judged.
    Failure(u32),
}

impl Attempt {
    /// An attempt of a journey.
    pub fn of(journey: &Journey, peer: Option<&Peer>) -> Self {
        Self {
            row: LogRow {
                tenant: journey.tenant.clone(),
                correlation_id: journey.correlation_id.clone(),
                account: journey
                    .proven
                    .as_ref()
                    .map(|proven| proven.recorded.account().to_owned()),
                username: journey.username.clone(),
                application: Some(journey.purpose.application.clone()),
                address: peer.map(|peer| peer.address.ip().to_string()),
                factors: words(&journey.proven_factors()),
                ..LogRow::default()
            },
        }
    }

    /// An attempt outside a journey.
    pub fn new(tenant: &str, correlation_id: &str, peer: Option<&Peer>) -> Self {
        Self {
            row: LogRow {
                tenant: tenant.to_owned(),
                correlation_id: correlation_id.to_owned(),
                address: peer.map(|peer| peer.address.ip().to_string()),
                ..LogRow::default()
            },
        }
    }

    /// Names the account.
    #[must_use]
    pub fn account(mut self, account: &policy::Account) -> Self {
        self.row.account = Some(account.id.clone());
        self.row.username = Some(account.user_principal_name.clone());
        self
    }

    /// Names the username as it was typed.
    #[must_use]
    pub fn username(mut self, username: Option<&str>) -> Self {
        self.row.username = username.map(str::to_owned);
        self
    }

    /// Names the application.
    #[must_use]
    pub fn application(mut self, application: &str) -> Self {
        self.row.application = Some(application.to_owned());
        self
    }

    /// Says what was proven.
    #[must_use]
    pub fn proven(mut self, recorded: &Recorded) -> Self {
        self.row.account = Some(recorded.account().to_owned());
        let factors: Vec<Factor> = recorded.proofs().iter().map(|proof| proof.factor).collect();
        self.row.factors = words(&factors);
        self
    }

    /// Adds the details of a certificate that was accepted.
    #[must_use]
    pub fn certificate(mut self, facts: &CertificateFacts) -> Self {
        self.row.details = accepted(facts);
        self
    }

    /// Adds the details of whatever certificate was presented.
    #[must_use]
    pub fn presented(mut self, presented: &Presented) -> Self {
        self.row.details = seen(presented);
        self
    }

    /// Adds one detail.
    #[must_use]
    pub fn detail(mut self, key: &str, value: impl Into<String>) -> Self {
        self.row.details.push(detail(key, value));
        self
    }

    /// Writes the row of a step, durably.
    ///
    /// # Errors
    /// If the store fails; whatever was to follow must then not leave the server.
    pub async fn write(
        mut self,
        server: &Server,
        step: &str,
        outcome: Outcome<'_>,
    ) -> Result<(), StoreError> {
        let explained = |refusal: &Refusal| serde_json::to_value(refusal.for_administrator()).ok();
        let (result, code, explanation) = match outcome {
            Outcome::Success => ("success", 0, None),
            Outcome::Allowed(trace) => ("success", 0, Some(checks(trace))),
            Outcome::Interrupted(code) => ("interrupted", code, None),
            Outcome::Refused(refusal) => ("failure", refusal.code(), explained(refusal)),
            Outcome::Unfinished(refusal) => ("interrupted", refusal.code(), explained(refusal)),
            Outcome::Failure(code) => ("failure", code, None),
        };
        self.row.id = server.uuid();
        self.row.created_at = server.now().unix();
        result.clone_into(&mut self.row.result);
        self.row.code = code;
        step.clone_into(&mut self.row.step);
        self.row.explanation = explanation;
        server.store.log(&[self.row]).await
    }
}

/// The checks of what was allowed, in the shape of a refusal's: that a list counted past its end, or
/// that nobody asked for one, shows here alone.
fn checks(trace: &Trace) -> serde_json::Value {
    let checks: Vec<CheckLine> = trace.lines().iter().map(CheckLine::from).collect();
    serde_json::json!({ "code": 0, "checks": checks })
}

fn words(factors: &[Factor]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for factor in factors {
        let word = journey::word(*factor);
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

fn accepted(facts: &CertificateFacts) -> Vec<Detail> {
    vec![
        detail("User certificate subject name", &facts.subject),
        detail("User certificate issuer", &facts.issuer),
        detail("User certificate serial number", &facts.serial),
        detail("User certificate thumbprint", &facts.thumbprint),
        detail("User certificate SHA-256", &facts.sha256),
        detail("User certificate valid from", facts.not_before.to_string()),
        detail("User certificate valid until", facts.not_after.to_string()),
        detail(
            "User certificate policy identifiers",
            facts.policies.join(", "),
        ),
        detail("User certificate binding", &facts.binding),
        detail(
            "User certificate authentication level",
            facts.level.directory_word(),
        ),
        detail(
            "User certificate authentication level type",
            &facts.level_type,
        ),
        detail(
            "User certificate authentication level identifier",
            &facts.level_identifier,
        ),
    ]
}

fn seen(presented: &Presented) -> Vec<Detail> {
    let Some(leaf) = presented
        .certificates
        .first()
        .and_then(|der| Certificate::from_der(der).ok())
    else {
        return Vec::new();
    };
    vec![
        detail("User certificate subject name", leaf.subject().to_string()),
        detail("User certificate issuer", leaf.issuer().to_string()),
        detail("User certificate serial number", leaf.serial_hex()),
        detail("User certificate thumbprint", leaf.thumbprint()),
        detail("User certificate SHA-256", leaf.sha256().to_string()),
        detail("User certificate valid from", leaf.not_before().to_string()),
        detail("User certificate valid until", leaf.not_after().to_string()),
        detail(
            "User certificate policy identifiers",
            leaf.policies().join(", "),
        ),
    ]
}

fn detail(key: &str, value: impl Into<String>) -> Detail {
    Detail {
        key: key.to_owned(),
        value: value.into(),
    }
}

/// A journey, a ticket or a code that is another's, or of another time, or was used.
pub mod code {
    /// The sign-in took too long, or a ticket or code was used before.
    pub const EXPIRED: u32 = 50089;
    /// The sign-in was started elsewhere.
    pub const ELSEWHERE: u32 = 90100;
    /// Too many wrong secrets.
    pub const TOO_MANY_TRIES: u32 = 50053;
}
