//! `lanyard list --export`: the certificates at hand, for programs that explain them.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use client::Device;

use crate::outcome::{Outcome, Trouble};
use crate::words;

/// Writes them to a new file, or to standard output where the file is `-`.
pub(crate) async fn run(
    device: &Device,
    file: &Path,
    sha256: Option<&str>,
) -> Result<Outcome, Trouble> {
    let certificates = device.exported(sha256).await;
    if certificates.is_empty() {
        let words = match sha256 {
            Some(sha256) => words::certificate_not_here(sha256),
            None => words::NO_CERTIFICATES.to_owned(),
        };
        return Err(Trouble::new(Outcome::Unreachable, words));
    }
    write(file, &certificates.concat()).map_err(|cause| {
        let words = words::not_written(&file.display().to_string(), &cause.to_string());
        Trouble::new(Outcome::Usage, words)
    })?;
    Ok(Outcome::Done)
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if file == Path::new("-") {
        let mut output = io::stdout();
        output.write_all(text.as_bytes())?;
        return output.flush();
    }
    // What is there already may be another person's certificate, or a key.
    File::create_new(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn a_file_that_is_there_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lee.pem");
        write(&file, "first").expect("it is new");
        assert!(write(&file, "second").is_err());
        assert_eq!(std::fs::read_to_string(file).expect("it is there"), "first");
    }
}
