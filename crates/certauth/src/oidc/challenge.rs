//! The authorization challenge endpoint: the journey's face for clients that talk to the person
//! themselves (draft-ietf-oauth-first-party-apps).
//!
//! Every request carries a `DPoP` proof; the journey belongs to the key of the first one.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{StatusCode, header};
use policy::{Factor, Lacking};
use serde_json::{Value, json};

use super::authorize::MAX_USERNAME;
use super::dpop::{ProofError, ProvenKey};
use super::error::{OAuthError, stamp};
use super::token::HttpRequest;
use super::{code, finish, granted_scope};
use crate::journey::conduct::{Conduct, Outcome};
use crate::journey::held::{Held, NotHeld};
use crate::journey::{self, Binding, Event, Journey, Problem, Purpose, Step, word};
use crate::listener::Peer;
use crate::sessions::{self, LiveSession};
use crate::sign_in_log::{self, Attempt, Outcome as Logged};
use crate::store::{Application, Tenant};
use crate::trust::Trust;
use crate::web::App;
use crate::web::form::{Params, ParamsError};
use crate::web::ticket;

/// Answers the authorization challenge endpoint.
pub(crate) async fn challenge(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Params, ParamsError>,
) -> Response {
    let http = HttpRequest {
        method: &method,
        uri: &uri,
        headers: &headers,
    };
    match answer(&app, &tenant, &peer, http, form).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn answer(
    app: &App,
    tenant: &str,
    peer: &Peer,
    http: HttpRequest<'_>,
    form: Result<Params, ParamsError>,
) -> Result<Response, OAuthError> {
    let form = form?;
    let tenant = app.tenant(tenant).await?.ok_or_else(|| {
        OAuthError::invalid_request("there is no such tenant").status(StatusCode::NOT_FOUND)
    })?;
    let key = http.proven_key(app).await?.ok_or(ProofError::Missing)?;
    let client = first_party(app, &tenant, &form).await?;
    let face = Face {
        app,
        tenant: &tenant,
        client: &client,
        form: &form,
        key,
        conduct: Conduct {
            app,
            tenant: &tenant,
            peer,
        },
    };
    let outcome = match form.value("auth_session") {
        None => {
            app.beginning(peer)?;
            face.begin().await?
        }
        Some(id) => face.go_on(id).await?,
    };
    match outcome {
        Outcome::Next(held) => face.ask(held).await,
        Outcome::Allowed(held, grant) => {
            let value = finish::client(app, &held, &grant).await?;
            let mut body = stamp(&app.server, &held.journey.correlation_id);
            body.insert("authorization_code".into(), value.into());
            Ok(Json(Value::Object(body)).into_response())
        }
    }
}

async fn first_party(app: &App, tenant: &Tenant, form: &Params) -> Result<Application, OAuthError> {
    let id = form
        .value("client_id")
        .ok_or_else(|| OAuthError::invalid_request("client_id is missing"))?;
    app.server
        .store
        .application(&tenant.id, id)
        .await?
        .filter(|client| client.first_party && client.secret_sha256.is_none())
        .ok_or_else(|| {
            OAuthError::new(
                "unauthorized_client",
                "the client is not registered as first-party; send the person to /authorize",
            )
        })
}

/// One request to the endpoint.
struct Face<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    client: &'a Application,
    form: &'a Params,
    key: ProvenKey,
    conduct: Conduct<'a>,
}

