//! The authorization challenge endpoint (draft-ietf-oauth-first-party-apps): one sign-in, step by
//! step, each request proven with the device key.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use sign_in::view::{CheckLine, CheckOutcome, Method, Problem};
use sign_in::{Answer, AskedFor, Failure, Next, Refusal};
use url::Url;

use super::http::{Http, Reply};
use super::provider::Provider;
use super::{CLIENT_ID, method, method_name, protocol};
use crate::ambient;
use crate::device_key::DeviceKey;
use crate::secret::Secret;

/// What one sign-in holds between its steps.
#[derive(Debug)]
pub(crate) struct Journey {
    auth_session: Option<Secret>,
    pub(crate) verifier: Secret,
    pub(crate) nonce: String,
    /// Set by the step that asks for a certificate.
    pub(crate) certificate: Option<CertificateStep>,
    /// Set by the last step.
    pub(crate) code: Option<Secret>,
}

/// Where the certificate is to be sent, and the ticket that names the journey there.
#[derive(Clone, Debug)]
pub(crate) struct CertificateStep {
    pub(crate) endpoint: Url,
    pub(crate) ticket: Secret,
}

/// What begins a journey.
pub(crate) struct Begin<'a> {
    pub(crate) username: &'a str,
    /// The application that asks for more, and the session to start with.
    pub(crate) step_up: Option<(&'a str, &'a Secret)>,
}

