//! Reading the tokens, row by row.

use std::sync::{Arc, Mutex, PoisonError};

use sign_in::Event;
use token::Found;

use super::errands::Errand;
use crate::candidates::{self, Choices};

impl Errand {
    /// Modules block, so their rows come from a thread that may.
    pub(super) async fn read_tokens(self, choices: Arc<Mutex<Choices>>) {
        let attempt = self.attempt;
        let host = self.device.tokens().clone();
        let read = tokio::task::spawn_blocking(move || {
            for found in host.scan() {
                match found {
                    Found::Token(found) => {
                        let mut choices = choices.lock().unwrap_or_else(PoisonError::into_inner);
                        let token = candidates::take(&found, &mut choices);
                        drop(choices);
                        self.tell(Event::TokenFound { attempt, token });
                    }
                    Found::Failed(failure) => {
                        let failure = candidates::module_failure(&failure);
                        self.tell(Event::ModuleFailed { attempt, failure });
                    }
                    // Modules that are switched off, or answered without trouble, and readers
                    // are no news while somebody signs in.
                    Found::Loaded(_)
                    | Found::HeldBack(_)
                    | Found::CardService(_)
                    | Found::Reader(_)
                    | Found::Unreadable(_) => {}
                }
            }
            self.tell(Event::TokensRead { attempt });
        });
        if read.await.is_err() {
            tracing::error!("reading the tokens stopped");
        }
    }
}
