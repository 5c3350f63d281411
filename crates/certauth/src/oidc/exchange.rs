//! Token exchange (RFC 8693): a device's session lets a browser in, with a ticket that a person
//! confirms there.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::endpoint;
use super::error::OAuthError;
use super::refresh;
use super::token::TokenRequest;
use crate::journey::judge;
use crate::server::sha256_hex;
use crate::store::{Once, OnceKind};

/// What a browser ticket stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserTicket {
    /// The tenant.
    pub tenant: String,
    /// The session on the device.
    pub session: String,
    /// The application that opens.
    pub application: String,
    /// Where the browser goes.
    pub target: String,
}

/// Answers the token exchange grant.
///
/// # Errors
/// See RFC 8693 §2.2.2; `insufficient_user_authentication` if the application asks for more.
pub(crate) async fn grant(request: &TokenRequest<'_>) -> Result<Map<String, Value>, OAuthError> {
    let form = request.form;
    if form.value("subject_token_type") != Some(REFRESH_TOKEN) {
        return Err(OAuthError::invalid_request(
            "subject_token_type must be a refresh token",
        ));
    }
    if form.value("requested_token_type") != Some(BROWSER_TICKET) {
        return Err(OAuthError::invalid_request(
            "requested_token_type must be a browser ticket",
        ));
    }
    if !request.client.first_party {
        return Err(OAuthError::new(
            "unauthorized_client",
            "the client may not let browsers in",
        ));
    }
    let token = form
        .value("subject_token")
        .ok_or_else(|| OAuthError::invalid_request("subject_token is missing"))?;
    let live = refresh::primary(request, token).await?;
    let application = refresh::resource(request).await?;
    let target = application.initiate_login_uri.clone().ok_or_else(|| {
        OAuthError::new(
            "invalid_target",
            "the application does not open in a browser",
        )
    })?;
    let server = &request.app.server;
    let now = server.now();
    let trust = server.trust.of(request.tenant).await?;
    let decision = judge::decide(
        &trust.policy,
        live.evidence(now),
        None,
        &live.user,
        &application,
        now,
    );
    let grant = request.allowed(decision, &live.session.id).await?;
    let ticket = server.random_token();
    let payload = serde_json::to_string(&BrowserTicket {
        tenant: request.tenant.id.clone(),
        session: live.session.id.clone(),
        application: application.application.id.clone(),
        target,
    })
    .map_err(|error| OAuthError::internal(&error))?;
    request
        .log_issue(&grant, &live.session.id, "browser ticket")
        .await?;
    server
        .store
        .put_once(&Once {
            kind: OnceKind::BrowserTicket,
            key_sha256: sha256_hex(ticket.as_bytes()),
            payload,
            expires_at: now.plus(LIFETIME).unix(),
        })
        .await?;
    let open_uri = format!(
        "{}?ticket={ticket}",
        endpoint(request.app, request.tenant, "open")
    );
    let mut body = Map::new();
    body.insert("access_token".into(), ticket.into());
    body.insert("issued_token_type".into(), BROWSER_TICKET.into());
    body.insert("token_type".into(), "N_A".into());
    body.insert("expires_in".into(), LIFETIME.into());
    body.insert("open_uri".into(), open_uri.into());
    Ok(body)
}

const REFRESH_TOKEN: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const BROWSER_TICKET: &str = "urn:certauth:token-type:browser-ticket";
const LIFETIME: i64 = 60;
