//! Where a verification runs, and how it starts programs there.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::folders;

/// The folders of a verification.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The workspace.
    pub(super) workspace: &'static Path,
    /// What can be made again.
    pub(super) cache: PathBuf,
    /// What cargo builds.
    pub(super) target: PathBuf,
}

impl Place {
    /// Finds the folders.
    pub(super) fn find() -> Result<Self> {
        Ok(Self {
            workspace: folders::workspace(),
            cache: folders::cache()?,
            target: folders::target()?,
        })
    }

    /// Names the folder with the source of the pages.
    pub(super) fn pages(&self) -> PathBuf {
        self.workspace.join("ui")
    }

    /// Names the folder with the tools that were installed for verifications.
    pub(super) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// Prepares a program to run in the workspace: no input, our build folder, our tools first.
    pub(super) fn program(&self, program: &str) -> Result<Command> {
        let mut command = Command::new(program);
        command
            .current_dir(self.workspace)
            .stdin(Stdio::null())
            .env("CI", "true")
            .env("CARGO_TARGET_DIR", &self.target)
            .env("PATH", self.path()?);
        Ok(command)
    }

    fn path(&self) -> Result<OsString> {
        let before = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.tools().join("bin")).chain(env::split_paths(&before));
        env::join_paths(folders).context("PATH is not a list of folders")
    }
}

/// Runs a program to its end, and fails where it fails.
pub(super) fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    let asked: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy())
        .collect();
    ensure!(status.success(), "{program} {} failed", asked.join(" "));
    Ok(())
}
