//! What a journey needs from the machine.
//!
//! A journey that cannot run says so and passes, so that plain `cargo test` works everywhere.
//! `cargo verify` names what it has installed in `LANYARD_REQUIRE`; there, a missing part fails.

use std::env;
use std::path::Path;

use virtual_piv::service::{ReaderName, Service};

/// A part of the machine that a journey needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// SoftHSM's PKCS #11 module and tools, and OpenSC's `pkcs11-tool`.
    SoftHsm,
    /// pcscd with vpcd, and namespaces to run them in.
    Card,
    /// A display, a session bus, and the driver of WebKitGTK.
    Desktop,
    /// A session bus with an unlocked Secret Service.
    Keyring,
    /// curl, and OpenSSL's PKCS #11 engine.
    Curl,
}

impl Part {
    /// The word that `LANYARD_REQUIRE` has for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SoftHsm => "softhsm",
            Self::Card => "pcscd",
            Self::Desktop => "desktop",
            Self::Keyring => "keyring",
            Self::Curl => "curl",
        }
    }

    fn missing(self) -> Option<String> {
        if self == Self::Card {
            return Service::start(ReaderName::Virtual)
                .err()
                .map(|refusal| refusal.to_string());
        }
        self.lacks().map(str::to_owned)
    }

    fn lacks(self) -> Option<&'static str> {
        let on_path = |program: &str| {
            env::var_os("PATH").is_some_and(|path| {
                env::split_paths(&path).any(|folder| folder.join(program).is_file())
            })
        };
        let set = |variable: &str| env::var_os(variable).is_some();
        match self {
            Self::SoftHsm if !on_path("softhsm2-util") => Some("softhsm2-util is not installed"),
            Self::SoftHsm if !on_path("pkcs11-tool") => Some("pkcs11-tool is not installed"),
            Self::Desktop if !set("DISPLAY") => Some("there is no display"),
            Self::Desktop if !on_path("WebKitWebDriver") => {
                Some("WebKitWebDriver is not installed")
            }
            Self::Desktop | Self::Keyring if !set("DBUS_SESSION_BUS_ADDRESS") => {
                Some("there is no session bus")
            }
            Self::Curl if !on_path("curl") => Some("curl is not installed"),
            Self::Curl if !engine_is_there() => Some("OpenSSL's PKCS #11 engine is not installed"),
            Self::Card | Self::SoftHsm | Self::Desktop | Self::Keyring | Self::Curl => None,
        }
    }
}

/// Whether all parts are there; if one is not, says which and why the journey is skipped.
///
/// # Panics
/// If `LANYARD_REQUIRE` names the missing part.
#[must_use]
#[expect(clippy::print_stderr, reason = "a skipped journey is never silent")]
pub fn all(parts: &[Part]) -> bool {
    let required = env::var("LANYARD_REQUIRE").unwrap_or_default();
    for part in parts {
        let Some(reason) = part.missing() else {
            continue;
        };
        assert!(
            !required.split(',').any(|word| word.trim() == part.word()),
            "{} is required here, and {reason}",
            part.word()
        );
        eprintln!("skipped: {reason}");
        return false;
    }
    true
}

fn engine_is_there() -> bool {
    ["x86_64-linux-gnu", "aarch64-linux-gnu"]
        .iter()
        .any(|triplet| Path::new(&format!("/usr/lib/{triplet}/engines-3/pkcs11.so")).is_file())
}
