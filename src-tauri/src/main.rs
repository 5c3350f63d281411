//! Starts the Lanyard window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use anyhow::Context as _;
use clap::Parser;
use lanyard_desktop::options::Options;

fn main() -> anyhow::Result<()> {
    client::run_helper_if_asked();
    #[cfg(not(feature = "automation"))]
    lanyard_desktop::environment::leave_inspectors_out().context(
        "Lanyard cannot be started without the variables that open its window to others",
    )?;
    write_no_core_dumps().context("memory dumps cannot be switched off")?;
    tracing_subscriber::fmt()
        .with_env_filter(
            // cryptoki calls every mechanism an error that it has no name for.
            tracing_subscriber::EnvFilter::try_from_env("LANYARD_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error,cryptoki=off")),
        )
        .with_writer(std::io::stderr)
        .init();
    lanyard_desktop::run(Options::parse())
}

/// A PIN on its way to the token must not end in a file.
#[cfg(unix)]
fn write_no_core_dumps() -> rustix::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)
}

#[cfg(not(unix))]
fn write_no_core_dumps() -> std::io::Result<()> {
    Ok(())
}
