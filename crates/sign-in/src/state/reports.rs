//! What this device reports: its memory, what it probed, and its session.

use crate::candidate::Asks;
use crate::effect::{Attempt, Effect};
use crate::event::{Failure, Memory, Opened, Session};
use crate::view::{App, Problem};

use super::answers::{During, problem_of};
use super::choosing::Choosing;
use super::stage::{Form, In, Journey, Stage, StepUp};
use super::{State, Step};

impl State {
    pub(super) fn started(
        mut self,
        attempt: Attempt,
        memory: Memory,
        session: Option<Session>,
    ) -> Step {
        let Stage::Starting { wait } = self.stage else {
            return self.unchanged();
        };
        if wait != attempt {
            return self.unchanged();
        }
        let form = Form {
            server: memory.server.clone(),
            username: memory.username.clone(),
            problem: None,
        };
        self.memory = memory;
        match session {
            Some(session) => self.enter(In::new(session)),
            None => self.with(Stage::Account(form)).unchanged(),
        }
    }

    pub(super) fn memory_read(mut self, memory: Memory) -> Step {
        self.memory = memory;
        self.unchanged()
    }

    pub(super) fn resumed(self, attempt: Attempt, session: Option<Session>) -> Step {
        let Stage::Resuming { ref form, wait } = self.stage else {
            return self.unchanged();
        };
        if wait != attempt {
            return self.unchanged();
        }
        let journey = Journey::new(form.server.clone(), form.username.clone());
        match session {
            Some(session) => self.enter(In::new(session)),
            None => self.begin(journey),
        }
    }

    /// Shows the signed-in screen and asks for the applications.
    fn enter(mut self, inside: In) -> Step {
        self.note_session(&inside.session);
        self.with(Stage::In(Box::new(inside))).refresh_apps()
    }

    pub(super) fn tenant_known(mut self, attempt: Attempt, name: String) -> Step {
        if let Stage::Contacting { journey, wait } = &mut self.stage
            && *wait == attempt
        {
            journey.tenant = Some(name);
        }
        self.unchanged()
    }

    pub(super) fn probed(
        mut self,
        attempt: Attempt,
        outcome: Result<Asks, Failure>,
        now: i64,
    ) -> Step {
        let Some(choosing) = self
            .choosing()
            .filter(|choosing| choosing.probe == Some(attempt))
        else {
            return self.unchanged();
        };
        choosing.probe = None;
        match outcome {
            Ok(asks) => {
                choosing.asks = Some(asks);
                self.unchanged()
            }
            // Whoever chose already learns the same from the handshake that signs.
            Err(_) if !matches!(self.stage, Stage::Choosing(_)) => self.unchanged(),
            Err(failure) => {
                let Some(choosing) = self.choosing() else {
                    return self.unchanged();
                };
                let journey = choosing.journey.clone();
                self.failed(journey, During::Certificate, failure, now)
            }
        }
    }

    pub(super) fn signed_in(self, attempt: Attempt, session: Session) -> Step {
        let Stage::Finishing { ref journey, wait } = self.stage else {
            return self.unchanged();
        };
        if wait != attempt {
            return self.unchanged();
        }
        match journey.step_up.clone() {
            Some(step_up) => {
                let StepUp { mut inside, app } = *step_up;
                inside.opening = None;
                inside.session = session;
                self.with(Stage::In(Box::new(inside))).open_app(app, true)
            }
            None => self.enter(In::new(session)),
        }
    }

    pub(super) fn apps_read(mut self, attempt: Attempt, apps: Result<Vec<App>, Failure>) -> Step {
        let Stage::In(inside) = &mut self.stage else {
            return self.unchanged();
        };
        if inside.reading != Some(attempt) {
            return self.unchanged();
        }
        inside.reading = None;
        match apps {
            Ok(apps) => inside.apps = Some(apps),
            Err(Failure::SessionEnded) => return self.ended_by_server(),
            Err(failure) => inside.problem = Some(as_problem(failure)),
        }
        self.unchanged()
    }

