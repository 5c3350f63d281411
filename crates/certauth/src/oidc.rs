//! The `OpenID` provider: what applications and clients talk to.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::store::Tenant;
use crate::web::App;

pub mod authorize;
pub mod challenge;
pub mod client;
pub mod code;
pub mod discovery;
pub mod dpop;
pub mod error;
pub mod exchange;
pub mod finish;
pub mod logout;
pub mod mint;
pub mod portal;
pub mod redirect;
pub mod refresh;
pub mod resource;
pub mod revoke;
pub mod token;
pub mod userinfo;

/// The routes of the provider, on the login host.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            get(discovery::configuration),
        )
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys))
        .route(
            "/{tenant}/oauth2/v2.0/authorize",
            get(authorize::authorize).post(authorize::authorize),
        )
        .route(
            "/{tenant}/oauth2/v2.0/challenge",
            post(challenge::challenge),
        )
        .route("/{tenant}/oauth2/v2.0/token", post(token::token))
        .route(
            "/{tenant}/oauth2/v2.0/userinfo",
            get(userinfo::userinfo).post(userinfo::userinfo),
        )
        .route(
            "/{tenant}/oauth2/v2.0/logout",
            get(logout::ask).post(logout::leave),
        )
        .route("/{tenant}/oauth2/v2.0/revoke", post(revoke::revoke))
        .route("/{tenant}/me", get(portal::me))
        .route("/{tenant}/me/apps", get(portal::apps))
}

/// A tenant's issuer, `https://login…/{tenant-id}/v2.0`.
pub fn issuer(app: &App, tenant: &Tenant) -> String {
    format!("{}/{}/v2.0", app.server.hosts.login_origin(), tenant.id)
}

/// URL of an endpoint of a tenant, `https://login…/{tenant-id}/{path}`.
pub fn endpoint(app: &App, tenant: &Tenant, path: &str) -> String {
    format!("{}/{}/{path}", app.server.hosts.login_origin(), tenant.id)
}

/// The scopes that this provider knows; others are left out of what is granted.
pub const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The scopes of a request that this provider knows, each once, in a fixed order.
pub fn granted_scope(asked: &str) -> String {
    SCOPES
        .into_iter()
        .filter(|scope| asked.split(' ').any(|word| word == *scope))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a scope is among the granted ones.
pub fn has_scope(granted: &str, scope: &str) -> bool {
    granted.split(' ').any(|word| word == scope)
}
