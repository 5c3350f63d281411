//! The tokens at hand: their numbers, and how to sign with what each of them holds.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sign_in::candidate::{Token, TokenId};
use token::{FoundToken, TokenDescription};

use crate::candidates::{self, Choice, Choices};

/// The tokens at hand, known to whoever watches them and whoever signs.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    numbered: u64,
    tokens: HashMap<TokenDescription, (TokenId, Choices)>,
}

impl Tokens {
    /// Takes note of a token. One that is known keeps its number.
    pub(crate) fn found(&self, found: &FoundToken) -> Token {
        let mut known = self.known();
        let before = known.tokens.get(&found.description).map(|(id, _)| *id);
        let id = before.unwrap_or_else(|| {
            known.numbered += 1;
            TokenId(known.numbered)
        });
        let (token, choices) = candidates::take(found, id);
        known
            .tokens
            .insert(found.description.clone(), (id, choices));
        token
    }

    /// Forgets a token: when it comes back it has another number.
    pub(crate) fn gone(&self, description: &TokenDescription) -> Option<TokenId> {
        let gone = self.known().tokens.remove(description);
        gone.map(|(id, _)| id)
    }

    /// Forgets every token but these.
    pub(crate) fn only(&self, there: &HashSet<TokenDescription>) -> Vec<TokenId> {
        let mut known = self.known();
        let gone = known
            .tokens
            .extract_if(|description, _| !there.contains(description));
        gone.map(|(_, (id, _))| id).collect()
    }

    /// How to sign with a certificate of this token and no other.
    pub(crate) fn choice(&self, id: TokenId, sha256: &str) -> Option<Choice> {
        let known = self.known();
        let (_, choices) = known.tokens.values().find(|(known, _)| *known == id)?;
        choices.get(sha256).cloned()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
