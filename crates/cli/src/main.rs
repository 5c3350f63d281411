//! `lanyard`: signing in with a certificate, without a window.

use std::process::ExitCode;

fn main() -> ExitCode {
    client::run_helper_if_asked();
    cli::run().into()
}
