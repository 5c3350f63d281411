//! Waiting for a card no longer than makes sense.
//!
//! PC/SC's calls have no deadline: a transaction waits for as long as another program holds its
//! own. So what talks to a card runs on a thread that whoever asked can stop waiting for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::transport::Fault;

/// How far some work got, and whether anybody still waits for it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    begun: AtomicBool,
    abandoned: AtomicBool,
}

impl Progress {
    /// To be called once the card is ours, before anything is sent that costs something: work that
    /// nobody waits for ends here, so a PIN is never sent behind a person's back.
    ///
    /// # Errors
    ///
    /// [`Fault::Reset`], when nobody waits.
    pub(super) fn begin(&self) -> Result<(), Fault> {
        self.begun.store(true, Ordering::Release);
        if self.abandoned.load(Ordering::Acquire) {
            return Err(Fault::Reset);
        }
        Ok(())
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// The card never became ours: another program holds it.
    Waiting,
    /// The card is ours and does not answer.
    Silent,
}

/// Does some work on a thread of its own.
///
/// # Errors
///
/// What kept it, when the time is over. The thread ends when the card answers at last.
pub(super) fn bounded<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce(&Progress) -> T + Send + 'static,
) -> Result<T, Overdue> {
    let progress = Arc::new(Progress::default());
    let (done, outcome) = mpsc::channel();
    let theirs = Arc::clone(&progress);
    let started = thread::Builder::new()
        .name("card".to_owned())
        .spawn(move || {
            // Whoever asked may be gone; then what came of it is dropped here.
            let _ = done.send(work(&theirs));
        });
    if started.is_err() {
        return Err(Overdue::Silent);
    }
    outcome.recv_timeout(patience).map_err(|end| {
        progress.abandoned.store(true, Ordering::Release);
        match end {
            RecvTimeoutError::Timeout if !progress.begun.load(Ordering::Acquire) => {
                Overdue::Waiting
            }
            RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected => Overdue::Silent,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_nobody_waits_for_does_not_begin() {
        let (release, wait) = mpsc::channel::<()>();
        let (said, heard) = mpsc::channel();
        let outcome = bounded(Duration::ZERO, move |progress| {
            let _ = wait.recv();
            let _ = said.send(progress.begin());
        });
        assert_eq!(outcome, Err(Overdue::Waiting));
        drop(release);
        assert_eq!(heard.recv(), Ok(Err(Fault::Reset)));
    }

    #[test]
    fn work_that_is_done_in_time_is_handed_over() {
        assert_eq!(bounded(Duration::from_mins(1), |_| 7), Ok(7));
    }
}
