//! What is checked without running our own programs.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::machine::Machine;
use super::place::{Place, succeed};
use super::setup::npm;
use super::stages::Outcome;
use crate::arguments::Oracles;
use crate::oracles;
use crate::packages::{BROWSER, ORACLES, WINDOW};

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
    // What OpenSSL and certval bring along may be used by the oracles, and by nobody else.
    succeed(
        place
            .program("cargo-deny")?
            .arg("--manifest-path")
            .arg(place.workspace.join(oracles::MANIFEST))
            .arg("--config")
            .arg(place.workspace.join("tests/oracles").join(RULES))
            .args(["check", "licenses", "sources"]),
    )?;
    Ok(Outcome::Passed)
}

/// `certs` judges as OpenSSL and certval do, or the difference is one that is written down.
pub(super) fn oracles(place: &Place, machine: &Machine) -> Result<Outcome> {
    if let Some(missing) = machine.lacks(ORACLES) {
        return Ok(Outcome::Skipped(missing));
    }
    let manifest = place.workspace.join(oracles::MANIFEST);
    let cargo = |words: &[&str]| -> Result<Command> {
        let mut command = place.program("cargo")?;
        command.args(words).arg("--manifest-path").arg(&manifest);
        Ok(command)
    };
    succeed(&mut cargo(&["fmt", "--check"])?)?;
    let lints = &mut cargo(&["clippy", "--release", "--locked", "--all-targets"])?;
    succeed(lints.args(["--", "--deny", "warnings"]))?;
    succeed(&mut cargo(&["test", "--release", "--locked"])?)?;
    oracles::run(Oracles {
        cases: CASES,
        seed: 1,
    })?;
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
const CASES: u64 = 2_000;
