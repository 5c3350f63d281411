//! `virtual-piv` on the command line.

mod control;
mod provision;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A PIV card in memory.
///
/// It answers as a smart card or a YubiKey does, to any program that speaks to cards through
/// pcscd. Its keys are kept in the clear: use it for demonstrations and tests, never for a key
/// that matters.
///
/// Make a card, then put it into a reader of its own and look at it with OpenSC:
///
///   virtual-piv provision /tmp/card --key 9a=p256 --key 9c=rsa2048 --self-issued "Lee"
///   virtual-piv serve /tmp/card --private
///
/// The second command prints, as JSON, the variable that leads other programs to the reader:
///
///   PCSCLITE_CSOCK_NAME=… pkcs11-tool --list-objects
#[derive(Debug, Parser)]
#[expect(
    clippy::doc_markdown,
    reason = "this is what --help prints, in a terminal"
)]
#[command(name = "virtual-piv", version, verbatim_doc_comment)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Provision(provision::Provision),
    Serve(serve::Serve),
}

/// Runs the program.
#[expect(clippy::print_stderr, reason = "a program says what stopped it")]
#[must_use]
pub fn run() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Provision(task) => task.run(),
        Task::Serve(task) => task.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("virtual-piv: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprint!(": {cause}");
                source = cause.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), Box<dyn std::error::Error>>;
