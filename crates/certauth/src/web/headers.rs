//! The headers that every answer carries, and the content security policies of the pages.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

use super::App;
use super::script::Script;
use crate::oidc::redirect;

/// Adds what is not there: no caching, no sniffing, no framing, HSTS outside `.localhost`.
pub(crate) async fn add(State(app): State<Arc<App>>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    let mut keep = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    keep(header::CACHE_CONTROL, "no-store");
    keep(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    keep(header::REFERRER_POLICY, "same-origin");
    keep(header::X_FRAME_OPTIONS, "DENY");
    keep(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    if !app.server.hosts.is_localhost() {
        keep(
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=63072000; includeSubDomains",
        );
    }
    response
}

/// The policy of a page of the login host. Its forms lead to the host itself, and from there by
/// redirection to a certauth host and at last to the client's redirect URI; Chromium holds
/// `form-action` against each of them. A page with a script names it.
pub fn page_policy(app: &App, redirect_uri: Option<&str>, script: Option<&Script>) -> String {
    let mut targets = format!("'self' {}", certauth_hosts(app));
    if let Some(source) = redirect_uri.and_then(redirect::source) {
        targets.push(' ');
        targets.push_str(&source);
    }
    let script = script.map_or_else(String::new, |script| {
        format!("script-src {}; ", script.source)
    });
    format!("{FIXED}; style-src 'self'; img-src 'self' data:; {script}form-action {targets}")
}

/// The policy of the certauth host's page, with its one script.
pub fn certauth_policy(app: &App, script: &Script) -> String {
    format!(
        "{FIXED}; style-src 'self'; img-src 'self' data:; script-src {}; \
         form-action {}",
        script.source,
        app.server.hosts.login_origin()
    )
}

fn certauth_hosts(app: &App) -> String {
    let plain = app.server.hosts.plain_certauth_origin();
    let below = plain.replacen("https://", "https://*.", 1);
    format!("{plain} {below}")
}

const FIXED: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
