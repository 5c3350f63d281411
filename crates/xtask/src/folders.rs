//! Where the tasks keep what they make: always outside the clone.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Returns the folder of the workspace.
///
/// # Panics
///
/// When the crate was moved out of `crates/xtask`.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the crate lives two folders below the workspace")
}

/// Returns the folder for what can be made again: tools, build output.
///
/// `XDG_CACHE_HOME`/lanyard, or `~/.cache/lanyard`.
///
/// # Errors
///
/// When neither `XDG_CACHE_HOME` nor `HOME` is set.
pub fn cache() -> Result<PathBuf> {
    base("XDG_CACHE_HOME", ".cache").map(|base| base.join("lanyard"))
}

/// Returns the folder of the demo world.
///
/// `XDG_DATA_HOME`/lanyard-demo, or `~/.local/share/lanyard-demo`.
///
/// # Errors
///
/// When neither `XDG_DATA_HOME` nor `HOME` is set.
pub fn demo() -> Result<PathBuf> {
    base("XDG_DATA_HOME", ".local/share").map(|base| base.join("lanyard-demo"))
}

/// Returns where cargo builds: `CARGO_TARGET_DIR`, or a folder of the cache, so that a fresh
/// clone finds what the last one built.
///
/// # Errors
///
/// When nothing says where the person's cache is.
pub fn target() -> Result<PathBuf> {
    match absolute("CARGO_TARGET_DIR") {
        Some(chosen) => Ok(chosen),
        None => Ok(cache()?.join("target")),
    }
}

/// The base folder that the XDG Base Directory Specification names; relative values are ignored,
/// as it demands.
fn base(variable: &str, below_home: &str) -> Result<PathBuf> {
    if let Some(folder) = absolute(variable) {
        return Ok(folder);
    }
    absolute("HOME")
        .map(|home| home.join(below_home))
        .with_context(|| format!("neither {variable} nor HOME names a folder"))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_the_folder_with_the_lock_file() {
        assert!(workspace().join("Cargo.lock").is_file());
    }
}
