//! The thread that talks to one module's helper.
//!
//! A helper answers one question at a time and may take as long as a card or a person does. So each
//! module has one thread, kept for the life of the process and found by the module's resolved path.
//! It starts the helper at the first question and again after one that ended, and ends it when an
//! answer does not come in time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::call::{Abandoned, Cancel, Turn};
use super::message::{Answer, Request, UnlockId};
use crate::helper::{Broken, Program, Running};
use crate::{Cause, Ending, Pin, clock};

/// The way to a module's thread.
pub(super) struct Worker {
    module: PathBuf,
    calls: Sender<Call>,
    thread: JoinHandle<()>,
}

/// Which process of a module made a login: another one knows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation(u64);

/// One question on its way.
struct Call {
    request: Request,
    pin: Option<Pin>,
    /// The process that must still be there.
    of: Option<Generation>,
    patience: Duration,
    until: Instant,
    turn: Arc<Turn>,
    cancel: Arc<Cancel>,
    answers: Sender<Result<Reply, Silence>>,
}

/// One answer, and which process gave it.
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) from: Generation,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Silence {
    /// The module or its helper failed.
    Failed(Cause),
    /// The process that the question was for has ended, and with it the login.
    Forgotten,
    /// Whoever asked has cancelled.
    Cancelled,
}

/// What to ask, and how.
pub(super) struct Ask {
    pub(super) request: Request,
    pub(super) pin: Option<Pin>,
    /// The process that must still be there, for what concerns a login.
    pub(super) of: Option<Generation>,
    pub(super) patience: Duration,
    pub(super) cancel: Arc<Cancel>,
}

impl Ask {
    /// A question that concerns no login and that nobody cancels.
    pub(super) fn plain(request: Request, patience: Duration) -> Self {
        Self {
            request,
            pin: None,
            of: None,
            patience,
            cancel: Arc::default(),
        }
    }
}

/// The thread of a module, started when there is none.
pub(super) fn of(module: &Path, program: &Program) -> Arc<Worker> {
    type Workers = HashMap<(PathBuf, Program), Arc<Worker>>;
    static WORKERS: LazyLock<Mutex<Workers>> = LazyLock::new(Mutex::default);

    let mut workers = WORKERS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (module.to_owned(), program.clone());
    match workers.get(&key) {
        Some(worker) if !worker.thread.is_finished() => Arc::clone(worker),
        Some(_) | None => {
            let worker = Arc::new(Worker::start(module, program));
            workers.insert(key, Arc::clone(&worker));
            worker
        }
    }
}

impl Worker {
    fn start(module: &Path, program: &Program) -> Self {
        let (calls, inbox) = mpsc::channel();
        let mut talk = Talk {
            module: module.to_owned(),
            program: program.clone(),
            running: None,
            started: 0,
        };
        let thread = thread::spawn(move || {
            for call in inbox {
                talk.carry_out(call);
            }
        });
        Self {
            module: module.to_owned(),
            calls,
            thread,
        }
    }

    pub(super) fn module(&self) -> &Path {
        &self.module
    }

    /// Asks, and gives the way to receive the answers.
    pub(super) fn ask(&self, ask: Ask) -> Answers {
        let (answers, receiver) = mpsc::channel();
        let until = clock::now() + ask.patience;
        let turn = Arc::new(Turn::default());
        let call = Call {
            request: ask.request,
            pin: ask.pin,
            of: ask.of,
            patience: ask.patience,
            until,
            turn: Arc::clone(&turn),
            cancel: ask.cancel,
            answers,
        };
        // A thread that is gone shows in the channel that nobody holds any more.
        let _ = self.calls.send(call);
        Answers {
            receiver,
            until,
            turn,
        }
    }

    /// Asks and waits for the one answer.
    pub(super) fn ask_once(&self, ask: Ask) -> Result<Reply, Silence> {
        self.ask(ask).next()
    }
}

/// Answers as they come.
pub(super) struct Answers {
    receiver: Receiver<Result<Reply, Silence>>,
    until: Instant,
    turn: Arc<Turn>,
}

impl Answers {
    /// The next answer. It comes in time, or a reason does: once a question has its turn the
    /// module's thread keeps the time, and one that waits too long for its turn is withdrawn, so
    /// that no PIN is tried after its person was told that it was not.
    pub(super) fn next(&self) -> Result<Reply, Silence> {
        let stopped = || {
            Silence::Failed(Cause::Stopped {
                ending: Ending::Unknown,
                printed: String::new(),
            })
        };
        let left = self.until.saturating_duration_since(clock::now());
        match self.receiver.recv_timeout(left) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) => Err(stopped()),
            Err(RecvTimeoutError::Timeout) => match self.turn.abandon() {
                Abandoned::Yes => Err(Silence::Failed(Cause::Busy)),
                Abandoned::TooLate => self.receiver.recv().map_err(|_| stopped())?,
            },
        }
    }
}

