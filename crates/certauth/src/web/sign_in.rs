//! The journey's face for browsers: one page per step, and a form for everything that can happen.
//!
//! Every form answers with a redirection to the journey's page, which shows whatever the step is;
//! so Back and Reload never repeat a try.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use policy::Factor;

use super::failure::{Failure, Told};
use super::form::{Params, ParamsError};
use super::pages::{
    self, CertificatePage, CodePage, Frame, Message, PasswordPage, RefusedPage, UsernamePage, ways,
};
use super::respond::{journey_path, see_other};
use super::script::SHOW_PASSWORD;
use super::words::{self, Words};
use super::{App, cookie, headers, origin, ticket};
use crate::journey::conduct::{Conduct, ConductError, Outcome};
use crate::journey::held::{Held, NotHeld};
use crate::journey::{self, Binding, Event, Problem, Step};
use crate::listener::Peer;
use crate::oidc::authorize::MAX_USERNAME;
use crate::oidc::finish;
use crate::server::sha256_hex;
use crate::sign_in_log::Attempt;
use crate::store::Tenant;

/// One request of a browser about its journey.
pub(crate) struct Visit<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: Tenant,
    pub(crate) peer: &'a Peer,
    pub(crate) headers: &'a HeaderMap,
}

/// `GET /`
pub(crate) async fn home(State(app): State<Arc<App>>) -> Response {
    let words = Words::new(
        "certauth",
        "This server signs people in. Open one of your applications to begin.",
    );
    let page = Message {
        frame: Frame::new(&app, None, &words.title),
        words,
        facts: None,
    };
    pages::respond(&app, StatusCode::OK, &page, None)
}

/// Whatever has no route.
pub(crate) async fn nothing_here(State(app): State<Arc<App>>) -> Response {
    Failure::new(Told::Nothing, StatusCode::NOT_FOUND).into_response(&app)
}

/// Shows the step of a journey.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Path<(String, String)>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    answer(&app, async {
        let visit = Visit::new(&app, &tenant, &peer, &headers).await?;
        let held = visit.held(&id).await?;
        visit.page(&held).await
    })
    .await
}

/// Takes the username.
pub(crate) async fn username(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Path<(String, String)>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    form: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let (visit, held) = posted(&app, &tenant, &peer, &headers, &id).await?;
        let form = form?;
        let name = form.value("username").unwrap_or_default().trim();
        if name.is_empty() || name.len() > MAX_USERNAME {
            return visit
                .username_page(&held, Some("Enter your username."))
                .await;
        }
        let held = visit
            .conduct()
            .on(held, Event::Username(name.to_owned()))
            .await?;
        Ok(visit.back(&held))
    })
    .await
}

/// Takes the password.
pub(crate) async fn password(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Path<(String, String)>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    form: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let (visit, held) = posted(&app, &tenant, &peer, &headers, &id).await?;
        let form = form?;
        let password = form.value("password").unwrap_or_default();
        let outcome = Box::pin(visit.conduct().password(held, password)).await?;
        visit.go_on(outcome).await
    })
    .await
}

/// Takes a one-time code.
pub(crate) async fn code(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Path<(String, String)>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    form: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let (visit, held) = posted(&app, &tenant, &peer, &headers, &id).await?;
        let form = form?;
        let code = form.value("code").unwrap_or_default();
        let outcome = Box::pin(visit.conduct().code(held, code)).await?;
        visit.go_on(outcome).await
    })
    .await
}

/// Sends the browser to the certauth host with a new ticket.
///
/// The first time to the tenant's host, which names its issuers; after a refusal to a host of a new
/// name, because browsers remember per host which certificate was chosen, or that none was.
pub(crate) async fn certificate(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Path<(String, String)>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    answer(&app, async {
        let (visit, held) = posted(&app, &tenant, &peer, &headers, &id).await?;
        let again = matches!(held.journey.step, Step::Refused(_));
        let chosen = Event::Chose(Factor::Certificate);
        let held = visit.conduct().on(held, chosen).await?;
        let ticket = ticket::issue(&app.server, &held).await?;
        let tenant = &visit.tenant.id;
        let host = if again {
            let plain = app.server.hosts.plain_certauth_origin();
            let fresh = app.server.uuid().replace('-', "");
            plain.replacen("https://", &format!("https://x{fresh}."), 1)
        } else {
            app.server.hosts.certauth_origin(tenant)
        };
        Ok(see_other(&format!(
            "{host}/{tenant}/certauth?ticket={ticket}"
        )))
    })
    .await
}

