//! The pages: what each template is given. Templates escape every value.

use std::fmt::Write as _;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use certs::Time;
use http::{HeaderValue, StatusCode, header};
use policy::{Explanation, Factor};

use super::words::{self, Words};
use super::{App, assets, headers};
use crate::journey::{Journey, Refused, word};
use crate::store::Tenant;

/// What every page has.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The title of the window.
    pub title: String,
    /// The tenant's name.
    pub tenant: Option<String>,
    /// Path of the stylesheet.
    pub stylesheet: &'static str,
    /// Name of the login host.
    pub host: String,
}

/// The page that asks who it is.
#[derive(Template)]
#[template(path = "username.html")]
pub struct UsernamePage {
    /// What every page has.
    pub frame: Frame,
    /// The journey's path.
    pub base: String,
    /// The application that the person goes to.
    pub application: Option<String>,
    /// Why it is asked again.
    pub problem: Option<String>,
}

/// The page that asks for the password.
#[derive(Template)]
#[template(path = "password.html")]
pub struct PasswordPage {
    /// What every page has.
    pub frame: Frame,
    /// The journey's path.
    pub base: String,
    /// The username as it was typed.
    pub username: String,
    /// Why a second factor is asked for.
    pub why: Option<String>,
    /// Why it is asked again.
    pub problem: Option<String>,
    /// Where "Forgot your password?" leads.
    pub help_url: Option<String>,
    /// The other ways.
    pub ways: Vec<Way>,
    /// Shows and hides the password; its hash is in the policy.
    pub script: &'static str,
}

/// The page that asks for a one-time code.
#[derive(Template)]
#[template(path = "code.html")]
pub struct CodePage {
    /// What every page has.
    pub frame: Frame,
    /// The journey's path.
    pub base: String,
    /// The username as it was typed.
    pub username: String,
    /// Why a second factor is asked for.
    pub why: Option<String>,
    /// Why it is asked again.
    pub problem: Option<String>,
    /// The other ways.
    pub ways: Vec<Way>,
}

/// The page before the browser asks for a certificate.
#[derive(Template)]
#[template(path = "certificate.html")]
pub struct CertificatePage {
    /// What every page has.
    pub frame: Frame,
    /// The journey's path.
    pub base: String,
    /// The username as it was typed.
    pub username: String,
    /// Why a second factor is asked for.
    pub why: Option<String>,
    /// The other ways.
    pub ways: Vec<Way>,
}

/// The page after a refusal.
#[derive(Template)]
#[template(path = "refused.html")]
pub struct RefusedPage {
    /// What every page has.
    pub frame: Frame,
    /// The journey's path.
    pub base: String,
    /// What happened, and what to do.
    pub words: Words,
    /// Whether another certificate may be tried.
    pub again: bool,
    /// The directory's code.
    pub code: u32,
    /// Joins it to the log.
    pub correlation_id: String,
    /// When.
    pub at: String,
    /// The checks.
    pub trace: Vec<TraceLine>,
    /// The same as text, to be copied.
    pub details: String,
    /// The other ways.
    pub ways: Vec<Way>,
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
pub struct Message {
    /// What every page has.
    pub frame: Frame,
    /// What it says.
    pub words: Words,
    /// What an administrator asks for, if something went wrong.
    pub facts: Option<Facts>,
}

/// What an administrator asks for.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The directory's code.
    pub code: Option<u32>,
    /// Joins it to the log.
    pub correlation_id: String,
    /// When.
    pub at: String,
}

/// The certauth host's page, which posts itself to the login host.
#[derive(Template)]
#[template(path = "certauth.html")]
pub struct CertauthPage {
    /// What every page has.
    pub frame: Frame,
    /// What it says.
    pub words: Words,
    /// Where it posts to.
    pub action: String,
    /// The result code.
    pub result_code: String,
    /// The one script; its hash is in the policy.
    pub script: &'static str,
}

/// The page that lets a browser in.
#[derive(Template)]
#[template(path = "open.html")]
pub struct OpenPage {
    /// What every page has.
    pub frame: Frame,
    /// The application's name.
    pub application: String,
    /// The person's name.
    pub name: String,
    /// The username.
    pub username: String,
    /// Where it posts to.
    pub action: String,
    /// The ticket.
    pub ticket: String,
}

/// The page that asks before it signs out.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub struct SignOutPage {
    /// What every page has.
    pub frame: Frame,
    /// The username.
    pub username: String,
    /// Where it posts to.
    pub action: String,
    /// What it posts.
    pub fields: Vec<(&'static str, String)>,
}

