//! A helper as a process, seen by the program that started it.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::printed::Printed;
use super::protocol::{self, HEADER, Kind};
use super::{Broken, Program};
use crate::pkcs11::message::{Answer, Last, Request};
use crate::{Cause, Ending, Pin, clock};

/// A helper that runs. It is ended when dropped.
pub(crate) struct Running {
    socket: UnixStream,
    printed: Printed,
    /// There until the process is ended.
    child: Option<Child>,
}

/// A way to end the talk with a helper from another thread.
pub(crate) struct HangUp(UnixStream);

impl HangUp {
    /// Whoever waits for an answer learns that there will be none.
    pub(crate) fn hang_up(&self) {
        // A socket that is closed already is what is wanted.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Running {
    /// Starts a helper and has it load a module.
    ///
    /// # Errors
    ///
    /// Why the module cannot be used.
    pub(crate) fn start(
        program: &Program,
        module: &Path,
        patience: Duration,
        until: Instant,
    ) -> Result<Self, Cause> {
        let mut running = Self::spawn(program).map_err(Cause::NotStarted)?;
        let load = Request::Load {
            module: module.as_os_str().as_bytes().to_vec(),
        };
        let mut loaded = Ok(());
        let told = running.converse(&load, None, until, |answer| {
            if let Answer::Loaded(outcome) = answer {
                loaded = outcome;
            }
        });
        match told {
            Ok(()) => loaded.map(|()| running),
            Err(broken) => Err(running.end(broken, patience)),
        }
    }

    fn spawn(program: &Program) -> Result<Self, String> {
        let mut command = program.command()?;
        let said = |error: io::Error| error.to_string();
        let (socket, theirs) = UnixStream::pair().map_err(said)?;
        let (pipe, print) = io::pipe().map_err(said)?;
        command
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| {
                let value = std::env::var_os(name)?;
                Some((name, value))
            }))
            .stdin(OwnedFd::from(theirs))
            .stdout(print.try_clone().map_err(said)?)
            .stderr(print);
        let child = command.spawn().map_err(said)?;
        Ok(Self {
            socket,
            printed: Printed::read(pipe),
            child: Some(child),
        })
    }

    /// Whether the process is gone although nobody here ended it.
    pub(crate) fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut();
        child.is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// A way to end the talk from another thread.
    pub(crate) fn hang_up(&self) -> io::Result<HangUp> {
        self.socket.try_clone().map(HangUp)
    }

    /// Asks one question and passes on each answer.
    ///
    /// # Errors
    ///
    /// Why there are no more answers. The helper is of no use then.
    pub(crate) fn converse(
        &mut self,
        request: &Request,
        pin: Option<Pin>,
        until: Instant,
        take: impl FnMut(Answer),
    ) -> Result<(), Broken> {
        let frame = protocol::encode(request).map_err(|_| Broken::TooLong)?;
        self.write_until(until)?;
        self.socket.write_all(&frame).map_err(|e| broken(&e))?;
        if let Some(pin) = pin {
            self.printed.nothing_more();
            let header = protocol::write_header(Kind::Pin, pin.len());
            let header = header.map_err(|_| Broken::TooLong)?;
            self.socket.write_all(&header).map_err(|e| broken(&e))?;
            pin.write_to(&mut self.socket).map_err(|e| broken(&e))?;
        }
        hear(request, |buffer| self.fill(buffer, until), take)
    }

    /// Fills a buffer before an instant, however slowly the bytes come.
    fn fill(&mut self, mut buffer: &mut [u8], until: Instant) -> Result<(), Broken> {
        while !buffer.is_empty() {
            let left = left(until)?;
            self.socket
                .set_read_timeout(Some(left))
                .map_err(|e| broken(&e))?;
            match self.socket.read(buffer) {
                Ok(0) => return Err(Broken::Ended),
                Ok(length) => buffer = buffer.get_mut(length..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    fn write_until(&self, until: Instant) -> Result<(), Broken> {
        let left = left(until)?;
        self.socket
            .set_write_timeout(Some(left))
            .map_err(|e| broken(&e))
    }

    /// Ends the helper and says, for a row, what became of it.
    pub(crate) fn end(mut self, broken: Broken, patience: Duration) -> Cause {
        let ending = self.kill().map_or(Ending::Unknown, ending);
        let printed = self.printed.text();
        match broken {
            Broken::TimedOut => Cause::TimedOut {
                after: patience,
                printed,
            },
            Broken::Ended => Cause::Stopped { ending, printed },
            Broken::Garbled => Cause::Garbled { printed },
            Broken::TooLong => Cause::TooLong,
        }
    }

    /// Ends the helper and what it started. A process that ended by itself keeps its own status.
    ///
    /// A process in the middle of a driver's call ends when that is over, so it is waited for by a
    /// thread, and here only briefly.
    fn kill(&mut self) -> Option<ExitStatus> {
        let mut child = self.child.take()?;
        if let Some(group) = i32::try_from(child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            // It made itself the leader of a group; when it did not come that far there is none.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = child.kill();
        let (tell_status, status) = mpsc::channel();
        thread::spawn(move || {
            if let Ok(ended) = child.wait() {
                // Whoever ended it may have stopped waiting.
                let _ = tell_status.send(ended);
            }
        });
        status.recv_timeout(DYING).ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Its status is of no interest.
        let _ = self.kill();
    }
}

/// Passes on the answers to a question until the last of them, which whatever fills buffers brings.
///
/// # Errors
///
/// What became of that, or [`Broken::Garbled`] for what is no answer to the question.
pub(super) fn hear(
    request: &Request,
    mut fill: impl FnMut(&mut [u8]) -> Result<(), Broken>,
    mut take: impl FnMut(Answer),
) -> Result<(), Broken> {
    for _ in 0..MOST_ANSWERS {
        let answer = receive(&mut fill)?;
        let last = request.takes(&answer).ok_or(Broken::Garbled)?;
        take(answer);
        match last {
            Last::Yes => return Ok(()),
            Last::No => {}
        }
    }
    Err(Broken::Garbled)
}

fn receive(fill: &mut impl FnMut(&mut [u8]) -> Result<(), Broken>) -> Result<Answer, Broken> {
    let mut header = [0; HEADER];
    fill(&mut header)?;
    let header = protocol::read_header(header).map_err(|_| Broken::Garbled)?;
    match header.kind {
        Kind::Message => {}
        Kind::Pin => return Err(Broken::Garbled),
    }
    let mut body = vec![0; header.length];
    fill(&mut body)?;
    protocol::decode_answer(&body).map_err(|_| Broken::Garbled)
}

fn left(until: Instant) -> Result<Duration, Broken> {
    let left = until.saturating_duration_since(clock::now());
    if left.is_zero() {
        Err(Broken::TimedOut)
    } else {
        // A socket's clock is coarse, and zero would mean for ever.
        Ok(left.max(Duration::from_millis(1)))
    }
}

fn broken(error: &io::Error) -> Broken {
    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
        Broken::TimedOut
    } else {
        Broken::Ended
    }
}

fn ending(status: ExitStatus) -> Ending {
    match (status.signal(), status.code()) {
        (Some(signal), _) => Ending::Signal(signal),
        (None, Some(code)) => Ending::Exit(code),
        (None, None) => Ending::Unknown,
    }
}

/// The variables that reach a module: where its own settings, its reader's socket and the person's
/// files are, in which language it speaks, and the display of modules that ask for a PIN in a
/// window of their own. Above all none of the dynamic linker's.
const ENVIRONMENT: [&str; 17] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_MESSAGES",
    "LOGNAME",
    "OPENSC_CONF",
    "PCSCLITE_CSOCK_NAME",
    "SOFTHSM2_CONF",
    "TPM2_PKCS11_STORE",
    "TPM2_PKCS11_TCTI",
    "USER",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
];

/// A scan of 64 slots, twice over.
pub(super) const MOST_ANSWERS: usize = 256;
const DYING: Duration = Duration::from_secs(1);
