//! Where this person's settings and memory lie.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// The folders of this person.
///
/// They follow the XDG base directory specification; on Windows they lie under `%APPDATA%` and
/// `%LOCALAPPDATA%`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    settings: PathBuf,
    state: PathBuf,
}

impl Places {
    /// Folders of one's own, such as a test's.
    pub fn at(settings: impl Into<PathBuf>, state: impl Into<PathBuf>) -> Self {
        Self {
            settings: settings.into(),
            state: state.into(),
        }
    }

    /// The folders of the person who runs this program.
    ///
    /// # Errors
    ///
    /// [`NoHome`] when the environment names no home.
    pub fn of_this_person() -> Result<Self, NoHome> {
        let from = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = || from("HOME").or_else(|| from("USERPROFILE")).ok_or(NoHome);
        let settings = match from("XDG_CONFIG_HOME").or_else(|| from("APPDATA")) {
            Some(folder) => folder,
            None => home()?.join(".config"),
        };
        let state = match from("XDG_STATE_HOME").or_else(|| from("LOCALAPPDATA")) {
            Some(folder) => folder,
            None => home()?.join(".local/state"),
        };
        Ok(Self::at(settings.join("lanyard"), state.join("lanyard")))
    }

    /// The settings file.
    pub fn settings_file(&self) -> PathBuf {
        self.settings.join("settings.toml")
    }

    /// The folder of what this device remembers.
    pub fn state(&self) -> &Path {
        &self.state
    }
}

/// The environment names no home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("neither HOME nor XDG_CONFIG_HOME and XDG_STATE_HOME are set")]
pub struct NoHome;
