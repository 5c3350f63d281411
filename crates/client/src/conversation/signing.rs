//! Having a token sign the one handshake.

use std::sync::Arc;

use sign_in::view::PinProblem;
use sign_in::{Answer, Event, Wait};
use token::{Canceller, Pin, PinEntry, SignError, UnlockError};

use super::Message;
use super::errands::{Errand, JourneyLink};
use crate::candidates::Choice;
use crate::certificate_host::{self, NotPresented, Presented};
use crate::wire::challenge::Given;

impl Errand {
    /// Unlocks the token, has it sign, and hands what the certificate host says to the login host.
    ///
    /// The step with its ticket is kept until the token has signed, so that a card that was pulled
    /// or not touched can be tried again.
    pub(super) async fn sign(
        self,
        journey: Option<Arc<JourneyLink>>,
        choice: Option<Choice>,
        pin: Option<Pin>,
    ) {
        let Some(journey) = journey else {
            return self.answer(Ok(Answer::Expired));
        };
        let Some(choice) = choice else {
            return self.not_signed(PinProblem::Removed, false);
        };
        if pin.is_none() && choice.entry == PinEntry::OnReader {
            self.wait(Wait::Reader);
        }
        let unlocked = certificate_host::unlock(Arc::clone(&choice.token), pin).await;
        let mut unlocked = match unlocked {
            Ok(unlocked) => unlocked,
            Err(error) => {
                let (problem, last_try) = not_unlocked(error);
                return self.not_signed(problem, last_try);
            }
        };
        self.tell(Event::Unlocked {
            attempt: self.attempt,
        });
        let step = journey.steps.lock().await.certificate.clone();
        let Some(step) = step else {
            return self.answer(Ok(Answer::Expired));
        };
        let trust = match self.device.trust(&journey.link.provider.origin) {
            Ok(trust) => trust,
            Err(failure) => return self.answer(Err(failure)),
        };
        let _given_up = GivenUp(unlocked.canceller());
        let (inbox, attempt) = (self.inbox.clone(), self.attempt);
        unlocked.on_wait(move |wait| {
            let wait = match wait {
                token::Wait::Touch { certain } => Wait::Touch { certain },
                token::Wait::Reader => Wait::Reader,
            };
            // Nobody listens when the program ends.
            let _ = inbox.send(Message::waiting(attempt, wait));
        });
        let presented = certificate_host::present(trust, step, choice, unlocked).await;
        if let Err(NotPresented::NotSigned(error)) = presented {
            return self.not_signed(not_signed(error), false);
        }
        journey.steps.lock().await.certificate = None;
        self.tell(Event::Signed {
            attempt: self.attempt,
        });
        match presented {
            Ok(Presented::ResultCode(code)) => {
                self.answer(journey.go_on(Given::ResultCode(&code)).await);
            }
            Ok(Presented::Ended(answer)) => self.answer(Ok(answer)),
            Err(NotPresented::Failed(failure)) => self.answer(Err(failure)),
            Err(NotPresented::NotSigned(error)) => self.not_signed(not_signed(error), false),
        }
    }

    fn wait(&self, wait: Wait) {
        let _ = self.inbox.send(Message::waiting(self.attempt, wait));
    }

    fn not_signed(&self, problem: PinProblem, last_try: bool) {
        self.tell(Event::NotSigned {
            attempt: self.attempt,
            problem,
            last_try,
        });
    }
}

/// Gives a pending signature up when the errand is stopped.
struct GivenUp(Canceller);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest is told in its own words"
)]
fn not_unlocked(error: UnlockError) -> (PinProblem, bool) {
    match error {
        UnlockError::WrongPin {
            tries_left,
            last_try,
        } => (PinProblem::Wrong { tries_left }, last_try),
        UnlockError::Locked => (PinProblem::Blocked, false),
        UnlockError::Length { .. } => (PinProblem::Length, false),
        UnlockError::Removed => (PinProblem::Removed, false),
        UnlockError::Cancelled => (PinProblem::Cancelled, false),
        UnlockError::InUse { by } => (PinProblem::InUse { by }, false),
        other => {
            let cause = other.to_string();
            (PinProblem::Token { cause }, false)
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest is told in its own words"
)]
fn not_signed(error: SignError) -> PinProblem {
    match error {
        SignError::Removed => PinProblem::Removed,
        SignError::NotTouched => PinProblem::NotTouched,
        SignError::Cancelled => PinProblem::Cancelled,
        SignError::InUse { by } => PinProblem::InUse { by },
        other => PinProblem::Token {
            cause: other.to_string(),
        },
    }
}
