//! Builds the pages that the window shows, and lists the commands that they may be allowed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

fn main() {
    build_pages(Path::new("../ui"));
    // A command that is not listed here has no permission that a capability could grant.
    let commands = tauri_build::AppManifest::new().commands(&[
        "view",
        "intent",
        "submit_pin",
        "submit_password",
        "submit_code",
        "copy_details",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    tauri_build::try_build(attributes).expect("the window's configuration holds");
}

fn build_pages(ui: &Path) {
    for source in SOURCES {
        println!("cargo:rerun-if-changed={}", ui.join(source).display());
    }
    if packages_are_stale(ui) {
        npm(ui, &["ci", "--no-audit", "--no-fund"]);
    }
    npm(ui, &["run", "build"]);
}

/// Says whether the installed packages are missing or older than the list that names them.
fn packages_are_stale(ui: &Path) -> bool {
    let installed = changed(&ui.join("node_modules/.package-lock.json"));
    let listed = changed(&ui.join("package-lock.json"));
    installed.is_none() || installed < listed
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|known| known.modified()).ok()
}

fn npm(ui: &Path, arguments: &[&str]) {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let said = Command::new(program)
        .args(arguments)
        .current_dir(ui)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|cause| {
            panic!("npm cannot be started ({cause}); the pages need Node 20.19 or later")
        });
    assert!(
        said.status.success(),
        "npm {} failed in {}:\n{}{}",
        arguments.join(" "),
        ui.display(),
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr),
    );
}

/// What the pages are made of.
const SOURCES: [&str; 6] = [
    "src",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "svelte.config.js",
];
