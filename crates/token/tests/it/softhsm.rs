//! A SoftHSM token for one test.
//!
//! SoftHSM finds its tokens through an environment variable that it reads when it is loaded, and a
//! module is loaded once in a process. So each test runs twice: the outer run makes a token and
//! starts this very test again, in a process that has the variable set; the inner run is the test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData,
    SubjectPublicKeyInfo,
};
use token::{Credential, FoundToken, Listing, Pin, TokenHost};

use crate::settings;

/// The right PIN of every token made here.
pub(crate) const PIN: &str = "123456";
/// A PIN of the right length that is wrong.
pub(crate) const WRONG_PIN: &str = "654321";

/// Runs a test on a token of its own.
///
/// `name` is the test's own path, by which the inner process runs it again. `provision` puts keys
/// and certificates on the token, before the test's process exists.
pub(crate) fn with_token(
    name: &str,
    provision: impl FnOnce(&mut Provision),
    test: impl FnOnce(&Rig),
) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let rig = Rig {
            folder: folder.into(),
            module: module().expect("the outer run found it"),
        };
        return test(&rig);
    }
    let Some(module) = required() else { return };
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut token = Provision::initialize(folder.path(), &module);
    provision(&mut token);
    let this = std::env::current_exe().expect("the test's own program");
    let output = Command::new(this)
        .args([name, "--exact", "--nocapture"])
        .env("SOFTHSM2_CONF", folder.path().join("softhsm2.conf"))
        .env(FOLDER, folder.path())
        .output()
        .expect("the test runs again");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{}\n{said}\n{complained}",
        output.status
    );
}

/// What a test has: the module, and the folder of its token.
pub(crate) struct Rig {
    pub(crate) folder: PathBuf,
    pub(crate) module: PathBuf,
}

impl Rig {
    /// Everything that the module holds.
    pub(crate) fn listing(&self) -> Listing {
        TokenHost::new(settings::only([self.module.clone()])).enumerate()
    }

    /// The one token.
    pub(crate) fn token(&self) -> FoundToken {
        let mut listing = self.listing();
        assert_eq!(listing.tokens.len(), 1, "{:?}", listing.failed);
        listing.tokens.remove(0)
    }

    /// The token, and the one certificate on it.
    pub(crate) fn only_credential(&self) -> (FoundToken, Credential) {
        let token = self.token();
        assert_eq!(token.credentials.len(), 1);
        let credential = token.credentials[0].clone();
        (token, credential)
    }
}

/// A PIN, as a person would type it.
pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned()).expect("a PIN")
}

/// Puts keys and certificates on a token, with OpenSC's tool and SoftHSM's own.
pub(crate) struct Provision {
    folder: PathBuf,
    module: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a key is made with.
pub(crate) struct KeyKind {
    kind: &'static str,
    always: bool,
}

impl KeyKind {
    /// A key of a kind in `pkcs11-tool`'s words, such as `rsa:2048` or `EC:prime256v1`.
    pub(crate) fn of(kind: &'static str) -> Self {
        Self {
            kind,
            always: false,
        }
    }

    /// A key that wants the PIN before each use.
    pub(crate) fn always_asking(kind: &'static str) -> Self {
        Self { kind, always: true }
    }
}

impl Provision {
    fn initialize(folder: &Path, module: &Path) -> Self {
        let tokens = folder.join("tokens");
        std::fs::create_dir(&tokens).expect("a folder for the tokens");
        let key = KeyPair::generate().expect("a key for the CA");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let token = Self {
            folder: folder.to_owned(),
            module: module.to_owned(),
            issuer: CertifiedIssuer::self_signed(params, key).expect("a CA"),
        };
        token.configure("ALL");
        token.add_token(LABEL);
        token
    }

    /// Has the module offer these mechanisms alone, once everything is made.
    pub(crate) fn configure(&self, mechanisms: &str) {
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n\
             slots.mechanisms = {mechanisms}\n",
            self.folder.join("tokens").display()
        );
        std::fs::write(self.folder.join("softhsm2.conf"), text).expect("a configuration");
    }

    /// Makes a token beside those there are.
    pub(crate) fn add_token(&self, label: &str) {
        let made = self.run(
            Command::new("softhsm2-util")
                .args(["--init-token", "--free", "--label", label])
                .args(["--so-pin", "12345678", "--pin", PIN]),
        );
        drop(made);
    }

    /// Makes a key pair.
    pub(crate) fn key(&self, kind: &KeyKind, id: &str, label: &str) {
        let always: &[&str] = if kind.always { &["--always-auth"] } else { &[] };
        self.tool(&[
            &["--keypairgen", "--key-type", kind.kind],
            &["--id", id, "--label", label],
            always,
        ]);
    }

