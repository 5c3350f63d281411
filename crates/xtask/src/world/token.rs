//! The SoftHSM token of the demo: keys that are generated inside it and never leave.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};
use rcgen::{Certificate, SubjectPublicKeyInfo};

use super::files;

/// A SoftHSM token, the module that reaches it and the configuration that the module needs.
#[derive(Clone, Debug)]
pub struct Token {
    module: PathBuf,
    configuration: PathBuf,
}

/// The kinds of key that the demo asks the token for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// The NIST curve P-256.
    P256,
}

impl Token {
    /// Initializes an empty token in a folder of its own.
    ///
    /// # Errors
    ///
    /// When SoftHSM is not installed or refuses.
    pub fn initialize(folder: &Path) -> Result<Self> {
        let store = folder.join("tokens");
        fs::create_dir_all(&store).with_context(|| format!("cannot make {}", store.display()))?;
        let token = Self::existing(folder)?;
        files::write(
            &token.configuration,
            format!(
                "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
                store.display()
            ),
        )?;
        token.run(
            Command::new("softhsm2-util")
                .args(["--init-token", "--free", "--label", LABEL])
                .args(["--so-pin", SO_PIN, "--pin", PIN]),
        )?;
        Ok(token)
    }

    /// Finds a token that [`Token::initialize`] made in this folder.
    ///
    /// # Errors
    ///
    /// When SoftHSM is not installed.
    pub fn existing(folder: &Path) -> Result<Self> {
        Ok(Self {
            module: softhsm_module()?,
            configuration: folder.join("softhsm2.conf"),
        })
    }

    /// Names the PKCS #11 module that reaches the token.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// Names the file for `SOFTHSM2_CONF`, without which the module finds nothing.
    pub fn configuration(&self) -> &Path {
        &self.configuration
    }

    /// Has the token generate a key pair and returns its public half.
    ///
    /// # Errors
    ///
    /// When the token refuses.
    pub fn generate(&self, id: u8, label: &str, kind: KeyKind) -> Result<SubjectPublicKeyInfo> {
        let kind = match kind {
            KeyKind::Rsa2048 => "rsa:2048",
            KeyKind::P256 => "EC:prime256v1",
        };
        self.run(
            self.tool()
                .args(["--keypairgen", "--key-type", kind, "--usage-sign"])
                .args(["--id", &hex(id), "--label", label]),
        )?;
        let output =
            self.run(
                self.tool()
                    .args(["--read-object", "--type", "pubkey", "--id", &hex(id)]),
            )?;
        SubjectPublicKeyInfo::from_der(&output.stdout)
            .with_context(|| format!("the token's public key {label} is not readable"))
    }

    /// Stores a certificate beside the key with the same identifier.
    ///
    /// # Errors
    ///
    /// When the token refuses.
    pub fn store(&self, id: u8, label: &str, certificate: &Certificate) -> Result<()> {
        let file = self.configuration.with_file_name(format!("{id:02}.der"));
        files::write(&file, certificate.der())?;
        self.run(
            self.tool()
                .args(["--type", "cert", "--id", &hex(id), "--label", label])
                .arg("--write-object")
                .arg(&file),
        )?;
        fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))
    }

    /// `pkcs11-tool`, logged in. The PIN travels in the environment: arguments are public.
    fn tool(&self) -> Command {
        let mut tool = Command::new("pkcs11-tool");
        tool.arg("--module")
            .arg(&self.module)
            .args(["--token-label", LABEL, "--login", "--pin"])
            .arg(format!("env:{PIN_VARIABLE}"))
            .env(PIN_VARIABLE, PIN);
        tool
    }

    fn run(&self, command: &mut Command) -> Result<Output> {
        let program = command.get_program().to_string_lossy().into_owned();
        let output = command
            .env("SOFTHSM2_CONF", &self.configuration)
            .output()
            .with_context(|| format!("cannot run {program}; is it installed?"))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            bail!("{program} refused: {}", words.trim());
        }
        Ok(output)
    }
}

/// Finds SoftHSM's module, or the one that `SOFTHSM2_MODULE` names.
///
/// # Errors
///
/// When there is none.
pub fn softhsm_module() -> Result<PathBuf> {
    if let Some(chosen) = env::var_os("SOFTHSM2_MODULE") {
        return Ok(chosen.into());
    }
    MODULES
        .iter()
        .map(PathBuf::from)
        .find(|module| module.is_file())
        .context("SoftHSM is not installed (package softhsm2)")
}

/// `CKA_ID` as `pkcs11-tool` reads it.
fn hex(id: u8) -> String {
    format!("{id:02x}")
}

/// The label of the demo's token.
pub const LABEL: &str = "Meridian demo";

/// The PIN of the demo's token. It guards nothing and is printed.
pub const PIN: &str = "123456";

const SO_PIN: &str = "12345678";
const PIN_VARIABLE: &str = "LANYARD_DEMO_PIN";

const MODULES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
