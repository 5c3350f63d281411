//! A pcscd of its own for one test, with the virtual card in its reader.
//!
//! The PC/SC library finds pcscd through an environment variable. So each test runs twice, as those
//! with SoftHSM do: the outer run names a socket and starts this very test again; the inner run
//! starts pcscd, puts its socket there, and is the test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, SubjectPublicKeyInfo};
use token::{Change, Found, FoundToken, Listing, Readers, Settings, TokenHost};
use virtual_piv::service::{ReaderName, Service, missing};
use virtual_piv::vpcd::Reader;
use virtual_piv::{Algorithm, Builder, Card, Compressed, Profile, Shared, Slot};

/// Runs a test with a card in a reader.
///
/// `name` is the test's own path, by which the inner process runs it again.
pub(crate) fn with_card(
    name: &str,
    reader: ReaderName,
    card: impl FnOnce() -> Builder,
    test: impl FnOnce(&mut Rig),
) {
    if let Some(socket) = std::env::var_os(SOCKET) {
        return test(&mut Rig::start(Path::new(&socket), reader, card()));
    }
    if let Some(missing) = missing() {
        return skipped(&format!("{missing} is not installed"));
    }
    if let Err(error) = Service::start(reader) {
        return skipped(&error.to_string());
    }
    let folder = tempfile::tempdir().expect("a folder for the test");
    let socket = folder.path().join("pcscd.comm");
    let this = std::env::current_exe().expect("the test's own program");
    let output = Command::new(this)
        .args([name, "--exact", "--nocapture"])
        .env("PCSCLITE_CSOCK_NAME", &socket)
        .env(SOCKET, &socket)
        .output()
        .expect("the test runs again");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{}\n{said}\n{complained}",
        output.status
    );
    print(&said);
}

/// What a test has.
pub(crate) struct Rig {
    pub(crate) service: Service,
    pub(crate) card: Shared,
    socket: PathBuf,
    _reader: Reader,
}

impl Rig {
    fn start(socket: &Path, name: ReaderName, builder: Builder) -> Self {
        let service = Service::start(name).expect("the outer run could");
        std::os::unix::fs::symlink(service.socket(), socket).expect("a link to the socket");
        let mut card = builder.build().expect("a card");
        let slots: Vec<Slot> = card.slots().map(|(slot, _)| slot).collect();
        for slot in slots {
            let certificate = certificate(&card, slot);
            card.store_certificate(slot, &certificate, Compressed::No);
        }
        let card = card.share();
        let reader = service.insert(&card).expect("pcscd sees the card");
        wait_until_shown();
        Self {
            service,
            card,
            socket: socket.to_owned(),
            _reader: reader,
        }
    }

    /// Looks at readers alone.
    pub(crate) fn host() -> TokenHost {
        TokenHost::new(Settings {
            readers: Readers::All,
            ..Settings::only([])
        })
    }

    pub(crate) fn listing() -> Listing {
        Self::host().enumerate()
    }

    /// The one token.
    pub(crate) fn token() -> FoundToken {
        let mut listing = Self::listing();
        assert_eq!(listing.tokens.len(), 1, "{:?}", listing.readers);
        listing.tokens.remove(0)
    }

    /// How many command APDUs the card was sent since the last time that was asked, and how many
    /// bytes both ways.
    pub(crate) fn count(&self) -> (usize, usize) {
        self.card.with(|card| {
            let whole = card.log().whole();
            card.clear_log();
            (whole.count, whole.sent + whole.answered)
        })
    }

    /// Runs another program against the same card.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .env("PCSCLITE_CSOCK_NAME", &self.socket)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}{complained}");
        said
    }
}

/// A card by the standard with one key.
pub(crate) fn one_key(slot: Slot, algorithm: Algorithm) -> Builder {
    Card::builder().profile(Profile::NIST).key(slot, algorithm)
}

/// The first of these modules that is installed.
pub(crate) fn module(names: &[&str]) -> Option<PathBuf> {
    let arch = std::env::consts::ARCH;
    names
        .iter()
        .map(|name| PathBuf::from(format!("/usr/lib/{arch}-linux-gnu/{name}")))
        .find(|path| path.is_file())
}

/// Says why a test is skipped, unless it must not be.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn skipped(why: &str) {
    let required = std::env::var("LANYARD_REQUIRE").unwrap_or_default();
    let demanded = required.split(',').any(|part| part.trim() == "pcscd");
    assert!(!demanded, "pcscd is required, and {why}");
    eprintln!("skipped: {why}");
}

/// Says that a test needs something that only whoever runs it can name.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn skipped_for_want_of(variable: &str) {
    eprintln!("skipped: {variable} names nothing");
}

#[expect(clippy::print_stdout, reason = "what a test measured is shown")]
fn print(said: &str) {
    print!("{said}");
}

/// pcscd gives the card power a little before it tells anybody of it.
fn wait_until_shown() {
    let watch = Rig::host().watch();
    while let Some(change) = watch.next_within(PATIENCE) {
        if matches!(change, Change::Appeared(Found::Token(_))) {
            return;
        }
    }
    panic!("pcscd shows no card");
}

fn certificate(card: &Card, slot: Slot) -> Vec<u8> {
    let public = card.public_key(slot).expect("the slot has a key");
    let public = SubjectPublicKeyInfo::from_der(&public).expect("a public key");
    let key = KeyPair::generate().expect("a key for the CA");
    let params = CertificateParams::new(Vec::new()).expect("no names");
    let issuer = rcgen::Issuer::new(params, key);
    let params = CertificateParams::new(vec![slot.to_string()]).expect("a name");
    let certificate = params.signed_by(&public, &issuer).expect("signed");
    certificate.der().to_vec()
}

const PATIENCE: Duration = Duration::from_secs(20);
const SOCKET: &str = "LANYARD_TEST_PCSCD";
