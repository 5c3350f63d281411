//! SoftHSM's module with a fault of the test's choice.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::softhsm::Rig;

/// A module made for one test.
pub(crate) struct Wrapper {
    pub(crate) module: PathBuf,
    begun: PathBuf,
}

impl Wrapper {
    /// Compiles SoftHSM's module with these changes: C that defines `static void change(void)`,
    /// and has `BEGUN`, `SOFTHSM` and `NOTES` as paths.
    pub(crate) fn new(rig: &Rig, changes: &str) -> Self {
        let text = format!("{}{changes}", include_str!("../modules/wrapper.c"));
        let source = rig.folder.join("wrapper.c");
        std::fs::write(&source, text).expect("a file for the test");
        let module = rig.folder.join("wrapper.so");
        let begun = rig.folder.join("begun");
        let made = Command::new("mkfifo").arg(&begun).status();
        assert!(made.expect("mkfifo starts").success());
        let define = |name: &str, path: &Path| format!("-D{name}=\"{}\"", path.display());
        let output = Command::new("cc")
            .args(["-shared", "-fPIC", "-w", "-o"])
            .arg(&module)
            .arg(&source)
            .arg(define("SOFTHSM", &rig.module))
            .arg(define("BEGUN", &begun))
            .arg(define("NOTES", &Self::notes_file(rig)))
            .arg("-ldl")
            .output()
            .expect("a C compiler, which building this crate takes as well");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        Self { module, begun }
    }

    /// A file that the module may write to.
    pub(crate) fn notes_file(rig: &Rig) -> PathBuf {
        rig.folder.join("notes")
    }

    /// Waits until the module is in a call that hangs.
    pub(crate) fn wait_until_begun(&self) {
        // Opening for reading waits for somebody who writes.
        std::fs::read(&self.begun).expect("the module writes");
    }
}
