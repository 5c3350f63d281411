//! Cards that come and go, and what a token reports while it signs.

use crate::candidate::{Token, TokenId};
use crate::effect::{Attempt, Effect};
use crate::event::Wait;
use crate::view::{CardService, ModuleFailure, PinEntry, PinProblem, Reader};

use super::answers::sending;
use super::plugged::Absent;
use super::stage::{PinState, Stage, Waiting};
use super::{State, Step};

impl State {
    pub(super) fn token_found(mut self, token: Token) -> Step {
        let through = token.through;
        let place = self.plugged.found(token, self.absent());
        let Some((before, sha256)) = self.pin_mut().map(|pin| (pin.place, pin.sha256.clone()))
        else {
            return self.unchanged();
        };
        // A PIN goes to the token that was chosen: a card that is put back may have another place,
        // but not another way to be spoken to.
        let moved = self.plugged.here(before, &sha256).is_none()
            && self
                .plugged
                .seat(before)
                .is_some_and(|seat| seat.token.through == through);
        let back = self.plugged.here(place, &sha256).is_some() && (before == place || moved);
        if let Some(pin) = self.pin_mut().filter(|_| back) {
            pin.place = place;
            pin.problem = pin.problem.take().filter(|problem| !is_removed(problem));
        }
        self.unchanged()
    }

    pub(super) fn token_gone(mut self, id: TokenId) -> Step {
        let absent = self.absent();
        self.plugged.gone(id, absent);
        self.unchanged()
    }

    pub(super) fn reader_found(mut self, reader: Reader) -> Step {
        self.plugged.reader_found(reader);
        self.unchanged()
    }

    pub(super) fn reader_gone(mut self, name: &str) -> Step {
        self.plugged.reader_gone(name);
        self.unchanged()
    }

    pub(super) fn card_service(mut self, service: CardService) -> Step {
        self.plugged.service = service;
        self.unchanged()
    }

    pub(super) fn module_failed(mut self, failure: ModuleFailure) -> Step {
        self.plugged.module_failed(failure);
        self.unchanged()
    }

    pub(super) fn tokens_read(mut self, attempt: Attempt) -> Step {
        self.plugged.reading.take_if(|reading| *reading == attempt);
        self.unchanged()
    }

    pub(super) fn look_again(mut self) -> Step {
        let Stage::Choosing(_) = self.stage else {
            return self.unchanged();
        };
        if self.plugged.reading.is_some() {
            return self.unchanged();
        }
        let attempt = self.attempt();
        self.plugged.reading = Some(attempt);
        self.plugged.failures.clear();
        self.doing(vec![Effect::ReadTokens { attempt }])
    }

    pub(super) fn select_certificate(mut self, sha256: String, now: i64) -> Step {
        if let Stage::Choosing(choosing) = &mut self.stage
            && choosing
                .may_use(&self.plugged, &sha256, false, now)
                .is_some()
        {
            choosing.marked = Some(sha256);
        }
        self.unchanged()
    }

    pub(super) fn use_certificate(
        mut self,
        sha256: String,
        remember: bool,
        anyway: bool,
        now: i64,
    ) -> Step {
        let Stage::Choosing(choosing) = &mut self.stage else {
            return self.unchanged();
        };
        let Some(place) = choosing.may_use(&self.plugged, &sha256, anyway, now) else {
            return self.unchanged();
        };
        choosing.marked = Some(sha256.clone());
        let choosing = choosing.clone();
        let mut pin = PinState {
            sha256,
            place,
            remember,
            problem: None,
            waiting: None,
        };
        let entry = self.entry(&pin);
        let blocked = self
            .plugged
            .seat(place)
            .is_some_and(|seat| seat.token.label.blocked);
        if blocked && entry != PinEntry::NotNeeded {
            pin.problem = Some(PinProblem::Blocked);
        }
        let step = self.with(Stage::Pin {
            choosing,
            pin,
            wait: None,
        });
        match entry {
            // There is nothing to ask the person first.
            PinEntry::NotNeeded => step.unlock(),
            PinEntry::Typed | PinEntry::OnReader => step.unchanged(),
        }
    }

    /// Goes on with a certificate whose PIN is not typed here.
    pub(super) fn unlock(self) -> Step {
        match self.asking() {
            Some(pin) if self.entry(pin) != PinEntry::Typed => self.sign(),
            Some(_) | None => self.unchanged(),
        }
    }

    /// The prompt, when its token is there and could take a PIN.
    pub(super) fn asking(&self) -> Option<&PinState> {
        let Stage::Pin {
            pin, wait: None, ..
        } = &self.stage
        else {
            return None;
        };
        let (seat, candidate) = self.plugged.here(pin.place, &pin.sha256)?;
        let free = seat.token.entry(candidate) == PinEntry::NotNeeded;
        (free || !seat.token.label.blocked).then_some(pin)
    }

    pub(super) fn sign(mut self) -> Step {
        let attempt = self.attempt();
        let Stage::Pin { pin, wait, .. } = &mut self.stage else {
            return self.unchanged();
        };
        let Some((seat, candidate)) = self.plugged.here(pin.place, &pin.sha256) else {
            return self.unchanged();
        };
        *wait = Some(attempt);
        pin.problem = None;
        let (token, sha256) = (seat.token.id, pin.sha256.clone());
        let effect = match seat.token.entry(candidate) {
            PinEntry::Typed => Effect::Sign {
                attempt,
                token,
                sha256,
            },
            PinEntry::OnReader | PinEntry::NotNeeded => Effect::SignWithoutPin {
                attempt,
                token,
                sha256,
            },
        };
        self.doing(vec![effect])
    }

