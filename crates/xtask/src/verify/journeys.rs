//! The journeys, with a display, a session bus and an unlocked keyring of their own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::machine::Machine;
use super::nextest;
use super::place::Place;
use super::stages::Outcome;
use crate::packages::{BROWSER, CARD, JOURNEYS, TOKEN, WINDOW};

/// Runs the journeys; whatever they need is there, so none may skip itself.
pub(super) fn run(place: &Place, machine: &Machine) -> Result<Outcome> {
    let needed = [TOKEN, CARD, WINDOW, BROWSER, JOURNEYS].concat();
    if let Some(missing) = machine.lacks(&needed) {
        return Ok(Outcome::Skipped(missing));
    }
    let home = place.target.join("journeys-home");
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot empty {}", home.display()))?;
    }
    let mut command = place.program("xvfb-run")?;
    command
        .args([
            "-a",
            "-s",
            "-screen 0 1280x800x24",
            "dbus-run-session",
            "--",
        ])
        .args(["sh", "-c", WITH_KEYRING, "sh"])
        .args(["cargo", "nextest", "run", "--locked"])
        .args(nextest::WHOLE)
        .args(["--no-fail-fast", "--filterset", "package(journeys)"])
        .env("LANYARD_REQUIRE", PARTS)
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("NO_AT_BRIDGE", "1")
        // Another home: the person's own keyring and settings are none of a journey's business.
        .env("CARGO_HOME", own("CARGO_HOME", ".cargo")?)
        .env("RUSTUP_HOME", own("RUSTUP_HOME", ".rustup")?);
    for (variable, below) in HOMES {
        let folder = home.join(below);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        command.env(variable, folder);
    }
    restrict(&home.join("run"))?;
    nextest::run(&mut command)
}

/// Finds what cargo and rustup look for in the person's home.
fn own(variable: &str, below: &str) -> Result<PathBuf> {
    if let Some(folder) = env::var_os(variable) {
        return Ok(folder.into());
    }
    let home = env::var_os("HOME").context("HOME names no folder")?;
    Ok(Path::new(&home).join(below))
}

/// The XDG Base Directory Specification wants the runtime folder for its owner alone.
fn restrict(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot restrict {}", folder.display()))
}

/// Unlocks a new keyring, waits until it can be asked, and stops it after the command.
const WITH_KEYRING: &str = r#"
printf 'journeys\n' | gnome-keyring-daemon --unlock --foreground --components=secrets >/dev/null 2>&1 &
keyring=$!
trap 'kill "$keyring" 2>/dev/null' EXIT
owned() {
    dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q 'boolean true'
}
until owned; do
    kill -0 "$keyring" || exit 1
    sleep 0.05
done
"$@"
"#;

/// The parts of the machine that no journey may miss.
const PARTS: &str = "softhsm,pcscd,desktop,keyring,curl";

const HOMES: &[(&str, &str)] = &[
    ("HOME", ""),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_DATA_HOME", "data"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_RUNTIME_DIR", "run"),
];
