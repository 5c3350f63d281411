//! What a person wants, in each stage.

use crate::address;
use crate::effect::{Attempt, Effect};
use crate::intent::Intent;
use crate::view::{Fault, Method, Problem};

use super::stage::{Form, Journey, Stage};
use super::{State, Step};

impl State {
    pub(super) fn wants(self, intent: Intent, now: i64) -> Step {
        match intent {
            Intent::EnterAccount { server, username } => self.enter_account(server, &username),
            Intent::ChooseMethod { method } => self.choose_method(method),
            Intent::SelectCertificate { sha256 } => self.select_certificate(sha256, now),
            Intent::UseCertificate {
                sha256,
                remember,
                anyway,
            } => self.use_certificate(sha256, remember, anyway, now),
            Intent::Unlock => self.unlock(),
            Intent::LookAgain => self.look_again(),
            Intent::AskFor { method } => self.ask_for(method),
            Intent::OtherWays => self.other_ways(),
            Intent::ChooseAnother => self.choose_another(),
            Intent::TryAgain => self.try_again(),
            Intent::Back => self.back(),
            Intent::StartOver => self.start_over(None),
            Intent::OpenApp { id } => self.open_app(id, false),
            Intent::RefreshApps => self.refresh_apps(),
            Intent::ForgetAccount { server, username } => self.forget_account(server, username),
            Intent::SignOut => self.sign_out(),
        }
    }

    fn enter_account(mut self, server: String, username: &str) -> Step {
        let Stage::Account(_) = self.stage else {
            return self.unchanged();
        };
        let username = username.trim().to_owned();
        let problem = if address::origin(&server).is_none() {
            Some(Problem::ServerAddress)
        } else if address::tenant_of(&username).is_none() {
            Some(Problem::UsernameMissing)
        } else {
            None
        };
        let Some(origin) = address::origin(&server).filter(|_| problem.is_none()) else {
            return self
                .with(Stage::Account(Form {
                    server,
                    username,
                    problem,
                }))
                .unchanged();
        };
        let kept = self.memory.accounts.iter().any(|account| {
            account.signed_in
                && account.server == origin
                && account.username.eq_ignore_ascii_case(&username)
        });
        if kept {
            let attempt = self.attempt();
            let form = Form {
                server: origin.clone(),
                username: username.clone(),
                problem: None,
            };
            let resume = Effect::Resume {
                attempt,
                server: origin,
                username,
            };
            return self
                .with(Stage::Resuming {
                    form,
                    wait: attempt,
                })
                .doing(vec![resume]);
        }
        self.begin(Journey::new(origin, username))
    }

    /// Begins a journey at the server, whatever went before.
    pub(super) fn begin(mut self, journey: Journey) -> Step {
        let attempt = self.attempt();
        let begin = Effect::Begin {
            attempt,
            server: journey.server.clone(),
            username: journey.username.clone(),
            application: journey.application(),
        };
        self.with(Stage::Contacting {
            journey: Box::new(journey),
            wait: attempt,
        })
        .doing(vec![begin])
    }