    pub(super) fn app_opened(mut self, attempt: Attempt, outcome: Opened, now: i64) -> Step {
        let Stage::In(inside) = &mut self.stage else {
            return self.unchanged();
        };
        let Some(opening) = inside.opening.take_if(|opening| opening.wait == attempt) else {
            return self.unchanged();
        };
        match outcome {
            Opened::Opens => self.unchanged(),
            Opened::Failed(Failure::SessionEnded) => self.ended_by_server(),
            Opened::Failed(failure) => {
                inside.problem = Some(as_problem(failure));
                self.unchanged()
            }
            Opened::MoreNeeded => {
                let session = &inside.session;
                let mut journey = Journey::new(session.server.clone(), session.username.clone());
                journey.tenant = Some(session.tenant.clone());
                journey.proven.clone_from(&session.factors);
                let inside = (**inside).clone();
                journey.step_up = Some(Box::new(StepUp {
                    inside,
                    app: opening.id,
                }));
                if opening.stepped_up {
                    let cause = "the application asks for more than the server takes".to_owned();
                    return self.failed(journey, During::Way, Failure::Protocol { cause }, now);
                }
                self.begin(journey)
            }
        }
    }

    pub(super) fn signed_out(
        mut self,
        attempt: Attempt,
        memory: Memory,
        problem: Option<Problem>,
    ) -> Step {
        let Stage::SigningOut { ref session, wait } = self.stage else {
            return self.unchanged();
        };
        if wait != attempt {
            return self.unchanged();
        }
        let form = Form {
            server: session.server.clone(),
            username: String::new(),
            problem,
        };
        self.memory = memory;
        self.with(Stage::Account(form)).unchanged()
    }

    /// The server said that the session is over.
    fn ended_by_server(mut self) -> Step {
        let Stage::In(ref inside) = self.stage else {
            return self.unchanged();
        };
        let (server, username) = (
            inside.session.server.clone(),
            inside.session.username.clone(),
        );
        self.forget_session(&server, &username);
        let form = Form {
            server: server.clone(),
            username: username.clone(),
            problem: Some(Problem::SignedOut),
        };
        self.with(Stage::Account(form))
            .doing(vec![Effect::RemoveSession { server, username }])
    }

    pub(super) fn forget_session(&mut self, server: &str, username: &str) {
        for account in &mut self.memory.accounts {
            if account.server == server && account.username == username {
                account.signed_in = false;
            }
        }
    }

    /// Puts the account of a session first among those this device knows.
    fn note_session(&mut self, session: &Session) {
        let accounts = &mut self.memory.accounts;
        accounts.retain(|a| a.server != session.server || a.username != session.username);
        let recent = crate::view::RecentAccount {
            server: session.server.clone(),
            username: session.username.clone(),
            name: Some(session.name.clone()),
            signed_in: true,
        };
        accounts.insert(0, recent);
    }

    fn choosing(&mut self) -> Option<&mut Choosing> {
        match &mut self.stage {
            Stage::Choosing(choosing)
            | Stage::Pin { choosing, .. }
            | Stage::Signing { choosing, .. } => Some(choosing),
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Password { .. }
            | Stage::Second { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => None,
        }
    }
}

/// What the signed-in screen says of a failure.
fn as_problem(failure: Failure) -> Problem {
    if let Some(problem) = problem_of(&failure) {
        return problem;
    }
    match failure {
        Failure::Handshake { cause } | Failure::Protocol { cause } | Failure::Token { cause } => {
            Problem::Unreachable { cause }
        }
        Failure::NotAsked
        | Failure::Unreachable { .. }
        | Failure::ServerNotTrusted { .. }
        | Failure::NotAnIdentityServer
        | Failure::SlowDown { .. }
        | Failure::SessionEnded => Problem::NotAnIdentityServer,
    }
}
