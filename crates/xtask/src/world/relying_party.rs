//! The demo's web applications: small, but relying parties like any other (OpenID Connect Core).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use hyper::{Response, StatusCode};
use url::Url;

use self::pending::{Begun, Pending};
use self::pkce::Verifier;
use self::provider::{Metadata, Provider, Registration, SignedIn};
use super::files;

pub mod page;
pub mod pending;
pub mod pkce;
pub mod provider;

/// What an application is registered as.
#[derive(Clone, Debug)]
pub struct Application {
    /// The `client_id`, and the first part of every path.
    pub id: &'static str,
    /// The name that people see.
    pub name: &'static str,
    /// One line for the list of applications.
    pub description: &'static str,
    /// Whether conditional access asks for two factors.
    pub multi_factor: bool,
    /// The client's secret; a public client has none.
    pub secret: Option<String>,
}

/// One application, ready to answer.
#[derive(Debug)]
pub struct RelyingParty {
    application: Application,
    origin: String,
    provider: Arc<Provider>,
    pending: Mutex<Pending>,
    sessions: Mutex<HashMap<String, SignedIn>>,
}

/// An answer with its whole body at hand.
pub type Answer = Response<Full<Bytes>>;

impl RelyingParty {
    /// Sets an application up on a web origin such as `http://127.0.0.1:8444`.
    pub fn new(application: Application, origin: &str, provider: Arc<Provider>) -> Self {
        Self {
            application,
            origin: origin.to_owned(),
            provider,
            pending: Mutex::default(),
            sessions: Mutex::default(),
        }
    }

    /// Returns what the application is registered as.
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Returns the application's start page, where a sign-out leads too.
    pub fn home(&self) -> String {
        format!("{}{}/", self.origin, self.path())
    }

    /// Returns where codes are delivered.
    pub fn redirect_uri(&self) -> String {
        format!("{}{}/callback", self.origin, self.path())
    }

    /// Returns where a sign-in begins that the provider asked for (OpenID Connect Core §4).
    pub fn initiate_login_uri(&self) -> String {
        format!("{}{}/sign-in", self.origin, self.path())
    }

    /// Answers a request whose path, below the application's own, is `rest`.
    ///
    /// # Errors
    ///
    /// When no answer can be put together.
    pub async fn answer(&self, rest: &str, query: &str, cookies: &Cookies) -> Result<Answer> {
        let outcome = match rest {
            "/" => self.front(cookies),
            "/sign-in" => self.sign_in(query, cookies).await,
            "/callback" => self.callback(query, cookies).await,
            "/sign-out" => self.sign_out(cookies).await,
            _ => {
                return html(
                    StatusCode::NOT_FOUND,
                    page::front(self.name(), &self.path()),
                );
            }
        };
        outcome.or_else(|error| {
            let page = page::trouble(self.name(), &self.path(), &format!("{error:#}"));
            html(StatusCode::BAD_REQUEST, page)
        })
    }

