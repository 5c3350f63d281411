//! `lanyard`: signing in with a certificate, without a window.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run().into()
}
