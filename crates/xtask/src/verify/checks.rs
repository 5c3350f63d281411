//! What is checked without running our own programs.

use anyhow::Result;

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
        "--",
        "--deny",
        "warnings",
    ]))?;
    Ok(Outcome::Passed)
}

/// Dependencies go only where the design lets them, under licences that we can live with.
pub(super) fn dependencies(place: &Place) -> Result<Outcome> {
    succeed(
        place
            .program("cargo-deny")?
            .args(["--workspace", "--all-features", "check", "--config"])
            .arg(place.workspace.join(RULES))
            .args(["bans", "licenses", "sources"]),
    )?;
    Ok(Outcome::Passed)
}

/// No dependency has a known vulnerability, where the list of them can be fetched.
pub(super) fn advisories(place: &Place) -> Result<Outcome> {
    let rules = place.workspace.join(RULES);
    let fetched = place
        .program("cargo-deny")?
        .args(["fetch", "--config"])
        .arg(&rules)
        .arg("db")
        .status();
    match fetched {
        Ok(status) if status.success() => {}
        Ok(_) => {
            return Ok(Outcome::Skipped(
                "the advisory database cannot be fetched from here".to_owned(),
            ));
        }
        Err(error) => return Err(error.into()),
    }
    succeed(
        place
            .program("cargo-deny")?
            .args(["--workspace", "--all-features", "check", "--config"])
            .arg(rules)
            .args(["--disable-fetch", "advisories"]),
    )?;
    Ok(Outcome::Passed)
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
