//! Showing each certificate once, although several ways may lead to it.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Credential, Fingerprint, Found, FoundToken, Readers, TokenKind};

/// How good a way to a certificate is. A way that can sign is better than one that cannot, and of
/// those the direct one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    signs: bool,
    direct: bool,
}

impl Rank {
    pub(crate) fn of(credential: &Credential) -> Self {
        Self {
            signs: credential.can_sign(),
            direct: match credential.token.kind {
                TokenKind::Piv { .. } => true,
                TokenKind::Pkcs11 { .. } => false,
            },
        }
    }
}

/// The certificates that were shown in one scan.
pub(crate) struct Shown {
    state: Mutex<State>,
    read: Condvar,
}

struct State {
    best: HashMap<Fingerprint, Rank>,
    cards_are_read: bool,
}

impl Shown {
    pub(crate) fn new(readers: Readers) -> Self {
        Self {
            state: Mutex::new(State {
                best: HashMap::new(),
                cards_are_read: readers == Readers::None,
            }),
            read: Condvar::new(),
        }
    }

    /// Takes note of certificates that are shown already.
    pub(crate) fn note(&self, credentials: &[Credential]) {
        let mut state = self.state();
        for credential in credentials {
            state.keep_better(credential);
        }
    }

    /// Lets the modules go on.
    pub(crate) fn cards_are_read(&self) {
        self.state().cards_are_read = true;
        self.read.notify_all();
    }

    /// Waits until the cards in readers are read, or a moment: a card that takes its time must not
    /// keep the modules.
    pub(crate) fn wait_for_cards(&self) {
        let waited = self
            .read
            .wait_timeout_while(self.state(), HEAD_START, |state| !state.cards_are_read);
        drop(waited);
    }

    /// What is left of something found once the certificates that were shown are taken away. A
    /// token that has none left is the same card by another way, and not shown.
    pub(crate) fn pass(&self, found: Found) -> Option<Found> {
        let Found::Token(mut token) = found else {
            return Some(found);
        };
        if token.credentials.is_empty() {
            return Some(Found::Token(token));
        }
        let mut state = self.state();
        token
            .credentials
            .retain(|credential| state.keep_better(credential));
        drop(state);
        some_left(token).map(Found::Token)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn some_left(token: FoundToken) -> Option<FoundToken> {
    (!token.credentials.is_empty()).then_some(token)
}

impl State {
    /// Whether this way is better than the one that was shown.
    fn keep_better(&mut self, credential: &Credential) -> bool {
        let rank = Rank::of(credential);
        let known = self.best.get(&credential.fingerprint);
        let better = known.is_none_or(|known| *known < rank);
        if better {
            self.best.insert(credential.fingerprint, rank);
        }
        better
    }
}

/// What the cards in readers have before modules' tokens are shown.
pub(crate) const HEAD_START: Duration = Duration::from_secs(2);