    pub(super) fn waiting_for(mut self, attempt: Attempt, wait: Wait, now: i64) -> Step {
        if let Some(pin) = self.signing_mut(attempt) {
            pin.waiting = Some(Waiting { wait, since: now });
        }
        self.unchanged()
    }

    pub(super) fn unlocked(mut self, attempt: Attempt) -> Step {
        let Some(pin) = self.signing_mut(attempt) else {
            return self.unchanged();
        };
        pin.waiting = None;
        let Stage::Pin {
            choosing,
            pin,
            wait: Some(wait),
        } = &self.stage
        else {
            return self.unchanged();
        };
        let mut choosing = choosing.clone();
        choosing.journey = sending(&choosing, &self.plugged, pin);
        let stage = Stage::Signing {
            choosing,
            pin: pin.clone(),
            wait: *wait,
        };
        self.with(stage).unchanged()
    }

    pub(super) fn signed(mut self, attempt: Attempt) -> Step {
        if let Some(pin) = self.signing_mut(attempt) {
            pin.waiting = None;
        }
        self.unchanged()
    }

    /// The token made no signature: the person is asked again where the PIN is given.
    pub(super) fn not_signed(mut self, attempt: Attempt, why: PinProblem, last_try: bool) -> Step {
        let Some(pin) = self.signing_mut(attempt) else {
            return self.unchanged();
        };
        let place = pin.place;
        if let Some(token) = self.plugged.token_mut(place) {
            match &why {
                PinProblem::Wrong { tries_left } => {
                    token.pin.last_try = last_try;
                    token.label.tries_left = *tries_left;
                }
                PinProblem::Blocked => {
                    token.pin.last_try = false;
                    token.label.blocked = true;
                    token.label.tries_left = token.label.tries_left.map(|_| 0);
                }
                // Nothing was tried, so what is known of the PIN stays true.
                PinProblem::Length
                | PinProblem::Removed
                | PinProblem::Cancelled
                | PinProblem::NotTouched
                | PinProblem::InUse { .. }
                | PinProblem::Token { .. } => {}
            }
        }
        if let Some(pin) = self.pin_mut() {
            pin.problem = Some(why);
        }
        self.ask_again().unchanged()
    }

    /// Leaves a touch or a reader that waits, and cancels the signature.
    pub(super) fn stop_waiting(self) -> Step {
        let (pin, wait) = match &self.stage {
            Stage::Pin {
                pin,
                wait: Some(wait),
                ..
            }
            | Stage::Signing { pin, wait, .. } => (pin, *wait),
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Pin { wait: None, .. }
            | Stage::Password { .. }
            | Stage::Second { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => return self.unchanged(),
        };
        let effects = vec![Effect::Abandon { attempt: wait }, Effect::DropSecrets];
        // Where nothing was asked before, there is no prompt to go back to.
        let unasked = self.entry(pin) == PinEntry::NotNeeded;
        let mut asking = self.ask_again();
        if unasked && let Stage::Pin { choosing, .. } = &asking.stage {
            let stage = Stage::Choosing(choosing.clone());
            asking = asking.with(stage);
        }
        asking.doing(effects)
    }

    /// Back to the prompt, from a signature that was not made.
    fn ask_again(self) -> Self {
        let (mut choosing, mut pin) = match &self.stage {
            Stage::Pin { choosing, pin, .. } | Stage::Signing { choosing, pin, .. } => {
                (choosing.clone(), pin.clone())
            }
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Password { .. }
            | Stage::Second { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => return self,
        };
        choosing.journey.sent = None;
        pin.waiting = None;
        self.with(Stage::Pin {
            choosing,
            pin,
            wait: None,
        })
    }

    /// Where the PIN of the chosen certificate is given.
    pub(super) fn entry(&self, pin: &PinState) -> PinEntry {
        self.plugged
            .at(pin.place, &pin.sha256)
            .map_or(PinEntry::Typed, |(seat, candidate)| {
                seat.token.entry(candidate)
            })
    }

    /// A person who looks at certificates still sees those that were removed.
    fn absent(&self) -> Absent {
        match &self.stage {
            Stage::Choosing(_) | Stage::Pin { .. } | Stage::Signing { .. } => Absent::Stays,
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
            | Stage::SigningOut { .. } => Absent::Leaves,
        }
    }

    fn pin_mut(&mut self) -> Option<&mut PinState> {
        match &mut self.stage {
            Stage::Pin { pin, .. } | Stage::Signing { pin, .. } => Some(pin),
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Password { .. }
            | Stage::Second { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => None,
        }
    }

    /// The certificate whose token works under this number.
    fn signing_mut(&mut self, attempt: Attempt) -> Option<&mut PinState> {
        let under_way = match &self.stage {
            Stage::Pin { wait, .. } => *wait == Some(attempt),
            Stage::Signing { wait, .. } => *wait == attempt,
            Stage::Starting { .. }
            | Stage::Account(_)
            | Stage::Resuming { .. }
            | Stage::Contacting { .. }
            | Stage::Ways { .. }
            | Stage::Choosing(_)
            | Stage::Password { .. }
            | Stage::Second { .. }
            | Stage::Finishing { .. }
            | Stage::In(_)
            | Stage::Refused(_)
            | Stage::SigningOut { .. } => false,
        };
        self.pin_mut().filter(|_| under_way)
    }
}

fn is_removed(problem: &PinProblem) -> bool {
    matches!(problem, PinProblem::Removed)
}