/// The page that makes the first administrator.
#[derive(Template)]
#[template(path = "setup.html")]
pub struct SetupPage {
    /// What every page has.
    pub frame: Frame,
    /// The set-up link's token.
    pub token: String,
    /// The one-time code's secret, sealed.
    pub sealed: String,
    /// The one-time code's secret, base32.
    pub secret: String,
    /// The secret as a picture, a `data:` URI.
    pub qr: String,
    /// The tenant's domain.
    pub domain: String,
    /// The name as it was typed.
    pub name: String,
    /// The username as it was typed.
    pub username: String,
    /// Why it is asked again.
    pub problem: Option<String>,
}

/// Another way to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The factor's word.
    pub factor: &'static str,
    /// Where its button posts to, below the journey's path.
    pub path: &'static str,
    /// What the button says.
    pub label: &'static str,
}

/// One check, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceLine {
    /// Name of its style.
    pub class: &'static str,
    /// The check's name.
    pub check: &'static str,
    /// How it came out, in a word.
    pub outcome: &'static str,
    /// The certificate it was about.
    pub certificate: Option<String>,
    /// What was wanted.
    pub expected: Option<String>,
    /// What was there.
    pub found: Option<String>,
}

impl Frame {
    /// The frame of a page.
    pub fn new(app: &App, tenant: Option<&Tenant>, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            tenant: tenant.map(|tenant| tenant.display_name.clone()),
            stylesheet: assets::stylesheet(),
            host: app.server.hosts.login_host().to_owned(),
        }
    }
}

impl RefusedPage {
    /// The page of a journey whose last try was refused.
    pub fn of(frame: Frame, base: String, journey: &Journey, refused: &Refused) -> Self {
        let explanation = &refused.explanation;
        let words = words::refusal(explanation, refused.factor);
        let at = Time::from_unix(refused.at).to_string();
        let again = journey.open().contains(&Factor::Certificate);
        let ways = ways(journey.open(), again.then_some(Factor::Certificate));
        Self {
            details: details(journey, explanation, &words, &at),
            trace: explanation.checks.iter().map(TraceLine::of).collect(),
            code: explanation.code,
            correlation_id: journey.correlation_id.clone(),
            frame,
            base,
            words,
            again,
            at,
            ways,
        }
    }
}

impl TraceLine {
    fn of(line: &policy::CheckLine) -> Self {
        let (outcome, class) = words::outcome(line.outcome);
        Self {
            class,
            check: words::check(line.check),
            outcome,
            certificate: line.certificate.clone(),
            expected: line.expected.clone(),
            found: line.found.clone(),
        }
    }
}

/// The ways of a journey without the one that the page is about.
pub fn ways(open: &[Factor], but: Option<Factor>) -> Vec<Way> {
    open.iter()
        .filter(|factor| Some(**factor) != but)
        .map(|factor| Way {
            factor: word(*factor),
            path: match factor {
                Factor::Certificate => "certificate",
                Factor::Password | Factor::Code | Factor::Passkey { .. } => "other",
            },
            label: words::way(*factor),
        })
        .collect()
}

/// Answers with a page whose forms may lead to `redirect_uri`.
pub fn respond(
    app: &App,
    status: StatusCode,
    page: &impl Template,
    redirect_uri: Option<&str>,
) -> Response {
    respond_under(status, page, &headers::page_policy(app, redirect_uri, None))
}

/// Answers with a page under a content security policy.
pub fn respond_under(status: StatusCode, page: &impl Template, policy: &str) -> Response {
    let (Ok(html), Ok(policy)) = (page.render(), HeaderValue::from_str(policy)) else {
        tracing::error!("a page could not be written");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let policy = [(header::CONTENT_SECURITY_POLICY, policy)];
    (status, policy, Html(html)).into_response()
}

fn details(journey: &Journey, explanation: &Explanation, words: &Words, at: &str) -> String {
    let mut text = format!(
        "{}\nCode: {}\nCorrelation ID: {}\nTime: {at}\nApplication: {}\n",
        words.title, explanation.code, journey.correlation_id, journey.purpose.application,
    );
    for line in &explanation.checks {
        let line = TraceLine::of(line);
        let _ = write!(text, "{}: {}", line.check, line.outcome);
        for (name, value) in [
            ("certificate", line.certificate),
            ("expected", line.expected),
            ("found", line.found),
        ] {
            if let Some(value) = value {
                let _ = write!(text, "; {name} {value}");
            }
        }
        text.push('\n');
    }
    text
}
