//! The routes of the two hosts, and what their pages share.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response_with_state;
use axum::routing::{get, post};
use policy::Factor;

use crate::config::Limits;
use crate::listener::Peer;
use crate::oidc;
use crate::server::Server;
use crate::setup;
use crate::store::{StoreError, Tenant};
use crate::throttle::{SlowDown, Throttle, place_key};

pub mod assets;
pub mod certauth;
pub mod cookie;
pub mod failure;
pub mod form;
pub mod headers;
pub mod open;
pub mod origin;
pub mod pages;
pub mod respond;
pub mod result;
pub mod script;
pub mod sign_in;
pub mod ticket;
pub mod words;

/// What every handler is given: the server, and how often secrets were guessed.
pub struct App {
    /// The server.
    pub server: Arc<Server>,
    /// Password tries, per address and username.
    pub passwords: Throttle,
    /// One-time code tries, per account.
    pub codes: Throttle,
    /// Sign-ins that begin, per address.
    pub beginnings: Throttle,
}

/// The routes of the login host.
pub fn login_router(server: Arc<Server>, limits: &Limits) -> Router {
    let app = Arc::new(App::new(server, limits));
    Router::new()
        .route("/", get(sign_in::home))
        .route("/setup", get(setup::show).post(setup::submit))
        .route("/assets/{hash}/{name}", get(assets::asset))
        .route("/{tenant}/signin/result", post(result::result))
        .route("/{tenant}/signin/{journey}", get(sign_in::show))
        .route(
            "/{tenant}/signin/{journey}/username",
            post(sign_in::username),
        )
        .route(
            "/{tenant}/signin/{journey}/password",
            post(sign_in::password),
        )
        .route("/{tenant}/signin/{journey}/code", post(sign_in::code))
        .route(
            "/{tenant}/signin/{journey}/certificate",
            post(sign_in::certificate),
        )
        .route("/{tenant}/signin/{journey}/other", post(sign_in::other))
        .route("/{tenant}/open", get(open::show).post(open::open))
        .merge(oidc::routes())
        .fallback(sign_in::nothing_here)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(map_response_with_state(Arc::clone(&app), headers::add))
        .with_state(app)
}

/// The routes of the certauth hosts.
pub fn certauth_router(server: Arc<Server>, limits: &Limits) -> Router {
    let app = Arc::new(App::new(server, limits));
    Router::new()
        .route(
            "/{tenant}/certauth",
            get(certauth::certauth).post(certauth::certauth),
        )
        .route("/assets/{hash}/{name}", get(assets::asset))
        .fallback(sign_in::nothing_here)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(map_response_with_state(Arc::clone(&app), headers::add))
        .with_state(app)
}

impl App {
    fn new(server: Arc<Server>, limits: &Limits) -> Self {
        Self {
            server,
            passwords: Throttle::new(5, 20, MOST_KEYS),
            codes: Throttle::new(5, 30, MOST_KEYS),
            beginnings: Throttle::per_second(limits.sign_ins_per_second, MOST_KEYS),
        }
    }

    /// Counts a sign-in that is about to begin, before anything is stored for it.
    ///
    /// # Errors
    /// When too many began at this address.
    pub fn beginning(&self, peer: &Peer) -> Result<(), SlowDown> {
        let taken = self
            .beginnings
            .take(&place_key(peer.address.ip()), self.server.now());
        if let Err(SlowDown { retry_after }) = taken {
            tracing::info!(
                address = %peer.address.ip(),
                retry_after,
                "too many sign-ins begin at one address"
            );
        }
        taken
    }

    /// Finds a tenant by what a path names it.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn tenant(&self, name: &str) -> Result<Option<Tenant>, StoreError> {
        if name.len() > 253 {
            return Ok(None);
        }
        self.server.store.tenant(&name.to_ascii_lowercase()).await
    }

    /// The first factors of a tenant: the same for every username, so that the list says nothing
    /// about an account.
    pub fn ways(&self, tenant: &Tenant) -> Vec<Factor> {
        if tenant.method.enabled {
            vec![Factor::Certificate, Factor::Password]
        } else {
            vec![Factor::Password]
        }
    }
}

/// Largest body of a request, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// Most keys that a throttle remembers.
const MOST_KEYS: usize = 50_000;
