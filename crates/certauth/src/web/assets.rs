//! The stylesheet, under an address that changes with its content, so that it may be kept for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use crate::server::sha256_hex;

/// Path of the stylesheet.
pub fn stylesheet() -> &'static str {
    &STYLESHEET
}

/// Answers `/assets/{hash}/{name}`.
pub(crate) async fn asset(Path((hash, name)): Path<(String, String)>) -> Response {
    if stylesheet() != format!("/assets/{hash}/{name}") {
        return (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response();
    }
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        CSS,
    )
        .into_response()
}

const CSS: &str = include_str!("../../assets/certauth.css");

static STYLESHEET: LazyLock<String> = LazyLock::new(|| {
    let hash = sha256_hex(CSS.as_bytes());
    format!("/assets/{}/certauth.css", hash.get(..16).unwrap_or(&hash))
});
