//! Authorization codes: sixty seconds, once.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use policy::Recorded;
use serde::{Deserialize, Serialize};

use super::dpop;
use crate::server::{Server, sha256_hex};
use crate::store::{Once, OnceKind, StoreError};

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// The tenant it was given in.
    pub tenant: String,
    /// The client it was given to.
    pub client: String,
    /// The application whose rules count.
    pub application: String,
    /// The redirect URI of the request; the token request must name it again.
    pub redirect_uri: Option<String>,
    /// Granted scopes.
    pub scope: String,
    /// The client's `nonce`.
    pub nonce: Option<String>,
    /// PKCE challenge, S256.
    pub code_challenge: String,
    /// Key that the token request must prove.
    pub key: Option<String>,
    /// The session it belongs to; none if its redemption begins one.
    pub session: Option<String>,
    /// What was proven.
    pub recorded: Recorded,
    /// When what was proven no longer counts, Unix seconds.
    pub ends: i64,
    /// Joins the log rows of the sign-in.
    pub correlation_id: String,
}

/// What became of a code that was presented.
#[derive(Debug)]
pub enum Presented {
    /// It is good, and used up.
    Good(Box<Code>),
    /// It was used before; the tokens of this session came from it.
    Again(Used),
    /// There is no such code, or its time is over.
    Unknown,
}

/// What is remembered of a code that was used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Used {
    /// The client that used it.
    pub client: String,
    /// The session whose tokens came from it.
    pub session: String,
    /// Joins the log rows of the sign-in.
    pub correlation_id: String,
}

/// Hands out a code.
///
/// # Errors
/// If the store fails.
pub async fn issue(server: &Server, code: &Code) -> Result<String, StoreError> {
    let value = server.random_token();
    put(server, &value, code, LIFETIME).await?;
    Ok(value)
}

/// Uses a code up.
///
/// # Errors
/// If the store fails.
pub async fn take(server: &Server, value: &str) -> Result<Presented, StoreError> {
    let now = server.now().unix();
    let taken = server
        .store
        .take_once(OnceKind::AuthorizationCode, &key(value), now)
        .await?;
    if let Some(code) = taken.and_then(|payload| serde_json::from_str(&payload).ok()) {
        return Ok(Presented::Good(Box::new(code)));
    }
    let used = server
        .store
        .take_once(OnceKind::AuthorizationCode, &key(&used(value)), now)
        .await?;
    Ok(used
        .and_then(|payload| serde_json::from_str(&payload).ok())
        .map_or(Presented::Unknown, Presented::Again))
}

/// Remembers that a code was used, and by whom, so that a second use ends the session.
///
/// # Errors
/// If the store fails.
pub async fn remember(server: &Server, value: &str, by: &Used) -> Result<(), StoreError> {
    put(server, &used(value), by, REMEMBERED).await
}

/// Whether a verifier fits an S256 challenge (RFC 7636 §4.6).
pub fn verifier_fits(challenge: &str, verifier: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(allowed)
        && verify_slices_are_equal(
            challenge.as_bytes(),
            dpop::hash(verifier.as_bytes()).as_bytes(),
        )
        .is_ok()
}

/// Whether a text is an S256 challenge: 43 characters of base64url.
pub fn is_challenge(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

async fn put(
    server: &Server,
    value: &str,
    payload: &(impl Serialize + Sync),
    lifetime: i64,
) -> Result<(), StoreError> {
    let payload = serde_json::to_string(payload).map_err(|cause| StoreError::Unreadable {
        what: "authorization code",
        cause,
    })?;
    server
        .store
        .put_once(&Once {
            kind: OnceKind::AuthorizationCode,
            key_sha256: key(value),
            payload,
            expires_at: server.now().plus(lifetime).unix(),
        })
        .await?;
    Ok(())
}

fn key(value: &str) -> String {
    sha256_hex(value.as_bytes())
}

fn used(value: &str) -> String {
    format!("used {value}")
}

const LIFETIME: i64 = 60;
const REMEMBERED: i64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::{is_challenge, verifier_fits};

    #[test]
    fn a_verifier_fits_the_challenge_of_rfc_7636_and_no_other() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(is_challenge(challenge));
        assert!(verifier_fits(challenge, verifier));
        assert!(!verifier_fits(challenge, &verifier.replace('X', "Y")));
        assert!(!verifier_fits(challenge, ""));
        assert!(!verifier_fits(verifier, verifier));
        assert!(!verifier_fits(challenge, &format!("{verifier}\u{e9}")));
        assert!(!is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"));
        assert!(!is_challenge("short"));
    }
}
