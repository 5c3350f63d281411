//! Building and running the workspace's tests.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::machine::Machine;
use super::place::{Place, succeed};
use super::stages::{Counts, Outcome};
use crate::packages::{CARD, CARD_CLIENTS, TOKEN, WINDOW};
use crate::say;

/// Builds the programs and every test, all at once: each crate is built one way for both.
pub(super) fn build(place: &Place, machine: &Machine) -> Result<Outcome> {
    succeed(
        place
            .program("cargo")?
            .args(["build", "--locked", "--all-targets"])
            .args(packages(machine)),
    )?;
    Ok(Outcome::Passed)
}

/// Runs every test that needs no display, with types exported to a folder of their own.
pub(super) fn tests(place: &Place, machine: &Machine, types: &Path) -> Result<Outcome> {
    let mut command = place.program("cargo")?;
    command
        .args(["nextest", "run", "--locked", "--no-fail-fast"])
        .args(packages(machine))
        .args(["--filterset", "not package(journeys)"])
        .env("TS_RS_EXPORT_DIR", types);
    let required: Vec<&str> = [
        ("softhsm", TOKEN),
        ("openssl", &["openssl"]),
        ("pcscd", &[CARD, CARD_CLIENTS].concat()),
    ]
    .into_iter()
    .filter(|(_, packages)| machine.lacks(packages).is_none())
    .map(|(part, _)| part)
    .collect();
    command.env("LANYARD_REQUIRE", required.join(","));
    run(&mut command)
}

/// Runs the tests of the window as it is packaged: without the feature that lets a journey drive it.
pub(super) fn packaged_window(place: &Place, machine: &Machine) -> Result<Outcome> {
    if let Some(missing) = machine.lacks(WINDOW) {
        return Ok(Outcome::Skipped(missing));
    }
    let mut command = place.program("cargo")?;
    command.args(["nextest", "run", "--locked", "--workspace"]);
    command.args(["--filterset", "package(lanyard-desktop)"]);
    run(&mut command)
}

/// Names what can be built here: the window needs libraries of the system.
fn packages(machine: &Machine) -> &'static [&'static str] {
    if machine.lacks(WINDOW).is_none() {
        WHOLE
    } else {
        say::line("without lanyard-desktop, whose libraries are not installed");
        &["--workspace", "--exclude", "lanyard-desktop"]
    }
}

/// Everything, with a window that a journey may drive: packages are built without that feature.
pub(super) const WHOLE: &[&str] = &["--workspace", "--features", "lanyard-desktop/automation"];

/// Runs nextest, passing its words on, and reads from its summary how many tests ended how.
pub(super) fn run(command: &mut Command) -> Result<Outcome> {
    let mut child = command
        .env("NEXTEST_HIDE_PROGRESS_BAR", "1")
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run cargo nextest")?;
    let stderr = child.stderr.take().context("standard error is a pipe")?;
    let mut counts = None;
    for line in BufReader::new(stderr).lines() {
        let line = line.context("nextest's words are not text")?;
        counts = summary(&line).or(counts);
        say::line(line);
    }
    let status = child.wait()?;
    match counts {
        Some(counts) if status.success() || counts.failed > 0 => Ok(Outcome::Tested(counts)),
        _ => bail!("cargo nextest ended with {status}"),
    }
}

/// Reads `Summary [ 1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 7 skipped`.
///
/// Skipped are those that another stage runs.
fn summary(line: &str) -> Option<Counts> {
    let (_, results) = line
        .trim_start()
        .strip_prefix("Summary [")?
        .split_once(" run: ")?;
    let mut counts = Counts::default();
    for part in results.split(", ") {
        let (number, outcome) = part.split_once(' ')?;
        // The slow ones within the brackets are counted before them.
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        if outcome.starts_with("passed") {
            counts.passed += number;
        } else if !outcome.starts_with("skipped") {
            counts.failed += number;
        }
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_counted() {
        assert_eq!(
            summary("     Summary [   0.011s] 3 tests run: 3 passed, 40 skipped"),
            Some(Counts {
                passed: 3,
                failed: 0
            })
        );
    }

    #[test]
    fn whatever_did_not_pass_has_failed() {
        let line = "Summary [  61.0s] 9/12 tests run: 4 passed (1 slow), 2 failed, \
                    2 timed out, 1 exec failed, 3 skipped";
        assert_eq!(
            summary(line),
            Some(Counts {
                passed: 4,
                failed: 5
            })
        );
    }

    #[test]
    fn other_lines_are_no_summaries() {
        assert_eq!(summary("PASS [   0.004s] xtask verify::a"), None);
    }
}
