//! `cargo demo`: a world of its own, and a sign-in in it.

use std::env;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use self::browser::Browser;
use self::events::{Event, Events};
use crate::arguments::Demo;
use crate::folders;
use crate::packages::{self, BROWSER, CARD, Packages, TOKEN, WINDOW};
use crate::say;
use crate::world::binaries::Binaries;
use crate::world::child::Running;
use crate::world::people::Credential;
use crate::world::{MARK, Options, World};

mod browser;
mod card;
mod events;
mod headless;
mod introduction;
mod leftovers;
mod window;

/// Sets everything up, signs in or opens the app, and leaves no program behind.
///
/// # Errors
///
/// When something is missing, a port is taken, or the sign-in fails.
pub fn run(options: &Demo) -> Result<()> {
    let folder = match &options.folder {
        Some(chosen) => std::path::absolute(chosen).context("the folder has no path")?,
        None => folders::demo()?,
    };
    if options.reset {
        return reset(&folder);
    }
    let face = Face::choose(options);
    let web_port = options.port + 1;
    free(options.port, options.port)?;
    free(web_port, options.port)?;
    install(face, options)?;
    let events = Events::listen()?;
    let Some(binaries) = build(face, &events)? else {
        return Ok(());
    };

    say::heading("the demo world");
    let mut world = World::build(Options {
        folder,
        port: options.port,
        web_port,
        credentials: Credential::DEMO,
        binaries,
    })?;
    card::offer(&mut world);
    let outcome = play(&world, &events, face, options.my_browser);
    leftovers::stop(world.folder());
    outcome
}

fn play(world: &World, events: &Events, face: Face, my_browser: bool) -> Result<()> {
    let certauth = world.serve_certauth_until(events.when_certauth_ends())?;
    introduction::print(world, &certauth);
    match face {
        Face::Window => {
            let browser = Browser::prepare(world, my_browser)?;
            window::open(world, &certauth, &browser, events)
        }
        Face::Terminal => headless::sign_in(world, &certauth, events),
    }
}

/// Where the person meets the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Face {
    Window,
    Terminal,
}

impl Face {
    fn choose(options: &Demo) -> Self {
        let display = ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
        if options.headless {
            return Self::Terminal;
        }
        if !display {
            say::line("There is no display here, so the sign-in happens in this terminal.");
            return Self::Terminal;
        }
        Self::Window
    }
}

/// Removes a demo world, and nothing that is not one.
fn reset(folder: &Path) -> Result<()> {
    if !folder.exists() {
        say::line(format_args!("{} is not there", folder.display()));
        return Ok(());
    }
    ensure!(
        folder.join(MARK).is_file(),
        "{} is not a demo world, so it stays",
        folder.display()
    );
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    say::line(format_args!(
        "{} is removed; `cargo demo` makes a new one",
        folder.display()
    ));
    Ok(())
}

fn free(port: u16, first: u16) -> Result<()> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Err(error) = bound {
        bail!(
            "port {port} cannot be used ({error}); choose another with --port N: \
             the demo listens on N and N + 1, now {first} and {}",
            first + 1
        );
    }
    Ok(())
}

fn install(face: Face, options: &Demo) -> Result<()> {
    let wanted = match face {
        Face::Terminal => [TOKEN, CARD].concat(),
        Face::Window if options.my_browser => [TOKEN, CARD, WINDOW].concat(),
        Face::Window => [TOKEN, CARD, WINDOW, BROWSER].concat(),
    };
    match packages::ensure(&wanted, !options.no_install)? {
        Packages::Present | Packages::Installed(_) => Ok(()),
        Packages::Missing(missing, unable) => bail!(
            "the demo needs these packages: {} ({})",
            missing.join(" "),
            unable.reason()
        ),
    }
}

/// Builds what the demo runs; nothing is returned when the person has had enough.
fn build(face: Face, events: &Events) -> Result<Option<Binaries>> {
    let target = target()?;
    let mut command = Command::new("cargo");
    command
        .current_dir(folders::workspace())
        .env("CARGO_TARGET_DIR", &target)
        .stdin(Stdio::null())
        .args([
            "build",
            "--locked",
            "--package",
            "certauth",
            "--package",
            "cli",
        ]);
    if face == Face::Window {
        command.args(["--package", "lanyard-desktop"]);
    }
    let (_running, _) = Running::start(&mut command, events.when_client_ends())?;
    match events.next() {
        Event::ClientEnded(status) => ensure!(status.success(), "the programs do not build"),
        Event::CertauthEnded(status) => bail!("certauth ended with {status}"),
        Event::Interrupted => return Ok(None),
    }
    Ok(Some(Binaries::in_folder(target.join("debug"))))
}

/// The folder that this program was itself built in: what it shares with the others is there.
fn target() -> Result<PathBuf> {
    let program = env::current_exe().context("the running program has no path")?;
    match program.parent().and_then(Path::parent) {
        Some(target) => Ok(target.to_owned()),
        None => folders::target(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_option_that_chooses_another() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let told = free(port, port).expect_err("taken").to_string();
        assert!(told.contains(&format!("port {port} ")), "{told}");
        assert!(told.contains("--port"), "{told}");
    }

    #[test]
    fn reset_removes_a_demo_world_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let world = folder.path().join("world");
        fs::create_dir(&world).expect("a folder");
        assert!(reset(&world).is_err(), "it has no mark");
        assert!(world.is_dir());
        fs::write(world.join(MARK), "").expect("a file");
        reset(&world).expect("removed");
        assert!(!world.exists());
        reset(&world).expect("nothing to remove is no error");
    }
}
