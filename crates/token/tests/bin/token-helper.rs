//! Loads modules for the tests of this crate, which have no `main` of their own.

use std::process::ExitCode;

fn main() -> ExitCode {
    token::helper::run_if_asked();
    ExitCode::FAILURE
}