    fn choose_method(self, method: Method) -> Step {
        match self.stage {
            Stage::Ways { ref journey } if journey.methods.contains(&method) => {
                let journey = journey.clone();
                self.choose(*journey, method, Vec::new())
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
            | Stage::SigningOut { .. } => self.unchanged(),
        }
    }

    /// Tells the server which way the person takes, after what else has to be done.
    pub(super) fn choose(
        mut self,
        mut journey: Journey,
        method: Method,
        mut effects: Vec<Effect>,
    ) -> Step {
        // A certificate that proved nothing is no part of a sign-in by another way.
        if method != Method::Certificate && !journey.proven.contains(&Method::Certificate) {
            journey.sent = None;
        }
        let attempt = self.attempt();
        effects.push(Effect::Choose { attempt, method });
        self.with(Stage::Contacting {
            journey: Box::new(journey),
            wait: attempt,
        })
        .doing(effects)
    }

    fn ask_for(mut self, method: Method) -> Step {
        let attempt = self.attempt();
        let Stage::Second { asked, wait, .. } = &mut self.stage else {
            return self.unchanged();
        };
        if wait.is_some() || asked.asking == method || !asked.offers.contains(&method) {
            return self.unchanged();
        }
        *wait = Some(attempt);
        self.doing(vec![Effect::Choose { attempt, method }])
    }

    fn other_ways(self) -> Step {
        let (journey, effects) = match self.stage {
            Stage::Choosing(ref choosing) => {
                (choosing.journey.clone(), abandon(choosing.probe).collect())
            }
            Stage::Pin {
                ref choosing, wait, ..
            } => (choosing.journey.clone(), leave(wait)),
            Stage::Password {
                ref journey, wait, ..
            }
            | Stage::Second {
                ref journey, wait, ..
            } => ((**journey).clone(), leave(wait)),
            Stage::Refused(ref ended) => (ended.journey.clone(), Vec::new()),
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Signing { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::SigningOut { .. } => return self.unchanged(),
        };
        if journey.methods.is_empty() {
            return self.unchanged();
        }
        self.with(Stage::Ways {
            journey: Box::new(journey),
        })
        .doing(effects)
    }

    fn choose_another(mut self) -> Step {
        match self.stage {
            Stage::Pin {
                ref choosing, wait, ..
            } => {
                // Another screen: what is gone has kept its place for long enough.
                self.plugged.forget_gone();
                let stage = Stage::Choosing(choosing.clone());
                self.with(stage).doing(leave(wait))
            }
            Stage::Password {
                ref journey, wait, ..
            }
            | Stage::Second {
                ref journey, wait, ..
            } => {
                let journey = (**journey).clone();
                self.choose(journey, Method::Certificate, leave(wait))
            }
            Stage::Signing {
                ref choosing, wait, ..
            } => {
                // The ticket may be spent, so the server is asked for another.
                let journey = choosing.journey.clone();
                self.choose(journey, Method::Certificate, leave(Some(wait)))
            }
            Stage::Refused(ref ended) => {
                let journey = ended.journey.clone();
                self.choose(journey, Method::Certificate, Vec::new())
            }
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::SigningOut { .. } => self.unchanged(),
        }
    }

    fn try_again(self) -> Step {
        let Stage::Refused(ref ended) = self.stage else {
            return self.unchanged();
        };
        let journey = ended.journey.clone();
        let same_journey = match ended.fault {
            Fault::Refused { .. }
            | Fault::NotAsked
            | Fault::Handshake { .. }
            | Fault::Token { .. } => {
                journey.methods.contains(&Method::Certificate) && journey.sent.is_some()
            }
            Fault::Unreachable { .. } | Fault::Protocol { .. } => false,
        };
        if same_journey {
            return self.choose(journey, Method::Certificate, Vec::new());
        }
        let again = Journey {
            tenant: journey.tenant,
            step_up: journey.step_up,
            ..Journey::new(journey.server, journey.username)
        };
        self.begin(again)
    }

    fn back(self) -> Step {
        match self.stage {
            Stage::Pin { ref pin, .. } | Stage::Signing { ref pin, .. }
                if pin.waiting.is_some() =>
            {
                self.stop_waiting()
            }
            Stage::Pin { .. } | Stage::Signing { .. } => self.choose_another(),
            Stage::Choosing(ref choosing) if choosing.journey.methods.len() > 1 => {
                self.other_ways()
            }
            Stage::Password { ref journey, .. } if journey.methods.len() > 1 => self.other_ways(),
            Stage::Choosing(_)
            | Stage::Password { .. }
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Second { .. }
            | Stage::Refused(_) => self.start_over(None),
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::SigningOut { .. } => self.unchanged(),
        }
    }

    /// Leaves the sign-in. A step-up goes back to the session it came from, everything else to
    /// the account screen.
    pub(super) fn start_over(self, problem: Option<Problem>) -> Step {
        let (journey, effects) = match self.stage {
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Finishing { .. }
            | Stage::SigningOut { .. } => return self.unchanged(),
            Stage::Resuming { ref form, wait } => {
                let form = Form {
                    problem,
                    ..form.clone()
                };
                return self
                    .with(Stage::Account(form))
                    .doing(abandon(Some(wait)).collect());
            }
            Stage::In(ref inside) => {
                let form = Form {
                    server: inside.session.server.clone(),
                    username: String::new(),
                    problem,
                };
                let effects = abandon(inside.reading)
                    .chain(abandon(inside.opening.as_ref().map(|opening| opening.wait)))
                    .collect();
                return self.with(Stage::Account(form)).doing(effects);
            }
            Stage::Contacting { ref journey, wait } => ((**journey).clone(), leave(Some(wait))),
            Stage::Ways { ref journey } => ((**journey).clone(), Vec::new()),
            Stage::Choosing(ref choosing) => {
                (choosing.journey.clone(), abandon(choosing.probe).collect())
            }
            Stage::Pin {
                ref choosing, wait, ..
            } => (
                choosing.journey.clone(),
                abandon(choosing.probe).chain(leave(wait)).collect(),
            ),
            Stage::Signing {
                ref choosing, wait, ..
            } => (choosing.journey.clone(), leave(Some(wait))),
            Stage::Password {
                ref journey, wait, ..
            }
            | Stage::Second {
                ref journey, wait, ..
            } => ((**journey).clone(), leave(wait)),
            Stage::Refused(ref ended) => (ended.journey.clone(), Vec::new()),
        };
        let form = journey.form(problem.clone());
        match journey.step_up {
            Some(step_up) => {
                let mut inside = step_up.inside;
                inside.opening = None;
                inside.problem = problem;
                self.with(Stage::In(Box::new(inside))).doing(effects)
            }
            None => self.with(Stage::Account(form)).doing(effects),
        }
    }
}

pub(super) fn abandon(wait: Option<Attempt>) -> impl Iterator<Item = Effect> {
    wait.into_iter().map(|attempt| Effect::Abandon { attempt })
}

/// Leaves a stage in which a secret may wait.
fn leave(wait: Option<Attempt>) -> Vec<Effect> {
    abandon(wait).chain([Effect::DropSecrets]).collect()
}