    fn front(&self, cookies: &Cookies) -> Result<Answer> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = cookies
            .get(&self.session_cookie())
            .and_then(|name| sessions.get(name));
        let page = match session {
            Some(signed_in) => page::welcome(self.name(), &self.path(), signed_in),
            None => page::front(self.name(), &self.path()),
        };
        html(StatusCode::OK, page)
    }

    async fn sign_in(&self, query: &str, cookies: &Cookies) -> Result<Answer> {
        let metadata = self.provider.metadata().await?;
        let parameters = parameters(query);
        if let Some(issuer) = parameters.get("iss") {
            ensure!(
                *issuer == metadata.issuer,
                "{issuer} asked for a sign-in, but this application trusts {}",
                metadata.issuer
            );
        }
        let browser = match cookies.get(&self.browser_cookie()) {
            Some(known) => known.clone(),
            None => files::random_word()?,
        };
        let begun = Begun {
            state: files::random_word()?,
            browser: browser.clone(),
            nonce: files::random_word()?,
            verifier: Verifier::new(files::random_word()?),
        };
        let hint = parameters.get("login_hint").map(String::as_str);
        let target = self.authorization_request(&metadata, &begun, hint)?;
        self.pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .begin(begun);
        redirect(&target, &[self.cookie(&self.browser_cookie(), &browser)])
    }

    fn authorization_request(
        &self,
        metadata: &Metadata,
        begun: &Begun,
        login_hint: Option<&str>,
    ) -> Result<String> {
        let mut url = Url::parse(&metadata.authorization_endpoint)?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", self.application.id)
            .append_pair("redirect_uri", &self.redirect_uri())
            .append_pair("scope", "openid profile email")
            .append_pair("state", &begun.state)
            .append_pair("nonce", &begun.nonce)
            .append_pair("code_challenge", &begun.verifier.challenge())
            .append_pair("code_challenge_method", "S256");
        if let Some(hint) = login_hint {
            query.append_pair("login_hint", hint);
        }
        drop(query);
        Ok(url.into())
    }

    async fn callback(&self, query: &str, cookies: &Cookies) -> Result<Answer> {
        let metadata = self.provider.metadata().await?;
        let parameters = parameters(query);
        let begun = parameters
            .get("state")
            .zip(cookies.get(&self.browser_cookie()))
            .and_then(|(state, browser)| {
                self.pending
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(state, browser)
            })
            .context("this sign-in was not begun here, or it has been answered already")?;
        // RFC 9207 §2.4: an answer from another provider is a mix-up.
        ensure!(
            parameters.get("iss") == Some(&metadata.issuer),
            "the answer comes from another provider"
        );
        if let Some(error) = parameters.get("error") {
            let more = parameters
                .get("error_description")
                .map_or("", String::as_str);
            anyhow::bail!("the provider says {error}: {more}");
        }
        let code = parameters.get("code").context("the answer has no code")?;
        let redirect_uri = self.redirect_uri();
        let registration = Registration {
            id: self.application.id,
            secret: self.application.secret.as_deref(),
            redirect_uri: &redirect_uri,
        };
        let signed_in = self
            .provider
            .redeem(&metadata, registration, code, &begun)
            .await?;
        let session = files::random_word()?;
        self.sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(session.clone(), signed_in);
        redirect(
            &self.home(),
            &[self.cookie(&self.session_cookie(), &session)],
        )
    }

    async fn sign_out(&self, cookies: &Cookies) -> Result<Answer> {
        let ended = cookies.get(&self.session_cookie()).and_then(|name| {
            self.sessions
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(name)
        });
        let forgotten = [format!(
            "{}; Max-Age=0",
            self.cookie(&self.session_cookie(), "")
        )];
        let endpoint = self.provider.metadata().await?.end_session_endpoint;
        let (Some(signed_in), Some(endpoint)) = (ended, endpoint) else {
            return redirect(&self.home(), &forgotten);
        };
        let mut url = Url::parse(&endpoint)?;
        url.query_pairs_mut()
            .append_pair("id_token_hint", &signed_in.id_token)
            .append_pair("client_id", self.application.id)
            .append_pair("post_logout_redirect_uri", &self.home());
        redirect(url.as_str(), &forgotten)
    }

    fn name(&self) -> &'static str {
        self.application.name
    }

    fn path(&self) -> String {
        format!("/{}", self.application.id)
    }

    fn session_cookie(&self) -> String {
        format!("{}-session", self.application.id)
    }

    fn browser_cookie(&self) -> String {
        format!("{}-browser", self.application.id)
    }

    /// Not `Secure`: the demo's applications are on plain http, on the loopback address.
    fn cookie(&self, name: &str, value: &str) -> String {
        format!(
            "{name}={value}; Path={}; HttpOnly; SameSite=Lax",
            self.path()
        )
    }
}

/// The cookies of one request.
#[derive(Debug, Default)]
pub struct Cookies(HashMap<String, String>);

impl Cookies {
    /// Reads the cookies of a request (RFC 6265 §4.2.1).
    pub fn of(headers: &hyper::HeaderMap) -> Self {
        let pairs = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self(pairs)
    }

    fn get(&self, name: &str) -> Option<&String> {
        self.0.get(name)
    }
}

fn parameters(query: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn html(status: StatusCode, page: String) -> Result<Answer> {
    Ok(Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/html; charset=utf-8")
        .header(CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY)
        .header("Cache-Control", "no-store")
        .body(Full::from(page))?)
}

fn redirect(target: &str, cookies: &[String]) -> Result<Answer> {
    let mut answer = Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(LOCATION, target)
        .header("Cache-Control", "no-store");
    for cookie in cookies {
        answer = answer.header(SET_COOKIE, cookie);
    }
    Ok(answer.body(Full::default())?)
}

#[cfg(test)]
mod tests;
