//! What those who run the server ask it: whether it lives, and whether it can work.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::server::Server;

/// `/healthz` and `/readyz`, for the login host.
pub fn routes(server: Arc<Server>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(server)
}

/// Ready is a server whose database can be written: without the sign-in log nobody signs in.
async fn ready(State(server): State<Arc<Server>>) -> (StatusCode, &'static str) {
    match server.store.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "the server is not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "not ready: the database cannot be written\n",
            )
        }
    }
}
