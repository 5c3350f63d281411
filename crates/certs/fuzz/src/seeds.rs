//! Writes inputs to begin with: the certificates of PKITS, and stores and leaves that hold.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use certs::fuzzing::path_seeds;

fn main() -> Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or("corpus".into(), PathBuf::from);
    let pkits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/pkits");
    files(&folder, "certificate", &pkits.join("certs"))?;
    for (number, input) in path_seeds().iter().enumerate() {
        seed(&folder, "path", &format!("minted-{number}"), input)?;
    }
    Ok(())
}

fn files(folder: &Path, target: &str, from: &Path) -> Result<()> {
    for file in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let file = file?;
        seed(
            folder,
            target,
            &file.file_name().to_string_lossy(),
            &fs::read(file.path())?,
        )?;
    }
    Ok(())
}

fn seed(folder: &Path, target: &str, name: &str, input: &[u8]) -> Result<()> {
    let folder = folder.join(target);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(folder.join(name), input)?;
    Ok(())
}
