//! The desktop app, open until the person closes it.

use std::fs::File;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};

use super::browser::Browser;
use super::events::{Event, Events};
use super::leftovers;
use crate::say;
use crate::world::World;
use crate::world::certauth::Certauth;
use crate::world::child::Running;

/// Opens the app and waits for its end, or for Ctrl-C.
pub(super) fn open(
    world: &World,
    certauth: &Certauth,
    browser: &Browser,
    events: &Events,
) -> Result<()> {
    let log = world.folder().join("lanyard-desktop.log");
    let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = world.desktop(certauth, &world.folder().join("home"))?;
    command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    browser.offer(&mut command)?;
    leftovers::mark(&mut command, world.folder());
    let (_running, _) = Running::start(&mut command, events.when_client_ends())?;
    say::line("\nLanyard is open. Close it, or press Ctrl-C here, to end the demo.");
    match events.next() {
        Event::Interrupted => Ok(()),
        Event::ClientEnded(status) => {
            ensure!(
                status.success(),
                "lanyard-desktop ended with {status}; its words are in {}",
                log.display()
            );
            Ok(())
        }
        Event::CertauthEnded(status) => bail!("certauth ended with {status}"),
    }
}
