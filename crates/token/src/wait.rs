//! Waiting for a signature: what the person is asked to do meanwhile, and giving up.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::{SignError, TouchPolicy};

/// What a signature waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A touch of the key.
    Touch {
        /// The key is known to want one each time. Otherwise it is guessed, because the key wants
        /// one now and then, or because it takes longer than a signature does.
        certain: bool,
    },
    /// The PIN, typed on the reader.
    Reader,
}

/// Makes a pending signature, and each later one of the same guard, end in
/// [`SignError::Cancelled`].
///
/// What the token does cannot always be stopped: it may wait for its touch until its own time is
/// over, and nobody gets the signature.
#[derive(Clone, Default)]
pub struct Canceller(Arc<Mutex<Cancelling>>);

#[derive(Default)]
struct Cancelling {
    cancelled: bool,
    /// Whoever waits at this moment.
    waiting: Vec<Sender<Outcome>>,
    /// What the backend does to stop its call.
    stop: Vec<Arc<dyn Fn() + Send + Sync>>,
}

enum Outcome {
    Done(Result<Vec<u8>, SignError>),
    Cancelled,
}

impl Canceller {
    /// Gives up. It does not wait for anything.
    pub fn cancel(&self) {
        let (waiting, stop) = {
            let mut state = self.state();
            state.cancelled = true;
            (std::mem::take(&mut state.waiting), state.stop.clone())
        };
        for waiter in &waiting {
            let _ = waiter.send(Outcome::Cancelled);
        }
        if !waiting.is_empty() {
            for stop in stop {
                stop();
            }
        }
    }

    /// What to call when a pending signature is given up.
    pub(crate) fn also(&self, stop: impl Fn() + Send + Sync + 'static) {
        self.state().stop.push(Arc::new(stop));
    }

    fn wait_here(&self) -> Result<(Sender<Outcome>, Receiver<Outcome>), SignError> {
        let (sender, receiver) = mpsc::channel();
        let mut state = self.state();
        if state.cancelled {
            return Err(SignError::Cancelled);
        }
        state.waiting.push(sender.clone());
        drop(state);
        Ok((sender, receiver))
    }

    fn state(&self) -> MutexGuard<'_, Cancelling> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cancelled = self.state().cancelled;
        f.debug_struct("Canceller")
            .field("cancelled", &cancelled)
            .finish()
    }
}

/// What is known beforehand of what a signature will wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The PIN on the reader's pad.
    Reader,
    /// The PIN on the reader's pad, if the key wants it again: its module tells that too late.
    PerhapsReader,
    /// Whatever this policy has the key want.
    Touch(TouchPolicy),
}

/// Runs a signature on a thread of its own, tells what it waits for, and stops waiting when it is
/// cancelled.
///
/// # Errors
///
/// The signature's own, [`SignError::Cancelled`], or [`SignError::Stopped`] when it never ends.
pub(crate) fn attended(
    canceller: &Canceller,
    expected: Expected,
    tell: Option<&(dyn Fn(Wait) + Send + Sync)>,
    signature: impl FnOnce() -> Result<Vec<u8>, SignError> + Send + 'static,
) -> Result<Vec<u8>, SignError> {
    let (done, outcome) = canceller.wait_here()?;
    let say = |wait| {
        if let Some(tell) = tell {
            tell(wait);
        }
    };
    thread::Builder::new()
        .name("signature".to_owned())
        .spawn(move || {
            // Whoever waited may have given up.
            let _ = done.send(Outcome::Done(signature()));
        })
        .map_err(|_| SignError::Stopped)?;
    let guess = match expected {
        Expected::Reader => {
            say(Wait::Reader);
            None
        }
        Expected::Touch(TouchPolicy::Always) => {
            say(Wait::Touch { certain: true });
            None
        }
        Expected::Touch(TouchPolicy::Cached) => {
            say(Wait::Touch { certain: false });
            None
        }
        Expected::PerhapsReader => Some(Wait::Reader),
        Expected::Touch(TouchPolicy::Never | TouchPolicy::Unknown) => {
            Some(Wait::Touch { certain: false })
        }
    };
    if let Some(wait) = guess {
        match outcome.recv_timeout(LONGER_THAN_A_SIGNATURE) {
            Ok(outcome) => return outcome.signature(),
            Err(RecvTimeoutError::Disconnected) => return Err(SignError::Stopped),
            Err(RecvTimeoutError::Timeout) => say(wait),
        }
    }
    match outcome.recv_timeout(LONGEST) {
        Ok(outcome) => outcome.signature(),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            canceller.cancel();
            Err(SignError::Stopped)
        }
    }
}

