//! Tokens behind modules, which are looked at again when cards come and go.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::{Change, tell};
use crate::shown::{HEAD_START, Shown};
use crate::{Credential, Found, FoundToken, ModuleFailure, Readers, TokenDescription, TokenHost};

/// The tokens behind modules, as they were seen last.
pub(super) struct Modules {
    host: TokenHost,
    sender: Sender<Change>,
    state: Mutex<State>,
    /// Told when a card has been looked at.
    settled: Condvar,
}

#[derive(Default)]
struct State {
    /// Whether a thread looks at this moment.
    looking: bool,
    /// Something happened since it began.
    changed: bool,
    /// How often it is still to look.
    times: u8,
    /// How many cards in readers are being looked at.
    cards: usize,
    /// Whether the modules themselves have been told of.
    introduced: bool,
    tokens: HashMap<TokenDescription, Vec<Credential>>,
    failures: Vec<ModuleFailure>,
    /// What is shown of cards in readers, by reader.
    direct: HashMap<String, Vec<Credential>>,
}

impl Modules {
    pub(super) fn new(host: TokenHost, sender: Sender<Change>) -> Self {
        Self {
            host,
            sender,
            state: Mutex::default(),
            settled: Condvar::new(),
        }
    }

    /// Notes that a card is being looked at, and has the modules wait for it a moment.
    pub(super) fn card_is_asked(&self) {
        let mut state = self.state();
        state.cards = state.cards.saturating_add(1);
    }

    /// Notes that it has been.
    pub(super) fn card_has_answered(&self) {
        let mut state = self.state();
        state.cards = state.cards.saturating_sub(1);
        self.settled.notify_all();
    }

    /// Notes what is shown of a card in a reader, which a module needs not show again.
    pub(super) fn shows(&self, reader: &str, credentials: Vec<Credential>) {
        self.state().direct.insert(reader.to_owned(), credentials);
    }

    /// Notes that a reader is empty or gone.
    pub(super) fn shows_nothing(&self, reader: &str) {
        self.state().direct.remove(reader);
    }

    /// Looks at all modules, on a thread of its own, and tells what is new and what is gone.
    pub(super) fn look_again(self: &Arc<Self>) {
        self.look_times(1);
    }

    /// Looks at all modules now and once more in a moment, for a card that only they know: they
    /// notice it later than we are told of it.
    pub(super) fn look_for_card(self: &Arc<Self>) {
        self.look_times(2);
    }

    fn look_times(self: &Arc<Self>, times: u8) {
        let mut state = self.state();
        state.times = state.times.max(times);
        if state.looking {
            // What is being seen may be stale.
            state.changed = true;
            return;
        }
        state.looking = true;
        drop(state);
        let this = Arc::clone(self);
        thread::spawn(move || this.look_until_nothing_changes());
    }

    fn look_until_nothing_changes(&self) {
        loop {
            self.state().changed = false;
            self.look();
            let mut state = self.state();
            if state.changed {
                continue;
            }
            state.times = state.times.saturating_sub(1);
            if state.times == 0 {
                state.looking = false;
                return;
            }
            let waited = self
                .settled
                .wait_timeout_while(state, SETTLING, |state| !state.changed);
            drop(waited);
        }
    }

    fn look(&self) {
        let shown = Arc::new(Shown::new(Readers::None));
        let settled = self
            .settled
            .wait_timeout_while(self.state(), HEAD_START, |state| state.cards > 0);
        let (state, _) = settled.unwrap_or_else(PoisonError::into_inner);
        for credentials in state.direct.values() {
            shown.note(credentials);
        }
        drop(state);
        let (found, finds) = mpsc::channel();
        self.host.scan_modules(&shown, &found);
        drop(found);
        let mut there = HashSet::new();
        let mut failed = Vec::new();
        for found in finds {
            match found {
                Found::Token(token) => {
                    there.insert(token.description.clone());
                    self.appeared(token);
                }
                Found::Failed(failure) => {
                    failed.push(failure.clone());
                    if !self.state().failures.contains(&failure) {
                        tell(&self.sender, Change::Appeared(Found::Failed(failure)));
                    }
                }
                Found::Loaded(_) | Found::HeldBack(_) => {
                    if !self.state().introduced {
                        tell(&self.sender, Change::Appeared(found));
                    }
                }
                // Modules have no readers of their own.
                Found::CardService(_) | Found::Reader(_) | Found::Unreadable(_) => {}
            }
        }
        let mut state = self.state();
        if !state.introduced {
            tell(&self.sender, Change::AllRead);
        }
        state.introduced = true;
        state.failures = failed;
        let gone: Vec<TokenDescription> = state
            .tokens
            .keys()
            .filter(|description| !there.contains(description))
            .cloned()
            .collect();
        for description in gone {
            state.tokens.remove(&description);
            tell(&self.sender, Change::Gone(description));
        }
    }

    /// Tells of a token, unless it was there before with the same certificates.
    fn appeared(&self, token: FoundToken) {
        let mut state = self.state();
        let description = token.description.clone();
        let before = state.tokens.insert(description, token.credentials.clone());
        if before.as_ref() != Some(&token.credentials) {
            tell(&self.sender, Change::Appeared(Found::Token(token)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a module may take to notice a card.
const SETTLING: Duration = Duration::from_millis(700);
