//! The state of the conversation and how it moves on.

mod answers;
mod badge;
mod choosing;
mod inside;
mod intents;
mod reports;
mod secrets;
mod show;
mod stage;

use crate::effect::{Attempt, Effect};
use crate::event::{Event, Memory};
use crate::view::TokenLabel;
use stage::{Form, Stage};

/// Where the conversation stands.
#[derive(Clone, Debug)]
pub struct State {
    memory: Memory,
    /// The number of the next request; numbers are never used twice.
    next: u64,
    /// The tokens of the last reading, for the foot of the rail.
    tokens: Vec<TokenLabel>,
    /// The reading that is for the foot of the rail alone.
    glance: Option<Attempt>,
    stage: Stage,
}

/// What an event leads to.
#[derive(Clone, Debug)]
pub struct Step {
    /// The next state.
    pub state: State,
    /// What has to be done, in this order.
    pub effects: Vec<Effect>,
}

impl State {
    /// Begins: what this device remembers is read first.
    pub fn start() -> (Self, Vec<Effect>) {
        let mut state = Self {
            memory: Memory::default(),
            next: 0,
            tokens: Vec::new(),
            glance: None,
            stage: Stage::Account(Form::default()),
        };
        let attempt = state.attempt();
        state.stage = Stage::Starting { wait: attempt };
        (state, vec![Effect::ReadMemory { attempt }])
    }

    /// Moves on. Every event is taken in every state; one that has no meaning there changes
    /// nothing.
    ///
    /// `now` is in seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn on(self, event: Event, now: i64) -> Step {
        match event {
            Event::Wants(intent) => self.wants(intent, now),
            Event::PinEntered => self.pin_entered(),
            Event::PinOfWrongLength => self.pin_of_wrong_length(),
            Event::PasswordEntered => self.password_entered(),
            Event::CodeEntered => self.code_entered(),
            Event::Started {
                attempt,
                memory,
                session,
            } => self.started(attempt, memory, session),
            Event::MemoryRead { memory } => self.memory_read(memory),
            Event::Resumed { attempt, session } => self.resumed(attempt, session),
            Event::TenantKnown { attempt, name } => self.tenant_known(attempt, name),
            Event::Answered { attempt, answer } => self.answered(attempt, answer, now),
            Event::Probed { attempt, outcome } => self.probed(attempt, outcome, now),
            Event::TokenFound { attempt, token } => self.token_found(attempt, token),
            Event::ModuleFailed { attempt, failure } => self.module_failed(attempt, failure),
            Event::TokensRead { attempt } => self.tokens_read(attempt),
            Event::Unlocked { attempt } => self.unlocked(attempt),
            Event::PinRefused {
                attempt,
                problem,
                last_try,
            } => self.pin_refused(attempt, problem, last_try),
            Event::SignedIn { attempt, session } => self.signed_in(attempt, session),
            Event::AppsRead { attempt, outcome } => self.apps_read(attempt, outcome),
            Event::AppOpened { attempt, outcome } => self.app_opened(attempt, outcome, now),
            Event::SignedOut {
                attempt,
                memory,
                problem,
            } => self.signed_out(attempt, memory, problem),
        }
    }

    fn attempt(&mut self) -> Attempt {
        let attempt = Attempt(self.next);
        self.next += 1;
        attempt
    }

    /// Looks which tokens are plugged in, while the person does something else.
    fn glance(&mut self) -> Effect {
        let attempt = self.attempt();
        self.tokens.clear();
        self.glance = Some(attempt);
        Effect::ReadTokens { attempt }
    }

    fn with(mut self, stage: Stage) -> Self {
        self.stage = stage;
        self
    }

    /// The step that changes nothing.
    fn unchanged(self) -> Step {
        self.doing(Vec::new())
    }

    fn doing(self, effects: Vec<Effect>) -> Step {
        Step {
            state: self,
            effects,
        }
    }
}
