//! `certauth.toml`: read strictly, so that a misspelt key refuses to start and never means its
//! default.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

pub use self::error::ConfigError;
use self::error::Source;
use self::file::File;
pub(crate) use self::file::is_host_name;
pub use self::template::{Template, render};

mod error;
mod file;
mod template;

/// The configuration of a server. Paths are absolute or relative to the working directory; in the
/// file they are relative to the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The port that people reach, where it is another than the server's own.
    pub public_port: Option<u16>,
    /// Name of the login host.
    pub login_host: String,
    /// Name of the certauth host, below the login host.
    pub certauth_host: String,
    /// Certificate and key of the login host.
    pub login: KeyFiles,
    /// Certificate and key of the certauth host and of the names below it.
    pub certauth: KeyFiles,
    /// What the certauth host speaks.
    pub certauth_versions: TlsVersions,
    /// The `SQLite` file.
    pub database: PathBuf,
    /// The master key file.
    pub master_key: PathBuf,
    /// How the log is written.
    pub log_format: LogFormat,
    /// Which events are logged, as in `info,certauth=debug`.
    pub log_filter: String,
    /// Bounds on what strangers can take.
    pub limits: Limits,
}

/// A certificate chain and its private key, PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFiles {
    /// The chain, the host's own certificate first.
    pub certificate: PathBuf,
    /// The private key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// The TLS versions of the certauth host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum TlsVersions {
    /// 1.3 where the client can, else 1.2.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// 1.2 only: for cards and drivers that cannot sign RSA-PSS, which 1.3 demands.
    #[serde(rename = "1.2")]
    Only12,
}

/// The form of the log on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines to read.
    #[default]
    Text,
    /// One JSON object each.
    Json,
}

/// Bounds on what strangers can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a TLS handshake with no person in it: all of it on the login host, and its first
    /// message on the certauth host.
    pub handshake_timeout: Duration,
    /// For a TLS handshake on the certauth host: browsers ask for the certificate and for the PIN
    /// while it waits.
    pub certificate_timeout: Duration,
    /// For the head of a request, for the first request of a connection, and over HTTP/1.1 between
    /// two requests.
    pub header_timeout: Duration,
    /// For a request, from its head to its answer.
    pub request_timeout: Duration,
    /// For a connection on which nothing is asked, once something was: over HTTP/2, whose pings
    /// would keep it for ever.
    pub idle_timeout: Duration,
    /// Sign-ins that may begin at one address in a second; a minute's worth may come at once.
    pub sign_ins_per_second: u32,
    /// Open connections at once; more wait in the system's queue.
    pub max_connections: u32,
    /// Bytes of a request's body.
    pub max_body_bytes: usize,
    /// Fetching what tells of revocations.
    pub fetching: Fetching,
    /// For requests under way when the server is told to stop.
    pub shutdown_timeout: Duration,
}

/// Bounds on fetching what tells of revocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetching {
    /// A CRL, while a sign-in waits for it.
    pub waited_for: Bound,
    /// A CRL, while nobody waits.
    pub ahead: Bound,
    /// An OCSP response, for which a sign-in always waits.
    pub ocsp: Bound,
}

/// A size and a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Bytes at most.
    pub bytes: usize,
    /// From the request to the last byte.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        file::Limits::default().checked()
    }
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// With the file, the line and the key of the first thing that is wrong.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(path, &text)
    }

    /// Checks the text of a configuration file that is kept at `path`.
    ///
    /// # Errors
    /// With the file, the line and the key of the first thing that is wrong.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let source = Source { path, text };
        let file = toml::from_str::<File>(text).map_err(|error| source.toml(&error))?;
        file.check(&source)
    }
}

#[cfg(test)]
mod tests;
