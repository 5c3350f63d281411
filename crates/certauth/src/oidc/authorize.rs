//! The authorization endpoint (RFC 6749 §4.1, `OpenID` Connect Core §3.1.2): where an application
//! sends a browser, and where the browser's journey begins.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::{code, finish, granted_scope, issuer, redirect};
use crate::journey::conduct::{Conduct, Outcome};
use crate::journey::held::Held;
use crate::journey::{Binding, Journey, Purpose, Step};
use crate::listener::Peer;
use crate::server::sha256_hex;
use crate::sessions::{self, LiveSession};
use crate::store::{StoreError, Tenant};
use crate::web::App;
use crate::web::cookie;
use crate::web::failure::{Failure, Told};
use crate::web::form::{Params, ParamsError};
use crate::web::respond::{self, see_other};

/// A request that may be answered at its redirect URI.
struct Request<'a> {
    purpose: Purpose,
    prompt: Prompt,
    max_age: Option<i64>,
    login_hint: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prompt {
    /// A live session is enough.
    IfNeeded,
    /// Nothing may be asked.
    None,
    /// The person proves themselves again, whatever session there is.
    Login,
}

/// An error for the client: its name and a sentence for its developer.
type ForClient = (&'static str, &'static str);

/// Answers the authorization endpoint.
pub(crate) async fn authorize(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    params: Result<Params, ParamsError>,
) -> Response {
    match begin(&app, &tenant, &peer, &headers, params).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(&app),
    }
}

