//! Modules that fail, hang, or must not be loaded: one row each, and nothing else suffers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use token::{Cause, HeldBack, Listing, ModuleOrigin, P11Kit, Permission, Settings, TokenHost};

use crate::settings;
use crate::softhsm::{self, KeyKind, Rig};

#[test]
fn a_module_that_is_not_there_is_one_row() {
    let missing = PathBuf::from("/nowhere/at/all.so");
    let listing = look(settings::only([missing.clone()]));
    let [failure] = listing.failed.as_slice() else {
        panic!("one row, not {:?}", listing.failed);
    };
    assert_eq!(failure.module, "all");
    assert_eq!(failure.path, missing);
    assert_eq!(failure.cause, Cause::Missing);
}

#[test]
fn a_file_that_is_no_library_is_one_row() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let text = folder.path().join("text.so");
    std::fs::write(&text, "not a library").expect("a file for the test");
    let listing = look(settings::only([text]));
    assert!(matches!(only_cause(&listing), Cause::NotLoadable(_)));
}

#[test]
fn a_library_that_is_no_module_is_one_row() {
    let Some(library) = compile("int lanyard_test_nothing(void) { return 0; }") else {
        return;
    };
    let listing = look(settings::only([library.path.clone()]));
    assert!(matches!(only_cause(&listing), Cause::NotLoadable(_)));
}

#[test]
fn a_module_that_refuses_says_which_call_and_why() {
    // CKR_GENERAL_ERROR
    let Some(library) = compile("unsigned long C_GetFunctionList(void **list) { return 5; }")
    else {
        return;
    };
    let listing = look(settings::only([library.path.clone()]));
    let Cause::Call(failed) = only_cause(&listing) else {
        panic!("a call failed, not {:?}", listing.failed);
    };
    assert_eq!(
        failed.to_string(),
        "C_GetFunctionList answered CKR_GENERAL_ERROR"
    );
}

#[test]
fn a_module_that_hangs_costs_its_own_row() {
    let Some(hanging) = compile(
        "#include <stdio.h>\n#include <unistd.h>\n\
         unsigned long C_GetFunctionList(void **list) { puts(\"waiting\"); fflush(stdout); for (;;) pause(); }",
    ) else {
        return;
    };
    softhsm::with_token(
        "modules::a_module_that_hangs_costs_its_own_row",
        |token| token.identity(&KeyKind::of("EC:prime256v1"), "01", "key"),
        |rig| {
            let settings = Settings {
                deadline: Duration::from_millis(300),
                ..settings::only([hanging.path.clone(), rig.module.clone()])
            };
            let listing = look(settings.clone());
            assert_eq!(listing.tokens.len(), 1);
            let cause = only_cause(&listing);
            assert_eq!(
                cause.to_string(),
                "the module did not answer within 300ms, and printed: waiting"
            );
            // Its process was ended, so the next look waits for a new one and no longer.
            let listing = look(settings);
            assert_eq!(listing.tokens.len(), 1);
            assert!(matches!(only_cause(&listing), Cause::TimedOut { .. }));
        },
    );
}

#[test]
fn modules_are_found_through_p11_kits_configuration() {
    with_module(
        "modules::modules_are_found_through_p11_kits_configuration",
        |kit, rig| {
            kit.write("package/softhsm2.module", &named(rig));
            let listing = look(kit.settings());
            assert_eq!(listing.tokens.len(), 1);
            assert_eq!(listing.loaded[0].module, "softhsm2");
            assert_eq!(listing.held_back, []);
        },
    );
}

#[test]
fn a_bare_name_is_looked_up_in_the_platforms_folder() {
    with_module(
        "modules::a_bare_name_is_looked_up_in_the_platforms_folder",
        |kit, rig| {
            let name = rig.module.file_name().expect("a file").to_string_lossy();
            kit.write("package/softhsm2.module", &format!("module: {name}\n"));
            let mut settings = kit.settings();
            let folder = rig.module.parent().expect("a folder");
            settings.p11_kit.module_folders = vec![folder.to_owned()];
            assert_eq!(look(settings).tokens.len(), 1);
        },
    );
}

