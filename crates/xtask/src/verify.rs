//! `cargo verify`: sets everything up and runs every check and every test.
//!
//! A stage that cannot run here is printed as skipped, with its reason, and never as passed.

use std::process::ExitCode;

use anyhow::Result;

use self::machine::Machine;
use self::place::Place;
use self::stages::Stages;
use crate::arguments::Verify;

mod checks;
mod journeys;
mod machine;
mod nextest;
mod place;
mod setup;
mod stages;
mod types;

/// Runs every stage, prints how long each took, and ends with `N passed, N failed`.
///
/// # Errors
///
/// When nothing says where the person's cache is.
pub fn run(options: Verify) -> Result<ExitCode> {
    let place = Place::find()?;
    let mut machine = Machine::default();
    let mut stages = Stages::default();

    stages.run("system packages", || {
        setup::packages(options).map(|(found, outcome)| {
            machine = found;
            outcome
        })
    });
    stages.run("tool: cargo-deny", || setup::cargo_deny(&place));
    let nextest = stages.run("tool: cargo-nextest", || setup::cargo_nextest(&place));
    stages.run("pages: packages", || setup::page_packages(&place));
    let pages = stages.run("pages: build", || setup::pages(&place));

    stages.run("formatting", || checks::formatting(&place));
    stages.run("dependencies", || checks::dependencies(&place));
    stages.run("advisories", || checks::advisories(&place));
    stages.run("lints", || checks::lints(&place, &machine));
    if pages {
        stages.run("pages: checks", || checks::pages(&place, &machine));
    } else {
        stages.skip("pages: checks", "the pages were not built");
    }

    stages.run("oracles", || checks::oracles(&place, &machine));

    stages.run("build", || nextest::build(&place, &machine));
    if nextest {
        let types = types::Exported::new(&place)?;
        stages.run("tests", || nextest::tests(&place, &machine, types.folder()));
        stages.run("types for the pages", || types.compare(&place));
        stages.run("journeys", || journeys::run(&place, &machine));
        stages.run("window as packaged", || {
            nextest::packaged_window(&place, &machine)
        });
    } else {
        for stage in [
            "tests",
            "types for the pages",
            "journeys",
            "window as packaged",
        ] {
            stages.skip(stage, "cargo-nextest is not installed");
        }
    }
    Ok(stages.conclude())
}
