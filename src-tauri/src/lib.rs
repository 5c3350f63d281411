//! The Lanyard window: it shows the view of a sign-in conversation and passes on what a person
//! wants. Everything else happens in [`client`].

mod clipboard;
mod commands;
pub mod environment;
pub mod options;
mod talk;
mod window;

use std::sync::Arc;

use anyhow::Context as _;
use client::{Conversation, Device, Offer};

use options::Options;
pub use talk::Talk;
pub use window::{context, with_commands};

/// Opens the window and stays until it is closed.
///
/// # Errors
///
/// Settings that cannot be used, or a display that cannot be reached.
pub fn run(options: Options) -> anyhow::Result<()> {
    let device = Device::of_this_computer(client::Options {
        server: options.server,
        ca: options.ca,
        modules: options.modules,
        offer: Offer {
            username: options.username,
            ..Offer::default()
        },
        ..client::Options::default()
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("threads cannot be started")?;
    tauri::async_runtime::set(runtime.handle().clone());
    let inside = runtime.enter();
    let conversation = Conversation::start(device);
    let views = conversation.views();
    let app = with_commands(tauri::Builder::default(), Arc::new(conversation))
        .setup(move |app| {
            window::open(app.handle())?;
            window::show_views(app.handle().clone(), views);
            Ok(())
        })
        .build(context())
        .context("the window cannot be opened")?;
    drop(inside);
    app.run(|_, _| {});
    Ok(())
}
