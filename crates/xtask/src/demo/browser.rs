//! The browser that links open in: Chromium with a home of the demo's own, which trusts the demo's
//! authority and knows its token.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::say;
use crate::world::World;
use crate::world::token::LABEL;

/// How the app's links are opened.
#[derive(Clone, Debug)]
pub(super) enum Browser {
    /// In Chromium, through a launcher in this folder.
    Own(PathBuf),
    /// In whatever the person has chosen for their desktop.
    Persons,
}

impl Browser {
    /// Prepares the demo's own browser, or says what the person's will be missing.
    pub(super) fn prepare(world: &World, my_browser: bool) -> Result<Self> {
        if my_browser {
            for line in missing(world) {
                say::line(line);
            }
            return Ok(Self::Persons);
        }
        let home = world.folder().join("browser");
        let database = home.join(".pki/nssdb");
        if !database.join("cert9.db").is_file() {
            teach(world, &database)?;
        }
        let launchers = world.folder().join("bin");
        fs::create_dir_all(&launchers)
            .with_context(|| format!("cannot make {}", launchers.display()))?;
        let launcher = launchers.join(OPENER);
        let script = script(&home, world.token().configuration(), running_as_root());
        fs::write(&launcher, script)
            .and_then(|()| fs::set_permissions(&launcher, fs::Permissions::from_mode(0o755)))
            .with_context(|| format!("cannot write {}", launcher.display()))?;
        Ok(Self::Own(launchers))
    }

    /// Puts the launcher where a program looks first for what opens links.
    pub(super) fn offer(&self, command: &mut Command) -> Result<()> {
        match self {
            Self::Persons => {}
            Self::Own(launchers) => {
                command
                    .env("PATH", first(launchers)?)
                    .env("BROWSER", launchers.join(OPENER));
            }
        }
        Ok(())
    }
}

/// Makes the certificate database that Chromium reads: one authority, one module.
fn teach(world: &World, database: &Path) -> Result<()> {
    fs::create_dir_all(database).with_context(|| format!("cannot make {}", database.display()))?;
    let name = format!("sql:{}", database.display());
    nss(Command::new("certutil").args(["-N", "--empty-password", "-d", &name]))?;
    nss(Command::new("certutil")
        .args(["-A", "-d", &name, "-n", AUTHORITY, "-t", "C,,", "-i"])
        .arg(world.pki().servers.certificate()))?;
    nss(Command::new("modutil")
        .args(["-force", "-dbdir", &name, "-add", LABEL, "-libfile"])
        .arg(world.token().module())
        .env("SOFTHSM2_CONF", world.token().configuration()))
}

fn nss(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot run {program} (package libnss3-tools)"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("{program} refused: {}", words.trim());
    }
    Ok(())
}

/// Chromium's own sandbox refuses to start for root; everybody else keeps it.
fn script(home: &Path, token: &Path, root: bool) -> String {
    let sandbox = if root { "--no-sandbox " } else { "" };
    format!(
        "#!/bin/sh\n\
         # Opens a link for `cargo demo`.\n\
         export HOME={home} SOFTHSM2_CONF={token}\n\
         export XDG_CONFIG_HOME=\"$HOME/.config\" XDG_CACHE_HOME=\"$HOME/.cache\"\n\
         export XDG_DATA_HOME=\"$HOME/.local/share\"\n\
         exec chromium {sandbox}--user-data-dir=\"$HOME/profile\" --password-store=basic \
         --no-first-run --no-default-browser-check --disable-sync -- \"$@\"\n",
        home = quoted(home),
        token = quoted(token),
    )
}

/// A path as one word of the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

fn first(folder: &Path) -> Result<OsString> {
    let before = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(env::split_paths(&before));
    env::join_paths(folders).context("PATH is not a list of folders")
}

fn running_as_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn missing(world: &World) -> [String; 3] {
    [
        "\nLinks open in your own browser, which".to_owned(),
        format!(
            "- does not trust the demo's servers and will warn: their authority is {}",
            world.pki().servers.certificate().display()
        ),
        format!(
            "- does not know the token, so that its pages offer no certificate: the module is {}, \
             with SOFTHSM2_CONF={}",
            world.token().module().display(),
            world.token().configuration().display()
        ),
    ]
}

/// What desktops open links with, and what the app's opener tries first.
const OPENER: &str = "xdg-open";

const AUTHORITY: &str = "Meridian Demo Server CA";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_launcher_is_a_script_even_where_the_folder_has_an_apostrophe() {
        let script = script(Path::new("/tmp/lee's world"), Path::new("/tmp/c"), false);
        let output = Command::new("sh")
            .args(["-n", "-c", &script])
            .output()
            .expect("sh runs");
        assert!(output.status.success(), "{output:?}");
        assert!(script.contains(r"'/tmp/lee'\''s world'"));
        assert!(!script.contains("--no-sandbox"));
    }

    #[test]
    fn the_launcher_is_found_before_the_systems_own() {
        let path = first(Path::new("/tmp/demo/bin")).expect("a PATH");
        assert_eq!(
            env::split_paths(&path).next(),
            Some(PathBuf::from("/tmp/demo/bin"))
        );
    }
}
