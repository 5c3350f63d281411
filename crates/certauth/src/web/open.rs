//! Opening an application in a browser from a session on a device: the page names the account and
//! asks, so that nobody is signed in to a browser as somebody else without seeing it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use http::StatusCode;

use super::failure::{Failure, Told};
use super::form::{Params, ParamsError};
use super::pages::{self, Frame, OpenPage};
use super::respond::see_other;
use super::sign_in::answer;
use super::{App, cookie, origin};
use crate::journey::judge;
use crate::listener::Peer;
use crate::oidc::exchange::BrowserTicket;
use crate::oidc::{issuer, redirect};
use crate::server::sha256_hex;
use crate::sessions::{self, Holder, LiveSession};
use crate::sign_in_log::{Attempt, Outcome};
use crate::store::{Application, OnceKind, Tenant};

/// Shows who would be signed in.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    params: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let params = params?;
        let value = params.value("ticket").unwrap_or_default();
        let now = app.server.now().unix();
        let key = sha256_hex(value.as_bytes());
        let store = &app.server.store;
        let payload = store.peek_once(OnceKind::BrowserTicket, &key, now).await?;
        let opening = Opening::read(&app, &tenant, payload).await?;
        let account = &opening.live.user.account;
        let page = OpenPage {
            frame: Frame::new(&app, Some(&opening.tenant), "Open an application"),
            application: opening.application.application.name.clone(),
            name: account.display_name.clone(),
            username: account.user_principal_name.clone(),
            action: format!("/{}/open", opening.tenant.id),
            ticket: value.to_owned(),
        };
        Ok(pages::respond(
            &app,
            StatusCode::OK,
            &page,
            Some(&opening.ticket.target),
        ))
    })
    .await
}

/// Signs the browser in and sends it to the application.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    params: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        if !origin::is_ours(&app.server.hosts, &headers) {
            return Err(Failure::new(Told::OtherSite, StatusCode::FORBIDDEN));
        }
        let params = params?;
        let value = params.value("ticket").unwrap_or_default();
        let now = app.server.now();
        let key = sha256_hex(value.as_bytes());
        let store = &app.server.store;
        let payload = store
            .take_once(OnceKind::BrowserTicket, &key, now.unix())
            .await?;
        let opening = Opening::read(&app, &tenant, payload).await?;
        let Opening {
            tenant,
            live,
            application,
            ticket,
        } = opening;
        let trust = app.server.trust.of(&tenant).await?;
        let decision = judge::decide(
            &trust.policy,
            live.evidence(now),
            None,
            &live.user,
            &application,
            now,
        );
        let Some(policy::Decision::Allow(grant)) = decision else {
            return Err(used());
        };
        Attempt::new(&tenant.id, &live.session.id, Some(&peer))
            .application(&application.application.id)
            .proven(grant.recorded())
            .account(grant.account())
            .write(&app.server, "browser ticket", Outcome::Success)
            .await?;
        let holder = Holder::BrowserOf(Box::new(live.session.clone()));
        let (_, cookie_value) =
            sessions::begin(&app.server, &tenant, grant.recorded(), holder).await?;
        let issuer = issuer(&app, &tenant);
        let username = &grant.account().user_principal_name;
        let answer = [("iss", issuer.as_str()), ("login_hint", username)];
        let location = redirect::with_query(&ticket.target, &answer).ok_or_else(used)?;
        let mut response = see_other(&location);
        cookie::set(&mut response, cookie::SESSION, &cookie_value);
        Ok(response)
    })
    .await
}

/// A ticket that counts, and everything it names.
struct Opening {
    tenant: Tenant,
    live: LiveSession,
    application: Application,
    ticket: BrowserTicket,
}

impl Opening {
    async fn read(app: &App, tenant: &str, payload: Option<String>) -> Result<Self, Failure> {
        let tenant = app.tenant(tenant).await?.ok_or_else(used)?;
        let ticket: BrowserTicket = payload
            .and_then(|payload| serde_json::from_str(&payload).ok())
            .filter(|ticket: &BrowserTicket| ticket.tenant == tenant.id)
            .ok_or_else(used)?;
        let live = sessions::by_id(&app.server, &tenant, &ticket.session)
            .await?
            .ok_or_else(used)?;
        let application = app
            .server
            .store
            .application(&tenant.id, &ticket.application)
            .await?
            .ok_or_else(used)?;
        Ok(Self {
            tenant,
            live,
            application,
            ticket,
        })
    }
}

fn used() -> Failure {
    Failure::new(Told::UsedLink, StatusCode::BAD_REQUEST)
}