/// What a person gives in answer to a step.
pub(crate) enum Given<'a> {
    Method(Method),
    ResultCode(&'a Secret),
    Password(&'a Secret),
    Code(&'a Secret),
}

impl Journey {
    pub(crate) fn new() -> Self {
        Self {
            auth_session: None,
            verifier: Secret::new(ambient::random_text()),
            nonce: ambient::random_text(),
            certificate: None,
            code: None,
        }
    }

    /// Begins.
    pub(crate) async fn begin(
        &mut self,
        http: &Http,
        provider: &Provider,
        key: &DeviceKey,
        begin: &Begin<'_>,
    ) -> Result<Answer, Failure> {
        let challenge = digest::digest(&digest::SHA256, self.verifier.reveal().as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(challenge);
        let mut form = vec![
            ("client_id", CLIENT_ID),
            ("response_type", "code"),
            ("scope", SCOPE),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("nonce", &self.nonce),
            ("username", begin.username),
        ];
        if let Some((application, session)) = begin.step_up {
            form.push(("resource", application));
            form.push(("subject_token", session.reveal()));
        }
        let reply = http.post(&provider.challenge, &form, Some(key)).await?;
        self.take(provider, &reply)
    }

    /// Goes on.
    pub(crate) async fn go_on(
        &mut self,
        http: &Http,
        provider: &Provider,
        key: &DeviceKey,
        given: Given<'_>,
    ) -> Result<Answer, Failure> {
        let Some(auth_session) = self.auth_session.clone() else {
            return Ok(Answer::Expired);
        };
        let (name, value) = match given {
            Given::Method(method) => ("method", method_name(method)),
            Given::ResultCode(code) => ("result_code", code.reveal()),
            Given::Password(password) => ("password", password.reveal()),
            Given::Code(code) => ("code", code.reveal()),
        };
        let form = [
            ("client_id", CLIENT_ID),
            ("auth_session", auth_session.reveal()),
            (name, value),
        ];
        let reply = http.post(&provider.challenge, &form, Some(key)).await?;
        self.take(provider, &reply)
    }

    /// Reads the server's next step.
    fn take(&mut self, provider: &Provider, reply: &Reply) -> Result<Answer, Failure> {
        if let Some(pause) = reply.slow_down() {
            return Err(pause);
        }
        let next: NextStep = reply.json()?;
        if next.auth_session.is_some() {
            self.auth_session = next.auth_session;
        }
        if let Some(code) = next.authorization_code {
            self.code = Some(code);
            return Ok(Answer::Authorized);
        }
        let offers = methods(&next.methods);
        let asked = |asking| {
            Answer::Secret(AskedFor {
                asking,
                offers: if offers.is_empty() {
                    vec![asking]
                } else {
                    offers.clone()
                },
                proven: methods(&next.proven),
                application: next.application.clone(),
                problem: next.problem.as_deref().and_then(problem),
            })
        };
        match next.error.as_deref() {
            Some("method_required") => Ok(Answer::Methods { methods: offers }),
            Some("certificate_required") => {
                let (Some(endpoint), Some(ticket)) = (next.certificate_endpoint, next.ticket)
                else {
                    return Err(protocol(
                        "a certificate is asked for without a place to send it",
                    ));
                };
                if !provider.takes_certificates_at(&endpoint) {
                    return Err(protocol("the certificate is to be sent to another server"));
                }
                let host = endpoint.host_str().unwrap_or_default().to_owned();
                self.certificate = Some(CertificateStep { endpoint, ticket });
                Ok(Answer::Certificate { host })
            }
            Some("password_required") => Ok(asked(Method::Password)),
            Some("code_required") => Ok(asked(Method::Code)),
            Some("access_denied") => Ok(Answer::Refused(Refusal {
                code: next
                    .explanation
                    .as_ref()
                    .map(|explanation| explanation.code)
                    .or_else(|| next.error_codes.first().copied())
                    .unwrap_or_default(),
                correlation_id: next.correlation_id,
                checks: next
                    .explanation
                    .iter()
                    .flat_map(Explanation::lines)
                    .collect(),
                next: next
                    .explanation
                    .as_ref()
                    .map_or(Next::AskAdministrator, Explanation::next),
                methods: offers,
            })),
            // RFC 6749 §5.2 has this word for a session of the step-up that has ended.
            Some("invalid_grant") => Err(Failure::SessionEnded),
            Some("invalid_session") => Ok(Answer::Expired),
            Some(other) => {
                let told = next.error_description.unwrap_or_default();
                Err(protocol(format!("{other} {told}").trim_end()))
            }
            None => Err(protocol(format!(
                "status {} without an error",
                reply.status
            ))),
        }
    }
}

#[derive(Deserialize)]
struct NextStep {
    error: Option<String>,
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u32>,
    correlation_id: Option<String>,
    auth_session: Option<Secret>,
    authorization_code: Option<Secret>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    proven: Vec<String>,
    application: Option<String>,
    problem: Option<String>,
    certificate_endpoint: Option<Url>,
    ticket: Option<Secret>,
    explanation: Option<Explanation>,
}

#[derive(Deserialize)]
struct Explanation {
    code: u32,
    #[serde(default)]
    checks: Vec<Check>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Check {
    #[serde(rename = "check")]
    name: String,
    outcome: CheckOutcome,
    certificate: Option<String>,
    expected: Option<Value>,
    found: Option<Value>,
}

impl Explanation {
    fn lines(&self) -> Vec<CheckLine> {
        let line = |check: &Check| CheckLine {
            check: check.name.clone(),
            outcome: check.outcome,
            certificate: check.certificate.clone(),
            expected: check.expected.as_ref().map(text),
            found: check.found.as_ref().map(text),
        };
        self.checks.iter().map(line).collect()
    }

    /// A suggestion that is not known here leaves the person with an administrator.
    fn next(&self) -> Next {
        match self.next.as_deref() {
            Some("choose_another") => Next::ChooseAnother,
            Some("try_again") => Next::TryAgain,
            Some("other_way") => Next::OtherWay,
            Some(_) | None => Next::AskAdministrator,
        }
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn methods(names: &[String]) -> Vec<Method> {
    names.iter().filter_map(|name| method(name)).collect()
}

fn problem(name: &str) -> Option<Problem> {
    match name {
        "not_right" => Some(Problem::NotRight),
        "code_not_right" => Some(Problem::CodeNotRight),
        _ => None,
    }
}

const SCOPE: &str = "openid profile offline_access";
