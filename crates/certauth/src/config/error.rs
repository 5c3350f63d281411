use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a configuration is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Something in the file is not as it must be.
    #[error("{path}, line {line}: {problem}\n  {text}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
        /// The line itself.
        text: String,
    },
}

/// The text of a configuration, to point into.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// Puts file and line to what the TOML reader found.
    pub(super) fn toml(&self, error: &toml::de::Error) -> ConfigError {
        self.wrong(error.span().unwrap_or(0..0), error.message().to_owned())
    }

    /// Puts file and line to what a check found.
    pub(super) fn wrong(&self, at: Range<usize>, problem: String) -> ConfigError {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.matches('\n').count();
        ConfigError::Wrong {
            path: self.path.to_owned(),
            line: line + 1,
            problem,
            text: self
                .text
                .lines()
                .nth(line)
                .unwrap_or_default()
                .trim()
                .to_owned(),
        }
    }
}
