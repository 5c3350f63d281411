//! The refresh token grant.
//!
//! A primary refresh token belongs to a device: it is bound to the device's key, good for any
//! application of the person, and not rotated, because only the holder of the key can use it (RFC
//! 9700 §2.2.2). An ordinary client's refresh token is a bearer token, so it is replaced at every
//! use; one that comes again later was stolen, and ends its family. A client that lost the answer
//! may ask again within thirty seconds and gets the same successor.

use serde_json::{Map, Value};

use super::error::OAuthError;
use super::token::TokenRequest;
use super::{dpop::ProofError, granted_scope};
use crate::journey::judge;
use crate::server::sha256_hex;
use crate::sessions::{self, LiveSession};
use crate::sign_in_log::{self, Attempt, Outcome};
use crate::store::{Application, RefreshToken};

/// Answers the refresh token grant (RFC 6749 §6).
///
/// # Errors
/// `invalid_grant` if the token or its session has ended, `insufficient_user_authentication` if
/// the application asks for more than was proven.
pub(crate) async fn grant(request: &TokenRequest<'_>) -> Result<Map<String, Value>, OAuthError> {
    let value = request
        .form
        .value("refresh_token")
        .ok_or_else(|| OAuthError::invalid_request("refresh_token is missing"))?;
    if request.client.first_party {
        return with_primary(request, value).await;
    }
    let server = &request.app.server;
    let token = server
        .store
        .refresh_token(&sha256_hex(value.as_bytes()))
        .await?
        .filter(|token| token.client == request.client.application.id)
        .filter(|token| server.now().unix() < token.expires_at)
        .ok_or_else(ended)?;
    with_ordinary(request, &token).await
}

/// The session of a primary refresh token, if the request proves its key.
///
/// # Errors
/// `invalid_grant` if it has ended or belongs to another device.
pub(crate) async fn primary(
    request: &TokenRequest<'_>,
    value: &str,
) -> Result<LiveSession, OAuthError> {
    let key = request.key.as_ref().ok_or(ProofError::Missing)?;
    let live = sessions::by_key(&request.app.server, request.tenant, value)
        .await?
        .filter(|live| live.session.jkt.is_some())
        .ok_or_else(ended)?;
    if live.session.jkt.as_deref() != Some(&key.thumbprint) {
        Attempt::new(&request.tenant.id, &live.session.id, Some(request.peer))
            .account(&live.user.account)
            .application(&request.client.application.id)
            .detail(
                "Reason",
                "a primary refresh token came with another device's key",
            )
            .write(
                &request.app.server,
                "token",
                Outcome::Failure(sign_in_log::code::ELSEWHERE),
            )
            .await?;
        return Err(ended().code(sign_in_log::code::ELSEWHERE));
    }
    Ok(live)
}

/// The application that `resource` names; the client itself if it names none.
///
/// # Errors
/// `invalid_target` if it is not registered.
pub(crate) async fn resource(request: &TokenRequest<'_>) -> Result<Application, OAuthError> {
    let Some(id) = request.form.value("resource") else {
        return Ok(request.client.clone());
    };
    request
        .app
        .server
        .store
        .application(&request.tenant.id, id)
        .await?
        .ok_or_else(|| OAuthError::new("invalid_target", "resource names no application"))
}

async fn with_primary(
    request: &TokenRequest<'_>,
    value: &str,
) -> Result<Map<String, Value>, OAuthError> {
    let live = primary(request, value).await?;
    let application = resource(request).await?;
    let now = request.app.server.now();
    let trust = request.app.server.trust.of(request.tenant).await?;
    let decision = judge::decide(
        &trust.policy,
        live.evidence(now),
        None,
        &live.user,
        &application,
        now,
    );
    let grant = request.allowed(decision, &live.session.id).await?;
    let asked = request.form.value("token_type");
    let bearer = match asked.or(request.form.value("requested_token_type")) {
        None => false,
        Some(kind) if kind.eq_ignore_ascii_case("dpop") => false,
        Some(kind) if kind.eq_ignore_ascii_case("bearer") => {
            if !application.allow_bearer {
                return Err(OAuthError::new(
                    "unauthorized_client",
                    "the application's registration does not allow Bearer tokens",
                ));
            }
            true
        }
        Some(_) => return Err(OAuthError::invalid_request("token_type is not known")),
    };
    let key = live.session.jkt.as_deref().filter(|_| !bearer);
    let scope = match request.form.value("scope") {
        Some(asked) => granted_scope(asked),
        None => String::from("openid profile"),
    };
    let audience = &application.application.id;
    let mut body = request.tokens(&grant, &scope, &live.session, key, audience)?;
    let left = live.session.expires_at - now.unix();
    body.insert("refresh_token_expires_in".into(), left.into());
    request.log_issue(&grant, &live.session.id, "token").await?;
    Ok(body)
}

