//! Which program a helper is.

use std::path::PathBuf;

#[cfg(unix)]
use std::{
    ffi::OsStr, fs::File, os::unix::process::CommandExt as _, process::Command, sync::OnceLock,
};

/// The program that modules are loaded in.
///
/// It is chosen by whoever writes a program, never by its user: no option, variable or file leads
/// here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Program(Kind);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    This,
    At(PathBuf),
}

impl Program {
    /// This executable, whose `main` begins with [`run_if_asked`](super::run_if_asked).
    pub fn this() -> Self {
        Self(Kind::This)
    }

    /// Another executable whose `main` begins with [`run_if_asked`](super::run_if_asked), for tests,
    /// which have no `main` of their own.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(Kind::At(path.into()))
    }

    /// The command that starts the helper.
    ///
    /// # Errors
    ///
    /// Why there is no such program, in words.
    #[cfg(unix)]
    pub(super) fn command(&self) -> Result<Command, String> {
        let mut command = match &self.0 {
            Kind::This => Command::new(this()?),
            Kind::At(path) => Command::new(path),
        };
        if let Some(name) = std::env::args_os().next() {
            command.arg0(name);
        }
        command.arg(WORD);
        Ok(command)
    }
}

/// Whether this process was started with the one argument of a helper.
#[cfg(unix)]
pub(super) fn is_asked_for() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().as_deref() == Some(OsStr::new(WORD)) && arguments.next().is_none()
}

/// Opens the executable, for helpers that are started later.
#[cfg(unix)]
pub(super) fn remember() {
    EXECUTABLE.get_or_init(open);
}

#[cfg(target_os = "linux")]
fn open() -> std::io::Result<File> {
    File::open("/proc/self/exe")
}

/// Elsewhere a program cannot be started from a descriptor; it is opened to know that it is there.
#[cfg(all(unix, not(target_os = "linux")))]
fn open() -> std::io::Result<File> {
    File::open(std::env::current_exe()?)
}

/// The path by which the opened executable is started.
#[cfg(unix)]
fn this() -> Result<PathBuf, String> {
    match EXECUTABLE.get() {
        Some(Ok(file)) => path(file).map_err(|error| error.to_string()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("this program cannot be its own helper".to_owned()),
    }
}

#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn path(file: &File) -> std::io::Result<PathBuf> {
    use std::os::fd::AsRawFd as _;

    // The descriptor is there until the new program begins, since only that closes it.
    Ok(PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn path(_file: &File) -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

#[cfg(unix)]
static EXECUTABLE: OnceLock<std::io::Result<File>> = OnceLock::new();

#[cfg(unix)]
const WORD: &str = "--hold-a-module";
