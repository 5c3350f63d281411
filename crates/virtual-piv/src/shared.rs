//! One card that a reader uses while a test, or a person, does things to it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::card::Step;
use crate::fault::{Event, FaultKind};
use crate::{Card, Fault, Touched};

/// A handle on a card: clones are the same card.
///
/// A reader, in process or behind vpcd, sends commands through one clone; a test pulls the card,
/// arms faults, touches it and reads its log through another.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    card: Card,
    present: bool,
    /// Counts pulls and insertions.
    moved: u64,
    faults: Vec<Fault>,
    touch: Touch,
    /// What an answer waits for.
    waiting: Option<Waiting>,
    seen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Touch,
    TouchDone(Touched),
    Silence,
    SilenceOver,
}

/// What happens when the card asks to be touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Touch {
    /// Somebody touches it at once.
    #[default]
    AtOnce,
    /// The answer waits for [`Shared::touch`] or [`Shared::let_touch_time_out`].
    WhenTold,
    /// Nobody does, and the card's patience is over at once.
    Never,
}

/// Why a command got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Interruption {
    /// There is no card.
    #[error("the card was removed")]
    Removed,
    /// Another program reset the card, and it forgot everything.
    #[error("the card was reset by another program")]
    Reset,
    /// Another program holds the card.
    #[error("another program holds the card")]
    SharingViolation,
}

impl Card {
    /// Gives the card to a reader and to whoever does things to it; it is inserted.
    #[must_use]
    pub fn share(self) -> Shared {
        Shared(Arc::new(Inner {
            state: Mutex::new(State {
                card: self,
                present: true,
                moved: 0,
                faults: Vec::new(),
                touch: Touch::default(),
                waiting: None,
                seen: false,
            }),
            changed: Condvar::new(),
        }))
    }
}

impl Shared {
    /// Does something with the card itself.
    pub fn with<T>(&self, act: impl FnOnce(&mut Card) -> T) -> T {
        let result = act(&mut self.lock().card);
        self.0.changed.notify_all();
        result
    }

    /// Arms a fault; each happens once, and of several that fit the earliest armed.
    pub fn arm(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// Disarms all faults, and says how many had not happened.
    pub fn disarm(&self) -> usize {
        std::mem::take(&mut self.lock().faults).len()
    }

    /// Pulls the card. Pulling one that is not there is no mistake.
    pub fn pull(&self) {
        let mut state = self.lock();
        state.pull();
        self.0.changed.notify_all();
    }

    /// Inserts the card.
    pub fn insert(&self) {
        let mut state = self.lock();
        if !state.present {
            state.present = true;
            state.moved = state.moved.wrapping_add(1);
            state.card.reset();
        }
        self.0.changed.notify_all();
    }

    /// Whether the card is inserted.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.lock().present
    }

    /// Says what happens when the card asks to be touched.
    pub fn set_touch(&self, touch: Touch) {
        self.lock().touch = touch;
    }

    /// Waits until the card asks to be touched, at most so long; says whether it does.
    #[must_use]
    pub fn awaits_touch(&self, at_most: Duration) -> bool {
        let asks = |state: &State| state.waiting == Some(Waiting::Touch);
        asks(&self.wait_for(at_most, |state| asks(state)))
    }

    /// Touches the card; says whether it was waiting for it.
    pub fn touch(&self) -> bool {
        self.end_wait(Waiting::Touch, Waiting::TouchDone(Touched::Yes))
    }

    /// Lets the card's patience end without a touch; says whether it was waiting for one.
    pub fn let_touch_time_out(&self) -> bool {
        self.end_wait(Waiting::Touch, Waiting::TouchDone(Touched::No))
    }

    /// Waits until the card is silent on request, at most so long; says whether it is.
    #[must_use]
    pub fn is_silent(&self, at_most: Duration) -> bool {
        let silent = |state: &State| state.waiting == Some(Waiting::Silence);
        silent(&self.wait_for(at_most, |state| silent(state)))
    }

    /// Lets a silent card answer after all; says whether it was silent.
    pub fn speak(&self) -> bool {
        self.end_wait(Waiting::Silence, Waiting::SilenceOver)
    }

    /// Begins a transaction, which changes nothing on the card but may meet a fault.
    ///
    /// # Errors
    /// When the card is gone, or when [`crate::When::claim`] was armed.
    pub fn claim(&self) -> Result<(), Interruption> {
        let mut state = self.lock();
        if !state.present {
            return Err(Interruption::Removed);
        }
        match state.due(Event::Claim) {
            None | Some(FaultKind::Silent | FaultKind::Status(_) | FaultKind::Alter(_)) => Ok(()),
            Some(FaultKind::Removed | FaultKind::RemovedAfterwards) => {
                state.pull();
                Err(Interruption::Removed)
            }
            Some(FaultKind::Reset) => {
                state.card.reset();
                Err(Interruption::Reset)
            }
            Some(FaultKind::SharingViolation) => Err(Interruption::SharingViolation),
            Some(FaultKind::ForeignSelect) => {
                state.card.reset();
                Ok(())
            }
            Some(FaultKind::BlockPin) => {
                state.card.leave_pin_tries(0);
                Ok(())
            }
        }
    }

