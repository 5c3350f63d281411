//! SoftHSM's module with a fault of the test's choice.

use std::path::{Path, PathBuf};
use std::process::Command;

use token::{FoundToken, Listing, SignError, TokenHost};

use crate::contract::handshake;
use crate::settings;
use crate::softhsm::{self, KeyKind, PIN, Provision, Rig, pin};

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

    /// What a call writes to: it waits until somebody reads.
    pub(crate) fn begun(&self) -> PathBuf {
        self.begun.clone()
    }

    /// Waits until the module is in a call that hangs.
    pub(crate) fn wait_until_begun(&self) {
        // Opening for reading waits for somebody who writes.
        std::fs::read(&self.begun).expect("the module writes");
    }
}

/// Runs a test with a module that differs from SoftHSM's by these changes.
pub(crate) fn with_quirk(
    name: &str,
    provision: impl FnOnce(&mut Provision),
    changes: &str,
    test: impl FnOnce(&Rig, &Wrapper),
) {
    softhsm::with_token(name, provision, |rig| {
        test(rig, &Wrapper::new(rig, changes));
    });
}

/// One key on P-256, and its certificate.
pub(crate) fn p256(token: &mut Provision) {
    token.identity(&KeyKind::of("EC:prime256v1"), "01", "key");
}

/// What the module holds.
pub(crate) fn look(wrapper: &Wrapper) -> Listing {
    TokenHost::new(settings::only([wrapper.module.clone()])).enumerate()
}

/// The one token.
pub(crate) fn only(listing: &Listing) -> &FoundToken {
    let [found] = listing.tokens.as_slice() else {
        panic!("one token; {:?}", listing.failed);
    };
    found
}

/// One signature, with the right PIN, by the first key.
pub(crate) fn sign_with_pin(listing: &Listing) -> Result<Vec<u8>, SignError> {
    let found = only(listing);
    let credential = &found.credentials[0];
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    unlocked.sign_handshake(credential, credential.schemes[0], &handshake())
}
