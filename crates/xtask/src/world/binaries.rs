//! The programs that the demo world runs, found where cargo put them.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The built programs of the workspace.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Takes the programs from a folder such as `target/debug`.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Takes the programs that were built beside the running test, or those in the folder that
    /// `LANYARD_BINARIES` names. Nothing is built.
    ///
    /// # Errors
    ///
    /// When the running program's own place is unknown.
    pub fn of_this_build() -> Result<Self> {
        if let Some(folder) = env::var_os("LANYARD_BINARIES") {
            return Ok(Self::in_folder(folder));
        }
        let test = env::current_exe().context("the running program has no path")?;
        let folder = test.parent().context("the running program has no folder")?;
        let profile = if folder.ends_with("deps") {
            folder.parent().context("deps lies in a folder")?
        } else {
            folder
        };
        Ok(Self::in_folder(profile))
    }

    /// Names the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Names the identity server's program.
    ///
    /// # Errors
    ///
    /// When it was not built.
    pub fn certauth(&self) -> Result<PathBuf> {
        self.built("certauth", "certauth")
    }

    /// Names the command-line client's program.
    ///
    /// # Errors
    ///
    /// When it was not built.
    pub fn lanyard(&self) -> Result<PathBuf> {
        self.built("lanyard", "cli")
    }

    /// Names the desktop app's program.
    ///
    /// # Errors
    ///
    /// When it was not built.
    pub fn desktop(&self) -> Result<PathBuf> {
        self.built("lanyard-desktop", "lanyard-desktop")
    }

    fn built(&self, program: &str, package: &str) -> Result<PathBuf> {
        let path = self.folder.join(program);
        if !path.is_file() {
            bail!(
                "{} is not there: run `cargo build --package {package}` first",
                path.display()
            );
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_the_command_that_builds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = Binaries::in_folder(folder.path())
            .lanyard()
            .expect_err("nothing was built");
        assert!(error.to_string().contains("cargo build --package cli"));
    }
}
