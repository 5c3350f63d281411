//! Errors as JSON, in the form of RFC 6749 §5.2 with the directory's members beside it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::dpop::ProofError;
use crate::journey::conduct::ConductError;
use crate::journey::held::NotHeld;
use crate::server::{Clock, Server, uuid};
use crate::sign_in_log::code;
use crate::store::StoreError;
use crate::throttle::SlowDown;
use crate::web::form::ParamsError;

/// An answer that says no.
#[derive(Debug)]
pub struct OAuthError(Box<Answer>);

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    error: &'static str,
    description: String,
    codes: Vec<u32>,
    correlation_id: String,
    members: Map<String, Value>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

impl OAuthError {
    /// An error of this name, status 400.
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self(Box::new(Answer {
            status: StatusCode::BAD_REQUEST,
            error,
            description: description.into(),
            codes: Vec::new(),
            correlation_id: uuid(),
            members: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// The request is malformed.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    /// The grant is not good, or no longer.
    pub fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// More factors are needed than were proven (RFC 9470 §3, at the token endpoint).
    pub fn more_needed(codes: u32) -> Self {
        Self::new(
            "insufficient_user_authentication",
            "the application asks for another factor",
        )
        .code(codes)
    }

    /// The journey is over or another's.
    pub fn invalid_session(description: impl Into<String>, code: u32) -> Self {
        Self::new("invalid_session", description).code(code)
    }

    /// Sets the status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// Adds one of the directory's codes.
    #[must_use]
    pub fn code(mut self, code: u32) -> Self {
        self.0.codes.push(code);
        self
    }

    /// Names the sign-in it belongs to.
    #[must_use]
    pub fn correlation(mut self, id: &str) -> Self {
        id.clone_into(&mut self.0.correlation_id);
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let answer = *self.0;
        let mut body = answer.members;
        body.insert("error".into(), answer.error.into());
        body.entry("error_description")
            .or_insert_with(|| answer.description.into());
        body.insert("error_codes".into(), json!(answer.codes));
        body.insert("correlation_id".into(), answer.correlation_id.into());
        body.insert("trace_id".into(), uuid().into());
        body.insert("timestamp".into(), timestamp().into());
        let mut response = (answer.status, Json(Value::Object(body))).into_response();
        for (name, value) in answer.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl OAuthError {
    /// Something failed on the server's side: the cause goes into the server's own log, with the
    /// correlation id that the client gets.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let answer = Self::new("server_error", "the server failed; try again later")
            .status(StatusCode::INTERNAL_SERVER_ERROR);
        tracing::error!(
            correlation_id = answer.0.correlation_id,
            error,
            "a request failed"
        );
        answer
    }
}

impl From<SlowDown> for OAuthError {
    fn from(slow: SlowDown) -> Self {
        Self::new(
            "slow_down",
            "too many sign-ins were begun at this address; wait and try again",
        )
        .status(StatusCode::TOO_MANY_REQUESTS)
        .header(header::RETRY_AFTER, &slow.retry_after.to_string())
    }
}

impl From<ParamsError> for OAuthError {
    fn from(error: ParamsError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl From<ProofError> for OAuthError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Store(error) => error.into(),
            ProofError::Missing
            | ProofError::Several
            | ProofError::Malformed(_)
            | ProofError::Signature
            | ProofError::OtherRequest
            | ProofError::OtherToken
            | ProofError::Stale
            | ProofError::Replayed => Self::new("invalid_dpop_proof", error.to_string()),
        }
    }
}

impl From<NotHeld> for OAuthError {
    fn from(error: NotHeld) -> Self {
        match error {
            NotHeld::Over => Self::invalid_session(error.to_string(), code::EXPIRED),
            NotHeld::Elsewhere(ref journey) => {
                let answer = Self::invalid_session(error.to_string(), code::ELSEWHERE);
                answer.correlation(&journey.correlation_id)
            }
            NotHeld::Overtaken => {
                Self::invalid_request(error.to_string()).status(StatusCode::CONFLICT)
            }
            NotHeld::Store(error) => error.into(),
            NotHeld::Unreadable(_) => Self::internal(&error),
        }
    }
}

impl From<ConductError> for OAuthError {
    fn from(error: ConductError) -> Self {
        match error {
            ConductError::NotHeld(error) => error.into(),
            ConductError::Store(error) => error.into(),
            ConductError::OutOfTurn(ref held) => Self::invalid_request(error.to_string())
                .correlation(&held.journey.correlation_id)
                .member("auth_session", held.id.clone()),
            ConductError::NoApplication => Self::new("invalid_target", error.to_string()),
        }
    }
}

impl From<crate::signing_keys::SignError> for OAuthError {
    fn from(error: crate::signing_keys::SignError) -> Self {
        Self::internal(&error)
    }
}

/// The three members that every answer of the challenge endpoint carries.
pub fn stamp(server: &Server, correlation_id: &str) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("correlation_id".into(), correlation_id.into());
    members.insert("trace_id".into(), server.uuid().into());
    members.insert("timestamp".into(), server.now().to_string().into());
    members
}

/// The time of an answer that is made without a server at hand.
fn timestamp() -> String {
    Clock::system().now().to_string()
}
