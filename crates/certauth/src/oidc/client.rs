//! Which client is asking, and whether it proves it (RFC 6749 §2.3).

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{StatusCode, header};
use zeroize::Zeroizing;

use super::error::OAuthError;
use crate::server::sha256_hex;
use crate::store::{Application, Tenant};
use crate::web::App;
use crate::web::form::Params;

/// Finds the client of a request to the token or revocation endpoint and checks its secret:
/// `client_secret_basic` or `client_secret_post` for one that has a secret, none for a public one.
///
/// # Errors
/// `invalid_client`, 401.
pub async fn authenticate(
    app: &App,
    tenant: &Tenant,
    headers: &HeaderMap,
    form: &Params,
) -> Result<Application, OAuthError> {
    let basic = basic(headers)?;
    let (id, secret) = match &basic {
        Some((id, secret)) => {
            if form.value("client_secret").is_some()
                || form.value("client_id").is_some_and(|other| other != id)
            {
                return Err(OAuthError::invalid_request(
                    "the client authenticated in more than one way",
                ));
            }
            (id.as_str(), Some(secret.as_str()))
        }
        None => (
            form.value("client_id").ok_or_else(refused)?,
            form.value("client_secret"),
        ),
    };
    let client = app
        .server
        .store
        .application(&tenant.id, id)
        .await?
        .ok_or_else(refused)?;
    match (&client.secret_sha256, secret) {
        (None, None) => Ok(client),
        (Some(known), Some(secret)) if same(known, &sha256_hex(secret.as_bytes())) => Ok(client),
        (Some(_), Some(_) | None) | (None, Some(_)) => Err(refused()),
    }
}

/// `Authorization: Basic`, where both halves are form-encoded (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, Zeroizing<String>)>, OAuthError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let decoded = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, text)| STANDARD.decode(text.trim()).ok())
        .map(Zeroizing::new)
        .ok_or_else(refused)?;
    let mut halves = decoded.splitn(2, |byte| *byte == b':');
    let mut half = || {
        let text = halves.next()?;
        let pair = [b"v=".as_slice(), text].concat();
        Params::parse(&pair).ok()?.owned("v").map(Zeroizing::new)
    };
    match (half(), half()) {
        (Some(id), Some(secret)) => Ok(Some((id.to_string(), secret))),
        (Some(_) | None, _) => Err(refused()),
    }
}

/// Compares two hashes of the same length without telling where they differ.
fn same(known: &str, given: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(known.as_bytes(), given.as_bytes()).is_ok()
}

fn refused() -> OAuthError {
    OAuthError::new(
        "invalid_client",
        "the client is unknown or its secret is not right",
    )
    .status(StatusCode::UNAUTHORIZED)
    .header(header::WWW_AUTHENTICATE, "Basic realm=\"certauth\"")
}