/// Chooses another way, or another person.
pub(crate) async fn other(
    State(app): State<Arc<App>>,
    Path((tenant, id)): Path<(String, String)>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    form: Result<Params, ParamsError>,
) -> Response {
    answer(&app, async {
        let (visit, held) = posted(&app, &tenant, &peer, &headers, &id).await?;
        let form = form?;
        let event = match form.value("method") {
            Some("not_me") => Event::NotMe,
            Some(word) => Event::Chose(journey::factor(word).ok_or(ParamsError::NotText)?),
            None => return Ok(visit.back(&held)),
        };
        let held = visit.conduct().on(held, event).await?;
        Ok(visit.back(&held))
    })
    .await
}

/// Turns the outcome of a handler into a response.
pub(crate) async fn answer(
    app: &App,
    work: impl Future<Output = Result<Response, Failure>>,
) -> Response {
    match work.await {
        Ok(response) => response,
        Err(failure) => failure.into_response(app),
    }
}

/// A form that was posted by the journey's own page.
async fn posted<'a>(
    app: &'a App,
    tenant: &str,
    peer: &'a Peer,
    headers: &'a HeaderMap,
    id: &str,
) -> Result<(Visit<'a>, Held), Failure> {
    if !origin::is_ours(&app.server.hosts, headers) {
        return Err(Failure::new(Told::OtherSite, StatusCode::FORBIDDEN));
    }
    let visit = Visit::new(app, tenant, peer, headers).await?;
    let held = visit.held(id).await?;
    Ok((visit, held))
}

impl<'a> Visit<'a> {
    pub(crate) async fn new(
        app: &'a App,
        tenant: &str,
        peer: &'a Peer,
        headers: &'a HeaderMap,
    ) -> Result<Self, Failure> {
        let tenant = app
            .tenant(tenant)
            .await?
            .ok_or_else(|| Failure::new(Told::NoSuchTenant, StatusCode::NOT_FOUND))?;
        Ok(Self {
            app,
            tenant,
            peer,
            headers,
        })
    }

    /// Opens a journey, if it is this browser's.
    pub(crate) async fn held(&self, id: &str) -> Result<Held, Failure> {
        let holder = cookie::browser(self.headers)
            .map(|value| Binding::Browser(sha256_hex(value.as_bytes())));
        let opened = Held::open(&self.app.server, &self.tenant.id, id, holder.as_ref()).await;
        if let Err(NotHeld::Elsewhere(journey)) = &opened {
            let attempt = Attempt::of(journey, Some(self.peer));
            ticket::elsewhere(&self.app.server, attempt, "page").await?;
        }
        Ok(opened?)
    }

