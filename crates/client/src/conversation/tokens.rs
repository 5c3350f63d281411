//! Watching what is plugged in, and reading it again when a person asks for that.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use sign_in::{Attempt, Event};
use token::{Change, Found, TokenHost};
use tokio::sync::mpsc;

use super::Message;
use super::errands::Errand;
use crate::candidates;
use crate::cards;
use crate::tokens::Tokens;

/// Tells what comes and goes, from a thread of its own, until nobody listens.
pub(super) fn watch(
    host: TokenHost,
    tokens: Tokens,
    inbox: mpsc::WeakUnboundedSender<Message>,
    attempt: Attempt,
) {
    let started = thread::Builder::new()
        .name("tokens".to_owned())
        .spawn(move || {
            let watch = host.watch();
            while let Some(inbox) = inbox.upgrade() {
                let Some(change) = watch.next_within(UNTIL_THE_END_IS_NOTICED) else {
                    continue;
                };
                if let Some(event) = event(&tokens, change, attempt) {
                    // Nobody listens when the program ends.
                    let _ = inbox.send(Message::Event(event));
                }
            }
        });
    if let Err(cause) = started {
        tracing::error!(%cause, "tokens cannot be watched");
    }
}

fn event(tokens: &Tokens, change: Change, attempt: Attempt) -> Option<Event> {
    match change {
        Change::Appeared(found) => appeared(tokens, found),
        Change::Gone(description) => tokens.gone(&description).map(|id| Event::TokenGone { id }),
        Change::ReaderGone(name) => Some(Event::ReaderGone { name }),
        Change::AllRead => Some(Event::TokensRead { attempt }),
    }
}

fn appeared(tokens: &Tokens, found: Found) -> Option<Event> {
    match found {
        Found::Token(found) => Some(Event::TokenFound {
            token: tokens.found(&found),
        }),
        Found::Failed(failure) => Some(Event::ModuleFailed {
            failure: candidates::module_failure(&failure),
        }),
        Found::Reader(reader) => Some(Event::ReaderFound {
            reader: cards::reader(&reader),
        }),
        Found::CardService(service) => Some(Event::CardService {
            service: cards::service(&service),
        }),
        Found::Unreadable(slot) => Some(Event::ModuleFailed {
            failure: cards::unreadable(&slot),
        }),
        // Modules that are switched off, or answered without trouble, are no news while somebody
        // signs in.
        Found::Loaded(_) | Found::HeldBack(_) => None,
    }
}

impl Errand {
    /// Reads everything again. It blocks, so its rows come from a thread that may.
    pub(super) async fn read_tokens(self, tokens: Tokens) {
        let host = self.device.tokens().clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut there = HashSet::new();
            for found in host.scan() {
                if let Found::Token(token) = &found {
                    there.insert(token.description.clone());
                }
                if let Some(event) = appeared(&tokens, found) {
                    self.tell(event);
                }
            }
            for id in tokens.only(&there) {
                self.tell(Event::TokenGone { id });
            }
            self.tell(Event::TokensRead {
                attempt: self.attempt,
            });
        });
        if read.await.is_err() {
            tracing::error!("reading the tokens stopped");
        }
    }
}

const UNTIL_THE_END_IS_NOTICED: Duration = Duration::from_millis(500);
