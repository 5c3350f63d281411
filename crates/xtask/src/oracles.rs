//! `cargo xtask oracles` and `cargo xtask bench`: what `tests/oracles` holds `certs` to. It is a
//! workspace of its own, because what it compares with is banned from this one.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::arguments::Oracles;
use crate::folders;

/// Judges cases made at random by `certs`, OpenSSL and certval.
///
/// # Errors
///
/// When they differ and nothing that is written down explains it, or when it does not build.
pub fn run(options: Oracles) -> Result<()> {
    let (cases, seed) = (options.cases.to_string(), options.seed.to_string());
    let unexplained = folders::target()?.join("oracles-unexplained");
    cargo(
        Command::new("cargo")
            .args(["run", "--release", "--locked", "--manifest-path", MANIFEST])
            .args(["--", "--cases", &cases, "--seed", &seed, "--folder"])
            .arg(unexplained),
    )
}

/// Compares speed and memory, and prints the ratios.
///
/// # Errors
///
/// When it does not build or run.
pub fn bench() -> Result<()> {
    for bench in ["memory", "speed"] {
        cargo(
            Command::new("cargo")
                .args(["bench", "--locked", "--manifest-path", MANIFEST])
                .args(["--bench", bench]),
        )?;
    }
    Ok(())
}

fn cargo(command: &mut Command) -> Result<()> {
    let status = command
        .current_dir(folders::workspace())
        .env("CARGO_TARGET_DIR", folders::target()?)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "the oracles ended with {status}");
    Ok(())
}

/// Where the package is, from the workspace.
pub const MANIFEST: &str = "tests/oracles/Cargo.toml";
