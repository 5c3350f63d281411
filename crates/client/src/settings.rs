//! The settings file.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sign_in::address;
use thiserror::Error;

/// What a person set, in `settings.toml` and on the command line.
///
/// ```toml
/// browser = ["firefox"]
///
/// [[server]]
/// origin = "https://login.example"
/// ca = "/etc/ssl/example-root.pem"
///
/// [[module]]
/// path = "/usr/lib/acme/acme-pkcs11.so"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Servers, the first one offered to a person who has not signed in before.
    #[serde(default, rename = "server")]
    pub servers: Vec<Server>,
    /// PKCS #11 modules beside those that the system knows.
    #[serde(default, rename = "module")]
    pub modules: Vec<Module>,
    /// The program and first arguments that open applications; the system's browser where empty.
    #[serde(default)]
    pub browser: Vec<String>,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its origin, `https://login.example`.
    pub origin: String,
    /// A file with the CA certificates that this server, and no other, is trusted by as well.
    pub ca: Option<PathBuf>,
}

/// A PKCS #11 module.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its file.
    pub path: PathBuf,
}

impl Settings {
    /// Reads a settings file; one that is not there means no settings.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the file and what is wrong in it: an unknown key is an error, so
    /// that a misspelt one cannot go unnoticed.
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(cause) => {
                return Err(SettingsError::Read {
                    file: file.to_owned(),
                    cause,
                });
            }
        };
        let mut settings: Self = toml::from_str(&text).map_err(|cause| SettingsError::Parse {
            file: file.to_owned(),
            cause: Box::new(cause),
        })?;
        for server in &mut settings.servers {
            server.origin =
                address::origin(&server.origin).ok_or_else(|| SettingsError::Origin {
                    file: file.to_owned(),
                    origin: server.origin.clone(),
                })?;
            // A relative path means: beside the settings, wherever the program was started.
            if let (Some(ca), Some(folder)) = (&mut server.ca, file.parent()) {
                *ca = folder.join(&ca);
            }
        }
        Ok(settings)
    }

    /// Adds what the command line names; it comes first.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Address`] when the server's address cannot be read.
    pub fn with(
        mut self,
        server: Option<&str>,
        ca: Option<PathBuf>,
        modules: impl IntoIterator<Item = PathBuf>,
    ) -> Result<Self, SettingsError> {
        if let Some(typed) = server {
            let origin = address::origin(typed).ok_or_else(|| SettingsError::Address {
                typed: typed.to_owned(),
            })?;
            let known = self
                .servers
                .iter()
                .position(|server| server.origin == origin);
            let known = known.map(|index| self.servers.remove(index));
            let ca = ca.or_else(|| known.and_then(|server| server.ca));
            self.servers.insert(0, Server { origin, ca });
        } else if let (Some(ca), Some(first)) = (ca, self.servers.first_mut()) {
            first.ca = Some(ca);
        }
        self.modules
            .extend(modules.into_iter().map(|path| Module { path }));
        Ok(self)
    }

    /// The extra CA file of a server.
    pub(crate) fn ca_of(&self, origin: &str) -> Option<&Path> {
        let server = self.servers.iter().find(|server| server.origin == origin)?;
        server.ca.as_deref()
    }
}

/// Why there are no settings.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{} cannot be read: {cause}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {cause}", file.display())]
    Parse {
        /// The file.
        file: PathBuf,
        /// Where and what.
        cause: Box<toml::de::Error>,
    },
    /// A server's origin in the file cannot be read.
    #[error("{}: {origin:?} is not the address of a server", file.display())]
    Origin {
        /// The file.
        file: PathBuf,
        /// What it says.
        origin: String,
    },
    /// The server's address on the command line cannot be read.
    #[error("{typed:?} is not the address of a server")]
    Address {
        /// What was typed.
        typed: String,
    },
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Settings, SettingsError};

    fn read(text: &str) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, text).expect("the file is written");
        Settings::read(&file)
    }

    #[test]
    fn a_file_that_is_not_there_means_no_settings() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings::read(&folder.path().join("none.toml")).expect("no settings");
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = read("[[server]]\norigin = \"https://a.example\"\ntrust = true\n")
            .expect_err("an unknown key");
        assert!(error.to_string().contains("trust"), "{error}");
    }

    #[test]
    fn plain_http_is_refused() {
        let error = read("[[server]]\norigin = \"http://a.example\"\n").expect_err("plain http");
        assert!(matches!(error, SettingsError::Origin { .. }));
    }

    #[test]
    fn the_command_line_comes_first_and_keeps_the_ca_of_a_known_server() {
        let settings = read(
            "[[server]]\norigin = \"https://a.example\"\n\
             [[server]]\norigin = \"https://b.example\"\nca = \"/ca.pem\"\n",
        )
        .and_then(|settings| settings.with(Some("b.example"), None, [PathBuf::from("/m.so")]))
        .expect("settings");
        assert_eq!(settings.servers[0].origin, "https://b.example");
        assert_eq!(
            settings.ca_of("https://b.example"),
            Some("/ca.pem".as_ref())
        );
        assert_eq!(settings.ca_of("https://a.example"), None);
        assert_eq!(settings.modules.len(), 1);
    }
}
