//! Runs `lanyard` as a script would: secrets come through file descriptors, answers are JSON.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;
use xtask::world::World;
use xtask::world::certauth::Certauth;

/// A person's account on a computer, with a home of its own.
#[derive(Debug)]
pub struct Shell<'a> {
    world: &'a World,
    certauth: &'a Certauth,
    home: PathBuf,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; none if it was killed.
    pub code: Option<i32>,
    /// Its output.
    pub out: String,
    /// Its errors.
    pub err: String,
}

impl<'a> Shell<'a> {
    /// A shell whose home is `home`.
    #[must_use]
    pub fn new(world: &'a World, certauth: &'a Certauth, home: &Path) -> Self {
        Self {
            world,
            certauth,
            home: home.to_owned(),
        }
    }

    /// Runs `lanyard` with these words.
    ///
    /// # Errors
    /// If it does not start.
    pub fn lanyard(&self, words: &[&str]) -> Result<Said> {
        let output = self
            .command(words)?
            .output()
            .context("lanyard does not start")?;
        Ok(Said::of(&output))
    }

    /// `lanyard` with these words, to be started by the caller.
    ///
    /// # Errors
    /// If it was not built.
    pub fn command(&self, words: &[&str]) -> Result<Command> {
        let mut command = self.world.lanyard(self.certauth, &self.home)?;
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }

    /// Runs `lanyard sign-in --json` with a PIN and a password.
    ///
    /// # Errors
    /// If it does not start.
    pub fn sign_in(&self, words: &[&str], pin: &str, password: &str) -> Result<Said> {
        let words = [&["sign-in", "--json"], words].concat();
        self.with_secrets(&words, &["--pin-fd", "--password-fd"], &[pin, password])
    }

    /// Runs `lanyard` with these words, and each secret on a descriptor that its option names.
    ///
    /// # Errors
    /// If it does not start.
    pub fn with_secrets(&self, words: &[&str], options: &[&str], secrets: &[&str]) -> Result<Said> {
        fs::create_dir_all(&self.home)?;
        let mut redirections = String::new();
        let mut command = self.command(words)?;
        for (number, (option, secret)) in (3..).zip(options.iter().zip(secrets)) {
            let file = self.home.join(format!("secret-{number}"));
            fs::write(&file, format!("{secret}\n"))?;
            write!(redirections, " {number}<'{}'", file.display())?;
            command.args([option, &number.to_string().as_str()]);
        }
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("exec \"$@\"{redirections}"), "sh"])
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                shell.env(name, value);
            }
        }
        Ok(Said::of(&shell.output().context("sh does not start")?))
    }
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Its output, which has to be JSON.
    ///
    /// # Errors
    /// If it is not.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.out).with_context(|| format!("no JSON: {self:?}"))
    }
}
