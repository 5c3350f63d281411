//! Cards whose PIN can be changed and unblocked from here.

use std::sync::Arc;

use sign_in::candidate::TokenId;
use sign_in::view::TokenLabel;
use token::{ChangePinError, Pin, Puk, UnblockError};

use crate::candidates;
use crate::device::Device;

/// A card whose PIN can be changed and unblocked.
#[derive(Clone)]
pub struct PinCard {
    label: TokenLabel,
    last_try: bool,
    token: Arc<dyn token::Token>,
}

impl Device {
    /// Finds the cards whose PIN can be changed and unblocked.
    pub async fn pin_cards(&self) -> Vec<PinCard> {
        let host = self.tokens().clone();
        let task = tokio::task::spawn_blocking(move || {
            let listing = host.enumerate();
            listing
                .tokens
                .into_iter()
                .filter(|found| found.token.pin_management().is_some())
                .map(|found| PinCard {
                    label: candidates::take(&found, TokenId(0)).0.label,
                    last_try: found.pin.last_try,
                    token: found.token,
                })
                .collect()
        });
        task.await.unwrap_or_default()
    }
}

impl PinCard {
    /// How it is named.
    pub fn label(&self) -> &TokenLabel {
        &self.label
    }

    /// Whether the next wrong PIN blocks it.
    pub fn is_at_its_last_try(&self) -> bool {
        self.last_try
    }

    /// Replaces the PIN; a wrong old one costs a try.
    ///
    /// # Errors
    ///
    /// [`ChangePinError`] says what the card answered.
    pub async fn change_pin(&self, old: Pin, new: Pin) -> Result<(), ChangePinError> {
        let token = Arc::clone(&self.token);
        let task = tokio::task::spawn_blocking(move || match token.pin_management() {
            Some(management) => management.change_pin(old, new),
            None => Err(ChangePinError::Removed),
        });
        task.await.unwrap_or(Err(ChangePinError::Stopped))
    }

    /// Sets a new PIN with the PUK; a wrong PUK costs one of its tries.
    ///
    /// # Errors
    ///
    /// [`UnblockError`] says what the card answered.
    pub async fn unblock(&self, puk: Puk, new: Pin) -> Result<(), UnblockError> {
        let token = Arc::clone(&self.token);
        let task = tokio::task::spawn_blocking(move || match token.pin_management() {
            Some(management) => management.unblock(puk, new),
            None => Err(UnblockError::Removed),
        });
        task.await.unwrap_or(Err(UnblockError::Stopped))
    }
}