/// What was said before the talk ended.
#[derive(Default)]
struct Heard {
    anything: bool,
    /// A login that nobody waits for any more.
    unclaimed: Option<UnlockId>,
}

fn unlocked(answer: &Answer) -> Option<UnlockId> {
    match answer {
        Answer::Unlocked(Ok(unlock)) => Some(*unlock),
        Answer::Unlocked(Err(_))
        | Answer::Loaded(_)
        | Answer::Token(_)
        | Answer::SlotFailed { .. }
        | Answer::Done(_)
        | Answer::Credentials(_)
        | Answer::PinState(_)
        | Answer::Signed(_)
        | Answer::Locked => None,
    }
}

/// What the thread holds.
struct Talk {
    module: PathBuf,
    program: Program,
    running: Option<Running>,
    started: u64,
}

impl Talk {
    /// Asks one question. Whoever asked may have stopped listening, which is no failure here.
    fn carry_out(&mut self, mut call: Call) {
        if !call.turn.begin() {
            return;
        }
        self.forget_ended();
        let old = self.running.is_some();
        let pin = call.pin.take();
        let mut heard = Heard::default();
        let mut outcome = self.converse(&call, pin, &mut heard);
        let stopped = matches!(outcome, Err(Silence::Failed(Cause::Stopped { .. })));
        if stopped && old && !heard.anything && call.request.may_be_repeated() {
            // It may have ended since it was last asked, which is no reason for a row.
            outcome = self.converse(&call, None, &mut heard);
        }
        if let Err(silence) = outcome {
            let _ = call.answers.send(Err(silence));
        }
        if let Some(unlock) = heard.unclaimed {
            // Nobody holds the guard that would log out.
            self.lock(unlock);
        }
    }

    fn converse(
        &mut self,
        call: &Call,
        pin: Option<Pin>,
        heard: &mut Heard,
    ) -> Result<(), Silence> {
        if call
            .of
            .is_some_and(|of| self.running.is_none() || of != self.generation())
        {
            return Err(Silence::Forgotten);
        }
        let running = self.running(call.patience, call.until);
        let hang_up = running
            .map_err(Silence::Failed)?
            .hang_up()
            .map_err(|error| {
                // Without it the person could not cancel.
                Silence::Failed(Cause::NotStarted(error.to_string()))
            })?;
        if !call.cancel.begin(hang_up) {
            return Err(Silence::Cancelled);
        }
        let from = self.generation();
        let Some(mut running) = self.running.take() else {
            return Err(Silence::Forgotten);
        };
        let outcome = running.converse(&call.request, pin, call.until, |answer| {
            heard.anything = true;
            let unlocked = unlocked(&answer);
            if call.answers.send(Ok(Reply { answer, from })).is_err() {
                heard.unclaimed = unlocked;
            }
        });
        let cancelled = call.cancel.end();
        let broken = match outcome {
            Ok(()) => {
                self.running = Some(running);
                return Ok(());
            }
            Err(Broken::TooLong) => {
                // Nothing was sent.
                self.running = Some(running);
                return Err(Silence::Failed(Cause::TooLong));
            }
            Err(broken @ (Broken::TimedOut | Broken::Ended | Broken::Garbled)) => broken,
        };
        let cause = running.end(broken, call.patience);
        if cancelled {
            return Err(Silence::Cancelled);
        }
        self.note(&cause);
        Err(Silence::Failed(cause))
    }

    /// The helper that runs, or a new one.
    fn running(&mut self, patience: Duration, until: Instant) -> Result<&mut Running, Cause> {
        let running = if let Some(running) = self.running.take() {
            running
        } else {
            self.started += 1;
            Running::start(&self.program, &self.module, patience, until)
                .inspect_err(|cause| self.note(cause))?
        };
        Ok(self.running.insert(running))
    }

    /// Drops a helper that ended between two questions, so that the next one gets a new one.
    fn forget_ended(&mut self) {
        if let Some(running) = &mut self.running
            && running.has_ended()
        {
            self.running = None;
            tracing::debug!(module = %self.module.display(), "the module's helper ended while idle");
        }
    }

    fn generation(&self) -> Generation {
        Generation(self.started)
    }

    fn lock(&mut self, unlock: UnlockId) {
        if let Some(running) = &mut self.running {
            let request = Request::Lock { unlock };
            let until = clock::now() + LOCKING;
            if let Err(broken) = running.converse(&request, None, until, |_| {})
                && let Some(running) = self.running.take()
            {
                let cause = running.end(broken, LOCKING);
                self.note(&cause);
            }
        }
    }

    fn note(&self, cause: &Cause) {
        tracing::debug!(module = %self.module.display(), %cause, "the module's helper ended");
    }
}

pub(super) const LOCKING: Duration = Duration::from_secs(10);