    /// Issues a certificate for a key on the token and writes it beside another identifier and
    /// label, or the same ones.
    pub(crate) fn certificate(&self, of_id: &str, id: &str, label: &str) {
        let der = self.issue(of_id);
        self.write_certificate(&der, id, label);
    }

    /// A key pair and its certificate under the same identifier and label.
    pub(crate) fn identity(&self, kind: &KeyKind, id: &str, label: &str) {
        self.key(kind, id, label);
        self.certificate(id, id, label);
    }

    /// Brings a key made elsewhere, and its certificate. OpenSC 0.23's tool cannot read the public
    /// key of every kind that SoftHSM generates.
    pub(crate) fn imported(&self, key: &KeyPair, id: &str, label: &str) {
        let file = self.folder.join("key.pem");
        std::fs::write(&file, key.serialize_pem()).expect("a file for the key");
        self.run(
            Command::new("softhsm2-util")
                .arg("--import")
                .arg(&file)
                .args(["--token", LABEL, "--pin", PIN, "--id", id, "--label", label]),
        );
        self.write_certificate(&self.sign(key), id, label);
    }

    /// Issues a certificate for a key on the token.
    pub(crate) fn issue(&self, of_id: &str) -> Vec<u8> {
        let file = self.folder.join("public.der");
        let file = file.to_str().expect("a plain path");
        self.tool(&[&[
            "--read-object",
            "--type",
            "pubkey",
            "--id",
            of_id,
            "--output-file",
            file,
        ]]);
        let public = std::fs::read(file).expect("the public key");
        self.sign(&SubjectPublicKeyInfo::from_der(&public).expect("a public key"))
    }

    fn sign(&self, public: &impl PublicKeyData) -> Vec<u8> {
        let params = CertificateParams::new(vec!["lee".to_owned()]).expect("a name");
        let certificate = params.signed_by(public, &self.issuer).expect("signed");
        certificate.der().to_vec()
    }

    /// Writes a certificate.
    pub(crate) fn write_certificate(&self, der: &[u8], id: &str, label: &str) {
        let file = self.folder.join("certificate.der");
        std::fs::write(&file, der).expect("a file for the certificate");
        let file = file.to_str().expect("a plain path");
        let mut what = vec!["--write-object", file, "--type", "cert", "--label", label];
        if !id.is_empty() {
            what.extend(["--id", id]);
        }
        self.tool(&[&what]);
    }

    /// The certificate of the CA that issues all others here.
    pub(crate) fn issuer(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// Deletes one object of a key, `pubkey` or `privkey`.
    pub(crate) fn delete(&self, kind: &str, id: &str) {
        self.tool(&[&["--delete-object", "--type", kind, "--id", id]]);
    }

    fn tool(&self, arguments: &[&[&str]]) {
        let mut command = Command::new("pkcs11-tool");
        command
            .arg("--module")
            .arg(&self.module)
            .args(["--token-label", LABEL, "--login", "--pin", PIN])
            .args(arguments.concat());
        self.run(&mut command);
    }

    fn run(&self, command: &mut Command) -> Output {
        let output = command
            .env("SOFTHSM2_CONF", self.folder.join("softhsm2.conf"))
            .output()
            .expect("the tool starts");
        assert!(
            output.status.success(),
            "{command:?}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }
}

/// The module, or none after saying why the test is skipped.
fn required() -> Option<PathBuf> {
    let missing = match module() {
        None => "SoftHSM's module",
        Some(_) if !starts("softhsm2-util") => "softhsm2-util",
        Some(_) if !starts("pkcs11-tool") => "pkcs11-tool",
        Some(module) => return Some(module),
    };
    let required = std::env::var("LANYARD_REQUIRE").unwrap_or_default();
    let demanded = required.split(',').any(|part| part.trim() == "softhsm");
    assert!(!demanded, "{missing} is required and not installed");
    skip(missing);
    None
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(missing: &str) {
    eprintln!("skipped: {missing} is not installed");
}

fn starts(program: &str) -> bool {
    Command::new(program).arg("--help").output().is_ok()
}

fn module() -> Option<PathBuf> {
    let arch = std::env::consts::ARCH;
    [
        format!("/usr/lib/{arch}-linux-gnu/softhsm/libsofthsm2.so"),
        "/usr/lib/softhsm/libsofthsm2.so".to_owned(),
        "/usr/lib64/softhsm/libsofthsm.so".to_owned(),
        "/usr/local/lib/softhsm/libsofthsm2.so".to_owned(),
        "/opt/homebrew/lib/softhsm/libsofthsm2.so".to_owned(),
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|module| module.exists())
}

/// The label of the token that keys and certificates go to.
pub(crate) const LABEL: &str = "Meridian card";

const FOLDER: &str = "LANYARD_TEST_TOKEN";
