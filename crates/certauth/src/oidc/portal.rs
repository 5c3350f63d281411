//! What the portal of a signed-in person shows: who they are here, and their applications.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Uri};
use policy::Requirement;
use serde_json::{Value, json};

use super::error::OAuthError;
use super::resource::{self, Shown};
use super::token::HttpRequest;
use crate::journey;
use crate::store::Tenant;
use crate::web::App;

/// Tells who is signed in, where, how, and until when.
pub(crate) async fn me(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, OAuthError> {
    let (tenant, shown) = portal(&app, &tenant, &method, &uri, &headers).await?;
    let session = &shown.live.session;
    let account = &shown.live.user.account;
    let proofs = session.recorded.proofs();
    let newest = proofs.iter().map(|proof| proof.at).max();
    let mut factors: Vec<&str> = Vec::new();
    for proof in proofs {
        let word = journey::word(proof.factor);
        if !factors.contains(&word) {
            factors.push(word);
        }
    }
    let certificate = proofs
        .iter()
        .rev()
        .find_map(|proof| proof.certificate.as_ref())
        .map(|facts| {
            json!({
                "subject": facts.subject,
                "issuer": facts.issuer,
                "issuer_name": facts.issuer_name,
                "serial": facts.serial,
                "sha256": facts.sha256,
                "thumbprint": facts.thumbprint,
                "not_before": facts.not_before.to_string(),
                "not_after": facts.not_after.to_string(),
                "policies": facts.policies,
                "strength": facts.level,
            })
        });
    Ok(Json(json!({
        "sub": account.id,
        "name": account.display_name,
        "preferred_username": account.user_principal_name,
        "tenant": { "id": tenant.id, "display_name": tenant.display_name },
        "session": {
            "id": session.id,
            "started_at": certs::Time::from_unix(session.started_at).to_string(),
            "expires_at": certs::Time::from_unix(session.expires_at).to_string(),
            "auth_time": newest.map(|time| time.to_string()),
            "strength": session.recorded.strength(),
            "factors": factors,
            "certificate": certificate,
        },
    })))
}

/// Lists the applications that the portal shows.
pub(crate) async fn apps(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, OAuthError> {
    let (tenant, _) = portal(&app, &tenant, &method, &uri, &headers).await?;
    let list: Vec<Value> = app
        .server
        .store
        .applications(&tenant.id)
        .await?
        .into_iter()
        .filter(|known| known.listed)
        .map(|known| {
            json!({
                "id": known.application.id,
                "name": known.application.name,
                "description": known.description,
                "multiFactor": known.application.requires == Requirement::MultiFactor,
            })
        })
        .collect();
    Ok(Json(json!({ "value": list })))
}

/// The portal answers only the first-party client, with a token that was issued to it for itself.
async fn portal(
    app: &App,
    tenant: &str,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(Tenant, Shown), OAuthError> {
    let tenant = app
        .tenant(tenant)
        .await?
        .ok_or_else(|| resource::refused("there is no such tenant"))?;
    let http = HttpRequest {
        method,
        uri,
        headers,
    };
    let shown = resource::access(app, &tenant, http).await?;
    let client = app
        .server
        .store
        .application(&tenant.id, &shown.claims.client_id)
        .await?;
    let own = client.is_some_and(|client| client.first_party)
        && shown.claims.aud == shown.claims.client_id;
    if own {
        Ok((tenant, shown))
    } else {
        Err(resource::not_for_this("the token is not the portal's own"))
    }
}
