//! Withdrawing and cancelling a question that is on its way.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::helper::HangUp;

/// Whether a question waits for its turn, has it, or was withdrawn.
#[derive(Default)]
pub(super) struct Turn(Mutex<Stage>);

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Waiting,
    Begun,
    Withdrawn,
}

/// Whether a question was withdrawn before its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abandoned {
    Yes,
    /// It has its turn, and its answer will come.
    TooLate,
}

impl Turn {
    /// Takes the turn; not when the question was withdrawn.
    pub(super) fn begin(&self) -> bool {
        let mut stage = lock(&self.0);
        let begins = *stage == Stage::Waiting;
        if begins {
            *stage = Stage::Begun;
        }
        begins
    }

    /// Withdraws the question.
    pub(super) fn abandon(&self) -> Abandoned {
        let mut stage = lock(&self.0);
        if *stage == Stage::Begun {
            return Abandoned::TooLate;
        }
        *stage = Stage::Withdrawn;
        Abandoned::Yes
    }
}

/// Ends what a person no longer wants to wait for, whenever it is cancelled: before its turn, while
/// the module has it, or afterwards, when there is nothing to end.
///
/// PKCS #11 has no call that ends another, so cancelling ends the module's helper, and with it every
/// login of that module.
#[derive(Default)]
pub(super) struct Cancel(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    cancelled: bool,
    for_answer: Option<HangUp>,
}

impl Cancel {
    /// Ends the question that is on its way, and every later one.
    pub(super) fn cancel(&self) {
        let mut waiting = lock(&self.0);
        waiting.cancelled = true;
        if let Some(hang_up) = waiting.for_answer.take() {
            hang_up.hang_up();
        }
    }

    /// Whether it was cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        lock(&self.0).cancelled
    }

    /// Notes how to end what begins; not when it was cancelled already.
    pub(super) fn begin(&self, hang_up: HangUp) -> bool {
        let mut waiting = lock(&self.0);
        if !waiting.cancelled {
            waiting.for_answer = Some(hang_up);
        }
        !waiting.cancelled
    }

    /// Forgets how to end what is over, and says whether it was cancelled.
    pub(super) fn end(&self) -> bool {
        let mut waiting = lock(&self.0);
        waiting.for_answer = None;
        waiting.cancelled
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_its_turn_or_is_withdrawn() {
        let begun = Turn::default();
        assert!(begun.begin());
        assert_eq!(begun.abandon(), Abandoned::TooLate);
        let withdrawn = Turn::default();
        assert_eq!(withdrawn.abandon(), Abandoned::Yes);
        assert!(!withdrawn.begin());
    }
}
