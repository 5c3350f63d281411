//! What becomes of each PKCS #11 module: loaded, failed, or held back.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::FailedCall;

/// Which modules may be loaded although they come from a place that others could have written.
///
/// A module is code that runs with the person's rights and later gets their PIN, so such a module
/// waits until the person switches it on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permission {
    allowed: BTreeSet<PathBuf>,
}

impl Permission {
    /// Allows exactly these module files.
    pub fn for_modules(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            allowed: paths.into_iter().collect(),
        }
    }

    /// Whether the person has switched this file on. Links are followed, so that the permission is
    /// for the file and not for a name that could be pointed elsewhere.
    pub(crate) fn allows(&self, module: &Path) -> bool {
        self.allowed
            .iter()
            .any(|allowed| allowed.canonicalize().is_ok_and(|path| path == module))
    }
}

/// Where a module was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleOrigin {
    /// In a p11-kit file of the system or of a package.
    System {
        /// The p11-kit file.
        file: PathBuf,
    },
    /// In a p11-kit file of the user.
    User {
        /// The p11-kit file.
        file: PathBuf,
    },
    /// By the person, in the settings or on the command line.
    Chosen,
}

/// A module that is loaded and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleLoaded {
    /// Its name in p11-kit's configuration, or its file name.
    pub module: String,
    /// Its file, with every symbolic link resolved.
    pub path: PathBuf,
    /// What it says it is.
    pub description: String,
    /// The manufacturer of the library.
    pub manufacturer: String,
    /// The version of the library.
    pub version: String,
    /// How many tokens it showed.
    pub tokens: usize,
}

/// A module, or one slot of it, that gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFailure {
    /// Its name in p11-kit's configuration, or its file name.
    pub module: String,
    /// Its file as it was named.
    pub path: PathBuf,
    /// What went wrong.
    pub cause: Cause,
}

/// What went wrong with a module.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Cause {
    /// There is no such file.
    #[error("the module's file does not exist")]
    Missing,
    /// The p11-kit file that names it could not be read.
    #[error("the p11-kit file cannot be read: {0}")]
    Configuration(String),
    /// The file is no PKCS #11 module or lacks a library it needs.
    #[error("the module cannot be loaded: {0}")]
    NotLoadable(String),
    /// A call failed.
    #[error("{0}")]
    Call(FailedCall),
    /// A call failed for one slot; the module's other slots are listed.
    #[error("slot {slot}: {failed}")]
    Slot {
        /// The slot's number in this run of the module.
        slot: u64,
        /// The call that failed.
        failed: FailedCall,
    },
    /// The process that would load it could not be started.
    #[error("the module's process cannot be started: {0}")]
    NotStarted(String),
    /// Its time was over before earlier questions to it were answered.
    #[error("the module is busy with an earlier question")]
    Busy,
    /// It did not answer before the deadline, and its process was ended.
    #[error("the module did not answer within {}{}", seconds(*.after), printing(.printed))]
    TimedOut {
        /// The time it had.
        after: Duration,
        /// The last of what it printed, on one line. It is empty once the module was given a PIN.
        printed: String,
    },
    /// Its process stopped: it crashed, or ended the process itself.
    #[error("the module stopped with {ending}{}", printing(.printed))]
    Stopped {
        /// How the process ended.
        ending: Ending,
        /// The last of what it printed, on one line. It is empty once the module was given a PIN.
        printed: String,
    },
    /// Its process said what nobody asked, and was ended.
    #[error("the module answered nonsense{}", printing(.printed))]
    Garbled {
        /// The last of what it printed, on one line. It is empty once the module was given a PIN.
        printed: String,
    },
    /// What it should be told is longer than any module is told.
    #[error("the question to the module is too long")]
    TooLong,
}

/// How a module's process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// By a signal, by its number.
    Signal(i32),
    /// By itself, with this status.
    Exit(i32),
    /// It cannot be known.
    Unknown,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(number) => match name(*number) {
                Some(name) => write!(f, "signal {number} ({name})"),
                None => write!(f, "signal {number}"),
            },
            Self::Exit(status) => write!(f, "exit status {status}"),
            Self::Unknown => f.write_str("an unknown status"),
        }
    }
}

/// The signals by which programs crash or are ended, whose numbers are the same everywhere.
fn name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => return None,
    })
}

fn seconds(time: Duration) -> String {
    if time.subsec_nanos() == 0 {
        format!("{} seconds", time.as_secs())
    } else {
        format!("{time:?}")
    }
}

fn printing(printed: &str) -> String {
    if printed.is_empty() {
        String::new()
    } else {
        format!(", and printed: {printed}")
    }
}

/// A module that is known and was not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleHeldBack {
    /// Its name in p11-kit's configuration, or its file name.
    pub module: String,
    /// Its file, resolved as far as possible.
    pub path: PathBuf,
    /// Where it was named.
    pub origin: ModuleOrigin,
    /// Why it was not loaded.
    pub reason: HeldBack,
}

/// Why a module was not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldBack {
    /// The entry is a command to run (`remote:`), which is never done.
    Remote {
        /// What it would have run.
        command: String,
    },
    /// It holds trusted certificates only (`trust-policy: yes`).
    TrustPolicy,
    /// It is p11-kit's own proxy, through which every token would appear twice.
    Proxy,
    /// p11-kit's configuration switches it off for this program.
    Disabled,
    /// The entry names no module.
    NothingNamed,
    /// The person has to switch it on first: a file of the user names it.
    UserFile,
    /// The person has to switch it on first: it is named by a relative path.
    RelativePath,
    /// The person has to switch it on first: others can write this file or folder.
    WritableByOthers {
        /// The file or folder that others can write.
        path: PathBuf,
    },
}

impl HeldBack {
    /// Whether switching the module on ([`Permission`]) would load it.
    pub fn waits_for_permission(&self) -> bool {
        match self {
            Self::UserFile | Self::RelativePath | Self::WritableByOthers { .. } => true,
            Self::Remote { .. }
            | Self::TrustPolicy
            | Self::Proxy
            | Self::Disabled
            | Self::NothingNamed => false,
        }
    }
}
