//! The terminal: what is said on it, and what is asked there.
//!
//! Results go to standard output; everything else, questions included, to standard error, so that
//! a result can be piped on.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// A terminal with a person before it, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Terminal {
    /// Somebody can be asked.
    Person,
    /// Nobody can: input or output leads elsewhere.
    Nobody,
}

impl Terminal {
    /// Looks where standard input and standard error lead.
    pub(crate) fn of_this_process() -> Self {
        if io::stdin().is_terminal() && io::stderr().is_terminal() {
            Self::Person
        } else {
            Self::Nobody
        }
    }
}

/// Prints a result.
pub(crate) fn print(text: &str) {
    // A reader that went away, such as `head`, is no error of ours.
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints a result for programs.
pub(crate) fn print_json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(&text),
        Err(cause) => say(&cause.to_string()),
    }
}

/// Says something to the person.
pub(crate) fn say(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// Asks for a line; none at the end of the input.
pub(crate) async fn ask(prompt: String) -> io::Result<Option<String>> {
    blocking(move || {
        let mut error = io::stderr();
        error.write_all(prompt.as_bytes())?;
        error.flush()?;
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line)?;
        Ok((read > 0).then(|| line.trim().to_owned()))
    })
    .await
}

/// Asks for a line without showing it; none at the end of the input or after Ctrl-C.
pub(crate) async fn ask_hidden(prompt: String) -> io::Result<Option<String>> {
    blocking(move || match rpassword::prompt_password(prompt) {
        Ok(typed) => Ok(Some(typed)),
        Err(cause)
            if matches!(
                cause.kind(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted
            ) =>
        {
            Ok(None)
        }
        Err(cause) => Err(cause),
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
        .flatten()
}
