//! Runs a test in a process of its own, with variables that a process cannot change for itself.
//!
//! PKCS #11 modules read their configuration from the environment of the process they are loaded
//! into, and a test may share its process with others.

use std::env;
use std::ffi::OsStr;
use std::process::Command;
use std::thread;

/// Whether this process is the one that [`again`] started.
#[must_use]
pub fn is_inner() -> bool {
    env::var_os(INNER).is_some()
}

/// Runs the current test once more, in a process with these variables, and wants it to pass there.
///
/// # Panics
/// If it fails there, or if the caller is no test of libtest.
pub fn again<K: AsRef<OsStr>, V: AsRef<OsStr>>(variables: impl IntoIterator<Item = (K, V)>) {
    let test = thread::current()
        .name()
        .expect("libtest names the thread of a test after it")
        .to_owned();
    let program = env::current_exe().expect("a running program has a path");
    let status = Command::new(program)
        .args(["--exact", &test, "--nocapture"])
        .envs(variables)
        .env(INNER, "1")
        .status()
        .expect("the test can be started again");
    assert!(status.success(), "{test} failed in its own process");
}

const INNER: &str = "LANYARD_JOURNEY_INNER";