impl Face<'_> {
    async fn begin(&self) -> Result<Outcome, OAuthError> {
        let form = self.form;
        if form.value("response_type") != Some("code") {
            return Err(OAuthError::new(
                "unsupported_response_type",
                "response_type must be code",
            ));
        }
        let challenge = form
            .value("code_challenge")
            .filter(|_| form.value("code_challenge_method") == Some("S256"))
            .filter(|challenge| code::is_challenge(challenge))
            .ok_or_else(|| {
                OAuthError::invalid_request("a code_challenge with the method S256 is required")
            })?;
        let session = self.session().await?;
        let username = match (form.value("username"), &session) {
            (Some(name), None) if name.len() <= MAX_USERNAME => name.to_owned(),
            (Some(_), None) => return Err(OAuthError::invalid_request("username is too long")),
            (None, None) => return Err(OAuthError::invalid_request("username is missing")),
            (given, Some(live)) => {
                let name = &live.user.account.user_principal_name;
                if given.is_some_and(|given| !given.eq_ignore_ascii_case(name)) {
                    return Err(OAuthError::invalid_grant(
                        "subject_token belongs to another username",
                    ));
                }
                name.clone()
            }
        };
        if form.value("nonce").is_some_and(|nonce| nonce.len() > 512) {
            return Err(OAuthError::invalid_request("nonce is too long"));
        }
        let application = self.application().await?;
        let purpose = Purpose {
            client: self.client.application.id.clone(),
            application: application.application.id,
            redirect_uri: None,
            scope: granted_scope(form.value("scope").unwrap_or("openid profile")),
            state: None,
            nonce: form.owned("nonce"),
            code_challenge: challenge.to_owned(),
            code_key: Some(self.key.thumbprint.clone()),
            session: session.as_ref().map(|live| live.session.id.clone()),
        };
        let journey = Journey {
            correlation_id: self.app.server.uuid(),
            tenant: self.tenant.id.clone(),
            binding: Binding::DeviceKey(self.key.thumbprint.clone()),
            purpose,
            ways: self.app.ways(self.tenant),
            username: Some(username),
            proven: None,
            step: Step::Choose,
        };
        let held = Held::begin(&self.app.server, journey).await?;
        match session {
            Some(live) => Ok(self.conduct.session(held, &live).await?),
            None => Ok(Outcome::Next(held)),
        }
    }

    async fn go_on(&self, id: &str) -> Result<Outcome, OAuthError> {
        let held = self.open(id).await?;
        let form = self.form;
        let given = ["method", "result_code", "password", "code"]
            .into_iter()
            .filter_map(|name| form.value(name).map(|value| (name, value)))
            .collect::<Vec<_>>();
        let [(name, value)] = given.as_slice() else {
            return Err(OAuthError::invalid_request(
                "exactly one of method, result_code, password and code goes with auth_session",
            )
            .correlation(&held.journey.correlation_id));
        };
        match *name {
            "method" => {
                let factor = journey::factor(value)
                    .ok_or_else(|| OAuthError::invalid_request("method is not known"))?;
                let held = self.conduct.on(held, Event::Chose(factor)).await?;
                Ok(Outcome::Next(held))
            }
            "password" => Ok(self.conduct.password(held, value).await?),
            "code" => Ok(self.conduct.code(held, value).await?),
            _ => self.redeem(held, value).await,
        }
    }

    /// Takes what the certauth host saw, if it saw it for this very journey.
    async fn redeem(&self, held: Held, value: &str) -> Result<Outcome, OAuthError> {
        let over = |held: &Held| {
            OAuthError::invalid_session(
                "the result code is not good, or was used before",
                sign_in_log::code::EXPIRED,
            )
            .correlation(&held.journey.correlation_id)
            .member("auth_session", held.id.clone())
        };
        let result = ticket::take_result(&self.app.server, value)
            .await?
            .ok_or_else(|| over(&held))?;
        if result.journey != held.id || result.tenant != self.tenant.id {
            let attempt = Attempt::of(&held.journey, Some(self.conduct.peer));
            ticket::elsewhere(&self.app.server, attempt, "certificate").await?;
            return Err(NotHeld::Elsewhere(Box::new(held.journey)).into());
        }
        let presented = result.presented();
        Ok(self.conduct.certificate(held, &presented).await?)
    }

    async fn open(&self, id: &str) -> Result<Held, OAuthError> {
        let holder = Binding::DeviceKey(self.key.thumbprint.clone());
        let opened = Held::open(&self.app.server, &self.tenant.id, id, Some(&holder)).await;
        match opened {
            Ok(held) if held.journey.purpose.client == self.client.application.id => Ok(held),
            Ok(held) => Err(self.elsewhere(&held.journey).await?),
            Err(NotHeld::Elsewhere(journey)) => Err(self.elsewhere(&journey).await?),
            Err(error) => Err(error.into()),
        }
    }

    async fn elsewhere(&self, journey: &Journey) -> Result<OAuthError, OAuthError> {
        let attempt = Attempt::of(journey, Some(self.conduct.peer));
        ticket::elsewhere(&self.app.server, attempt, "challenge").await?;
        Ok(OAuthError::invalid_session(
            "the sign-in was started elsewhere",
            sign_in_log::code::ELSEWHERE,
        )
        .correlation(&journey.correlation_id))
    }

    /// The session that the journey raises, if the client names one.
    async fn session(&self) -> Result<Option<LiveSession>, OAuthError> {
        let Some(token) = self.form.value("subject_token") else {
            return Ok(None);
        };
        let live = sessions::by_key(&self.app.server, self.tenant, token)
            .await?
            .filter(|live| live.session.jkt.as_deref() == Some(&self.key.thumbprint));
        if live.is_none() {
            let id = self.app.server.uuid();
            Attempt::new(&self.tenant.id, &id, Some(self.conduct.peer))
                .application(&self.client.application.id)
                .write(
                    &self.app.server,
                    "session",
                    Logged::Failure(sign_in_log::code::EXPIRED),
                )
                .await?;
            return Err(OAuthError::invalid_grant("the session has ended").correlation(&id));
        }
        Ok(live)
    }

    async fn application(&self) -> Result<Application, OAuthError> {
        let Some(id) = self.form.value("resource") else {
            return Ok(self.client.clone());
        };
        self.app
            .server
            .store
            .application(&self.tenant.id, id)
            .await?
            .ok_or_else(|| OAuthError::new("invalid_target", "resource names no application"))
    }

    /// Says what the journey asks for.
    async fn ask(&self, held: Held) -> Result<Response, OAuthError> {
        let journey = &held.journey;
        let mut body = stamp(&self.app.server, &journey.correlation_id);
        body.insert("auth_session".into(), held.id.clone().into());
        body.insert("methods".into(), words(journey.open()));
        body.insert("proven".into(), words(&journey.proven_factors()));
        if let Some(proven) = &journey.proven {
            let trust = self.app.server.trust.of(self.tenant).await?;
            let wanted = proven.lacking.iter().map(|one| wanted(one, &trust));
            body.insert("wanted".into(), wanted.collect());
        }
        let application = self
            .app
            .server
            .store
            .application(&self.tenant.id, &journey.purpose.application)
            .await?;
        let name = application.map(|application| application.application.name);
        body.insert("application".into(), name.into());
        let mut status = StatusCode::UNAUTHORIZED;
        let mut wait = None;
        match &journey.step {
            Step::Username | Step::Choose | Step::Done => {
                body.insert("error".into(), "method_required".into());
            }
            Step::Asked { factor, problem } => {
                body.insert("error".into(), required(*factor).into());
                match problem {
                    Some(Problem::NotRight) => {
                        body.insert("problem".into(), not_right(*factor).into());
                        body.insert("error_codes".into(), json!([policy::code::WRONG_PASSWORD]));
                    }
                    Some(Problem::TooMany(seconds)) => {
                        status = StatusCode::TOO_MANY_REQUESTS;
                        wait = Some(seconds.to_string());
                        body.insert("error".into(), "slow_down".into());
                        let code = sign_in_log::code::TOO_MANY_TRIES;
                        body.insert("error_codes".into(), json!([code]));
                    }
                    None => {}
                }
                if *factor == Factor::Certificate {
                    let ticket = ticket::issue(&self.app.server, &held).await?;
                    let host = self.app.server.hosts.certauth_origin(&self.tenant.id);
                    let endpoint = format!("{host}/{}/certauth", self.tenant.id);
                    body.insert("certificate_endpoint".into(), endpoint.into());
                    body.insert("ticket".into(), ticket.into());
                    body.insert("expires_in".into(), ticket::TICKET_LIFETIME.into());
                }
            }
            Step::Refused(refused) => {
                status = StatusCode::FORBIDDEN;
                let code = refused.explanation.code;
                body.insert("error".into(), "access_denied".into());
                body.insert("error_codes".into(), json!([code]));
                let description = crate::web::words::refusal(&refused.explanation, refused.factor);
                body.insert("error_description".into(), description.title.into());
                let explanation = serde_json::to_value(&refused.explanation);
                body.insert("explanation".into(), explanation.unwrap_or_default());
            }
        }
        let mut response = (status, Json(Value::Object(body))).into_response();
        if let Some(value) = wait.and_then(|seconds| seconds.parse().ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        Ok(response)
    }
}

const fn required(factor: Factor) -> &'static str {
    match factor {
        Factor::Certificate => "certificate_required",
        Factor::Password => "password_required",
        Factor::Code => "code_required",
        Factor::Passkey { .. } => "passkey_required",
    }
}

const fn not_right(factor: Factor) -> &'static str {
    match factor {
        Factor::Certificate | Factor::Password | Factor::Passkey { .. } => "not_right",
        Factor::Code => "code_not_right",
    }
}

/// What a proof has to be, beside its method.
fn wanted(one: &Lacking, trust: &Trust) -> Value {
    let issuer =
        |key: &String| json!({ "subject_key_identifier": key, "subject": trust.subject_of(key) });
    json!({
        "method": word(one.factor),
        "strength": one.rated,
        "issuers": one.issuers.iter().map(issuer).collect::<Vec<_>>(),
        "policies": one.policies,
        "again": one.again,
        "then": words(&one.then),
    })
}

fn words(factors: &[Factor]) -> Value {
    factors.iter().map(|factor| word(*factor)).collect()
}
