//! What userinfo and the portal ask of an access token: that it is good, that its session lives,
//! and, if it is bound to a key, that the request proves the key.

use http::{StatusCode, header};

use super::dpop::{self, Expected as ExpectedProof, ProofError};
use super::error::OAuthError;
use super::mint::AccessClaims;
use super::token::HttpRequest;
use crate::sessions::{self, LiveSession};
use crate::signing_keys::Expected;
use crate::store::Tenant;
use crate::web::App;

/// A request that showed a good access token.
pub(crate) struct Shown {
    pub(crate) claims: AccessClaims,
    pub(crate) live: LiveSession,
}

/// Reads and checks the access token of a request.
///
/// # Errors
/// 401 with a challenge (RFC 6750 §3, RFC 9449 §7.1).
pub(crate) async fn access(
    app: &App,
    tenant: &Tenant,
    http: HttpRequest<'_>,
) -> Result<Shown, OAuthError> {
    let mut all = http.headers.get_all(header::AUTHORIZATION).iter();
    let value = all
        .next()
        .ok_or_else(|| refused("there is no access token"))?;
    if all.next().is_some() {
        return Err(refused("there is more than one access token"));
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(|| refused("the access token cannot be read"))?;
    let bound = scheme.eq_ignore_ascii_case("dpop");
    if !bound && !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused("the access token is of another kind"));
    }
    let issuer = super::issuer(app, tenant);
    let expected = Expected {
        typ: "at+jwt",
        issuer: &issuer,
        audience: None,
        at: Some(app.server.now()),
    };
    let claims: AccessClaims = app
        .server
        .keys
        .verify(token, &expected)
        .map_err(|error| refused(&error.to_string()))?;
    match (&claims.cnf, bound) {
        (None, false) => {}
        (Some(confirmation), true) => {
            let url = format!("{}{}", app.server.hosts.login_origin(), http.uri.path());
            let proof = ExpectedProof {
                method: http.method,
                url: &url,
                access_token: Some(token),
            };
            let key = dpop::verify(&app.server, http.headers, proof)
                .await
                .map_err(proof_refused)?;
            if key.thumbprint != confirmation.jkt {
                return Err(refused("the access token is bound to another key"));
            }
        }
        (Some(_), false) => return Err(refused("the access token is bound: show its proof")),
        (None, true) => return Err(refused("the access token is not bound to a key")),
    }
    let live = sessions::by_id(&app.server, tenant, &claims.sid)
        .await?
        .filter(|live| live.user.account.id == claims.sub)
        .ok_or_else(|| refused("the session has ended"))?;
    Ok(Shown { claims, live })
}

/// The access token is not good.
pub(crate) fn refused(why: &str) -> OAuthError {
    OAuthError::new("invalid_token", why)
        .status(StatusCode::UNAUTHORIZED)
        .header(
            header::WWW_AUTHENTICATE,
            "DPoP error=\"invalid_token\", algs=\"ES256\", Bearer error=\"invalid_token\"",
        )
}

/// The access token is good, but not for this.
pub(crate) fn not_for_this(why: &str) -> OAuthError {
    OAuthError::new("insufficient_scope", why)
        .status(StatusCode::FORBIDDEN)
        .header(
            header::WWW_AUTHENTICATE,
            "DPoP error=\"insufficient_scope\", algs=\"ES256\"",
        )
}

fn proof_refused(error: ProofError) -> OAuthError {
    match error {
        ProofError::Store(error) => error.into(),
        ProofError::Missing
        | ProofError::Several
        | ProofError::Malformed(_)
        | ProofError::Signature
        | ProofError::OtherRequest
        | ProofError::OtherToken
        | ProofError::Stale
        | ProofError::Replayed => OAuthError::from(error)
            .status(StatusCode::UNAUTHORIZED)
            .header(
                header::WWW_AUTHENTICATE,
                "DPoP error=\"invalid_dpop_proof\", algs=\"ES256\"",
            ),
    }
}
