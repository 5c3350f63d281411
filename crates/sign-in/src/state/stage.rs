//! The stages of the conversation, each with what it needs.

use crate::effect::Attempt;
use crate::event::{AskedFor, Session, Wait};
use crate::view::{App, CheckLine, Fault, Method, PinProblem, Problem, Proof, UsedCertificate};

use super::choosing::Choosing;
use super::plugged::Place;

/// Where a sign-in stands. `wait` is the request whose answer moves it on.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// This device's memory is being read.
    Starting { wait: Attempt },
    /// The person says who signs in.
    Account(Form),
    /// A kept session is looked for.
    Resuming { form: Form, wait: Attempt },
    /// The server is asked for its next step.
    Contacting {
        journey: Box<Journey>,
        wait: Attempt,
    },
    /// The person chooses a way.
    Ways { journey: Box<Journey> },
    /// The person chooses a certificate.
    Choosing(Box<Choosing>),
    /// The person gives the PIN; `wait` while the token checks it.
    Pin {
        choosing: Box<Choosing>,
        pin: PinState,
        wait: Option<Attempt>,
    },
    /// The token signs and the server judges.
    Signing {
        choosing: Box<Choosing>,
        pin: PinState,
        wait: Attempt,
    },
    /// The person types the password as the first factor; `wait` while the server checks it.
    Password {
        journey: Box<Journey>,
        problem: Option<Problem>,
        wait: Option<Attempt>,
    },
    /// The person gives a second factor; `wait` while the server checks it.
    Second {
        journey: Box<Journey>,
        asked: AskedFor,
        wait: Option<Attempt>,
    },
    /// The session is being made.
    Finishing {
        journey: Box<Journey>,
        wait: Attempt,
    },
    /// The person is in.
    In(Box<In>),
    /// The sign-in ended without success.
    Refused(Box<Ended>),
    /// The person is being signed out.
    SigningOut {
        session: Box<Session>,
        wait: Attempt,
    },
}

/// The account screen.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) server: String,
    pub(super) username: String,
    pub(super) problem: Option<Problem>,
}

/// One sign-in, from the username on.
#[derive(Clone, Debug)]
pub(super) struct Journey {
    pub(super) server: String,
    pub(super) username: String,
    pub(super) tenant: Option<String>,
    /// The ways the server offered last.
    pub(super) methods: Vec<Method>,
    /// What the server has accepted.
    pub(super) proven: Vec<Method>,
    /// The certificate that was sent.
    pub(super) sent: Option<Sent>,
    /// Set when an application asks for more than the session gives.
    pub(super) step_up: Option<Box<StepUp>>,
}

/// A certificate that was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) name: String,
    pub(super) used: UsedCertificate,
    pub(super) remember: bool,
}

/// The session that a step-up goes back to, and the application it is for.
#[derive(Clone, Debug)]
pub(super) struct StepUp {
    pub(super) inside: In,
    pub(super) app: String,
}

/// The certificate to sign with, and what its token says.
#[derive(Clone, Debug)]
pub(super) struct PinState {
    pub(super) sha256: String,
    /// Where its token is.
    pub(super) place: Place,
    pub(super) remember: bool,
    pub(super) problem: Option<PinProblem>,
    pub(super) waiting: Option<Waiting>,
}

/// What a token waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) wait: Wait,
    pub(super) since: i64,
}

/// The signed-in screen.
#[derive(Clone, Debug)]
pub(super) struct In {
    pub(super) session: Session,
    pub(super) apps: Option<Vec<App>>,
    pub(super) reading: Option<Attempt>,
    pub(super) opening: Option<Opening>,
    pub(super) problem: Option<Problem>,
}

/// An application that is being opened.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) id: String,
    pub(super) wait: Attempt,
    /// Whether the person has just proven more for it, so that asking again would go in circles.
    pub(super) stepped_up: bool,
}

/// A sign-in that ended without success.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) journey: Journey,
    pub(super) fault: Fault,
    pub(super) failed: Proof,
    pub(super) correlation_id: Option<String>,
    pub(super) at: i64,
    pub(super) checks: Vec<CheckLine>,
    pub(super) actions: Vec<crate::view::Action>,
}

impl Journey {
    pub(super) fn new(server: String, username: String) -> Self {
        Self {
            server,
            username,
            tenant: None,
            methods: Vec::new(),
            proven: Vec::new(),
            sent: None,
            step_up: None,
        }
    }

    /// The account screen that this journey came from.
    pub(super) fn form(&self, problem: Option<Problem>) -> Form {
        Form {
            server: self.server.clone(),
            username: self.username.clone(),
            problem,
        }
    }

    /// The application that the journey is for; none when it is the sign-in itself.
    pub(super) fn application(&self) -> Option<String> {
        self.step_up.as_ref().map(|step_up| step_up.app.clone())
    }
}

impl In {
    pub(super) fn new(session: Session) -> Self {
        Self {
            session,
            apps: None,
            reading: None,
            opening: None,
            problem: None,
        }
    }
}
