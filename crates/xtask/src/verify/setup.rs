//! What has to be there before anything is checked.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::machine::Machine;
use super::place::{Place, succeed};
use super::stages::Outcome;
use crate::arguments::Verify;
use crate::packages::{
    self, BROWSER, CARD, CARD_CLIENTS, JOURNEYS, ORACLES, Packages, TOKEN, WINDOW,
};
use crate::say;

/// Installs the missing system packages, or lists them.
pub(super) fn packages(options: Verify) -> Result<(Machine, Outcome)> {
    let wanted = [
        TOKEN,
        CARD,
        CARD_CLIENTS,
        WINDOW,
        BROWSER,
        JOURNEYS,
        ORACLES,
    ]
    .concat();
    Ok(match packages::ensure(&wanted, !options.no_install)? {
        Packages::Present | Packages::Installed(_) => (Machine::default(), Outcome::Passed),
        Packages::Missing(missing, unable) => {
            let reason = format!("{}: {}", unable.reason(), missing.join(" "));
            (Machine::without(missing), Outcome::Skipped(reason))
        }
    })
}

/// Builds cargo-deny in the cache, in the version that the rules were written for.
pub(super) fn cargo_deny(place: &Place) -> Result<Outcome> {
    tool(place, "cargo-deny", CARGO_DENY, |version| {
        version == CARGO_DENY
    })
}

/// Builds cargo-nextest in the cache, unless there is one already.
pub(super) fn cargo_nextest(place: &Place) -> Result<Outcome> {
    tool(place, "cargo-nextest", CARGO_NEXTEST, |_| true)
}

fn tool(
    place: &Place,
    name: &str,
    version: &str,
    will_do: impl FnOnce(&str) -> bool,
) -> Result<Outcome> {
    if let Some(found) = version_of(place, name)?
        && will_do(&found)
    {
        say::line(format_args!("{name} {found} is there"));
        return Ok(Outcome::Passed);
    }
    succeed(
        place
            .program("cargo")?
            // It is run a few times and built once: a quick build is worth more than a quick tool.
            .args(["install", "--locked", "--debug", name, "--version", version])
            .arg("--root")
            .arg(place.tools())
            .env_remove("CARGO_TARGET_DIR"),
    )?;
    Ok(Outcome::Passed)
}

fn version_of(place: &Place, tool: &str) -> Result<Option<String>> {
    let output = place
        .program(tool)?
        .arg("--version")
        .stderr(Stdio::null())
        .output();
    Ok(output
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| version(&String::from_utf8_lossy(&output.stdout))))
}

/// Reads `cargo-deny 0.20.2` or `cargo-nextest 0.9.151 (abc 2026-01-01)`.
fn version(line: &str) -> Option<String> {
    line.split_whitespace().nth(1).map(str::to_owned)
}

/// Installs the packages of the pages, where their list has changed since the last time.
pub(super) fn page_packages(place: &Place) -> Result<Outcome> {
    let pages = place.pages();
    let locked = pages.join("package-lock.json");
    let listed = fs::read(&locked).with_context(|| format!("cannot read {}", locked.display()))?;
    let stamp = pages.join("node_modules/.installed-package-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == listed) {
        say::line("the packages are those of package-lock.json");
        return Ok(Outcome::Passed);
    }
    succeed(npm(place)?.args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, listed).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(Outcome::Passed)
}

/// Builds the pages.
pub(super) fn pages(place: &Place) -> Result<Outcome> {
    succeed(npm(place)?.args(["run", "build"]))?;
    Ok(Outcome::Passed)
}

/// `npm`, in the folder of the pages.
pub(super) fn npm(place: &Place) -> Result<Command> {
    let mut npm = place.program("npm")?;
    npm.current_dir(place.pages());
    Ok(npm)
}

const CARGO_DENY: &str = "0.20.2";
const CARGO_NEXTEST: &str = "0.9.151";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tools_version_is_its_second_word() {
        assert_eq!(version("cargo-deny 0.20.2\n").as_deref(), Some("0.20.2"));
        assert_eq!(
            version("cargo-nextest 0.9.151 (5a5e4d8fd 2026-10-01)\nrelease: 0.9.151\n").as_deref(),
            Some("0.9.151")
        );
        assert_eq!(version(""), None);
    }
}
