//! The token endpoint: which grant is it, and the authorization code grant.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use certs::Time;
use http::{StatusCode, header};
use policy::{Decision, Grant};
use serde_json::{Map, Value};

use super::code::{self, Code, Presented, Used};
use super::dpop::{Expected, ProofError, ProvenKey};
use super::error::OAuthError;
use super::mint::{ACCESS_LIFETIME, Access, Identity, Issuer};
use super::{client, dpop, exchange, has_scope, refresh};
use crate::journey::judge;
use crate::listener::Peer;
use crate::sessions::{self, Holder, LiveSession};
use crate::sign_in_log::{self, Attempt, Outcome};
use crate::store::{Application, RefreshToken, Session, Tenant};
use crate::web::App;
use crate::web::form::{Params, ParamsError};

/// One request to the token endpoint, once its client is known.
pub struct TokenRequest<'a> {
    /// The server and its throttles.
    pub app: &'a App,
    /// The tenant.
    pub tenant: &'a Tenant,
    /// The client.
    pub client: &'a Application,
    /// The form.
    pub form: &'a Params,
    /// The key of the `DPoP` proof, if there was one.
    pub key: Option<ProvenKey>,
    /// Where it came from.
    pub peer: &'a Peer,
}

/// Answers the token endpoint (RFC 6749 §3.2).
pub(crate) async fn token(
    State(app): State<Arc<App>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Params, ParamsError>,
) -> Response {
    let request = HttpRequest {
        method: &method,
        uri: &uri,
        headers: &headers,
    };
    match answer(&app, &tenant, &peer, request, form).await {
        Ok(body) => (
            [(header::CACHE_CONTROL, "no-store")],
            Json(Value::Object(body)),
        )
            .into_response(),
        Err(error) => error.into_response(),
    }
}

/// The parts of a request that a `DPoP` proof is about.
#[derive(Clone, Copy)]
pub(crate) struct HttpRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
}

