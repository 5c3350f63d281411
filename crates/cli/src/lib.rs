//! `lanyard`, the client without a window: what it can be asked for, what it asks, what it says.
//!
//! The sign-in is the same [`client::Conversation`] that the window shows.

pub mod arguments;
mod descriptors;
mod doctor;
mod export;
mod interrupt;
mod list;
mod outcome;
mod pin;
mod plain;
mod screen;
mod session;
mod sign_in;
mod terminal;
mod token;
mod words;

use clap::Parser;
use client::{Device, Offer, Options};

use arguments::{Arguments, Command, World};
pub use outcome::Outcome;
use outcome::Trouble;
pub use screen::draw;

/// Does what the command line says.
pub fn run() -> Outcome {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => {
            let outcome = if answer.use_stderr() {
                Outcome::Usage
            } else {
                Outcome::Done
            };
            let _ = answer.print();
            return outcome;
        }
    };
    if let Err(cause) = write_no_core_dumps() {
        terminal::say(&words::core_dumps(&cause.to_string()));
        return Outcome::Usage;
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            // cryptoki calls every mechanism an error that it has no name for.
            tracing_subscriber::EnvFilter::try_from_env("LANYARD_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error,cryptoki=off")),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(cause) => {
            terminal::say(&words::threads(&cause.to_string()));
            return Outcome::Usage;
        }
    };
    let restored = interrupt::Restored::when_dropped();
    let outcome = runtime.block_on(async {
        tokio::select! {
            ended = carry_out(arguments) => ended.unwrap_or_else(|trouble| {
                terminal::say(&trouble.words);
                trouble.outcome
            }),
            () = interrupt::asked_to_stop() => {
                terminal::say(words::STOPPED);
                Outcome::Stopped
            }
        }
    });
    // A question that still stands, or a module that hangs, is left behind with the process.
    runtime.shutdown_background();
    drop(restored);
    outcome
}

async fn carry_out(arguments: Arguments) -> Result<Outcome, Trouble> {
    let Arguments { world, command } = arguments;
    let kept = |username: Option<String>| Offer {
        username,
        afresh: false,
    };
    match command {
        Command::List {
            json,
            export,
            certificate,
        } => {
            let device = device(world, kept(None))?;
            match export {
                Some(file) => export::run(&device, &file, certificate.as_deref()).await,
                None => list::run(&device, json).await,
            }
        }
        Command::SignIn(wanted) => {
            let server = world.server.clone();
            let username = wanted.username.clone();
            let device = device(
                world,
                Offer {
                    username,
                    afresh: wanted.says_how(),
                },
            )?;
            Ok(sign_in::run(wanted, server, device).await)
        }
        Command::Token(wanted) => {
            let device = device(world, kept(wanted.username.clone()))?;
            token::run(wanted, &device).await
        }
        Command::Whoami { username, json } => {
            session::whoami(&device(world, kept(username))?, json).await
        }
        Command::SignOut { username, json } => {
            session::sign_out(&device(world, kept(username))?, json).await
        }
        Command::Pin { task } => pin::run(task, &device(world, kept(None))?).await,
        Command::Doctor { username, json } => {
            let device = device(world, kept(username.clone()))?;
            Ok(doctor::run(&device, username.as_deref(), json).await)
        }
    }
}

fn device(world: World, offer: Offer) -> Result<Device, Trouble> {
    let World {
        server,
        ca,
        modules,
    } = world;
    let options = Options {
        server,
        ca,
        modules,
        offer,
        ..Options::default()
    };
    Device::of_this_computer(options)
        .map_err(|cause| Trouble::new(Outcome::Usage, words::setup(&cause.to_string())))
}

/// A PIN on its way to the token must not end in a file.
#[cfg(unix)]
fn write_no_core_dumps() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).map_err(Into::into)
}

#[cfg(not(unix))]
fn write_no_core_dumps() -> std::io::Result<()> {
    Ok(())
}
