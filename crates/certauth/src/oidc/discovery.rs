//! What clients find out by themselves (`OpenID` Connect Discovery, RFC 8414).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::error::OAuthError;
use super::{SCOPES, endpoint, issuer};
use crate::web::App;

/// The provider's metadata for one tenant.
pub(crate) async fn configuration(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
) -> Result<impl IntoResponse, OAuthError> {
    let tenant = app.tenant(&tenant).await?.ok_or_else(unknown)?;
    let url = |path: &str| endpoint(&app, &tenant, path);
    let body: Value = json!({
        "issuer": issuer(&app, &tenant),
        "authorization_endpoint": url("oauth2/v2.0/authorize"),
        "authorization_challenge_endpoint": url("oauth2/v2.0/challenge"),
        "token_endpoint": url("oauth2/v2.0/token"),
        "userinfo_endpoint": url("oauth2/v2.0/userinfo"),
        "end_session_endpoint": url("oauth2/v2.0/logout"),
        "revocation_endpoint": url("oauth2/v2.0/revoke"),
        "jwks_uri": url("discovery/v2.0/keys"),
        "me_endpoint": url("me"),
        "apps_endpoint": url("me/apps"),
        "tenant_name": tenant.display_name,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "scopes_supported": SCOPES,
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "tid",
            "oid", "at_hash", "preferred_username", "name",
        ],
        "acr_values_supported": ["single", "mfa"],
        "prompt_values_supported": ["none", "login"],
        "token_endpoint_auth_methods_supported": [
            "none", "client_secret_basic", "client_secret_post",
        ],
        "revocation_endpoint_auth_methods_supported": [
            "none", "client_secret_basic", "client_secret_post",
        ],
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(body)))
}

/// The public keys of the tokens (RFC 7517).
pub(crate) async fn keys(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
) -> Result<impl IntoResponse, OAuthError> {
    app.tenant(&tenant).await?.ok_or_else(unknown)?;
    let body = Json(app.server.keys.jwks());
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], body))
}

fn unknown() -> OAuthError {
    OAuthError::new("invalid_tenant", "there is no such tenant").status(StatusCode::NOT_FOUND)
}
