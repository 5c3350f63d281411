//! A pcscd of one's own, with the virtual reader, that nobody else on the machine sees.
//!
//! vpcd listens on all interfaces and pcscd has one socket for the whole machine, so both run in
//! network and mount namespaces of their own; where root is not at hand, in a user namespace too.
//! A folder outside is mounted on `/run/pcscd` inside, so that clients outside reach the socket
//! when `PCSCLITE_CSOCK_NAME` names it. A card reaches vpcd through a relay that is started
//! inside; it lives in the caller's process, which can pull it and look at its log.

mod daemon;
mod relay;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use self::daemon::Daemon;
use self::relay::Relay;
use crate::Shared;
use crate::vpcd::{self, Reader};

/// A private pcscd. Dropping it ends everything that it started.
#[derive(Debug)]
pub struct Service {
    folder: TempDir,
    daemon: Option<Daemon>,
    place: relay::Place,
}

/// Why there is no private pcscd.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Something is not installed.
    #[error("{0} is not installed")]
    Missing(&'static str),
    /// The system does not give namespaces.
    #[error("this system gives no private network: {0}")]
    Refused(String),
    /// pcscd ended before it was ready.
    #[error("pcscd did not start: {0}")]
    Daemon(String),
    /// The system failed otherwise.
    #[error("a private pcscd could not be set up")]
    System(#[from] io::Error),
}

/// How a reader is called, and so what clients take it for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReaderName {
    /// As vpcd calls it.
    #[default]
    Virtual,
    /// As a YubiKey's reader is called: ykcs11 looks at no other.
    YubiKey,
}

impl Service {
    /// Starts pcscd with one virtual reader, and returns when it answers.
    ///
    /// # Errors
    /// When something is not installed, or when the system gives no namespaces; a caller that
    /// skips for that says which.
    pub fn start(name: ReaderName) -> Result<Self, ServiceError> {
        if let Some(missing) = missing() {
            return Err(ServiceError::Missing(missing));
        }
        let folder = tempfile::Builder::new().prefix("pcscd-").tempdir()?;
        for part in [SOCKETS, CONFIGURATION, STAGE] {
            fs::create_dir(folder.path().join(part))?;
        }
        let configuration = folder.path().join(CONFIGURATION).join("virtual");
        fs::write(configuration, reader_configuration(name)?)?;
        let mut service = Self {
            folder,
            daemon: None,
            place: relay::Place::default(),
        };
        service.resume()?;
        Ok(service)
    }

