//! `cargo xtask dist`: the programs as they are shipped.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::folders;
use crate::say;

/// Builds the three programs with the `dist` profile and prints their sizes.
///
/// # Errors
///
/// When one does not build.
pub fn run() -> Result<()> {
    let target = folders::target()?;
    for (package, _) in PROGRAMS {
        // One at a time: the server must not carry features that only the window asks for.
        let status = Command::new("cargo")
            .args([
                "build",
                "--locked",
                "--profile",
                "dist",
                "--package",
                package,
            ])
            .current_dir(folders::workspace())
            .env("CARGO_TARGET_DIR", &target)
            .status()
            .context("cannot run cargo")?;
        ensure!(status.success(), "{package} does not build");
    }
    say::heading("programs");
    for (_, program) in PROGRAMS {
        let path = target.join("dist").join(program);
        let size = fs::metadata(&path)
            .with_context(|| format!("cannot read {}", path.display()))?
            .len();
        say::line(format_args!(
            "{:>9}  {program}  {}",
            megabytes(size),
            path.display()
        ));
    }
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

/// Packages and the programs that they build.
const PROGRAMS: &[(&str, &str)] = &[
    ("certauth", "certauth"),
    ("cli", "lanyard"),
    ("lanyard-desktop", "lanyard-desktop"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_given_in_millions_of_bytes() {
        assert_eq!(megabytes(4_712_345), "4.7 MB");
        assert_eq!(megabytes(99_999), "0.0 MB");
    }
}
