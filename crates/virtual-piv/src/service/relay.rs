//! The way from a card outside to the reader inside.

use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::vpcd::Wire;

/// Where pcscd runs at the moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Place(Arc<Mutex<Option<u32>>>);

impl Place {
    pub(super) fn enter(&self, process: u32) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(process);
    }

    pub(super) fn leave(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn process(&self) -> Option<u32> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A shell inside that copies between its pipes and the reader's port.
///
/// It ends when its input does: also when this process is killed.
pub(super) struct Relay {
    child: Child,
    input: ChildStdout,
    output: Arc<Mutex<Option<ChildStdin>>>,
    writer: Writer,
}

/// Writes into the shell as long as the connection is not ended.
struct Writer(Arc<Mutex<Option<ChildStdin>>>);

impl Relay {
    pub(super) fn open(place: &Place, port: u16) -> io::Result<Self> {
        let process = place.process().ok_or(io::ErrorKind::NotConnected)?;
        let mut command = Command::new("nsenter");
        if !rustix::process::geteuid().is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        let mut child = command
            .args(["--net", "--target", &process.to_string(), "--"])
            .args(["bash", "-c", SCRIPT, "relay", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(output), Some(mut input)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut connected = [0];
        if let Err(error) = input.read_exact(&mut connected) {
            drop(output);
            child.wait()?;
            return Err(error);
        }
        let output = Arc::new(Mutex::new(Some(output)));
        Ok(Self {
            child,
            input,
            writer: Writer(output.clone()),
            output,
        })
    }
}

impl Wire for Relay {
    /// The network inside acknowledges at once by itself.
    fn before_read(&self) {}

    fn input(&mut self) -> &mut dyn Read {
        &mut self.input
    }

    fn output(&mut self) -> &mut dyn Write {
        &mut self.writer
    }

    fn ender(&self) -> io::Result<Box<dyn FnOnce() + Send>> {
        let output = self.output.clone();
        Ok(Box::new(move || {
            drop(output.lock().unwrap_or_else(PoisonError::into_inner).take());
        }))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        drop(
            self.output
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        drop(self.child.wait());
    }
}

impl Writer {
    fn with<T>(&self, write: impl FnOnce(&mut ChildStdin) -> io::Result<T>) -> io::Result<T> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
            .map_or_else(|| Err(io::ErrorKind::BrokenPipe.into()), write)
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|output| output.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with(Write::flush)
    }
}

/// One byte says that the port is open. When the pipe from outside ends, so does everything,
/// which pulls the card; when the reader ends the connection, the pipe to outside ends.
const SCRIPT: &str = r#"
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf .
cat <&3 &
reader=$!
exec 1>&-
cat >&3
kill "$reader"
"#;
