//! Sign-out that an application begins (`OpenID` Connect RP-Initiated Logout).

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::{issuer, redirect};
use crate::listener::Peer;
use crate::sessions::{self, LiveSession};
use crate::sign_in_log::{Attempt, Outcome};
use crate::signing_keys::Expected;
use crate::store::Tenant;
use crate::web::App;
use crate::web::failure::{Failure, Told};
use crate::web::form::{Params, ParamsError};
use crate::web::pages::{self, Frame, Message, SignOutPage};
use crate::web::respond::see_other;
use crate::web::sign_in::answer;
use crate::web::words::Words;
use crate::web::{cookie, origin};

/// Asks before it signs out, unless the application shows this very session's ID token: without
/// that any site could sign a person out.
pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    params: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let asked = Asked::read(&app, &tenant, &headers, params?).await?;
        let Some(live) = &asked.live else {
            return Ok(asked.left(&app));
        };
        if asked
            .hint
            .as_ref()
            .is_some_and(|hint| hint.sid == live.session.id)
        {
            return asked.sign_out(&app, &peer).await;
        }
        let fields = [
            "id_token_hint",
            "post_logout_redirect_uri",
            "client_id",
            "state",
        ]
        .into_iter()
        .filter_map(|name| Some((name, asked.params.owned(name)?)))
        .collect();
        let page = SignOutPage {
            frame: Frame::new(&app, Some(&asked.tenant), "Sign out"),
            username: live.user.account.user_principal_name.clone(),
            action: format!("/{}/oauth2/v2.0/logout", asked.tenant.id),
            fields,
        };
        Ok(pages::respond(
            &app,
            StatusCode::OK,
            &page,
            asked.target.as_deref(),
        ))
    })
    .await
}

/// Signs out: by the page's own button, or by an application that posts this session's ID token.
pub(crate) async fn leave(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    params: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let asked = Asked::read(&app, &tenant, &headers, params?).await?;
        let Some(live) = &asked.live else {
            return Ok(asked.left(&app));
        };
        let shown = asked
            .hint
            .as_ref()
            .is_some_and(|hint| hint.sid == live.session.id);
        if !shown && !origin::is_ours(&app.server.hosts, &headers) {
            return Err(Failure::new(Told::OtherSite, StatusCode::FORBIDDEN));
        }
        asked.sign_out(&app, &peer).await
    })
    .await
}

/// What an ID token says that is shown as a hint, expired or not.
#[derive(Deserialize)]
struct Hint {
    aud: String,
    sid: String,
}

struct Asked {
    tenant: Tenant,
    params: Params,
    hint: Option<Hint>,
    /// Where the browser goes afterwards, if the client registered it.
    target: Option<String>,
    live: Option<LiveSession>,
}

impl Asked {
    async fn read(
        app: &App,
        tenant: &str,
        headers: &HeaderMap,
        params: Params,
    ) -> Result<Self, Failure> {
        let tenant = app
            .tenant(tenant)
            .await?
            .ok_or_else(|| Failure::new(Told::NoSuchTenant, StatusCode::NOT_FOUND))?;
        let issuer = issuer(app, &tenant);
        let expected = Expected {
            typ: "JWT",
            issuer: &issuer,
            audience: None,
            at: None,
        };
        let hint = params
            .value("id_token_hint")
            .and_then(|hint| app.server.keys.verify::<Hint>(hint, &expected).ok());
        let client = hint
            .as_ref()
            .map(|hint| hint.aud.as_str())
            .or(params.value("client_id"));
        let client = match client {
            Some(id) => app.server.store.application(&tenant.id, id).await?,
            None => None,
        };
        let target = params.value("post_logout_redirect_uri").filter(|uri| {
            client.is_some_and(|client| {
                client
                    .post_logout_redirect_uris
                    .iter()
                    .any(|known| known == uri)
            })
        });
        let target = target.and_then(|uri| match params.value("state") {
            Some(state) => redirect::with_query(uri, &[("state", state)]),
            None => Some(uri.to_owned()),
        });
        let live = match cookie::session(headers) {
            Some(key) => sessions::by_key(&app.server, &tenant, &key).await?,
            None => None,
        };
        Ok(Self {
            tenant,
            hint,
            target,
            live: live.filter(|live| live.session.jkt.is_none()),
            params,
        })
    }

    async fn sign_out(&self, app: &App, peer: &Peer) -> Result<Response, Failure> {
        if let Some(live) = &self.live {
            Attempt::new(&self.tenant.id, &live.session.id, Some(peer))
                .account(&live.user.account)
                .write(&app.server, "sign-out", Outcome::Success)
                .await?;
            sessions::end(&app.server, &live.session).await?;
        }
        Ok(self.left(app))
    }

    fn left(&self, app: &App) -> Response {
        let mut response = if let Some(target) = &self.target {
            see_other(target)
        } else {
            let words = Words::new(
                "You are signed out",
                "Applications that you opened may still be open; close this browser to leave them \
                 too.",
            );
            let page = Message {
                frame: Frame::new(app, Some(&self.tenant), &words.title),
                words,
                facts: None,
            };
            pages::respond(app, StatusCode::OK, &page, None)
        };
        cookie::remove(&mut response, cookie::SESSION);
        response
    }
}
