//! The one place where the tasks speak to the person at the terminal.

use std::fmt::Display;

/// Prints one line.
#[expect(clippy::print_stdout, reason = "a task's output is its purpose")]
pub fn line(text: impl Display) {
    println!("{text}");
}

/// Prints a heading, set apart so that it is found again in a long log.
pub fn heading(text: impl Display) {
    line(format_args!("\n== {text}"));
}

/// Prints what went wrong, where it is not lost in a pipe.
#[expect(clippy::print_stderr, reason = "failures belong on standard error")]
pub fn failure(text: impl Display) {
    eprintln!("{text}");
}
