//! Runs `lanyard` as a script would: secrets come through file descriptors, answers are JSON.

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

    /// Runs `lanyard sign-in --json` with the PIN on descriptor 3 and the password on 4.
    ///
    /// # Errors
    /// If it does not start.
    pub fn sign_in(&self, words: &[&str], pin: &str, password: &str) -> Result<Said> {
        fs::create_dir_all(&self.home)?;
        let (pin_file, password_file) = (self.home.join("pin"), self.home.join("password"));
        fs::write(&pin_file, format!("{pin}\n"))?;
        fs::write(&password_file, format!("{password}\n"))?;
        let inner = self.command(&["sign-in", "--json", "--pin-fd", "3", "--password-fd", "4"])?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "exec 3<\"$1\" 4<\"$2\"; shift 2; exec \"$@\"", "sh"])
            .arg(&pin_file)
            .arg(&password_file)
            .arg(inner.get_program())
            .args(inner.get_args())
            .args(words)
            .stdin(Stdio::null());
        for (name, value) in inner.get_envs() {
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
