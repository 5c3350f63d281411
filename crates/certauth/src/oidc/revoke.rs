//! Token revocation (RFC 7009).

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use http::StatusCode;

use super::client;
use super::error::OAuthError;
use crate::listener::Peer;
use crate::server::sha256_hex;
use crate::sessions;
use crate::sign_in_log::{Attempt, Outcome};
use crate::web::App;
use crate::web::form::{Params, ParamsError};

/// Ends a primary refresh token's session, or a refresh token's family. Whatever is not known is
/// as good as revoked (§2.2); an access token ends with its session.
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    form: Result<Params, ParamsError>,
) -> Result<StatusCode, OAuthError> {
    let form = form?;
    let tenant = app.tenant(&tenant).await?.ok_or_else(|| {
        OAuthError::invalid_request("there is no such tenant").status(StatusCode::NOT_FOUND)
    })?;
    let client = client::authenticate(&app, &tenant, &headers, &form).await?;
    let token = form
        .value("token")
        .ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    let server = &app.server;
    if client.first_party {
        let live = sessions::by_key(server, &tenant, token).await?;
        if let Some(live) = live.filter(|live| live.session.jkt.is_some()) {
            Attempt::new(&tenant.id, &live.session.id, Some(&peer))
                .account(&live.user.account)
                .application(&client.application.id)
                .write(server, "sign-out", Outcome::Success)
                .await?;
            sessions::end(server, &live.session).await?;
        }
        return Ok(StatusCode::OK);
    }
    let known = server
        .store
        .refresh_token(&sha256_hex(token.as_bytes()))
        .await?;
    if let Some(known) = known.filter(|known| known.client == client.application.id) {
        server.store.end_refresh_family(&known.family).await?;
    }
    Ok(StatusCode::OK)
}