async fn begin(
    app: &App,
    tenant: &str,
    peer: &Peer,
    headers: &HeaderMap,
    params: Result<Params, ParamsError>,
) -> Result<Response, Failure> {
    app.beginning(peer)?;
    let params = params?;
    let tenant = app
        .tenant(tenant)
        .await?
        .ok_or_else(|| Failure::new(Told::NoSuchTenant, StatusCode::NOT_FOUND))?;
    let (client, redirect_uri) = whom_to_answer(app, &tenant, &params).await?;
    let state = params.owned("state");
    let request = match read(&params, client, redirect_uri.clone()) {
        Ok(request) => request,
        Err(error) => return to_client(app, &tenant, &redirect_uri, state.as_deref(), error),
    };
    let session = match cookie::session(headers) {
        Some(key) => sessions::by_key(&app.server, &tenant, &key).await?,
        None => None,
    };
    let session = session.filter(|live| request.session_counts(live, app.server.now().unix()));
    if request.prompt == Prompt::None && session.is_none() {
        let error = ("login_required", "nobody is signed in");
        return to_client(app, &tenant, &redirect_uri, state.as_deref(), error);
    }
    let known = cookie::browser(headers);
    let fresh_cookie = known.is_none().then(|| app.server.random_token());
    let browser = known.or_else(|| fresh_cookie.clone()).unwrap_or_default();
    let username = match &session {
        Some(live) => Some(live.user.account.user_principal_name.clone()),
        None => request.login_hint.map(str::to_owned),
    };
    let journey = Journey {
        correlation_id: app.server.uuid(),
        tenant: tenant.id.clone(),
        binding: Binding::Browser(sha256_hex(browser.as_bytes())),
        ways: app.ways(&tenant),
        step: if username.is_some() {
            Step::Choose
        } else {
            Step::Username
        },
        username,
        proven: None,
        purpose: request.purpose,
    };
    let held = Held::begin(&app.server, journey).await?;
    let mut location = respond::journey_path(&tenant, &held.id);
    let mut session_cookie = None;
    if let Some(live) = &session {
        let conduct = Conduct {
            app,
            tenant: &tenant,
            peer,
        };
        match conduct.session(held, live).await {
            Ok(Outcome::Allowed(held, grant)) => {
                if let Some(leave) = finish::browser(app, &tenant, headers, &held, &grant).await? {
                    location = leave.location;
                    session_cookie = leave.cookie;
                }
            }
            Ok(Outcome::Next(held)) if request.prompt == Prompt::None => {
                let refused = matches!(held.journey.step, Step::Refused(_));
                let error = if refused {
                    ("access_denied", "the account may not use the application")
                } else {
                    ("interaction_required", "another factor is needed")
                };
                return to_client(app, &tenant, &redirect_uri, state.as_deref(), error);
            }
            Ok(Outcome::Next(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut response = see_other(&location);
    if let Some(value) = fresh_cookie {
        cookie::set(&mut response, cookie::BROWSER, &value);
    }
    if let Some(value) = session_cookie {
        cookie::set(&mut response, cookie::SESSION, &value);
    }
    Ok(response)
}

/// The client and the redirect URI. Until both are right, errors stay on a page of this server: an
/// answer to an unregistered address would make it an open redirector.
async fn whom_to_answer(
    app: &App,
    tenant: &Tenant,
    params: &Params,
) -> Result<(String, String), Failure> {
    let client = match params.value("client_id") {
        Some(id) => app.server.store.application(&tenant.id, id).await?,
        None => None,
    }
    .ok_or_else(|| Failure::new(Told::NoSuchApplication, StatusCode::BAD_REQUEST))?;
    let uri = params
        .value("redirect_uri")
        .filter(|uri| redirect::is_registered(&client.redirect_uris, uri))
        .ok_or_else(|| Failure::new(Told::WrongRedirect, StatusCode::BAD_REQUEST))?;
    Ok((client.application.id, uri.to_owned()))
}

fn read(params: &Params, client: String, redirect_uri: String) -> Result<Request<'_>, ForClient> {
    if params.value("request").is_some() {
        return Err(("request_not_supported", "request objects are not supported"));
    }
    if params.value("request_uri").is_some() {
        return Err(("request_uri_not_supported", "request_uri is not supported"));
    }
    if params.value("response_type") != Some("code") {
        return Err(("unsupported_response_type", "response_type must be code"));
    }
    if params
        .value("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return Err(("invalid_request", "response_mode must be query"));
    }
    if params.value("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256"));
    }
    let code_challenge = params
        .value("code_challenge")
        .filter(|challenge| code::is_challenge(challenge))
        .ok_or(("invalid_request", "code_challenge is missing or malformed"))?;
    let too_long = |name: &str, most: usize| params.value(name).is_some_and(|v| v.len() > most);
    if too_long("state", 2048) || too_long("nonce", 512) || too_long("login_hint", MAX_USERNAME) {
        return Err(("invalid_request", "state, nonce or login_hint is too long"));
    }
    let max_age = match params.value("max_age").map(str::parse::<i64>) {
        None => None,
        Some(Ok(seconds)) if seconds >= 0 => Some(seconds),
        Some(_) => return Err(("invalid_request", "max_age is not a number of seconds")),
    };
    let code_key = params.owned("dpop_jkt");
    if code_key
        .as_deref()
        .is_some_and(|key| !code::is_challenge(key))
    {
        return Err(("invalid_request", "dpop_jkt is malformed"));
    }
    Ok(Request {
        purpose: Purpose {
            application: client.clone(),
            client,
            redirect_uri: Some(redirect_uri),
            scope: granted_scope(params.value("scope").unwrap_or_default()),
            state: params.owned("state"),
            nonce: params.owned("nonce"),
            code_challenge: code_challenge.to_owned(),
            code_key,
            session: None,
        },
        prompt: prompt(params.value("prompt").unwrap_or_default())?,
        max_age,
        login_hint: params.value("login_hint"),
    })
}

fn prompt(text: &str) -> Result<Prompt, ForClient> {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    if words.contains(&"none") {
        return if words.len() == 1 {
            Ok(Prompt::None)
        } else {
            Err(("invalid_request", "prompt=none stands alone"))
        };
    }
    let again = words
        .iter()
        .any(|word| *word == "login" || *word == "select_account");
    Ok(if again {
        Prompt::Login
    } else {
        Prompt::IfNeeded
    })
}

impl Request<'_> {
    /// Whether a live session may stand for the person here.
    fn session_counts(&self, live: &LiveSession, now: i64) -> bool {
        let newest = live
            .session
            .recorded
            .proofs()
            .iter()
            .map(|proof| proof.at.unix())
            .max()
            .unwrap_or_default();
        let recent = self.max_age.is_none_or(|most| now - newest <= most);
        let same = self
            .login_hint
            .is_none_or(|hint| hint.eq_ignore_ascii_case(&live.user.account.user_principal_name));
        live.session.jkt.is_none() && self.prompt != Prompt::Login && recent && same
    }
}

fn to_client(
    app: &App,
    tenant: &Tenant,
    uri: &str,
    state: Option<&str>,
    (error, description): ForClient,
) -> Result<Response, Failure> {
    let issuer = issuer(app, tenant);
    let mut answer = vec![
        ("error", error),
        ("error_description", description),
        ("iss", issuer.as_str()),
    ];
    if let Some(state) = state {
        answer.push(("state", state));
    }
    redirect::with_query(uri, &answer)
        .map(|location| see_other(&location).into_response())
        .ok_or_else(|| Failure::new(Told::WrongRedirect, StatusCode::BAD_REQUEST))
}

/// Longest username that is looked up, in bytes.
pub const MAX_USERNAME: usize = 320;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}
