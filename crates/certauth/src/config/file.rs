//! The file as it is written, before it is checked.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::error::Source;
use super::{Config, ConfigError, KeyFiles, LogFormat, TlsVersions};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    server: Server,
    tls: Tls,
    database: Database,
    master_key: MasterKey,
    #[serde(default)]
    log: Log,
    #[serde(default)]
    limits: Limits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    listen: SocketAddr,
    public_port: Option<u16>,
    login_host: Spanned<String>,
    certauth_host: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    login: KeyFiles,
    certauth: CertauthTls,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertauthTls {
    certificate: Spanned<PathBuf>,
    key: PathBuf,
    #[serde(default)]
    versions: TlsVersions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Database {
    path: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MasterKey {
    file: PathBuf,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    #[serde(default)]
    format: LogFormat,
    filter: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    handshake_timeout_seconds: Spanned<u64>,
    certificate_timeout_seconds: Spanned<u64>,
    header_timeout_seconds: Spanned<u64>,
    request_timeout_seconds: Spanned<u64>,
    shutdown_timeout_seconds: Spanned<u64>,
    idle_timeout_seconds: Spanned<u64>,
    sign_ins_per_second: Spanned<u32>,
    max_connections: Spanned<u32>,
    max_body_bytes: Spanned<usize>,
    crl_max_bytes: Spanned<usize>,
    crl_timeout_seconds: Spanned<u64>,
    crl_background_max_bytes: Option<Spanned<usize>>,
    crl_background_timeout_seconds: Spanned<u64>,
    ocsp_timeout_seconds: Spanned<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_timeout_seconds: unplaced(10),
            certificate_timeout_seconds: unplaced(120),
            header_timeout_seconds: unplaced(10),
            request_timeout_seconds: unplaced(30),
            shutdown_timeout_seconds: unplaced(10),
            idle_timeout_seconds: unplaced(60),
            sign_ins_per_second: unplaced(10),
            max_connections: unplaced(1024),
            max_body_bytes: unplaced(64 * 1024),
            crl_max_bytes: unplaced(20_000_000),
            crl_timeout_seconds: unplaced(10),
            crl_background_max_bytes: None,
            crl_background_timeout_seconds: unplaced(60),
            ocsp_timeout_seconds: unplaced(5),
        }
    }
}

fn unplaced<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

impl File {
    pub(super) fn check(self, source: &Source<'_>) -> Result<Config, ConfigError> {
        let login_host = host(&self.server.login_host, "login_host", source)?;
        let certauth_host = host(&self.server.certauth_host, "certauth_host", source)?;
        let below = certauth_host
            .strip_suffix(&login_host)
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|label| !label.is_empty());
        if !below {
            return Err(source.wrong(
                self.server.certauth_host.span(),
                format!(
                    "certauth_host must be a name below login_host, as in \
                     certauth.{login_host}: else the way back to it is another site, and the \
                     browser keeps the sign-in's cookie to itself"
                ),
            ));
        }
        if self.tls.login.certificate == *self.tls.certauth.certificate.get_ref() {
            return Err(source.wrong(
                self.tls.certauth.certificate.span(),
                "certificate: the certauth host needs a certificate of its own; with a shared \
                 one, browsers reuse a connection that was never asked for a certificate"
                    .to_owned(),
            ));
        }
        let limits = self.limits.check(source)?;
        let folder = source.path.parent().unwrap_or(Path::new(""));
        Ok(Config {
            listen: self.server.listen,
            public_port: self.server.public_port,
            login_host,
            certauth_host,
            login: KeyFiles {
                certificate: folder.join(self.tls.login.certificate),
                key: folder.join(self.tls.login.key),
            },
            certauth: KeyFiles {
                certificate: folder.join(self.tls.certauth.certificate.into_inner()),
                key: folder.join(self.tls.certauth.key),
            },
            certauth_versions: self.tls.certauth.versions,
            database: folder.join(self.database.path),
            master_key: folder.join(self.master_key.file),
            log_format: self.log.format,
            log_filter: self.log.filter.unwrap_or_else(|| "info".to_owned()),
            limits,
        })
    }
}

