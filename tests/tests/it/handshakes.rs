//! Keys on a SoftHSM token and on a PIV card against OpenSSL's server, which neither of our sides wrote.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::{env, fs};

use journeys::alone;
use journeys::requires::{self, Part};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use tls_identity::{Identity, Outcome, Protocols, Trust, Versions};
use token::helper::Program;
use token::{FoundToken, Pin, PivSlot, Readers, Settings, TokenHost};
use virtual_piv::{Profile, Slot};
use xtask::world::card::{self, Key, PivCard};
use xtask::world::people::{self, Credential};
use xtask::world::pki::Pki;
use xtask::world::token::{KeyKind, PIN, Token};

#[test]
fn rsa_2048_signs_with_pss_for_tls_13() {
    handshake(Credential::Lee, "-tls1_3", "rsa_pss_rsae_sha256");
}

#[test]
fn rsa_2048_signs_for_tls_12() {
    handshake(Credential::Lee, "-tls1_2", "rsa_pss_rsae_sha256");
}

#[test]
fn p_256_signs_for_tls_13() {
    handshake(Credential::Sam, "-tls1_3", "ecdsa_secp256r1_sha256");
}

#[test]
fn p_256_signs_for_tls_12() {
    handshake(Credential::Sam, "-tls1_2", "ecdsa_secp256r1_sha256");
}

#[test]
fn p_384_signs_for_tls_13() {
    handshake(
        Credential::LeeUntrusted,
        "-tls1_3",
        "ecdsa_secp384r1_sha384",
    );
}

#[test]
fn a_server_that_does_not_ask_is_noticed() {
    let Some(set) = Set::up(&[Credential::Sam]) else {
        return;
    };
    let server = Server::start(&set, &["-tls1_3"]);
    let outcome = set
        .connect(&server, Credential::Sam, "login.localhost")
        .expect("a handshake");
    assert_eq!(outcome, Outcome::NotAsked);
}

#[test]
fn a_server_that_takes_no_scheme_of_the_key_is_noticed() {
    let Some(set) = Set::up(&[Credential::Sam]) else {
        return;
    };
    let schemes = [
        "-tls1_3",
        "-verify",
        "1",
        "-client_sigalgs",
        "rsa_pss_rsae_sha256",
    ];
    let server = Server::start(&set, &schemes);
    let outcome = set
        .connect(&server, Credential::Sam, "login.localhost")
        .expect("a handshake");
    assert!(
        matches!(outcome, Outcome::NothingInCommon { .. }),
        "{outcome:?}"
    );
}

#[test]
fn a_server_of_another_name_never_gets_a_signature() {
    let Some(set) = Set::up(&[Credential::Sam]) else {
        return;
    };
    let server = Server::start(&set, &["-tls1_3", "-Verify", "1"]);
    let outcome = set.connect(&server, Credential::Sam, "elsewhere.localhost");
    assert!(
        !matches!(outcome, Ok(Outcome::Signed(_)) | Err(Outcome::Signed(_))),
        "{outcome:?}"
    );
}

#[test]
fn a_probe_learns_what_the_server_asks_for_and_sends_nothing() {
    let Some(set) = Set::up(&[Credential::Sam]) else {
        return;
    };
    let ca = set.pki.issuing.certificate().display().to_string();
    let server = Server::start(&set, &["-tls1_3", "-verify", "1", "-CAfile", &ca]);
    let (config, probe) = tls_identity::probe(&set.trust(), Versions::Both).expect("a probe");
    server
        .connect(config, "login.localhost")
        .expect("a handshake");
    let asked = probe.asked().expect("it asks");
    assert_eq!(asked.authorities.len(), 1);
    assert!(asked.schemes.contains(&0x0403), "{:?}", asked.schemes);
    assert!(!server.saw_certificate());
}

#[test]
fn rsa_2048_on_a_card_signs_in_both_versions_from_9a_and_9c() {
    card_handshakes(KeyKind::Rsa2048, "rsa_pss_rsae_sha256");
}

#[test]
fn p_256_on_a_card_signs_in_both_versions_from_9a_and_9c() {
    card_handshakes(KeyKind::P256, "ecdsa_secp256r1_sha256");
}

#[test]
fn p_384_on_a_card_signs_in_both_versions_from_9a_and_9c() {
    card_handshakes(KeyKind::P384, "ecdsa_secp384r1_sha384");
}

fn card_handshakes(kind: KeyKind, scheme: &str) {
    let Some(set) = Set::up_card(kind) else {
        return;
    };
    for version in ["-tls1_2", "-tls1_3"] {
        for slot in [PivSlot::AUTHENTICATION, PivSlot::SIGNATURE] {
            let server = Server::start(&set, &[version, "-Verify", "1"]);
            let outcome = set.connect_card(&server, slot);
            let Ok(Outcome::Signed(signed)) = outcome else {
                panic!("{version} {slot}: expected a signature, got {outcome:?}");
            };
            assert_eq!(signed.name(), scheme);
            assert!(server.saw_certificate());
        }
    }
}

fn handshake(credential: Credential, version: &str, scheme: &str) {
    let Some(set) = Set::up(&[credential]) else {
        return;
    };
    let server = Server::start(&set, &[version, "-Verify", "1"]);
    let outcome = set.connect(&server, credential, "login.localhost");
    let Ok(Outcome::Signed(signed)) = outcome else {
        panic!("expected a signature, got {outcome:?}");
    };
    assert_eq!(signed.name(), scheme);
    assert!(server.saw_certificate());
}

/// A token with certificates, and the PKI they come from.
struct Set {
    folder: PathBuf,
    pki: Pki,
}

