//! Telling what comes and goes.

mod modules;
mod readers;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use self::modules::Modules;
use crate::{Found, Readers, TokenDescription, TokenHost};

/// Something that came or went.
pub enum Change {
    /// It is there: a token, a reader or what is in it, a module, the card service.
    Appeared(Found),
    /// A token is gone. What was remembered of it can be kept: it may come back.
    Gone(TokenDescription),
    /// A reader is gone.
    ReaderGone(String),
    /// Everything that was there at the beginning has been told. It comes once.
    AllRead,
}

/// What comes and goes, as it does. Dropping it ends the watch.
///
/// As an iterator it blocks until something happens, and ends only when watching became impossible.
pub struct Watch {
    changes: Receiver<Change>,
    end: Arc<End>,
}

impl Watch {
    pub(crate) fn start(host: TokenHost) -> Self {
        let (sender, changes) = mpsc::channel();
        let end = Arc::new(End::default());
        let theirs = Arc::clone(&end);
        thread::spawn(move || {
            let modules = Arc::new(Modules::new(host.clone(), sender.clone()));
            match host.settings().readers {
                Readers::All => readers::watch(&host, &modules, &sender, &theirs),
                Readers::None => {
                    modules.look_again();
                    theirs.wait();
                }
            }
        });
        Self { changes, end }
    }

    /// The next change, if one comes in this time.
    pub fn next_within(&self, patience: Duration) -> Option<Change> {
        self.changes.recv_timeout(patience).ok()
    }
}

impl Iterator for Watch {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        self.changes.recv().ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end.come();
    }
}

/// Says that the watch is over, and wakes whoever waits for a reader meanwhile.
#[derive(Default)]
struct End {
    over: AtomicBool,
    waiting: Mutex<Option<pcsc::Context>>,
    woken: Condvar,
}

impl End {
    fn come(&self) {
        self.over.store(true, Ordering::Release);
        let context = self.waiting().take();
        self.woken.notify_all();
        if let Some(context) = context
            && let Err(error) = context.cancel()
        {
            // It ends with the next time-out instead.
            tracing::debug!(?error, "SCardCancel");
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Names the context that is to be woken.
    fn wake(&self, context: &pcsc::Context) {
        *self.waiting() = Some(context.clone());
    }

    /// Waits until the end.
    fn wait(&self) {
        let waited = self.woken.wait_while(self.waiting(), |_| !self.is_over());
        drop(waited);
    }

    /// Waits a while, or until the end.
    fn pause(&self, pause: Duration) {
        let waited = self
            .woken
            .wait_timeout_while(self.waiting(), pause, |_| !self.is_over());
        drop(waited);
    }

    fn waiting(&self) -> MutexGuard<'_, Option<pcsc::Context>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a change. That nobody listens ends the watch by itself, and is no concern here.
fn tell(sender: &Sender<Change>, change: Change) {
    let _ = sender.send(change);
}