impl Limits {
    fn check(self, source: &Source<'_>) -> Result<super::Limits, ConfigError> {
        for (key, value) in [
            ("handshake_timeout_seconds", &self.handshake_timeout_seconds),
            (
                "certificate_timeout_seconds",
                &self.certificate_timeout_seconds,
            ),
            ("header_timeout_seconds", &self.header_timeout_seconds),
            ("request_timeout_seconds", &self.request_timeout_seconds),
            ("shutdown_timeout_seconds", &self.shutdown_timeout_seconds),
            ("idle_timeout_seconds", &self.idle_timeout_seconds),
            ("crl_timeout_seconds", &self.crl_timeout_seconds),
            (
                "crl_background_timeout_seconds",
                &self.crl_background_timeout_seconds,
            ),
            ("ocsp_timeout_seconds", &self.ocsp_timeout_seconds),
        ] {
            within(key, value, &(1..=600), source)?;
        }
        within(
            "sign_ins_per_second",
            &self.sign_ins_per_second,
            &(1..=10_000),
            source,
        )?;
        within(
            "max_connections",
            &self.max_connections,
            &(1..=1_000_000),
            source,
        )?;
        within(
            "max_body_bytes",
            &self.max_body_bytes,
            &(4096..=16_000_000),
            source,
        )?;
        within(
            "crl_max_bytes",
            &self.crl_max_bytes,
            &(1..=1_000_000_000),
            source,
        )?;
        if let Some(ahead) = &self.crl_background_max_bytes {
            let least = *self.crl_max_bytes.get_ref();
            let range = least..=1_000_000_000;
            within("crl_background_max_bytes", ahead, &range, source)?;
        }
        Ok(self.checked())
    }

    pub(super) fn checked(self) -> super::Limits {
        let seconds = |value: Spanned<u64>| Duration::from_secs(value.into_inner());
        let waited_for = self.crl_max_bytes.into_inner();
        let ahead = self
            .crl_background_max_bytes
            .map_or(MOST_BYTES_AHEAD.max(waited_for), Spanned::into_inner);
        super::Limits {
            handshake_timeout: seconds(self.handshake_timeout_seconds),
            certificate_timeout: seconds(self.certificate_timeout_seconds),
            header_timeout: seconds(self.header_timeout_seconds),
            request_timeout: seconds(self.request_timeout_seconds),
            shutdown_timeout: seconds(self.shutdown_timeout_seconds),
            idle_timeout: seconds(self.idle_timeout_seconds),
            sign_ins_per_second: self.sign_ins_per_second.into_inner(),
            max_connections: self.max_connections.into_inner(),
            max_body_bytes: self.max_body_bytes.into_inner(),
            fetching: super::Fetching {
                waited_for: super::Bound {
                    bytes: waited_for,
                    time: seconds(self.crl_timeout_seconds),
                },
                ahead: super::Bound {
                    bytes: ahead,
                    time: seconds(self.crl_background_timeout_seconds),
                },
                ocsp: super::Bound {
                    bytes: MOST_OCSP_BYTES,
                    time: seconds(self.ocsp_timeout_seconds),
                },
            },
        }
    }
}

fn within<T: PartialOrd + std::fmt::Display>(
    key: &str,
    value: &Spanned<T>,
    range: &RangeInclusive<T>,
    source: &Source<'_>,
) -> Result<(), ConfigError> {
    if range.contains(value.get_ref()) {
        return Ok(());
    }
    Err(source.wrong(
        value.span(),
        format!("{key} must be from {} to {}", range.start(), range.end()),
    ))
}

fn host(value: &Spanned<String>, key: &str, source: &Source<'_>) -> Result<String, ConfigError> {
    let name = value.get_ref().to_ascii_lowercase();
    if is_host_name(&name) {
        return Ok(name);
    }
    Err(source.wrong(
        value.span(),
        format!("{key} must be a host name, as in login.example.com: no scheme, port or address"),
    ))
}

/// Labels of letters, digits and hyphens (RFC 1123 §2.1). Addresses have no SNI.
pub(crate) fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok();
    name.len() <= 253 && !is_address && name.split('.').all(is_label)
}

/// Bytes of a list that nobody waits for, unless the file says otherwise.
const MOST_BYTES_AHEAD: usize = 65_000_000;
/// Bytes of an OCSP response: one answer, and the chain of the responder.
const MOST_OCSP_BYTES: usize = 64 * 1024;