impl Set {
    /// Makes it in the outer process and finds it in the inner one, where the test then runs.
    fn up(credentials: &[Credential]) -> Option<Self> {
        if alone::is_inner() {
            let folder = PathBuf::from(env::var_os(FOLDER).expect("the outer process names it"));
            let pki = Pki::read(&folder.join("pki")).expect("the PKI of the outer process");
            return Some(Self { folder, pki });
        }
        if !requires::all(&[Part::SoftHsm]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let pki = Pki::mint(&folder.path().join("pki"), xtask::clock::unix_now()).expect("a PKI");
        let token = Token::initialize(&folder.path().join("token")).expect("a token");
        for credential in credentials {
            let now = xtask::clock::unix_now();
            let issued = people::issue(*credential, &token, &pki, folder.path(), now);
            issued.expect("a certificate");
        }
        alone::again([
            ("SOFTHSM2_CONF", token.configuration()),
            (FOLDER, folder.path()),
        ]);
        None
    }

    /// The same with a card that has such a key in 9A and another in 9C.
    fn up_card(kind: KeyKind) -> Option<Self> {
        if alone::is_inner() {
            return Self::up(&[]);
        }
        if !requires::all(&[Part::Card]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let now = xtask::clock::unix_now();
        let pki = Pki::mint(&folder.path().join("pki"), now).expect("a PKI");
        let keys = [Slot::Authentication, Slot::Signature].map(|slot| Key::untouched(slot, kind));
        let card = PivCard::of_lee(
            &folder.path().join("card"),
            Profile::GOVERNMENT,
            &keys,
            &pki,
            now,
        );
        let plugged = card.and_then(PivCard::plug_in).expect("a card in a reader");
        let (readers, socket) = plugged.variable();
        alone::again([(readers, socket), (FOLDER, folder.path().into())]);
        None
    }

    /// Unlocks the card and connects; the error is the outcome of a connection that failed.
    fn connect_card(&self, server: &Server, slot: PivSlot) -> Result<Outcome, Outcome> {
        let settings = Settings {
            readers: Readers::All,
            ..Settings::only([])
        };
        let listing = TokenHost::new(settings).enumerate();
        let chosen = listing
            .credentials()
            .into_iter()
            .find(|(_, found)| found.slot == Some(slot));
        let (found, chosen) = chosen.expect("the certificate is on the card");
        self.connect_with(server, found, chosen, card::PIN, "login.localhost")
    }

    fn trust(&self) -> Trust {
        let pem = self.pki.servers.pem();
        let der = rustls::pki_types::pem::PemObject::from_pem_slice(pem.as_bytes());
        let der: rustls::pki_types::CertificateDer<'_> = der.expect("a certificate");
        Trust::only([der.to_vec()]).expect("trust")
    }

    /// Unlocks the token and connects; the error is the outcome of a connection that failed.
    fn connect(
        &self,
        server: &Server,
        credential: Credential,
        host: &str,
    ) -> Result<Outcome, Outcome> {
        let module = xtask::world::token::softhsm_module().expect("SoftHSM");
        let settings = Settings {
            helper: Program::at(env!("CARGO_BIN_EXE_module-helper")),
            ..Settings::only([module])
        };
        let listing = TokenHost::new(settings).enumerate();
        let (found, chosen) = listing
            .credentials()
            .into_iter()
            .find(|(_, found)| found.label == credential.label())
            .expect("the certificate is on the token");
        self.connect_with(server, found, chosen, PIN, host)
    }

    fn connect_with(
        &self,
        server: &Server,
        found: &FoundToken,
        chosen: &token::Credential,
        pin: &str,
        host: &str,
    ) -> Result<Outcome, Outcome> {
        let unlocked = found
            .token
            .unlock(Pin::new(pin.to_owned()).expect("a PIN"))
            .expect("the PIN is right");
        let identity = Identity {
            credential: chosen.clone(),
            intermediates: Vec::new(),
            unlocked,
        };
        let signing =
            tls_identity::signing(&self.trust(), "login.localhost", identity, Protocols::Http1)
                .expect("a configuration");
        let connected = server.connect(signing.config, host);
        match connected {
            Ok(()) => Ok(signing.handshake.outcome()),
            Err(_) => Err(signing.handshake.outcome()),
        }
    }
}

/// `openssl s_server` as the login host.
struct Server {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    fn start(set: &Set, options: &[&str]) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let log = set.folder.join("s_server.log");
        let mut child = Command::new("openssl")
            .args(["s_server", "-www", "-accept", &format!("127.0.0.1:{port}")])
            .arg("-cert")
            .arg(&set.pki.login.certificate)
            .arg("-key")
            .arg(&set.pki.login.key)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).expect("a log"))
            .spawn()
            .expect("openssl");
        // It says ACCEPT when it listens.
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = lines.any(|line| line.is_ok_and(|line| line.starts_with("ACCEPT")));
        assert!(ready, "{}", fs::read_to_string(&log).unwrap_or_default());
        Self { child, port, log }
    }

    /// Makes the handshake and asks for a page, which is when a refusal of TLS 1.3 arrives.
    fn connect(&self, config: Arc<rustls::ClientConfig>, host: &str) -> std::io::Result<()> {
        let name = ServerName::try_from(host.to_owned()).expect("a name");
        let connection = ClientConnection::new(config, name).map_err(std::io::Error::other)?;
        let socket = TcpStream::connect(("127.0.0.1", self.port))?;
        let mut stream = StreamOwned::new(connection, socket);
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        let mut first = [0; 8];
        stream.read_exact(&mut first)
    }

    /// Whether a client certificate arrived, by the server's own words.
    fn saw_certificate(&self) -> bool {
        fs::read_to_string(&self.log).is_ok_and(|log| log.contains("depth="))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the outer process made token and PKI.
const FOLDER: &str = "LANYARD_JOURNEY_FOLDER";
