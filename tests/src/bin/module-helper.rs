//! Loads PKCS #11 modules for the journeys that hold a token themselves: a test has no `main` that
//! could.

use std::process::ExitCode;

fn main() -> ExitCode {
    token::helper::run_if_asked();
    ExitCode::FAILURE
}
