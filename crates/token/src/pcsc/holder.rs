//! Naming the program that may hold a card for itself.

use std::fs;
use std::path::Path;

/// The name of a running program that is known to hold cards for itself, where the system shows its
/// processes.
///
/// Nothing tells who holds a card, so this is a guess, and nothing is done to that program.
pub(crate) fn name() -> Option<String> {
    among(Path::new("/proc"))
}

fn among(processes: &Path) -> Option<String> {
    fs::read_dir(processes)
        .ok()?
        .take(MOST)
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name();
            name.as_encoded_bytes().iter().all(u8::is_ascii_digit)
        })
        .filter_map(|process| fs::read_to_string(process.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .find(|name| KNOWN.contains(&name.as_str()))
}

/// GnuPG's card daemon takes cards exclusively; the others keep connections open.
const KNOWN: [&str; 5] = [
    "scdaemon",
    "yubikey-agent",
    "pivy-agent",
    "pcsc_scan",
    "ykman",
];
const MOST: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_program_is_named_and_others_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let process = |id: &str, name: &str| {
            let process = folder.path().join(id);
            fs::create_dir(&process).expect("a folder");
            fs::write(process.join("comm"), format!("{name}\n")).expect("a file");
        };
        process("1", "init");
        process("self", "scdaemon");
        assert_eq!(among(folder.path()), None);
        process("77", "scdaemon");
        assert_eq!(among(folder.path()), Some("scdaemon".to_owned()));
    }
}
