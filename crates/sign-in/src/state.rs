//! The state of the conversation and how it moves on.

mod answers;
mod badge;
mod cards;
mod choosing;
mod inside;
mod intents;
mod plugged;
mod prompt;
mod reports;
mod secrets;
mod show;
mod stage;

use crate::effect::{Attempt, Effect};
use crate::event::{Event, Memory};
use plugged::Plugged;
use stage::{Form, Stage};

/// Where the conversation stands.
#[derive(Clone, Debug)]
pub struct State {
    memory: Memory,
    /// The number of the next request; numbers are never used twice.
    next: u64,
    plugged: Plugged,
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
    /// Begins: what this device remembers is read first, and what is plugged in is watched.
    pub fn start() -> (Self, Vec<Effect>) {
        let mut state = Self {
            memory: Memory::default(),
            next: 0,
            plugged: Plugged::default(),
            stage: Stage::Account(Form::default()),
        };
        let (memory, tokens) = (state.attempt(), state.attempt());
        state.stage = Stage::Starting { wait: memory };
        state.plugged.reading = Some(tokens);
        let effects = vec![
            Effect::ReadMemory { attempt: memory },
            Effect::WatchTokens { attempt: tokens },
        ];
        (state, effects)
    }

    /// Moves on. Every event is taken in every state; one that has no meaning there changes
    /// nothing.
    ///
    /// `now` is in seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn on(self, event: Event, now: i64) -> Step {
        let mut step = self.moved_by(event, now);
        step.state.settle(now);
        step
    }

    fn moved_by(self, event: Event, now: i64) -> Step {
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
            Event::TokenFound { token } => self.token_found(token),
            Event::TokenGone { id } => self.token_gone(id),
            Event::ReaderFound { reader } => self.reader_found(reader),
            Event::ReaderGone { name } => self.reader_gone(&name),
            Event::CardService { service } => self.card_service(service),
            Event::ModuleFailed { failure } => self.module_failed(failure),
            Event::TokensRead { attempt } => self.tokens_read(attempt),
            Event::Waiting { attempt, wait } => self.waiting_for(attempt, wait, now),
            Event::Unlocked { attempt } => self.unlocked(attempt),
            Event::Signed { attempt } => self.signed(attempt),
            Event::NotSigned {
                attempt,
                problem,
                last_try,
            } => self.not_signed(attempt, problem, last_try),
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

    /// Brings the list of certificates in line with what is plugged in.
    fn settle(&mut self, now: i64) {
        match &mut self.stage {
            Stage::Choosing(choosing)
            | Stage::Pin { choosing, .. }
            | Stage::Signing { choosing, .. } => choosing.settle(&self.plugged, now),
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
            | Stage::SigningOut { .. } => self.plugged.forget_gone(),
        }
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
