//! How a sign-in ended, in words, in JSON and as an exit code.

use serde_json::{Value, json};
use sign_in::view::{
    CardService, ErrorScreen, Fault, Method, ModuleFailure, Picker, PinProblem, Problem, Reader,
    Reason, SignedIn, Strength,
};

use crate::outcome::Outcome;
use crate::plain::rfc3339;
use crate::{screen, words};

/// How it ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Ending {
    /// The person is in, or was before.
    SignedIn {
        session: Box<SignedIn>,
        already: bool,
    },
    /// The error screen.
    Ended(Box<ErrorScreen>),
    /// Something that a person in a window would put right on the same screen.
    Problem(Problem),
    /// The PIN was not taken.
    Pin(PinProblem),
    /// A wrong PIN from a descriptor would block the token.
    LastTry,
    /// No server is known.
    NoServer,
    /// An option is missing, and nobody can be asked.
    Missing(&'static str),
    /// The certificate is missing, and nobody can be asked: these are the ones at hand.
    MissingCertificate(Box<Picker>),
    /// The certificate that was named cannot be sent.
    CannotBeSent(Reason),
    /// The certificate that was named is on no token.
    NotHere {
        service: CardService,
        readers: Vec<Reader>,
        sha256: String,
        failures: Vec<ModuleFailure>,
    },
    /// The server does not offer this way.
    NotOffered(Method),
    /// A descriptor cannot be read.
    Descriptor { number: u32, cause: String },
    /// The terminal cannot be read.
    Terminal { cause: String },
    /// The conversation came back to where it was.
    SaidNothing,
    /// The person stopped it.
    Stopped,
}

impl Ending {
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::SignedIn { .. } => Outcome::Done,
            Self::Ended(shown) => of_fault(&shown.fault),
            Self::Problem(problem) => of_problem(problem),
            Self::Pin(problem) => match problem {
                PinProblem::Wrong { .. }
                | PinProblem::Length
                | PinProblem::Blocked
                | PinProblem::Cancelled
                | PinProblem::NotTouched => Outcome::Refused,
                PinProblem::Removed | PinProblem::InUse { .. } | PinProblem::Token { .. } => {
                    Outcome::Unreachable
                }
            },
            Self::NotOffered(_) | Self::LastTry | Self::CannotBeSent(_) | Self::SaidNothing => {
                Outcome::Refused
            }
            Self::NotHere { .. } => Outcome::Unreachable,
            Self::NoServer
            | Self::Missing(_)
            | Self::MissingCertificate(_)
            | Self::Descriptor { .. }
            | Self::Terminal { .. } => Outcome::Usage,
            Self::Stopped => Outcome::Stopped,
        }
    }

    /// What is said of it.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::SignedIn { session, already } => screen::signed_in(session, *already),
            Self::Ended(shown) => screen::refusal(shown),
            Self::Problem(problem) => words::problem(problem),
            Self::Pin(problem) => words::pin_problem(problem),
            Self::LastTry => words::LAST_TRY_BY_DESCRIPTOR.to_owned(),
            Self::NoServer => words::NO_SERVER.to_owned(),
            Self::Missing(option) => words::missing(option),
            Self::MissingCertificate(picker) => {
                format!(
                    "{}\n\n{}",
                    screen::by_fingerprint(picker),
                    words::missing("--certificate")
                )
            }
            Self::CannotBeSent(reason) => words::cannot_be_sent(reason),
            Self::NotHere {
                service,
                readers,
                sha256,
                failures,
            } => {
                let mut lines = vec![words::certificate_not_here(sha256)];
                if let Some(advice) = words::cards::service_advice(service) {
                    lines.push(words::cards::service(service, None));
                    lines.push(advice.to_owned());
                }
                lines.extend(readers.iter().map(words::cards::reader));
                lines.extend(
                    failures
                        .iter()
                        .map(|f| words::module_failed(&f.module, &f.cause)),
                );
                lines.join("\n")
            }
            Self::NotOffered(method) => words::not_offered(*method),
            Self::Descriptor { number, cause } => words::descriptor(*number, cause),
            Self::Terminal { cause } => words::terminal(cause),
            Self::SaidNothing => words::SAID_NOTHING.to_owned(),
            Self::Stopped => words::STOPPED.to_owned(),
        }
    }

    /// The one JSON object of `--json`.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::SignedIn { session, already } => signed_in(session, *already),
            Self::Ended(shown) => ended(shown, self.outcome()),
            Self::Problem(_)
            | Self::Pin(_)
            | Self::LastTry
            | Self::NoServer
            | Self::Missing(_)
            | Self::MissingCertificate(_)
            | Self::CannotBeSent(_)
            | Self::NotHere { .. }
            | Self::NotOffered(_)
            | Self::Descriptor { .. }
            | Self::Terminal { .. }
            | Self::SaidNothing
            | Self::Stopped => {
                json!({
                    "outcome": outcome_name(self.outcome()),
                    "explanation": { "text": self.words() },
                })
            }
        }
    }
}

fn signed_in(session: &SignedIn, already: bool) -> Value {
    let certificate = session.certificate.as_ref().map(|used| {
        json!({
            "sha256": used.sha256,
            "issuer": used.issuer,
            "not_after": rfc3339(used.not_after),
            "token": used.token,
        })
    });
    json!({
        "outcome": "signed_in",
        "account": session.username,
        "name": session.name,
        "tenant": session.tenant,
        "server": session.server,
        "strength": strength(session.strength),
        "factors": session.factors,
        "certificate": certificate,
        "since": rfc3339(session.since),
        "until": rfc3339(session.until),
        "memory_only": session.memory_only,
        "already_signed_in": already,
    })
}

fn ended(shown: &ErrorScreen, outcome: Outcome) -> Value {
    json!({
        "outcome": outcome_name(outcome),
        "code": words::code_of(&shown.fault),
        "correlation_id": shown.correlation_id,
        "time": rfc3339(shown.at),
        "explanation": {
            "text": words::fault(&shown.fault),
            "checks": shown.checks,
            "next": shown.actions,
        },
    })
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "signed_in",
        Outcome::Refused => "refused",
        Outcome::Usage => "usage",
        Outcome::Unreachable => "unreachable",
        Outcome::Stopped => "stopped",
    }
}

pub(crate) fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::SingleFactor => "single_factor",
        Strength::MultiFactor => "multi_factor",
    }
}

fn of_fault(fault: &Fault) -> Outcome {
    match fault {
        Fault::Refused { .. } | Fault::NotAsked => Outcome::Refused,
        Fault::Handshake { .. }
        | Fault::Unreachable { .. }
        | Fault::Protocol { .. }
        | Fault::Token { .. } => Outcome::Unreachable,
    }
}

fn of_problem(problem: &Problem) -> Outcome {
    match problem {
        Problem::ServerAddress | Problem::UsernameMissing => Outcome::Usage,
        Problem::Unreachable { .. }
        | Problem::ServerNotTrusted { .. }
        | Problem::NotAnIdentityServer => Outcome::Unreachable,
        Problem::NotRight
        | Problem::CodeNotRight
        | Problem::SlowDown { .. }
        | Problem::Expired
        | Problem::SignedOut => Outcome::Refused,
    }
}
