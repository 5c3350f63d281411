//! The clipboard, reached from Rust alone: the page has no right to it.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// The clipboard, once something was put on it.
///
/// Under X11 and Wayland the text lives with the program that put it there, so the connection is
/// kept as long as the window.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    pub(crate) fn put(&self, text: String) -> Result<(), NoClipboard> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let clipboard = match open.take() {
            Some(clipboard) => open.insert(clipboard),
            None => open.insert(arboard::Clipboard::new().map_err(|_| NoClipboard::Unreachable)?),
        };
        clipboard.set_text(text).map_err(|_| NoClipboard::Refused)
    }
}

/// Why nothing was copied; the page has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NoClipboard {
    /// The desktop has no clipboard that can be reached.
    Unreachable,
    /// The clipboard did not take the text.
    Refused,
}
