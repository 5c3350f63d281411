//! What a module prints, for the row that explains its end.

use std::collections::VecDeque;
use std::io::{PipeReader, Read as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The last of what a helper printed.
///
/// Everything is read, so that a module that prints much is not held up, and little is kept. Once
/// the helper was given a PIN nothing is kept at all: a module that is set to trace its calls
/// prints PINs too.
pub(super) struct Printed {
    shared: Arc<Shared>,
    over: Receiver<()>,
}

#[derive(Default)]
struct Shared {
    kept: Mutex<VecDeque<u8>>,
    secret: AtomicBool,
}

impl Printed {
    /// Begins to read.
    pub(super) fn read(mut pipe: PipeReader) -> Self {
        let shared = Arc::new(Shared::default());
        let (tell_over, over) = mpsc::channel();
        let keeper = Arc::clone(&shared);
        thread::spawn(move || {
            let mut piece = [0; 4096];
            loop {
                match pipe.read(&mut piece) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => keeper.keep(piece.get(..length).unwrap_or_default()),
                }
            }
            // Whoever started the helper may have stopped listening.
            let _ = tell_over.send(());
        });
        Self { shared, over }
    }

    /// Keeps nothing from here on, and forgets what was kept.
    pub(super) fn nothing_more(&self) {
        self.shared.secret.store(true, Ordering::Release);
        self.shared.kept().clear();
    }

    /// What was kept, on one line, once the helper has ended. A process that the module started may
    /// hold the pipe open, so the wait for its end is short.
    pub(super) fn text(&self) -> String {
        let _ = self.over.recv_timeout(PATIENCE);
        let kept = self.shared.kept();
        let (first, second) = kept.as_slices();
        line(&[first, second].concat())
    }
}

impl Shared {
    fn keep(&self, piece: &[u8]) {
        let mut kept = self.kept();
        if self.secret.load(Ordering::Acquire) {
            return;
        }
        kept.extend(piece);
        let surplus = kept.len().saturating_sub(MOST);
        kept.drain(..surplus);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<u8>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Printable words with single spaces between them: a terminal's control sequences stay out.
fn line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

const MOST: usize = 512;
const PATIENCE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_last_of_much_is_kept_on_one_line() {
        let (pipe, mut module) = std::io::pipe().expect("a pipe");
        let printed = Printed::read(pipe);
        module.write_all(&vec![b'x'; 100_000]).expect("it is read");
        module
            .write_all(b"\n\x1b[31mthe end\r\n")
            .expect("it is read");
        drop(module);
        let text = printed.text();
        assert!(text.len() <= MOST);
        assert!(text.starts_with("xxx"), "{text}");
        assert!(text.ends_with(" [31mthe end"), "{text}");
    }

    #[test]
    fn nothing_is_kept_after_a_pin() {
        let (pipe, mut module) = std::io::pipe().expect("a pipe");
        let printed = Printed::read(pipe);
        module.write_all(b"before ").expect("it is read");
        printed.nothing_more();
        module.write_all(b"the PIN is 123456").expect("it is read");
        drop(module);
        assert_eq!(printed.text(), "");
    }
}
