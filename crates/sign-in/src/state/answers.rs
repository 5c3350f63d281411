//! What the server answers, in each stage that waits for it.

use crate::effect::{Attempt, Effect};
use crate::event::{Answer, AskedFor, Failure, Next, Refusal};
use crate::view::{Action, CheckLine, Fault, Method, Problem, Proof, UsedCertificate};

use super::choosing::Choosing;
use super::plugged::Plugged;
use super::stage::{Ended, Journey, PinState, Sent, Stage};
use super::{State, Step};

impl State {
    /// Takes the server's answer, if the stage still waits for it.
    pub(super) fn answered(self, attempt: Attempt, answer: Answer, now: i64) -> Step {
        let Some((journey, during)) = self.waiting(attempt) else {
            return self.unchanged();
        };
        let mut journey = journey;
        let noted = note(&mut journey, &answer);
        let mut step = match answer {
            Answer::Methods { methods } => self.offered(journey, methods, now),
            Answer::Certificate { host } => self.choose_certificate(journey, host),
            Answer::Secret(asked) => self.secret_asked(journey, asked),
            Answer::Authorized => self.finish(journey),
            Answer::Refused(refusal) => self.refused(journey, &during, refusal, now),
            Answer::Expired => self
                .with_journey(journey)
                .start_over(Some(Problem::Expired)),
            Answer::Failed(failure) => self.failed(journey, during, failure, now),
        };
        step.effects.splice(0..0, noted);
        step
    }

