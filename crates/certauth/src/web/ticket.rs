//! The way to the certauth host and back.
//!
//! A ticket names the journey to the certauth host, five minutes, once. What the certauth host saw
//! waits under a result code, sixty seconds, once, and counts only in the journey of the ticket.
//! The certauth host itself never moves a journey.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::journey::Binding;
use crate::journey::held::Held;
use crate::server::{Server, sha256_hex};
use crate::sign_in_log::{self, Attempt, Outcome};
use crate::store::{Once, OnceKind, StoreError};

/// What a ticket stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The journey's id.
    pub journey: String,
    /// The tenant.
    pub tenant: String,
    /// Joins the log rows of the sign-in.
    pub correlation_id: String,
    /// The username as it was typed.
    pub username: Option<String>,
    /// The application whose rules count.
    pub application: String,
    /// Whether a browser began the journey.
    pub browser: bool,
}

/// What the certauth host saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The journey's id.
    pub journey: String,
    /// The tenant.
    pub tenant: String,
    /// Joins the log rows of the sign-in.
    pub correlation_id: String,
    /// The certificates of the handshake, DER in base64, the leaf first; empty if none.
    pub certificates: Vec<String>,
}

/// Makes a ticket for a journey.
///
/// # Errors
/// If the store fails.
pub async fn issue(server: &Server, held: &Held) -> Result<String, StoreError> {
    let journey = &held.journey;
    let ticket = Ticket {
        journey: held.id.clone(),
        tenant: journey.tenant.clone(),
        correlation_id: journey.correlation_id.clone(),
        username: journey.username.clone(),
        application: journey.purpose.application.clone(),
        browser: matches!(journey.binding, Binding::Browser(_)),
    };
    put(server, OnceKind::CertauthTicket, &ticket, TICKET_LIFETIME).await
}

/// Uses a ticket up.
///
/// # Errors
/// If the store fails.
pub async fn take(server: &Server, ticket: &str) -> Result<Option<Ticket>, StoreError> {
    take_once(server, OnceKind::CertauthTicket, ticket).await
}

/// Keeps what the certauth host saw, and hands out its code.
///
/// # Errors
/// If the store fails.
pub async fn issue_result(
    server: &Server,
    ticket: Ticket,
    certificates: &[Vec<u8>],
) -> Result<String, StoreError> {
    let seen = Seen {
        journey: ticket.journey,
        tenant: ticket.tenant,
        correlation_id: ticket.correlation_id,
        certificates: certificates
            .iter()
            .take(MOST_CERTIFICATES)
            .map(|der| STANDARD.encode(der))
            .collect(),
    };
    put(server, OnceKind::CertauthResult, &seen, RESULT_LIFETIME).await
}

/// Uses a result code up.
///
/// # Errors
/// If the store fails.
pub async fn take_result(server: &Server, code: &str) -> Result<Option<Seen>, StoreError> {
    take_once(server, OnceKind::CertauthResult, code).await
}

/// Writes that somebody else tried to go on with a sign-in.
///
/// # Errors
/// If the store fails.
pub async fn elsewhere(server: &Server, attempt: Attempt, step: &str) -> Result<(), StoreError> {
    attempt
        .detail("Reason", "this sign-in was started elsewhere")
        .write(server, step, Outcome::Failure(sign_in_log::code::ELSEWHERE))
        .await
}

impl Seen {
    /// The certificates, to be judged.
    pub fn presented(&self) -> certs::Presented {
        certs::Presented {
            certificates: self
                .certificates
                .iter()
                .filter_map(|text| STANDARD.decode(text).ok())
                .collect(),
        }
    }
}

async fn put(
    server: &Server,
    kind: OnceKind,
    payload: &(impl Serialize + Sync),
    lifetime: i64,
) -> Result<String, StoreError> {
    let value = server.random_token();
    let payload = serde_json::to_string(payload).map_err(|cause| StoreError::Unreadable {
        what: "ticket",
        cause,
    })?;
    server
        .store
        .put_once(&Once {
            kind,
            key_sha256: sha256_hex(value.as_bytes()),
            payload,
            expires_at: server.now().plus(lifetime).unix(),
        })
        .await?;
    Ok(value)
}

async fn take_once<T: DeserializeOwned>(
    server: &Server,
    kind: OnceKind,
    value: &str,
) -> Result<Option<T>, StoreError> {
    let payload = server
        .store
        .take_once(kind, &sha256_hex(value.as_bytes()), server.now().unix())
        .await?;
    payload
        .map(|payload| serde_json::from_str(&payload))
        .transpose()
        .map_err(|cause| StoreError::Unreadable {
            what: "ticket",
            cause,
        })
}

/// How long a ticket counts, in seconds.
pub const TICKET_LIFETIME: i64 = 5 * 60;
const RESULT_LIFETIME: i64 = 60;
const MOST_CERTIFICATES: usize = 10;