async fn with_ordinary(
    request: &TokenRequest<'_>,
    token: &RefreshToken,
) -> Result<Map<String, Value>, OAuthError> {
    let server = &request.app.server;
    let now = server.now();
    let proven = request.key.as_ref().map(|key| key.thumbprint.as_str());
    if token.jkt.is_some() && token.jkt.as_deref() != proven {
        return Err(OAuthError::new(
            "invalid_dpop_proof",
            "the refresh token is bound to another key",
        ));
    }
    let live = sessions::by_id(server, request.tenant, &token.session)
        .await?
        .ok_or_else(ended)?;
    let trust = request.app.server.trust.of(request.tenant).await?;
    let decision = judge::decide(
        &trust.policy,
        live.evidence(now),
        None,
        &live.user,
        request.client,
        now,
    );
    let grant = request.allowed(decision, &live.session.id).await?;
    let successor = successor(request, token, &live).await?;
    let audience = &request.client.application.id;
    let mut body = request.tokens(&grant, &token.scope, &live.session, proven, audience)?;
    body.insert("refresh_token".into(), successor.into());
    request.log_issue(&grant, &live.session.id, "token").await?;
    Ok(body)
}

/// The token that replaces this one.
async fn successor(
    request: &TokenRequest<'_>,
    token: &RefreshToken,
    live: &LiveSession,
) -> Result<String, OAuthError> {
    let server = &request.app.server;
    if let Some(rotated_at) = token.rotated_at {
        return again(request, token, rotated_at, live).await;
    }
    let value = server.random_token();
    let now = server.now().unix();
    let old = RefreshToken {
        rotated_at: Some(now),
        successor: Some(server.sealer.seal(PURPOSE, value.as_bytes())),
        ..token.clone()
    };
    let new = RefreshToken {
        key_sha256: sha256_hex(value.as_bytes()),
        rotated_at: None,
        successor: None,
        ..token.clone()
    };
    if server.store.rotate_refresh_token(&old, &new).await? {
        return Ok(value);
    }
    // Another request of the same client was first: both get its successor.
    let rotated = server.store.refresh_token(&token.key_sha256).await?;
    match rotated.and_then(|token| Some((token.rotated_at?, token))) {
        Some((rotated_at, token)) => again(request, &token, rotated_at, live).await,
        None => Err(ended()),
    }
}

/// A token that was replaced comes again: within the grace its successor, later the end.
async fn again(
    request: &TokenRequest<'_>,
    token: &RefreshToken,
    rotated_at: i64,
    live: &LiveSession,
) -> Result<String, OAuthError> {
    let server = &request.app.server;
    if server.now().unix() - rotated_at <= GRACE
        && let Some(sealed) = &token.successor
        && let Ok(opened) = server.sealer.open(PURPOSE, sealed)
        && let Ok(value) = String::from_utf8(opened.to_vec())
    {
        return Ok(value);
    }
    server.store.end_refresh_family(&token.family).await?;
    Attempt::new(&request.tenant.id, &live.session.id, Some(request.peer))
        .account(&live.user.account)
        .application(&token.client)
        .detail(
            "Reason",
            "a refresh token was used twice; its family was ended",
        )
        .write(
            server,
            "token",
            Outcome::Failure(sign_in_log::code::EXPIRED),
        )
        .await?;
    Err(ended().code(sign_in_log::code::EXPIRED))
}

fn ended() -> OAuthError {
    OAuthError::invalid_grant("the refresh token or its session has ended")
}

/// How long a replaced token yields the same successor, in seconds.
const GRACE: i64 = 30;
const PURPOSE: &str = "refresh-token";