    pub(crate) fn conduct(&self) -> Conduct<'_> {
        Conduct {
            app: self.app,
            tenant: &self.tenant,
            peer: self.peer,
        }
    }

    /// Leaves for the application, or goes back to the journey's page.
    pub(crate) async fn go_on(&self, outcome: Outcome) -> Result<Response, Failure> {
        let (held, grant) = match outcome {
            Outcome::Next(held) => return Ok(self.back(&held)),
            Outcome::Allowed(held, grant) => (held, grant),
        };
        let leave = finish::browser(self.app, &self.tenant, self.headers, &held, &grant)
            .await?
            .ok_or_else(|| Failure::new(Told::Over, StatusCode::BAD_REQUEST))?;
        let mut response = see_other(&leave.location);
        if let Some(value) = leave.cookie {
            cookie::set(&mut response, cookie::SESSION, &value);
        }
        Ok(response)
    }

    fn back(&self, held: &Held) -> Response {
        see_other(&journey_path(&self.tenant, &held.id))
    }

    /// The page of a journey's step.
    async fn page(&self, held: &Held) -> Result<Response, Failure> {
        let journey = &held.journey;
        let first = journey.proven.is_none();
        match &journey.step {
            Step::Username => self.username_page(held, None).await,
            Step::Choose => self.factor_page(held, Factor::Password, None).await,
            // The first page offers the certificate beside the password.
            Step::Asked {
                factor: Factor::Certificate,
                ..
            } if first => self.factor_page(held, Factor::Password, None).await,
            Step::Asked { factor, problem } => self.factor_page(held, *factor, *problem).await,
            Step::Refused(refused) => {
                let words = words::refusal(&refused.explanation, refused.factor);
                let frame = Frame::new(self.app, Some(&self.tenant), &words.title);
                let base = journey_path(&self.tenant, &held.id);
                let page = RefusedPage::of(frame, base, journey, refused);
                Ok(self.respond(held, StatusCode::FORBIDDEN, &page))
            }
            Step::Done => Err(Failure::new(Told::Over, StatusCode::BAD_REQUEST)
                .correlation(&journey.correlation_id)),
        }
    }

    async fn factor_page(
        &self,
        held: &Held,
        factor: Factor,
        problem: Option<Problem>,
    ) -> Result<Response, Failure> {
        let journey = &held.journey;
        let base = journey_path(&self.tenant, &held.id);
        let username = journey.username.clone().unwrap_or_default();
        let why = match &journey.proven {
            Some(_) => {
                let trust = self.app.server.trust.of(&self.tenant).await?;
                let application = self.application(held).await?;
                let lacking = journey.lacking(factor);
                let name = |key: &str| trust.subject_of(key);
                Some(words::second(&application, factor, &lacking, name))
            }
            None => None,
        };
        let ways = ways(journey.open(), Some(factor));
        let (status, wait) = match problem {
            Some(Problem::TooMany(seconds)) => (StatusCode::TOO_MANY_REQUESTS, Some(seconds)),
            Some(Problem::NotRight) | None => (StatusCode::OK, None),
        };
        let problem = problem.map(|problem| match problem {
            Problem::NotRight => words::not_right(factor).to_owned(),
            Problem::TooMany(seconds) => words::too_many(seconds),
        });
        let frame = |title: &str| Frame::new(self.app, Some(&self.tenant), title);
        let mut response = match factor {
            Factor::Password => {
                let page = PasswordPage {
                    frame: frame("Enter your password"),
                    base,
                    username,
                    why,
                    problem,
                    help_url: self.tenant.help_url.clone(),
                    ways,
                    script: SHOW_PASSWORD.text,
                };
                let redirect_uri = held.journey.purpose.redirect_uri.as_deref();
                let policy = headers::page_policy(self.app, redirect_uri, Some(&SHOW_PASSWORD));
                pages::respond_under(status, &page, &policy)
            }
            Factor::Code => {
                let page = CodePage {
                    frame: frame("Enter your one-time code"),
                    base,
                    username,
                    why,
                    problem,
                    ways,
                };
                self.respond(held, status, &page)
            }
            // No account has a passkey yet, so no journey asks for one.
            Factor::Passkey { .. } => return Err(ConductError::from(NotHeld::Over).into()),
            Factor::Certificate => {
                let page = CertificatePage {
                    frame: frame("Use your certificate"),
                    base,
                    username,
                    why,
                    ways,
                };
                self.respond(held, status, &page)
            }
        };
        if let Some(value) = wait.and_then(|wait| HeaderValue::from_str(&wait.to_string()).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        Ok(response)
    }

    async fn username_page(&self, held: &Held, problem: Option<&str>) -> Result<Response, Failure> {
        let page = UsernamePage {
            frame: Frame::new(self.app, Some(&self.tenant), "Sign in"),
            base: journey_path(&self.tenant, &held.id),
            application: Some(self.application(held).await?),
            problem: problem.map(str::to_owned),
        };
        Ok(self.respond(held, StatusCode::OK, &page))
    }

    async fn application(&self, held: &Held) -> Result<String, Failure> {
        let id = &held.journey.purpose.application;
        let found = self
            .app
            .server
            .store
            .application(&self.tenant.id, id)
            .await?;
        Ok(found.ok_or(ConductError::NoApplication)?.application.name)
    }

    fn respond(&self, held: &Held, status: StatusCode, page: &impl askama::Template) -> Response {
        let redirect_uri = held.journey.purpose.redirect_uri.as_deref();
        pages::respond(self.app, status, page, redirect_uri)
    }
}
