//! The SoftHSM token of the demo: keys that are generated inside it and never leave.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};
use rcgen::{Certificate, SubjectPublicKeyInfo};
use yasna::models::ObjectIdentifier;

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
    /// The NIST curve P-384.
    P384,
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
        let kind_in_words = match kind {
            KeyKind::Rsa2048 => "rsa:2048",
            KeyKind::P256 => "EC:prime256v1",
            KeyKind::P384 => "EC:secp384r1",
        };
        let generated = self.run(
            self.tool()
                .args(["--keypairgen", "--key-type", kind_in_words, "--usage-sign"])
                .args(["--id", &hex(id), "--label", label]),
        )?;
        let public_key = match kind {
            KeyKind::Rsa2048 => {
                self.run(
                    self.tool()
                        .args(["--read-object", "--type", "pubkey", "--id", &hex(id)]),
                )?
                .stdout
            }
            // OpenSC 0.23 cannot write out a P-384 key, but it prints every curve's point.
            KeyKind::P256 | KeyKind::P384 => {
                curve_key(&String::from_utf8_lossy(&generated.stdout))?
            }
        };
        SubjectPublicKeyInfo::from_der(&public_key)
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

/// Puts a `SubjectPublicKeyInfo` together (RFC 5480 §2) from what `pkcs11-tool` prints of a key:
/// `CKA_EC_POINT`, an octet string with the point, and `CKA_EC_PARAMS`, the curve's identifier.
fn curve_key(printed: &str) -> Result<Vec<u8>> {
    let attribute = |name: &str| {
        let digits = printed
            .lines()
            .find_map(|line| line.trim().strip_prefix(name))
            .with_context(|| format!("pkcs11-tool printed no {name}"))?;
        bytes(digits.trim())
    };
    let point = yasna::decode_der::<Vec<u8>>(&attribute("EC_POINT:")?)?;
    let curve = attribute("EC_PARAMS:")?;
    Ok(yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_sequence(|writer| {
                writer
                    .next()
                    .write_oid(&ObjectIdentifier::from_slice(EC_PUBLIC_KEY));
                writer.next().write_der(&curve);
            });
            writer
                .next()
                .write_bitvec_bytes(&point, point.len().saturating_mul(8));
        });
    }))
}

fn bytes(digits: &str) -> Result<Vec<u8>> {
    (0..digits.len())
        .step_by(2)
        .map(|start| {
            let pair = digits.get(start..start + 2).unwrap_or("odd");
            u8::from_str_radix(pair, 16)
        })
        .collect::<Result<_, _>>()
        .with_context(|| format!("{digits} is not hexadecimal"))
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

const EC_PUBLIC_KEY: &[u64] = &[1, 2, 840, 10045, 2, 1];

const SO_PIN: &str = "12345678";
const PIN_VARIABLE: &str = "LANYARD_DEMO_PIN";

const MODULES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{PKCS_ECDSA_P256_SHA256, PublicKeyData as _};

    #[test]
    fn a_curve_key_is_read_from_what_is_printed() {
        let printed = "  EC_POINT:   0441043c149e85a13996431f9d7d64e3575dcc2eca1415ee1c013009449388\
                       d6e47d75d3f5acecb66eb84b3092db32b837db6580234dc0f949ac8f756a8818d6052d14\n  \
                       EC_PARAMS:  06082a8648ce3d030107\n";
        let key = SubjectPublicKeyInfo::from_der(&curve_key(printed).expect("a key"))
            .expect("a SubjectPublicKeyInfo");
        assert!(*key.algorithm() == PKCS_ECDSA_P256_SHA256);
        assert_eq!(key.der_bytes().len(), 65);
        assert_eq!(key.der_bytes()[..3], [0x04, 0x3c, 0x14]);
    }

    #[test]
    fn a_listing_without_a_point_is_an_error() {
        assert!(curve_key("Key pair generated:\n  label: Lee Park\n").is_err());
    }
}