#[test]
fn a_module_named_twice_is_listed_once() {
    with_module(
        "modules::a_module_named_twice_is_listed_once",
        |kit, rig| {
            kit.write("package/softhsm2.module", &named(rig));
            kit.write("user/again.module", &named(rig));
            let settings = Settings {
                modules: vec![rig.module.clone()],
                ..kit.settings()
            };
            let listing = look(settings);
            assert_eq!(listing.tokens.len(), 1);
            assert_eq!(listing.loaded.len(), 1);
            assert_eq!(listing.held_back, []);
        },
    );
}

#[test]
fn a_users_module_is_listed_and_loaded_only_when_switched_on() {
    with_module(
        "modules::a_users_module_is_listed_and_loaded_only_when_switched_on",
        |kit, rig| {
            kit.write("user/own.module", &named(rig));
            let listing = look(kit.settings());
            assert!(listing.tokens.is_empty());
            assert!(listing.loaded.is_empty());
            let [held] = listing.held_back.as_slice() else {
                panic!("one row, not {:?}", listing.held_back);
            };
            assert_eq!(held.module, "own");
            assert_eq!(held.reason, HeldBack::UserFile);
            assert!(held.reason.waits_for_permission());
            assert!(matches!(held.origin, ModuleOrigin::User { .. }));

            let settings = Settings {
                permission: Permission::for_modules([held.path.clone()]),
                ..kit.settings()
            };
            assert_eq!(look(settings).tokens.len(), 1);
        },
    );
}

#[test]
fn a_remote_entry_is_listed_and_never_run() {
    let kit = Kit::new();
    let trace = kit.folder.path().join("it-ran");
    kit.write(
        "package/remote.module",
        &format!("remote: |touch {}\n", trace.display()),
    );
    let listing = look(kit.settings());
    let [held] = listing.held_back.as_slice() else {
        panic!("one row, not {:?}", listing.held_back);
    };
    assert!(matches!(held.reason, HeldBack::Remote { .. }));
    assert!(!held.reason.waits_for_permission());
    assert!(!trace.exists());
}

#[test]
fn a_broken_p11_kit_file_is_one_row() {
    let kit = Kit::new();
    kit.write("package/broken.module", "nonsense\n");
    let listing = look(kit.settings());
    assert!(matches!(only_cause(&listing), Cause::Configuration(_)));
}

fn look(settings: Settings) -> Listing {
    TokenHost::new(settings).enumerate()
}

fn only_cause(listing: &Listing) -> &Cause {
    let [failure] = listing.failed.as_slice() else {
        panic!("one row, not {:?}", listing.failed);
    };
    &failure.cause
}

fn named(rig: &Rig) -> String {
    format!("module: {}\n", rig.module.display())
}

fn with_module(name: &str, test: impl FnOnce(&Kit, &Rig)) {
    softhsm::with_token(name, |_| {}, |rig| test(&Kit::new(), rig));
}

/// p11-kit's configuration in a folder of the test.
struct Kit {
    folder: tempfile::TempDir,
}

impl Kit {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for name in ["package", "user"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder for the test");
        }
        Self { folder }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("a file for the test");
    }

    fn settings(&self) -> Settings {
        let at = |name: &str| Some(self.folder.path().join(name));
        Settings {
            program: "lanyard".to_owned(),
            p11_kit: P11Kit {
                package_modules: at("package"),
                user_modules: at("user"),
                ..P11Kit::none()
            },
            ..settings::only([])
        }
    }
}

/// A shared library of the test's own.
struct Library {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

/// Compiles one; none, after saying so, where there is no C compiler.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn compile(source: &str) -> Option<Library> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("module.c");
    std::fs::write(&file, source).expect("a file for the test");
    let path = folder.path().join("module.so");
    let Ok(output) = compiler(&file, &path).output() else {
        eprintln!("skipped: there is no C compiler");
        return None;
    };
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    Some(Library {
        path,
        _folder: folder,
    })
}

fn compiler(source: &Path, library: &Path) -> Command {
    let mut command = Command::new("cc");
    command
        .args(["-shared", "-fPIC", "-o"])
        .arg(library)
        .arg(source);
    command
}
