//! The certauth host's one endpoint. It writes down what certificate the handshake carried, and
//! hands out a code for it; it judges nothing, moves no journey, and sets no cookie.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use super::failure::{Failure, Told};
use super::form::{Params, ParamsError};
use super::pages::{self, CertauthPage, Frame};
use super::script::CONTINUE;
use super::{App, headers as policies, ticket, words};
use crate::listener::Peer;
use crate::oidc::endpoint;
use crate::oidc::error::{OAuthError, stamp};
use crate::server::HostKind;
use crate::sign_in_log::{Attempt, Outcome, code};
use crate::store::Tenant;

/// Answers `/{tenant}/certauth`.
pub(crate) async fn certauth(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    params: Result<Params, ParamsError>,
) -> Response {
    let json = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|kind| kind.trim().starts_with("application/json"));
    match see(&app, &tenant, &peer, params).await {
        Ok(seen) if json => {
            let mut body = stamp(&app.server, &seen.correlation_id);
            body.insert("result_code".into(), seen.result_code.into());
            Json(Value::Object(body)).into_response()
        }
        Ok(seen) => page(&app, &seen),
        Err(refused) if json => refused.for_client().into_response(),
        Err(refused) => refused.for_person().into_response(&app),
    }
}

struct Seen {
    tenant: Tenant,
    correlation_id: String,
    result_code: String,
    certificate: bool,
}

enum Refused {
    /// The ticket is unknown, used, expired, or of another tenant.
    Ticket,
    /// The request cannot be read.
    Params(ParamsError),
    /// The store failed.
    Store(crate::store::StoreError),
}

async fn see(
    app: &App,
    tenant: &str,
    peer: &Peer,
    params: Result<Params, ParamsError>,
) -> Result<Seen, Refused> {
    let params = params.map_err(Refused::Params)?;
    let tenant = app.tenant(tenant).await?.ok_or(Refused::Ticket)?;
    if let Some(HostKind::TenantCertauth { tenant: named }) =
        app.server.hosts.kind(&peer.server_name)
        && named != tenant.id
    {
        return Err(Refused::Ticket);
    }
    let value = params.value("ticket").unwrap_or_default();
    let Some(ticket) = ticket::take(&app.server, value).await? else {
        return refused(app, &tenant, peer).await;
    };
    if ticket.tenant != tenant.id {
        return refused(app, &tenant, peer).await;
    }
    let presented = certs::Presented {
        certificates: peer.certificates.clone(),
    };
    // The preview of 2022 called it a success that the certificate was asked for.
    let arrived = match tenant.settings.compatibility {
        policy::Compatibility::Current => Outcome::Interrupted(0),
        policy::Compatibility::Preview2022 => Outcome::Success,
    };
    Attempt::new(&tenant.id, &ticket.correlation_id, Some(peer))
        .username(ticket.username.as_deref())
        .application(&ticket.application)
        .presented(&presented)
        .detail("TLS version", peer.tls)
        .write(&app.server, "certificate", arrived)
        .await?;
    let correlation_id = ticket.correlation_id.clone();
    let result_code = ticket::issue_result(&app.server, ticket, &peer.certificates).await?;
    Ok(Seen {
        tenant,
        correlation_id,
        result_code,
        certificate: !peer.certificates.is_empty(),
    })
}

async fn refused(app: &App, tenant: &Tenant, peer: &Peer) -> Result<Seen, Refused> {
    Attempt::new(&tenant.id, &app.server.uuid(), Some(peer))
        .detail("Reason", "a ticket that is unknown, used or expired")
        .write(&app.server, "certificate", Outcome::Failure(code::EXPIRED))
        .await?;
    Err(Refused::Ticket)
}

fn page(app: &App, seen: &Seen) -> Response {
    let words = words::certificate_sent(seen.certificate);
    let page = CertauthPage {
        frame: Frame::new(app, Some(&seen.tenant), &words.title),
        words,
        action: endpoint(app, &seen.tenant, "signin/result"),
        result_code: seen.result_code.clone(),
        script: CONTINUE.text,
    };
    let policy = policies::certauth_policy(app, &CONTINUE);
    let mut response = pages::respond_under(StatusCode::OK, &page, &policy);
    // The login host reads `Origin`, and only the origin leaves, not the ticket in the address.
    response.headers_mut().insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin"),
    );
    response
}

impl Refused {
    fn for_client(self) -> OAuthError {
        match self {
            Self::Ticket => OAuthError::new(
                "invalid_ticket",
                "the ticket is unknown, was used before, or its time is over",
            )
            .code(code::EXPIRED),
            Self::Params(error) => error.into(),
            Self::Store(error) => error.into(),
        }
    }

    fn for_person(self) -> Failure {
        match self {
            Self::Ticket => Failure::new(Told::Over, StatusCode::BAD_REQUEST),
            Self::Params(error) => error.into(),
            Self::Store(error) => error.into(),
        }
    }
}

impl From<crate::store::StoreError> for Refused {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Store(error)
    }
}