    /// The journey of the stage that waits for this number, and what was being proven.
    fn waiting(&self, attempt: Attempt) -> Option<(Journey, During)> {
        let waits = |wait: &Attempt| *wait == attempt;
        match &self.stage {
            Stage::Contacting { journey, wait } if waits(wait) => {
                let during = if journey.methods.is_empty() && journey.step_up.is_none() {
                    During::Account
                } else {
                    During::Way
                };
                Some(((**journey).clone(), during))
            }
            Stage::Pin {
                choosing,
                pin,
                wait: Some(wait),
            } if waits(wait) => Some((sending(choosing, &self.plugged, pin), During::Certificate)),
            Stage::Signing { choosing, wait, .. } if waits(wait) => {
                Some((choosing.journey.clone(), During::Certificate))
            }
            Stage::Password {
                journey,
                wait: Some(wait),
                ..
            } if waits(wait) => Some(((**journey).clone(), During::Password)),
            Stage::Second {
                journey,
                asked,
                wait: Some(wait),
            } if waits(wait) => Some(((**journey).clone(), During::Second(asked.clone()))),
            Stage::Finishing { journey, wait } if waits(wait) => {
                Some(((**journey).clone(), During::Way))
            }
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Pin { .. }
            | Stage::Signing { .. }
            | Stage::Password { .. }
            | Stage::Second { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => None,
        }
    }

    fn offered(self, mut journey: Journey, methods: Vec<Method>, now: i64) -> Step {
        match methods.as_slice() {
            [] => {
                let failure = Failure::Protocol {
                    cause: "no way to sign in is offered".to_owned(),
                };
                self.failed(journey, During::Way, failure, now)
            }
            [only] => {
                let only = *only;
                journey.methods = methods;
                self.choose(journey, only, Vec::new())
            }
            [_, _, ..] => {
                journey.methods = methods;
                self.with(Stage::Ways {
                    journey: Box::new(journey),
                })
                .unchanged()
            }
        }
    }

    fn choose_certificate(mut self, journey: Journey, host: String) -> Step {
        let probe = self.attempt();
        let remembered = self
            .memory
            .certificates
            .iter()
            .find(|remembered| {
                remembered.server == journey.server
                    && remembered.username.eq_ignore_ascii_case(&journey.username)
            })
            .map(|remembered| remembered.sha256.clone());
        let marked = journey.sent.as_ref().map(|sent| sent.used.sha256.clone());
        self.plugged.forget_gone();
        let choosing = Choosing {
            journey,
            host,
            probe: Some(probe),
            asks: None,
            order: Vec::new(),
            marked,
            offered: None,
            remembered,
        };
        self.with(Stage::Choosing(Box::new(choosing)))
            .doing(vec![Effect::Probe { attempt: probe }])
    }

    fn secret_asked(self, journey: Journey, asked: AskedFor) -> Step {
        let journey = Box::new(journey);
        let first = asked.proven.is_empty() && asked.asking == Method::Password;
        let stage = if first {
            Stage::Password {
                journey,
                problem: asked.problem,
                wait: None,
            }
        } else {
            Stage::Second {
                journey,
                asked,
                wait: None,
            }
        };
        self.with(stage).unchanged()
    }

    fn finish(mut self, journey: Journey) -> Step {
        let attempt = self.attempt();
        let certificate = journey.sent.as_ref().map(|sent| sent.used.clone());
        let finish = Effect::Finish {
            attempt,
            certificate,
        };
        self.with(Stage::Finishing {
            journey: Box::new(journey),
            wait: attempt,
        })
        .doing(vec![finish])
    }

    fn refused(self, mut journey: Journey, during: &During, refusal: Refusal, now: i64) -> Step {
        let first = match refusal.next {
            Next::ChooseAnother => Some(Action::ChooseAnother),
            Next::TryAgain => Some(Action::TryAgain),
            Next::OtherWay => Some(Action::OtherWays),
            Next::AskAdministrator => None,
        };
        journey.methods.clone_from(&refusal.methods);
        let actions = actions(&journey, first);
        self.end(Ended {
            fault: Fault::Refused { code: refusal.code },
            failed: during.proof(),
            correlation_id: refusal.correlation_id,
            at: now,
            checks: refusal.checks,
            actions,
            journey,
        })
    }

    /// Something failed on this side of the conversation. What a person can put right where they
    /// are is shown there; everything else ends the sign-in.
    pub(super) fn failed(
        self,
        journey: Journey,
        during: During,
        failure: Failure,
        now: i64,
    ) -> Step {
        match (during, problem_of(&failure)) {
            (During::Account, Some(problem)) => self
                .with(Stage::Account(journey.form(Some(problem))))
                .unchanged(),
            (During::Password, Some(problem)) => {
                let journey = Box::new(journey);
                self.with(Stage::Password {
                    journey,
                    problem: Some(problem),
                    wait: None,
                })
                .unchanged()
            }
            (During::Second(asked), Some(problem)) => {
                let asked = AskedFor {
                    problem: Some(problem),
                    ..asked
                };
                let journey = Box::new(journey);
                self.with(Stage::Second {
                    journey,
                    asked,
                    wait: None,
                })
                .unchanged()
            }
            (during, _) => self.fault(journey, &during, failure, now),
        }
    }

    fn fault(self, journey: Journey, during: &During, failure: Failure, now: i64) -> Step {
        let (fault, first) = match failure {
            Failure::Unreachable { cause } => (Fault::Unreachable { cause }, Action::TryAgain),
            Failure::NotAsked => (Fault::NotAsked, Action::OtherWays),
            Failure::ServerNotTrusted { cause } | Failure::Handshake { cause } => {
                (Fault::Handshake { cause }, Action::TryAgain)
            }
            Failure::Protocol { cause } => (Fault::Protocol { cause }, Action::TryAgain),
            Failure::Token { cause } => (Fault::Token { cause }, Action::TryAgain),
            Failure::NotAnIdentityServer => (
                Fault::Protocol {
                    cause: "it is not an identity server".to_owned(),
                },
                Action::StartOver,
            ),
            Failure::SlowDown { seconds } => {
                return self
                    .with_journey(journey)
                    .start_over(Some(Problem::SlowDown { seconds }));
            }
            Failure::SessionEnded => return self.session_ended(&journey),
        };
        let actions = actions(&journey, Some(first));
        self.end(Ended {
            fault,
            failed: during.proof(),
            correlation_id: None,
            at: now,
            checks: Vec::<CheckLine>::new(),
            actions,
            journey,
        })
    }

    fn end(self, ended: Ended) -> Step {
        self.with(Stage::Refused(Box::new(ended)))
            .doing(vec![Effect::DropSecrets])
    }

    fn session_ended(mut self, journey: &Journey) -> Step {
        self.forget_session(&journey.server, &journey.username);
        let (server, username) = (journey.server.clone(), journey.username.clone());
        self.with(Stage::Account(journey.form(Some(Problem::SignedOut))))
            .doing(vec![Effect::RemoveSession { server, username }])
    }

    /// Puts a journey where `start_over` finds it.
    fn with_journey(self, journey: Journey) -> Self {
        self.with(Stage::Ways {
            journey: Box::new(journey),
        })
    }
}

/// What was being proven when an answer came.
#[derive(Clone, Debug)]
pub(super) enum During {
    Account,
    Way,
    Certificate,
    Password,
    Second(AskedFor),
}

impl During {
    fn proof(&self) -> Proof {
        match self {
            Self::Account => Proof::Account,
            Self::Way => Proof::SignIn,
            Self::Certificate => Proof::Certificate,
            Self::Password => Proof::Password,
            Self::Second(asked) => match asked.asking {
                Method::Certificate => Proof::Certificate,
                Method::Password => Proof::Password,
                Method::Code => Proof::Code,
            },
        }
    }
}

/// Notes what an answer proves, and what is worth remembering of it.
fn note(journey: &mut Journey, answer: &Answer) -> Vec<Effect> {
    let accepted = match answer {
        Answer::Secret(asked) => {
            journey.proven.clone_from(&asked.proven);
            asked.proven.contains(&Method::Certificate)
        }
        Answer::Authorized => true,
        Answer::Methods { .. }
        | Answer::Certificate { .. }
        | Answer::Refused(_)
        | Answer::Expired
        | Answer::Failed(_) => false,
    };
    let Some(sent) = journey
        .sent
        .as_mut()
        .filter(|sent| accepted && sent.remember)
    else {
        return Vec::new();
    };
    sent.remember = false;
    let (server, username) = (journey.server.clone(), journey.username.clone());
    let sha256 = sent.used.sha256.clone();
    vec![Effect::RememberCertificate {
        server,
        username,
        sha256,
    }]
}

/// The journey with the certificate that is being sent.
pub(super) fn sending(choosing: &Choosing, plugged: &Plugged, pin: &PinState) -> Journey {
    let sent = plugged
        .at(pin.place, &pin.sha256)
        .map(|(seat, candidate)| Sent {
            name: candidate.row.name.clone(),
            used: UsedCertificate {
                sha256: candidate.row.sha256.clone(),
                issuer: candidate.row.issuer.clone(),
                not_after: candidate.row.not_after,
                token: seat.token.label.name.clone(),
            },
            remember: pin.remember,
        });
    Journey {
        sent: sent.or_else(|| choosing.journey.sent.clone()),
        ..choosing.journey.clone()
    }
}

/// What a person can put right without leaving the screen.
pub(super) fn problem_of(failure: &Failure) -> Option<Problem> {
    match failure {
        Failure::Unreachable { cause } => Some(Problem::Unreachable {
            cause: cause.clone(),
        }),
        Failure::ServerNotTrusted { cause } => Some(Problem::ServerNotTrusted {
            cause: cause.clone(),
        }),
        Failure::NotAnIdentityServer => Some(Problem::NotAnIdentityServer),
        Failure::SlowDown { seconds } => Some(Problem::SlowDown { seconds: *seconds }),
        Failure::SessionEnded => Some(Problem::SignedOut),
        Failure::NotAsked
        | Failure::Handshake { .. }
        | Failure::Protocol { .. }
        | Failure::Token { .. } => None,
    }
}

/// What can be done after an end, the suggestion first. There is always a way out.
fn actions(journey: &Journey, first: Option<Action>) -> Vec<Action> {
    let certificate = journey.methods.contains(&Method::Certificate);
    let possible = |action: &Action| match action {
        Action::ChooseAnother => certificate,
        Action::OtherWays => !journey.methods.is_empty(),
        Action::TryAgain | Action::StartOver => true,
    };
    let all = [
        Action::ChooseAnother,
        Action::OtherWays,
        Action::TryAgain,
        Action::StartOver,
    ];
    let mut actions = Vec::new();
    for action in first.into_iter().chain(all).filter(possible) {
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    actions
}
