//! Reading and writing the demo world's files, with the file's name in every error.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Reads a text file.
///
/// # Errors
///
/// When it cannot be read.
pub(in crate::world) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file.
///
/// # Errors
///
/// When it cannot be written.
pub(in crate::world) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file that only its owner can read.
///
/// # Errors
///
/// When it cannot be written.
pub(in crate::world) fn write_secret(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(content.as_ref())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Draws random bytes.
///
/// # Errors
///
/// When the operating system has none.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the demo world draws random bytes"
)]
pub(in crate::world) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes).context("the operating system gives no random bytes")?;
    Ok(bytes)
}

/// Draws an unguessable word of 256 bits, base64url.
///
/// # Errors
///
/// When the operating system has no random bytes.
pub(in crate::world) fn random_word() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// Draws a password that can be read aloud and typed: four groups of four, 80 bits.
///
/// # Errors
///
/// When the operating system has no random bytes.
pub(in crate::world) fn random_password() -> Result<String> {
    let letters: Vec<char> = random::<16>()?
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    Ok(groups.join("-"))
}

/// 32 letters and digits, none of which looks like another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
