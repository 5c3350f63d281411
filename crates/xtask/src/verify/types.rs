//! The types that the pages share with the client: generated, and kept in the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::place::Place;
use super::stages::Outcome;

/// A folder that the tests export the types to.
#[derive(Debug)]
pub(super) struct Exported(PathBuf);

impl Exported {
    /// Empties the folder.
    pub(super) fn new(place: &Place) -> Result<Self> {
        let folder = place.target.join("exported-types");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Names the folder, for `TS_RS_EXPORT_DIR`.
    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// Compares what was exported with what the repository holds.
    pub(super) fn compare(&self, place: &Place) -> Result<Outcome> {
        let exported = files(&self.0)?;
        if exported.is_empty() {
            return Ok(Outcome::Skipped("no test exported a type".to_owned()));
        }
        let kept = files(&place.pages().join("src/generated"))?;
        let differences = differences(&kept, &exported);
        if differences.is_empty() {
            return Ok(Outcome::Passed);
        }
        Ok(Outcome::Failed(format!(
            "run `cargo test --package sign-in` and commit ui/src/generated: {}",
            differences.join(", ")
        )))
    }
}

fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok((name, fs::read(entry.path())?))
        })
        .collect()
}

fn differences(
    kept: &BTreeMap<String, Vec<u8>>,
    exported: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let gone = kept
        .keys()
        .filter(|name| !exported.contains_key(*name))
        .map(|name| format!("{name} is exported no more"));
    let changed = exported
        .iter()
        .filter_map(|(name, content)| match kept.get(name) {
            None => Some(format!("{name} is new")),
            Some(before) if before != content => Some(format!("{name} has changed")),
            Some(_) => None,
        });
    gone.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_drift_is_named() {
        let kept = [("A.ts", "1"), ("B.ts", "1"), ("C.ts", "1")];
        let exported = [("A.ts", "1"), ("B.ts", "2"), ("D.ts", "1")];
        assert_eq!(
            differences(&folder(&kept), &folder(&exported)),
            [
                "C.ts is exported no more",
                "B.ts has changed",
                "D.ts is new"
            ]
        );
        assert!(differences(&folder(&kept), &folder(&kept)).is_empty());
    }

    fn folder(files: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        files
            .iter()
            .map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec()))
            .collect()
    }
}
