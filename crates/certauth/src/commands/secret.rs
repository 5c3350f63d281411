use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

/// Reads a secret from the first line of standard input.
pub(super) fn from_stdin(what: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    io::stdin()
        .lock()
        .take(LONGEST)
        .read_line(&mut line)
        .with_context(|| format!("{what} could not be read from standard input"))?;
    let secret = line.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        bail!("there is no {what} on standard input");
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

/// Asks for a secret twice on the terminal.
pub(super) fn by_prompt(what: &str) -> anyhow::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        bail!("there is no terminal to ask for the {what} on: use --{what}-stdin");
    }
    let first = Zeroizing::new(rpassword::prompt_password(format!("New {what}: "))?);
    let again = Zeroizing::new(rpassword::prompt_password(format!("The {what} again: "))?);
    if first != again {
        bail!("the two are not the same");
    }
    Ok(first)
}

const LONGEST: u64 = 4096;