    /// What to set `PCSCLITE_CSOCK_NAME` to in a client.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(SOCKETS).join("pcscd.comm")
    }

    /// The variable and its value.
    #[must_use]
    pub fn variable(&self) -> (&'static str, OsString) {
        ("PCSCLITE_CSOCK_NAME", self.socket().into_os_string())
    }

    /// Puts a card into the reader, until the answer is dropped.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn hold(&self, card: &Shared) -> io::Result<Reader> {
        let place = self.place.clone();
        card.insert();
        vpcd::keep(card, move || Relay::open(&place, PORT), |_| {})
    }

    /// As [`Service::hold`], and returns when pcscd tells its clients of the card.
    ///
    /// # Errors
    /// When it does not within ten seconds.
    pub fn insert(&self, card: &Shared) -> io::Result<Reader> {
        let reader = self.hold(card)?;
        if card.is_seen(PATIENCE) {
            Ok(reader)
        } else {
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "pcscd does not see the card",
            ))
        }
    }

    /// Ends pcscd as a system does that stops it.
    pub fn stop(&mut self) {
        self.place.leave();
        if let Some(daemon) = self.daemon.take() {
            daemon.stop();
        }
    }

    /// Ends pcscd as a crash does.
    pub fn crash(&mut self) {
        self.place.leave();
        if let Some(daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Starts pcscd again after it was stopped or has crashed; cards connect by themselves.
    ///
    /// # Errors
    /// When it does not start.
    pub fn resume(&mut self) -> Result<(), ServiceError> {
        if self.daemon.is_some() {
            return Ok(());
        }
        let folder = self.folder.path();
        for left in ["pcscd.comm", "pcscd.pid"] {
            match fs::remove_file(folder.join(SOCKETS).join(left)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
        }
        let daemon = Daemon::start(
            &folder.join(SOCKETS),
            &folder.join(CONFIGURATION),
            &folder.join(STAGE),
        )?;
        self.place.enter(daemon.process());
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Resets the card by another program, as any program may that shares it.
    ///
    /// # Errors
    /// When the program, Perl with `libpcsc-perl`, does not run or fails.
    pub fn reset_by_another_program(&self) -> io::Result<()> {
        let mut program = self.perl(RESET)?;
        if program.wait()?.success() {
            Ok(())
        } else {
            Err(io::Error::other("Perl could not reset the card"))
        }
    }

    /// Holds the card by another program until the answer is dropped: alone, so that nobody else
    /// connects, or in a transaction, so that everybody else waits.
    ///
    /// # Errors
    /// When the program, Perl with `libpcsc-perl`, does not run or does not get the card.
    pub fn hold_by_another_program(&self, how: Hold) -> io::Result<Holder> {
        let mut program = self.perl(match how {
            Hold::Alone => ALONE,
            Hold::Transaction => TRANSACTION,
        })?;
        let held = program.stdout.take().is_some_and(says_something);
        let holder = Holder { program };
        if held {
            Ok(holder)
        } else {
            Err(io::Error::other("Perl did not get the card"))
        }
    }

    fn perl(&self, script: &str) -> io::Result<Child> {
        Command::new("perl")
            .arg("-e")
            .arg(format!("{CONNECTED}{script}"))
            .envs([self.variable()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }
}

/// How another program holds the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Whoever connects is refused.
    Alone,
    /// Whoever begins a transaction, or sends a command, waits.
    Transaction,
}

/// Another program that holds the card.
#[derive(Debug)]
pub struct Holder {
    program: Child,
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It ends with its input and gives the card back itself: pcscd would notice a killed
        // client only later.
        drop(self.program.stdin.take());
        drop(self.program.wait());
    }
}

/// What a private pcscd needs and this machine lacks.
#[must_use]
pub fn missing() -> Option<&'static str> {
    if driver().is_none() {
        return Some("vpcd (vsmartcard-vpcd)");
    }
    ["pcscd", "unshare", "nsenter", "setpriv", "ip", "bash"]
        .into_iter()
        .find(|program| !on_path(program))
}

fn on_path(program: &str) -> bool {
    // Where an ordinary user's PATH does not lead.
    let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default()
        .into_iter()
        .chain(system)
        .any(|folder| folder.join(program).is_file())
}

fn driver() -> Option<&'static Path> {
    DRIVERS
        .iter()
        .map(Path::new)
        .find(|driver| driver.is_file())
}

fn reader_configuration(name: ReaderName) -> Result<String, ServiceError> {
    let name = match name {
        ReaderName::Virtual => "Virtual PCD",
        ReaderName::YubiKey => "Yubico YubiKey OTP+FIDO+CCID",
    };
    let driver = driver().ok_or(ServiceError::Missing("vpcd (vsmartcard-vpcd)"))?;
    Ok(format!(
        "FRIENDLYNAME \"{name}\"\nDEVICENAME /dev/null:{PORT:#06X}\nLIBPATH {}\nCHANNELID {PORT:#06X}\n",
        driver.display()
    ))
}

/// Whether a program says anything at all before it ends.
fn says_something(mut output: impl io::Read) -> bool {
    let mut byte = [0];
    matches!(output.read(&mut byte), Ok(1))
}

const SOCKETS: &str = "sockets";
const CONFIGURATION: &str = "readers";
const STAGE: &str = "run";
const PORT: u16 = 35_963;
const PATIENCE: Duration = Duration::from_secs(10);
const DRIVERS: [&str; 2] = [
    "/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
    "/usr/lib64/pcsc/drivers/serial/libifdvpcd.so",
];
/// Connects to the first reader; PC/SC is spoken by a program of others, so that nothing here
/// links its library.
const CONNECTED: &str = r"
use strict;
use Chipcard::PCSC;
use Chipcard::PCSC::Card;
$| = 1;
my $context = Chipcard::PCSC->new() or die;
my ($reader) = $context->ListReaders() or die;
sub open_as { Chipcard::PCSC::Card->new($context, $reader, $_[0]) or die }
";
const RESET: &str = r"
my $card = open_as($Chipcard::PCSC::SCARD_SHARE_SHARED);
$card->Disconnect($Chipcard::PCSC::SCARD_RESET_CARD) or die;
";
const ALONE: &str = r"
my $card = open_as($Chipcard::PCSC::SCARD_SHARE_EXCLUSIVE);
print '.';
<STDIN>;
$card->Disconnect($Chipcard::PCSC::SCARD_LEAVE_CARD);
";
const TRANSACTION: &str = r"
my $card = open_as($Chipcard::PCSC::SCARD_SHARE_SHARED);
$card->BeginTransaction() or die;
print '.';
<STDIN>;
$card->Disconnect($Chipcard::PCSC::SCARD_LEAVE_CARD);
";
