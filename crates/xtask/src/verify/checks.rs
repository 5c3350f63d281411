//! What is checked without running our own programs.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::machine::Machine;
use super::place::{Place, succeed};
use super::setup::npm;
use super::stages::Outcome;
use crate::packages::{BROWSER, WINDOW};

/// Everything is formatted as rustfmt would.
pub(super) fn formatting(place: &Place) -> Result<Outcome> {
    succeed(place.program("cargo")?.args(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed)
}

/// No lint has anything to say about any target.
pub(super) fn lints(place: &Place, machine: &Machine) -> Result<Outcome> {
    if let Some(missing) = machine.lacks(WINDOW) {
        return Ok(Outcome::Skipped(missing));
    }
    succeed(place.program("cargo")?.args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--keep-going",
        "--",
        "--deny",
        "warnings",
    ]))?;
    Ok(Outcome::Passed)
}

/// Dependencies go only where the design lets them, under licences that we can live with.
pub(super) fn dependencies(place: &Place) -> Result<Outcome> {
    succeed(
        cargo_deny(place)?
            // A rule may name who may use a crate that nobody uses yet.
            .args(["check", "--allow", "unused-wrapper"])
            .args(["bans", "licenses", "sources"]),
    )?;
    Ok(Outcome::Passed)
}

/// No dependency has a known vulnerability, where the list of them can be fetched.
pub(super) fn advisories(place: &Place) -> Result<Outcome> {
    let fetched = cargo_deny(place)?
        .args(["fetch", "db"])
        .status()
        .context("cannot run cargo-deny")?;
    if !fetched.success() {
        return Ok(Outcome::Skipped(
            "the advisory database cannot be fetched from here".to_owned(),
        ));
    }
    succeed(cargo_deny(place)?.args(["check", "--disable-fetch", "advisories"]))?;
    Ok(Outcome::Passed)
}

fn cargo_deny(place: &Place) -> Result<Command> {
    let mut command = place.program("cargo-deny")?;
    command
        .args(["--workspace", "--all-features", "--config"])
        .arg(place.workspace.join(RULES));
    Ok(command)
}

/// The pages' types, lints and tests.
pub(super) fn pages(place: &Place, machine: &Machine) -> Result<Outcome> {
    if let Some(missing) = machine.lacks(BROWSER) {
        return Ok(Outcome::Skipped(missing));
    }
    succeed(npm(place)?.args(["run", "check"]))?;
    Ok(Outcome::Passed)
}

const RULES: &str = ".deny.toml";
