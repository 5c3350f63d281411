//! What a test needs from the machine.

use std::env;
use virtual_piv::service::{ReaderName, Service};

/// A private pcscd if it and these programs are there, or none after saying why the test is
/// skipped.
pub(crate) fn service(name: ReaderName, programs: &[&str]) -> Option<Service> {
    let missing = programs.iter().find(|program| !on_path(program));
    let reason = match (missing, Service::start(name)) {
        (Some(program), Ok(_) | Err(_)) => format!("{program} is not installed"),
        (None, Ok(service)) => return Some(service),
        (None, Err(error)) => error.to_string(),
    };
    let required = env::var("LANYARD_REQUIRE").unwrap_or_default();
    assert!(
        !required.split(',').any(|part| part.trim() == "pcscd"),
        "pcscd is required here, and {reason}"
    );
    skip(&reason);
    None
}

/// The first of these files that is there.
pub(crate) fn module(names: &[&str]) -> String {
    let arch = env::consts::ARCH;
    names
        .iter()
        .map(|name| format!("/usr/lib/{arch}-linux-gnu/{name}"))
        .find(|path| std::path::Path::new(path).is_file())
        .unwrap_or_else(|| panic!("{names:?} belong to the installed tools"))
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}

fn on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
