//! Secrets from file descriptors: the way in for scripts, because arguments can be seen by others.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};

use zeroize::Zeroizing;

/// The descriptors that were named. Two options may name the same one: each takes a line.
#[derive(Debug, Default)]
pub(crate) struct Descriptors(HashMap<u32, File>);

impl Descriptors {
    /// Reads one line, without its end.
    ///
    /// # Errors
    ///
    /// What the system says of the descriptor, and `InvalidData` for a line over 1,024 bytes or
    /// one that is not UTF-8.
    pub(crate) fn line(&mut self, number: u32) -> io::Result<Zeroizing<String>> {
        let file = match self.0.entry(number) {
            std::collections::hash_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(open(number)?),
        };
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        let mut byte = Zeroizing::new([0_u8]);
        // Byte by byte: what follows the line belongs to somebody else.
        while file.read(&mut byte[..])? == 1 && byte[0] != b'\n' {
            if line.len() == LONGEST {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "its line is too long",
                ));
            }
            line.push(byte[0]);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        match String::from_utf8(std::mem::take(&mut *line)) {
            Ok(text) => Ok(Zeroizing::new(text)),
            Err(not_text) => {
                drop(Zeroizing::new(not_text.into_bytes()));
                Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it is not text in UTF-8",
                ))
            }
        }
    }
}

/// Opens a descriptor of this process anew, by the name that the system gives it.
fn open(number: u32) -> io::Result<File> {
    let folder = if cfg!(target_os = "linux") {
        "/proc/self/fd"
    } else {
        "/dev/fd"
    };
    File::open(format!("{folder}/{number}"))
}

/// The longest secret, in bytes; the buffer is made once, so that no copy is left behind.
const LONGEST: usize = 1024;

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Seek, Write};
    use std::os::fd::AsRawFd;

    use super::Descriptors;

    fn holding(bytes: &[u8]) -> (std::fs::File, u32) {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("it is written");
        file.rewind().expect("it is rewound");
        let number = u32::try_from(file.as_raw_fd()).expect("a descriptor");
        (file, number)
    }

    #[test]
    fn each_reading_takes_one_line() {
        let (_file, number) = holding(b"123456\r\nsecret word\nlast");
        let mut descriptors = Descriptors::default();
        for expected in ["123456", "secret word", "last", ""] {
            let line = descriptors.line(number).expect("a line");
            assert_eq!(line.as_str(), expected);
        }
    }

    #[test]
    fn a_descriptor_that_is_not_open_is_an_error() {
        assert!(Descriptors::default().line(4_000_000).is_err());
    }

    #[test]
    fn what_can_be_no_secret_is_refused() {
        let (_file, number) = holding(&[b'1'; 2000]);
        assert!(Descriptors::default().line(number).is_err());
        let (_file, number) = holding(&[0xff, 0xfe, b'\n']);
        assert!(Descriptors::default().line(number).is_err());
    }
}