impl Outcome {
    fn signature(self) -> Result<Vec<u8>, SignError> {
        match self {
            Self::Done(signature) => signature,
            Self::Cancelled => Err(SignError::Cancelled),
        }
    }
}

/// A signature that takes longer than this waits for something.
const LONGER_THAN_A_SIGNATURE: Duration = Duration::from_secs(1);
/// Longer than any card or reader waits for a person.
const LONGEST: Duration = Duration::from_mins(4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_that_is_done_is_handed_over_and_nothing_is_told() {
        let (told, heard) = mpsc::channel();
        let tell = move |wait| told.send(wait).expect("somebody listens");
        let expected = Expected::Touch(TouchPolicy::Unknown);
        let signed = attended(&Canceller::default(), expected, Some(&tell), || Ok(vec![1]));
        assert_eq!(signed, Ok(vec![1]));
        drop(tell);
        assert!(heard.recv().is_err());
    }

    #[test]
    fn a_touch_that_is_known_is_told_at_once_and_one_that_is_guessed_after_a_while() {
        for (policy, certain) in [
            (TouchPolicy::Always, true),
            (TouchPolicy::Cached, false),
            (TouchPolicy::Unknown, false),
        ] {
            let (touch, touched) = mpsc::channel();
            // The signature waits for the very telling.
            let tell = move |wait| {
                assert_eq!(wait, Wait::Touch { certain });
                touch.send(()).expect("the card waits");
            };
            let expected = Expected::Touch(policy);
            let signed = attended(&Canceller::default(), expected, Some(&tell), move || {
                touched
                    .recv()
                    .map(|()| vec![2])
                    .map_err(|_| SignError::NotTouched)
            });
            assert_eq!(signed, Ok(vec![2]));
        }
    }

    #[test]
    fn a_pin_on_the_reader_is_told_at_once_where_it_is_certain_and_after_a_while_where_not() {
        for expected in [Expected::Reader, Expected::PerhapsReader] {
            let (typed, typing) = mpsc::channel();
            let tell = move |wait| {
                assert_eq!(wait, Wait::Reader);
                typed.send(()).expect("the reader waits");
            };
            let signed = attended(&Canceller::default(), expected, Some(&tell), move || {
                typing
                    .recv()
                    .map(|()| vec![3])
                    .map_err(|_| SignError::Cancelled)
            });
            assert_eq!(signed, Ok(vec![3]));
        }
    }

    #[test]
    fn a_pending_signature_and_each_later_one_is_cancelled() {
        let canceller = Canceller::default();
        let (stopped, stop) = mpsc::channel();
        canceller.also(move || stopped.send(()).expect("the card waits"));
        let from_elsewhere = canceller.clone();
        let expected = Expected::Touch(TouchPolicy::Always);
        let tell = move |_| from_elsewhere.cancel();
        let signed = attended(&canceller, expected, Some(&tell), move || {
            stop.recv()
                .map(|()| vec![3])
                .map_err(|_| SignError::Stopped)
        });
        assert_eq!(signed, Err(SignError::Cancelled));
        let later = attended(&canceller, expected, None, || Ok(vec![4]));
        assert_eq!(later, Err(SignError::Cancelled));
    }
}