    /// Sends one command APDU and waits for the response APDU.
    ///
    /// # Errors
    /// When a fault came between, or when the card is not there.
    pub fn transmit(&self, command: &[u8]) -> Result<Vec<u8>, Interruption> {
        let mut state = self.lock();
        if !state.present {
            return Err(Interruption::Removed);
        }
        let mut pull_afterwards = false;
        match state.due(Event::Command(command)) {
            None => {}
            Some(FaultKind::Removed) => {
                state.pull();
                self.0.changed.notify_all();
                return Err(Interruption::Removed);
            }
            Some(FaultKind::RemovedAfterwards) => pull_afterwards = true,
            Some(FaultKind::Reset) => {
                state.card.reset();
                return Err(Interruption::Reset);
            }
            Some(FaultKind::ForeignSelect) => state.card.reset(),
            Some(FaultKind::SharingViolation) => return Err(Interruption::SharingViolation),
            Some(FaultKind::Silent) => {
                let over = self.wait_answer(state, Waiting::Silence)?;
                state = over.0;
            }
            Some(FaultKind::Status(status)) => {
                return Ok(status.value().to_be_bytes().to_vec());
            }
            Some(FaultKind::BlockPin) => state.card.leave_pin_tries(0),
            Some(FaultKind::Alter(alteration)) => state.card.alter_next(alteration),
        }
        let answer = match (state.card.begin(command), state.touch) {
            (Step::Answer(answer), Touch::AtOnce | Touch::WhenTold | Touch::Never) => answer,
            (Step::AwaitsTouch, Touch::AtOnce) => state.card.finish_touch(Touched::Yes),
            (Step::AwaitsTouch, Touch::Never) => state.card.finish_touch(Touched::No),
            (Step::AwaitsTouch, Touch::WhenTold) => {
                let (after, how) = self.wait_answer(state, Waiting::Touch)?;
                state = after;
                let touched = match how {
                    Waiting::TouchDone(touched) => touched,
                    Waiting::Touch | Waiting::Silence | Waiting::SilenceOver => Touched::No,
                };
                state.card.finish_touch(touched)
            }
        };
        // Somebody may keep the card in a file.
        self.0.changed.notify_all();
        if pull_afterwards {
            state.pull();
            return Err(Interruption::Removed);
        }
        Ok(answer)
    }

    /// Waits until a reader has the card and tells its clients, at most so long; says whether
    /// one does.
    #[must_use]
    pub fn is_seen(&self, at_most: Duration) -> bool {
        self.wait_for(at_most, |state| state.seen).seen
    }

    /// Waits until no reader has the card any more, at most so long; says whether that is so.
    ///
    /// pcscd looks every 0.2 s, and tells its clients then.
    #[must_use]
    pub fn is_missed(&self, at_most: Duration) -> bool {
        !self.wait_for(at_most, |state| !state.seen).seen
    }

    pub(crate) fn set_seen(&self, seen: bool) {
        self.lock().seen = seen;
        self.0.changed.notify_all();
    }

    /// Waits until the card is pulled or inserted, at most so long.
    pub(crate) fn wait_until_moved(&self, moved: u64, at_most: Duration) {
        drop(self.wait_for(at_most, |state| {
            state.presence() != Presence::Inserted(moved)
        }));
    }

    /// Waits until what survives a reset has changed, or until it is over; gives the new count.
    pub(crate) fn wait_until_changed(&self, revision: u64, is_over: impl Fn() -> bool) -> u64 {
        self.0
            .changed
            .wait_while(self.lock(), |state| {
                state.card.revision() == revision && !is_over()
            })
            .unwrap_or_else(PoisonError::into_inner)
            .card
            .revision()
    }

    /// Has everybody who waits for something look again.
    pub(crate) fn wake(&self) {
        drop(self.lock());
        self.0.changed.notify_all();
    }

    /// Waits as long as this holds, which is asked again after whatever happens to the card.
    pub(crate) fn wait_while(&self, holds: impl Fn(Presence) -> bool) {
        drop(
            self.0
                .changed
                .wait_while(self.lock(), |state| holds(state.presence()))
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Where the card is.
    pub(crate) fn presence(&self) -> Presence {
        self.lock().presence()
    }

    fn wait_answer<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        waiting: Waiting,
    ) -> Result<(MutexGuard<'a, State>, Waiting), Interruption> {
        let moved = state.moved;
        state.waiting = Some(waiting);
        self.0.changed.notify_all();
        let mut state = self
            .0
            .changed
            .wait_while(state, |state| {
                state.moved == moved && state.waiting == Some(waiting)
            })
            .unwrap_or_else(PoisonError::into_inner);
        let how = state.waiting.take();
        match how {
            Some(how) if state.moved == moved => Ok((state, how)),
            Some(_) | None => Err(Interruption::Removed),
        }
    }

    fn end_wait(&self, from: Waiting, to: Waiting) -> bool {
        let mut state = self.lock();
        let waited = state.waiting == Some(from);
        if waited {
            state.waiting = Some(to);
            self.0.changed.notify_all();
        }
        waited
    }

    fn wait_for(&self, at_most: Duration, holds: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        self.0
            .changed
            .wait_timeout_while(self.lock(), at_most, |state| !holds(state))
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// In the reader; the number changes when it is pulled and inserted.
    Inserted(u64),
    Pulled,
}

impl State {
    fn due(&mut self, event: Event<'_>) -> Option<FaultKind> {
        // Every fault counts this command, also when an earlier one happens at it.
        let due: Vec<usize> = (0..self.faults.len())
            .filter(|place| {
                self.faults
                    .get_mut(*place)
                    .is_some_and(|fault| fault.is_due(event))
            })
            .collect();
        let first = due.into_iter().next()?;
        Some(self.faults.remove(first).kind().clone())
    }

    fn pull(&mut self) {
        if self.present {
            self.present = false;
            self.moved = self.moved.wrapping_add(1);
            self.card.reset();
        }
    }

    fn presence(&self) -> Presence {
        if self.present {
            Presence::Inserted(self.moved)
        } else {
            Presence::Pulled
        }
    }
}
