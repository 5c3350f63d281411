//! The stages of a verification, and the table of how they ended.

use std::fmt::{self, Display};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::clock::{self, Stopwatch};
use crate::say;

/// How a stage ended that did not break off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Everything it looks at is as it should be.
    Passed,
    /// It ran tests.
    Tested(Counts),
    /// Something it needs is not here.
    Skipped(String),
    /// It found something that is not as it should be.
    Failed(String),
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Tests that passed.
    pub(super) passed: u64,
    /// Tests that failed, timed out or did not start.
    pub(super) failed: u64,
}

/// Every stage so far.
#[derive(Debug, Default)]
pub(super) struct Stages {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

impl Stages {
    /// Runs a stage and says whether what comes later may count on it.
    pub(super) fn run(
        &mut self,
        name: &'static str,
        stage: impl FnOnce() -> Result<Outcome>,
    ) -> bool {
        say::heading(name);
        let stopwatch = Stopwatch::start();
        let outcome = stage().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        self.end(name, outcome, stopwatch.elapsed())
    }

    /// Records a stage that does not run.
    pub(super) fn skip(&mut self, name: &'static str, reason: &str) {
        say::heading(name);
        self.end(name, Outcome::Skipped(reason.to_owned()), Duration::ZERO);
    }

    fn end(&mut self, name: &'static str, outcome: Outcome, took: Duration) -> bool {
        let passed = outcome.is_good();
        say::line(format_args!(
            "-- {name}: {outcome} ({})",
            clock::in_words(took)
        ));
        self.rows.push(Row {
            name,
            outcome,
            took,
        });
        passed
    }

    /// Prints the table, and the tests of all stages as the last line.
    pub(super) fn conclude(&self) -> ExitCode {
        say::heading("summary");
        for row in &self.rows {
            say::line(format_args!(
                "{:<24}{:>13}  {}",
                row.name,
                clock::in_words(row.took),
                row.outcome
            ));
        }
        let (code, last) = self.verdict();
        say::line("");
        for line in last {
            say::line(line);
        }
        code
    }

    fn verdict(&self) -> (ExitCode, Vec<String>) {
        let mut counts = Counts::default();
        let (mut failed, mut skipped) = (Vec::new(), Vec::new());
        for row in &self.rows {
            match &row.outcome {
                Outcome::Passed => {}
                Outcome::Tested(of_stage) => {
                    counts.passed += of_stage.passed;
                    counts.failed += of_stage.failed;
                    if of_stage.failed > 0 {
                        failed.push(row.name);
                    }
                }
                Outcome::Skipped(_) => skipped.push(row.name),
                Outcome::Failed(_) => failed.push(row.name),
            }
        }
        let mut last = Vec::new();
        if !skipped.is_empty() {
            last.push(format!("skipped: {}", skipped.join(", ")));
        }
        if !failed.is_empty() {
            last.push(format!("failed: {}", failed.join(", ")));
        }
        last.push(format!(
            "{} passed, {} failed",
            counts.passed, counts.failed
        ));
        let code = if failed.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
        (code, last)
    }
}

impl Outcome {
    fn is_good(&self) -> bool {
        match self {
            Self::Passed => true,
            Self::Tested(counts) => counts.failed == 0,
            Self::Skipped(_) | Self::Failed(_) => false,
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => formatter.write_str("passed"),
            Self::Tested(counts) => {
                write!(
                    formatter,
                    "{} passed, {} failed",
                    counts.passed, counts.failed
                )
            }
            Self::Skipped(reason) => write!(formatter, "skipped: {reason}"),
            Self::Failed(reason) => write!(formatter, "FAILED: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_the_tests_of_every_stage() {
        let mut stages = Stages::default();
        stages.run("formatting", || Ok(Outcome::Passed));
        stages.run("tests", || Ok(Outcome::Tested(counts(3, 0))));
        stages.run("journeys", || Ok(Outcome::Tested(counts(2, 0))));
        let (code, last) = stages.verdict();
        assert_eq!(code, ExitCode::SUCCESS);
        assert_eq!(last, ["5 passed, 0 failed"]);
    }

    #[test]
    fn one_failed_test_or_check_fails_the_whole_and_is_named() {
        let mut stages = Stages::default();
        assert!(!stages.run("lints", || anyhow::bail!("a warning")));
        assert!(!stages.run("tests", || Ok(Outcome::Tested(counts(3, 1)))));
        let (code, last) = stages.verdict();
        assert_eq!(code, ExitCode::FAILURE);
        assert_eq!(last, ["failed: lints, tests", "3 passed, 1 failed"]);
    }

    #[test]
    fn a_skipped_stage_is_not_counted_on_and_not_hidden() {
        let mut stages = Stages::default();
        assert!(!stages.run("advisories", || {
            Ok(Outcome::Skipped("no network".to_owned()))
        }));
        let (code, last) = stages.verdict();
        assert_eq!(code, ExitCode::SUCCESS);
        assert_eq!(last, ["skipped: advisories", "0 passed, 0 failed"]);
    }

    fn counts(passed: u64, failed: u64) -> Counts {
        Counts { passed, failed }
    }
}
