//! The conversation as the commands see it.

use client::Conversation;
use sign_in::intent::Intent;
use sign_in::view::View;

/// What the window asks of the client. A test brings one of its own.
///
/// Secrets are handed over, never lent: whoever takes one wipes it.
pub trait Talk: Send + Sync {
    /// The view as it stands.
    fn view(&self) -> View;
    /// Says what the person wants.
    fn wants(&self, intent: Intent);
    /// Gives the token's PIN.
    fn submit_pin(&self, typed: String);
    /// Gives the password.
    fn submit_password(&self, typed: String);
    /// Gives the one-time code.
    fn submit_code(&self, typed: String);
}

impl Talk for Conversation {
    fn view(&self) -> View {
        Self::view(self)
    }

    fn wants(&self, intent: Intent) {
        Self::wants(self, intent);
    }

    fn submit_pin(&self, typed: String) {
        Self::submit_pin(self, typed);
    }

    fn submit_password(&self, typed: String) {
        Self::submit_password(self, typed);
    }

    fn submit_code(&self, typed: String) {
        Self::submit_code(self, typed);
    }
}
