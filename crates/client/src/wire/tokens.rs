//! The token endpoint: the authorization code, the primary refresh token, browser tickets.

use serde::Deserialize;
use sign_in::Failure;
use url::Url;

use super::http::{Http, Reply};
use super::provider::Provider;
use super::{CLIENT_ID, protocol};
use crate::device_key::DeviceKey;
use crate::secret::Secret;

/// What the authorization code was exchanged for.
#[derive(Debug, Deserialize)]
pub(crate) struct Issued {
    pub(crate) access_token: Secret,
    #[serde(default)]
    pub(crate) expires_in: i64,
    pub(crate) id_token: Secret,
    /// The primary refresh token; absent after a step-up of a session that exists.
    pub(crate) refresh_token: Option<Secret>,
    #[serde(default)]
    pub(crate) refresh_token_expires_in: i64,
}

/// An access token.
#[derive(Clone, Debug, Deserialize)]
pub struct AccessToken {
    /// The token.
    pub access_token: Secret,
    /// `DPoP` or `Bearer`.
    pub token_type: String,
    /// Seconds until it ends.
    #[serde(default)]
    pub expires_in: i64,
}

/// Why the token endpoint gave no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoToken {
    /// The application asks for more than the session gives (RFC 9470).
    MoreNeeded,
    /// Everything else.
    Failed(Failure),
}

impl From<Failure> for NoToken {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Redeems an authorization code.
pub(crate) async fn redeem(
    http: &Http,
    provider: &Provider,
    key: &DeviceKey,
    code: &Secret,
    verifier: &Secret,
) -> Result<Issued, Failure> {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", code.reveal()),
        ("code_verifier", verifier.reveal()),
    ];
    let reply = http.post(&provider.token, &form, Some(key)).await?;
    if reply.status == 200 {
        return reply.json();
    }
    match refused(&reply) {
        // A code that is refused is a protocol failure; no session has ended.
        NoToken::MoreNeeded | NoToken::Failed(Failure::SessionEnded) => {
            Err(protocol("the authorization code was refused"))
        }
        NoToken::Failed(failure) => Err(failure),
    }
}

/// Gets an access token with the primary refresh token; `application` is the one it is for,
/// Lanyard itself where none is named.
pub(crate) async fn refresh(
    http: &Http,
    provider: &Provider,
    key: &DeviceKey,
    token: &Secret,
    application: Option<&str>,
    bearer: bool,
) -> Result<AccessToken, NoToken> {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("refresh_token", token.reveal()),
    ];
    if let Some(application) = application {
        form.push(("resource", application));
    }
    if bearer {
        form.push(("token_type", "Bearer"));
    }
    let reply = http.post(&provider.token, &form, Some(key)).await?;
    if reply.status == 200 {
        Ok(reply.json()?)
    } else {
        Err(refused(&reply))
    }
}

/// Gets a browser ticket for an application; the answer is the address to open, which has to be
/// the server's own.
pub(crate) async fn browser_ticket(
    http: &Http,
    provider: &Provider,
    key: &DeviceKey,
    token: &Secret,
    application: &str,
) -> Result<Url, NoToken> {
    let form = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("client_id", CLIENT_ID),
        ("subject_token", token.reveal()),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:refresh_token",
        ),
        (
            "requested_token_type",
            "urn:certauth:token-type:browser-ticket",
        ),
        ("resource", application),
    ];
    let reply = http.post(&provider.token, &form, Some(key)).await?;
    if reply.status != 200 {
        return Err(refused(&reply));
    }
    let Ticket { open_uri } = reply.json()?;
    if open_uri.scheme() == "https" && open_uri.origin().ascii_serialization() == provider.origin {
        Ok(open_uri)
    } else {
        Err(protocol("the address to open is not the server's").into())
    }
}

/// Ends a session at the server (RFC 7009).
pub(crate) async fn revoke(
    http: &Http,
    provider: &Provider,
    key: &DeviceKey,
    token: &Secret,
) -> Result<(), Failure> {
    let form = [
        ("client_id", CLIENT_ID),
        ("token", token.reveal()),
        ("token_type_hint", "refresh_token"),
    ];
    let reply = http.post(&provider.revocation, &form, Some(key)).await?;
    if reply.status == 200 {
        Ok(())
    } else {
        Err(protocol(format!(
            "status {} to the revocation",
            reply.status
        )))
    }
}

#[derive(Deserialize)]
struct Ticket {
    open_uri: Url,
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
    error_description: Option<String>,
}

fn refused(reply: &Reply) -> NoToken {
    if let Some(pause) = reply.slow_down() {
        return pause.into();
    }
    match reply.json::<OAuthError>() {
        Ok(told) => match told.error.as_str() {
            "insufficient_user_authentication" => NoToken::MoreNeeded,
            "invalid_grant" => Failure::SessionEnded.into(),
            other => {
                let description = told.error_description.unwrap_or_default();
                protocol(format!("{other} {description}").trim_end()).into()
            }
        },
        Err(failure) => failure.into(),
    }
}
