//! The thread that makes all calls into one module.
//!
//! A PKCS #11 module may be initialised once in a process and may block for as long as a card or a
//! person takes. So each module has one thread, kept for the life of the process and found by the
//! module's resolved path.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::library::Library;
use super::login::Logins;
use super::message::{Address, Request, Scanned};
use super::{scan, sign, slot};
use crate::{Cause, TokenError, clock};

/// The way to a module's thread.
pub(super) struct Worker {
    module: PathBuf,
    requests: Sender<Request>,
    /// An answer is overdue: asking again would only wait behind the call that hangs.
    hanging: Arc<AtomicBool>,
}

/// A thread that does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    TimedOut,
    Stopped,
}

impl From<Silence> for Cause {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::TimedOut => Self::TimedOut,
            Silence::Stopped => Self::Stopped,
        }
    }
}

/// The thread of a module, started when there is none.
pub(super) fn of(module: &Path) -> Arc<Worker> {
    static WORKERS: LazyLock<Mutex<HashMap<PathBuf, Arc<Worker>>>> = LazyLock::new(Mutex::default);

    let mut workers = WORKERS.lock().unwrap_or_else(PoisonError::into_inner);
    match workers.get(module) {
        Some(worker) if !worker.has_ended() => Arc::clone(worker),
        Some(_) | None => {
            let worker = Arc::new(Worker::start(module));
            workers.insert(module.to_owned(), Arc::clone(&worker));
            worker
        }
    }
}

impl Worker {
    fn start(module: &Path) -> Self {
        let (requests, inbox) = mpsc::channel();
        let hanging = Arc::new(AtomicBool::new(false));
        let mut thread = ModuleThread {
            module: module.to_owned(),
            library: None,
            logins: Logins::default(),
            hanging: Arc::clone(&hanging),
        };
        thread::spawn(move || thread.run(&inbox));
        Self {
            module: module.to_owned(),
            requests,
            hanging,
        }
    }

    pub(super) fn module(&self) -> &Path {
        &self.module
    }

    /// Sends a request and waits for its one answer.
    pub(super) fn ask<T>(
        &self,
        request: Request,
        answers: &Receiver<T>,
        patience: Duration,
    ) -> Result<T, Silence> {
        self.send(request)?;
        self.receive(answers, patience)
    }

    /// Sends a request that has no answer. A thread that is gone has nothing left to undo.
    pub(super) fn tell(&self, request: Request) {
        let _ = self.requests.send(request);
    }

    /// Asks for a scan, whose answers are then [received](Self::receive).
    pub(super) fn scan(&self) -> Result<Receiver<Scanned>, Silence> {
        let (answer, answers) = mpsc::channel();
        self.send(Request::Scan(answer))?;
        Ok(answers)
    }

    pub(super) fn receive<T>(
        &self,
        answers: &Receiver<T>,
        patience: Duration,
    ) -> Result<T, Silence> {
        answers
            .recv_timeout(patience)
            .map_err(|silence| match silence {
                RecvTimeoutError::Timeout => {
                    self.hanging.store(true, Ordering::Release);
                    Silence::TimedOut
                }
                RecvTimeoutError::Disconnected => Silence::Stopped,
            })
    }

    fn send(&self, request: Request) -> Result<(), Silence> {
        if self.hanging.load(Ordering::Acquire) {
            return Err(Silence::TimedOut);
        }
        self.requests.send(request).map_err(|_| Silence::Stopped)
    }

    /// Whether the thread is gone. A lock of no login is a question that changes nothing.
    fn has_ended(&self) -> bool {
        let nothing = Request::Lock(super::message::UnlockId(u64::MAX));
        self.requests.send(nothing).is_err()
    }
}

/// What the thread holds.
struct ModuleThread {
    module: PathBuf,
    library: Option<Library>,
    logins: Logins,
    hanging: Arc<AtomicBool>,
}

impl ModuleThread {
    /// Answers until the process ends, wiping each PIN when its time is over.
    fn run(&mut self, inbox: &Receiver<Request>) {
        loop {
            let request = match self.logins.next_wipe() {
                Some(at) => inbox.recv_timeout(at.saturating_duration_since(clock::now())),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match request {
                Ok(request) => {
                    self.answer(request);
                    self.hanging.store(false, Ordering::Release);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.logins.wipe_pins(clock::now());
        }
    }

    /// Carries out one request. Whoever asked may have stopped waiting, which is no failure here.
    fn answer(&mut self, request: Request) {
        match request {
            Request::Scan(answer) => {
                let outcome = self.library().and_then(|library| {
                    scan::slots(library, &mut |scanned| {
                        let _ = answer.send(scanned);
                    })
                });
                let _ = answer.send(Scanned::Done(outcome));
            }
            Request::Credentials { token, answer } => {
                let _ = answer.send(self.with_slot(&token, scan::credentials));
            }
            Request::PinState { token, answer } => {
                let _ = answer.send(self.with_slot(&token, |library, token| {
                    scan::pin_state(library, token.slot)
                }));
            }
            Request::Unlock { token, pin, answer } => {
                let outcome = match load(&mut self.library, &self.module) {
                    Ok(library) => self.logins.log_in(library, &token, pin),
                    Err(_) => Err(crate::UnlockError::Stopped),
                };
                let unlocked = outcome.as_ref().ok().copied();
                if answer.send(outcome).is_err()
                    && let Some(unlock) = unlocked
                {
                    // Nobody holds the guard that would log out.
                    self.logins.log_out(unlock);
                }
            }
            Request::Sign {
                unlock,
                job,
                answer,
            } => {
                let outcome = match &self.library {
                    Some(library) => sign::sign(library, &mut self.logins, unlock, &job),
                    None => Err(crate::SignError::LockedAgain),
                };
                let _ = answer.send(outcome);
            }
            Request::Lock(unlock) => self.logins.log_out(unlock),
        }
    }

    fn library(&mut self) -> Result<&Library, Cause> {
        load(&mut self.library, &self.module).map(|library| library as &Library)
    }

    /// Finds a token's slot of this moment and does something with it.
    fn with_slot<T>(
        &mut self,
        token: &Address,
        then: impl FnOnce(&Library, &slot::Found) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let library = self.library().map_err(|_| TokenError::Stopped)?;
        let found = slot::find(library, token)
            .map_err(TokenError::Other)?
            .ok_or(TokenError::Removed)?;
        then(library, &found)
    }
}

/// Loads the module at the first use. A module that could not be loaded is tried again each time,
/// since what it lacks may have come meanwhile.
fn load<'a>(library: &'a mut Option<Library>, module: &Path) -> Result<&'a Library, Cause> {
    match library {
        Some(library) => Ok(library),
        None => Ok(library.insert(Library::load(module)?)),
    }
}
