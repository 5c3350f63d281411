//! `certauth`: makes an installation, serves it, and administers it from the command line.

use std::io::Write as _;
use std::process::ExitCode;

mod commands;

fn main() -> ExitCode {
    match commands::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "certauth: {error:#}");
            let ends = error.downcast_ref::<commands::Ends>();
            ends.map_or(ExitCode::FAILURE, |ends| ExitCode::from(ends.status))
        }
    }
}
