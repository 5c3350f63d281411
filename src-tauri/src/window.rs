//! The one window, and the views that it is sent.

use std::sync::Arc;

use sign_in::view::View;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Builder, Context, Emitter, Manager, Runtime, Url, WebviewWindowBuilder};
use tokio::sync::watch;

use crate::clipboard::Clipboard;
use crate::commands;
use crate::talk::Talk;

/// Adds the commands of the page and what they need.
pub fn with_commands<R: Runtime>(builder: Builder<R>, talk: Arc<dyn Talk>) -> Builder<R> {
    builder
        .manage(talk)
        .manage(Clipboard::default())
        .invoke_handler(tauri::generate_handler![
            commands::view,
            commands::intent,
            commands::submit_pin,
            commands::submit_password,
            commands::submit_code,
            commands::copy_details,
        ])
}

/// What the build put into the program: the pages, the configuration and the capability.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Opens the window. It shows the pages inside the program and nothing else.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    for window in &app.config().app.windows {
        WebviewWindowBuilder::from_config(app, window)?
            .on_navigation(is_ours)
            .on_new_window(|_, _| NewWindowResponse::Deny)
            .build()?;
    }
    Ok(())
}

/// Sends the window each view that follows.
pub(crate) fn show_views<R: Runtime>(app: AppHandle<R>, mut views: watch::Receiver<View>) {
    tauri::async_runtime::spawn(async move {
        while views.changed().await.is_ok() {
            let view = views.borrow_and_update().clone();
            if let Some(window) = app.get_webview_window(MAIN)
                && let Err(cause) = app.emit_to(window.label(), VIEW, view)
            {
                tracing::warn!(%cause, "the window could not be sent a view");
            }
        }
    });
}

/// Says whether an address is that of the pages inside the program.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // WebView2 knows no schemes of a program's own.
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

const MAIN: &str = "main";
const VIEW: &str = "view";

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn the_window_stays_on_its_own_pages() {
        for ours in ["tauri://localhost", "tauri://localhost/index.html"] {
            assert!(is_ours(&ours.parse().expect("a URL")), "{ours}");
        }
        for other in [
            "https://login.localhost:8443/",
            "http://localhost/",
            "tauri://elsewhere/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:void(0)",
        ] {
            assert!(!is_ours(&other.parse().expect("a URL")), "{other}");
        }
    }
}
