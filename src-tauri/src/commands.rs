//! The commands that the page may call: build.rs lists them, and capabilities/main.json allows
//! them to the one window.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a command is handed its state and arguments by value"
)]

use std::sync::Arc;

use sign_in::intent::Intent;
use sign_in::view::View;
use tauri::State;

use crate::clipboard::{Clipboard, NoClipboard};
use crate::talk::Talk;

/// Gives the view as it stands; later ones come as `view` events.
#[tauri::command]
pub(crate) fn view(talk: State<'_, Arc<dyn Talk>>) -> View {
    talk.view()
}

/// Passes on what the person wants.
#[tauri::command]
pub(crate) fn intent(talk: State<'_, Arc<dyn Talk>>, intent: Intent) {
    talk.wants(intent);
}

/// Takes the PIN to the token. It has a command of its own, so that no intent holds a secret.
#[tauri::command]
pub(crate) fn submit_pin(talk: State<'_, Arc<dyn Talk>>, pin: String) {
    talk.submit_pin(pin);
}

/// Takes the password to the server.
#[tauri::command]
pub(crate) fn submit_password(talk: State<'_, Arc<dyn Talk>>, password: String) {
    talk.submit_password(password);
}

/// Takes the one-time code to the server.
#[tauri::command]
pub(crate) fn submit_code(talk: State<'_, Arc<dyn Talk>>, code: String) {
    talk.submit_code(code);
}

/// Puts text on the clipboard.
#[tauri::command]
pub(crate) fn copy_details(
    clipboard: State<'_, Clipboard>,
    text: String,
) -> Result<(), NoClipboard> {
    clipboard.put(text)
}