impl HttpRequest<'_> {
    /// The key of the request's `DPoP` proof; none if it has none.
    pub(crate) async fn proven_key(&self, app: &App) -> Result<Option<ProvenKey>, ProofError> {
        let url = format!("{}{}", app.server.hosts.login_origin(), self.uri.path());
        let expected = Expected {
            method: self.method,
            url: &url,
            access_token: None,
        };
        match dpop::verify(&app.server, self.headers, expected).await {
            Ok(key) => Ok(Some(key)),
            Err(ProofError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

async fn answer(
    app: &App,
    tenant: &str,
    peer: &Peer,
    http: HttpRequest<'_>,
    form: Result<Params, ParamsError>,
) -> Result<Map<String, Value>, OAuthError> {
    let form = form?;
    let tenant = app.tenant(tenant).await?.ok_or_else(|| {
        OAuthError::invalid_request("there is no such tenant").status(StatusCode::NOT_FOUND)
    })?;
    let client = client::authenticate(app, &tenant, http.headers, &form).await?;
    let request = TokenRequest {
        app,
        tenant: &tenant,
        client: &client,
        form: &form,
        key: http.proven_key(app).await?,
        peer,
    };
    match form.value("grant_type") {
        Some("authorization_code") => request.code_grant().await,
        Some("refresh_token") => refresh::grant(&request).await,
        Some("urn:ietf:params:oauth:grant-type:token-exchange") => exchange::grant(&request).await,
        Some(_) => Err(OAuthError::new(
            "unsupported_grant_type",
            "this server knows authorization_code, refresh_token and token-exchange",
        )),
        None => Err(OAuthError::invalid_request("grant_type is missing")),
    }
}

impl TokenRequest<'_> {
    async fn code_grant(&self) -> Result<Map<String, Value>, OAuthError> {
        let value = self
            .form
            .value("code")
            .ok_or_else(|| OAuthError::invalid_request("code is missing"))?;
        let code = match code::take(&self.app.server, value).await? {
            Presented::Good(code) => code,
            Presented::Again(used) => return Err(self.used_again(&used).await?),
            Presented::Unknown => return Err(OAuthError::invalid_grant("the code is not good")),
        };
        self.check(&code)?;
        let (session, prt, grant) = self.session_of(&code).await?;
        let used = Used {
            client: self.client.application.id.clone(),
            session: session.id.clone(),
            correlation_id: code.correlation_id.clone(),
        };
        code::remember(&self.app.server, value, &used).await?;
        let key = self.key.as_ref().map(|key| key.thumbprint.as_str());
        let mut body = self.tokens(
            &grant,
            &code.scope,
            &session,
            key,
            &self.client.application.id,
        )?;
        if has_scope(&code.scope, "openid") {
            let id_token = self.id_token(&grant, &code, &session, &body)?;
            body.insert("id_token".into(), id_token.into());
        }
        let refresh = match prt {
            Some(prt) => Some(prt),
            None if !self.client.first_party && has_scope(&code.scope, "offline_access") => {
                Some(self.first_refresh_token(&code, &session).await?)
            }
            None => None,
        };
        if let Some(refresh) = refresh {
            let left = session.expires_at - self.app.server.now().unix();
            body.insert("refresh_token".into(), refresh.into());
            body.insert("refresh_token_expires_in".into(), left.into());
        }
        self.log_issue(&grant, &code.correlation_id, "token")
            .await?;
        Ok(body)
    }

    fn check(&self, code: &Code) -> Result<(), OAuthError> {
        let wrong =
            |what: &str| Err(OAuthError::invalid_grant(what).correlation(&code.correlation_id));
        if code.tenant != self.tenant.id || code.client != self.client.application.id {
            return wrong("the code was given to another client");
        }
        if code.redirect_uri.as_deref() != self.form.value("redirect_uri") {
            return wrong("redirect_uri is not the one of the authorization request");
        }
        let verifier = self.form.value("code_verifier").unwrap_or_default();
        if !code::verifier_fits(&code.code_challenge, verifier) {
            return wrong("code_verifier does not fit the challenge");
        }
        let key = self.key.as_ref().map(|key| key.thumbprint.as_str());
        if code.key.is_some() && code.key.as_deref() != key {
            return wrong("the code is bound to another key");
        }
        if self.client.first_party && key.is_none() {
            return Err(ProofError::Missing.into());
        }
        Ok(())
    }

    /// The session of a code, the primary refresh token if its redemption began one on this device,
    /// and the verdict, which is asked for again.
    async fn session_of(
        &self,
        code: &Code,
    ) -> Result<(Session, Option<String>, Grant), OAuthError> {
        let server = &self.app.server;
        let over =
            || OAuthError::invalid_grant("the session has ended").correlation(&code.correlation_id);
        let existing = match &code.session {
            Some(id) => Some(
                sessions::by_id(server, self.tenant, id)
                    .await?
                    .ok_or_else(over)?,
            ),
            None => None,
        };
        let user = match &existing {
            Some(live) => live.user.clone(),
            None => server
                .store
                .user(&self.tenant.id, code.recorded.account())
                .await?
                .ok_or_else(over)?,
        };
        let application = server
            .store
            .application(&self.tenant.id, &code.application)
            .await?
            .ok_or_else(|| OAuthError::new("invalid_target", "the application is gone"))?;
        let now = server.now();
        let live = code
            .recorded
            .clone()
            .live(Time::from_unix(code.ends), now)
            .map_err(|_| over())?;
        let policy = &server.trust.of(self.tenant).await?.policy;
        let decision = judge::decide(policy, Some(live), None, &user, &application, now);
        let grant = self.allowed(decision, &code.correlation_id).await?;
        let device = self.key.as_ref().filter(|_| self.client.first_party);
        match (existing, device) {
            // A journey that raised a session on this device: what was proven now counts there too.
            (Some(live), Some(_)) if live.session.jkt.is_some() => {
                let raised = Session {
                    recorded: grant.recorded().clone(),
                    ..live.session
                };
                server.store.update_session(&raised).await?;
                Ok((raised, None, grant))
            }
            (Some(live), None) => Ok((live.session, None, grant)),
            (Some(_) | None, Some(key)) => {
                let holder = Holder::Device(key.thumbprint.clone());
                let (session, prt) =
                    sessions::begin(server, self.tenant, grant.recorded(), holder).await?;
                Ok((session, Some(prt), grant))
            }
            (None, None) => Err(over()),
        }
    }

    /// The grant of a decision, or the error that it stands for, with a row in the log.
    pub(crate) async fn allowed(
        &self,
        decision: Option<Decision>,
        correlation_id: &str,
    ) -> Result<Grant, OAuthError> {
        let attempt = Attempt::new(&self.tenant.id, correlation_id, Some(self.peer));
        let attempt = attempt.application(&self.client.application.id);
        let server = &self.app.server;
        match decision {
            Some(Decision::Allow(grant)) => Ok(grant),
            Some(Decision::More(more)) => {
                attempt
                    .proven(&more.proven)
                    .write(server, "token", Outcome::Unfinished(&more.refusal))
                    .await?;
                Err(OAuthError::more_needed(more.refusal.code()).correlation(correlation_id))
            }
            Some(Decision::Deny(refusal)) => {
                attempt
                    .write(server, "token", Outcome::Refused(&refusal))
                    .await?;
                let asks_for_more = [
                    policy::code::SECOND_FACTOR_NOT_ENROLLED,
                    policy::code::SECOND_FACTOR_REQUIRED,
                    policy::code::STRENGTH_NOT_MET,
                    policy::code::SIGN_IN_TOO_OLD,
                ];
                let error = if asks_for_more.contains(&refusal.code()) {
                    OAuthError::more_needed(refusal.code())
                } else {
                    OAuthError::invalid_grant("the account may not sign in").code(refusal.code())
                };
                let explanation = serde_json::to_value(refusal.for_person()).unwrap_or_default();
                Err(error
                    .correlation(correlation_id)
                    .member("explanation", explanation))
            }
            None => Err(OAuthError::invalid_grant("the session has ended")),
        }
    }

    /// The members that every token answer has.
    pub(crate) fn tokens(
        &self,
        grant: &Grant,
        scope: &str,
        session: &Session,
        key: Option<&str>,
        audience: &str,
    ) -> Result<Map<String, Value>, OAuthError> {
        let server = &self.app.server;
        let issuer = super::issuer(self.app, self.tenant);
        let id = server.uuid();
        let access = Access {
            client: &self.client.application.id,
            audience,
            scope,
            session: &session.id,
            key,
            id: &id,
        };
        let token = self
            .issuer(&issuer)
            .access_token(grant, access, server.now())?;
        let mut body = Map::new();
        body.insert("access_token".into(), token.into());
        let kind = if key.is_some() { "DPoP" } else { "Bearer" };
        body.insert("token_type".into(), kind.into());
        body.insert("expires_in".into(), ACCESS_LIFETIME.into());
        body.insert("scope".into(), scope.into());
        Ok(body)
    }

    fn id_token(
        &self,
        grant: &Grant,
        code: &Code,
        session: &Session,
        body: &Map<String, Value>,
    ) -> Result<String, OAuthError> {
        let issuer = super::issuer(self.app, self.tenant);
        let access_token = body.get("access_token").and_then(Value::as_str);
        let identity = Identity {
            client: &self.client.application.id,
            algorithm: &self.client.id_token_alg,
            nonce: code.nonce.as_deref(),
            scope: &code.scope,
            session: &session.id,
            access_token: access_token.unwrap_or_default(),
        };
        let now = self.app.server.now();
        Ok(self.issuer(&issuer).id_token(grant, identity, now)?)
    }

    fn issuer<'a>(&'a self, issuer: &'a str) -> Issuer<'a> {
        Issuer {
            keys: &self.app.server.keys,
            issuer,
            tenant: &self.tenant.id,
        }
    }

    async fn first_refresh_token(
        &self,
        code: &Code,
        session: &Session,
    ) -> Result<String, OAuthError> {
        let server = &self.app.server;
        let value = server.random_token();
        let public = self.client.secret_sha256.is_none();
        let token = RefreshToken {
            key_sha256: crate::server::sha256_hex(value.as_bytes()),
            session: session.id.clone(),
            client: self.client.application.id.clone(),
            scope: code.scope.clone(),
            jkt: self
                .key
                .as_ref()
                .filter(|_| public)
                .map(|key| key.thumbprint.clone()),
            family: server.uuid(),
            expires_at: session.expires_at,
            rotated_at: None,
            successor: None,
        };
        server.store.add_refresh_token(&token).await?;
        Ok(value)
    }

    /// Writes that a token is issued, before it leaves.
    pub(crate) async fn log_issue(
        &self,
        grant: &Grant,
        correlation_id: &str,
        step: &str,
    ) -> Result<(), OAuthError> {
        let mut attempt = Attempt::new(&self.tenant.id, correlation_id, Some(self.peer))
            .application(&grant.application().id)
            .proven(grant.recorded())
            .account(grant.account());
        if let Some(facts) = grant.certificate() {
            attempt = attempt.certificate(facts);
        }
        attempt
            .write(&self.app.server, step, Outcome::Success)
            .await?;
        Ok(())
    }

    /// A code that comes twice was stolen on the way: whatever it bought ends.
    async fn used_again(&self, used: &Used) -> Result<OAuthError, OAuthError> {
        let server = &self.app.server;
        let found = sessions::by_id(server, self.tenant, &used.session).await?;
        let mut attempt = Attempt::new(&self.tenant.id, &used.correlation_id, Some(self.peer))
            .application(&used.client);
        if let Some(LiveSession { session, user }) = found {
            sessions::end(server, &session).await?;
            attempt = attempt.account(&user.account);
        }
        let expired = sign_in_log::code::EXPIRED;
        attempt
            .detail(
                "Reason",
                "an authorization code was used twice; its session was ended",
            )
            .write(server, "token", Outcome::Failure(expired))
            .await?;
        Ok(OAuthError::invalid_grant("the code was used before")
            .code(expired)
            .correlation(&used.correlation_id))
    }
}
