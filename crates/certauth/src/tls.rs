//! The TLS of the two hosts: who must show what, and what a handshake is worth.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::NoServerSessionStorage;
use rustls::sign::CertifiedKey;
use rustls::{DistinguishedName, ServerConfig, SupportedProtocolVersion, version};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use self::possession::Possession;
use self::resolver::{NoName, OneCertificate};
use crate::config::{Config, KeyFiles, TlsVersions};
use crate::directory::hints;

mod possession;
mod resolver;

/// The TLS configurations of the server, one per kind of host.
pub struct Tls {
    login: Arc<ServerConfig>,
    nobody: Arc<ServerConfig>,
    certauth: Certauth,
    plain_certauth: Arc<ServerConfig>,
    tenants: Mutex<HashMap<String, (i64, Arc<ServerConfig>)>>,
}

/// What the configurations of the certauth host have in common.
struct Certauth {
    provider: Arc<CryptoProvider>,
    versions: &'static [&'static SupportedProtocolVersion],
    certificate: Arc<CertifiedKey>,
}

/// Why the server has no TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("the {what} {path} cannot be read: {cause}")]
    Unreadable {
        /// Which of the files.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The private key is one that TLS cannot use, or is not that of the certificate.
    #[error("the key {key} does not serve the certificate {certificate}: {cause}")]
    Unusable {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
        /// What is wrong.
        cause: rustls::Error,
    },
    /// The TLS library refuses the configuration.
    #[error("TLS cannot be set up: {0}")]
    Refused(#[from] rustls::Error),
}

impl Tls {
    /// Reads the certificates and keys of a configuration.
    ///
    /// # Errors
    /// If a file cannot be read, or a key does not belong to its certificate.
    pub fn load(config: &Config) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let login = certified(&config.login, &provider)?;
        let certauth = Certauth {
            versions: match config.certauth_versions {
                TlsVersions::Auto => &TLS_13_AND_12,
                TlsVersions::Only12 => &TLS_12,
            },
            certificate: certified(&config.certauth, &provider)?,
            provider: Arc::clone(&provider),
        };
        Ok(Self {
            login: login_config(&provider, login)?,
            nobody: Arc::new(
                ServerConfig::builder_with_provider(provider)
                    .with_safe_default_protocol_versions()?
                    .with_no_client_auth()
                    .with_cert_resolver(Arc::new(NoName)),
            ),
            plain_certauth: certauth.config(Vec::new())?,
            certauth,
            tenants: Mutex::default(),
        })
    }

    /// The login host: no client certificate.
    pub fn login(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.login)
    }

    /// The certauth host without hints.
    pub fn certauth(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.plain_certauth)
    }

    /// Ends the handshake of a client that names a host which is not here.
    pub fn nobody(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.nobody)
    }

    /// The certauth host of a tenant, if its configuration at that version is known.
    pub fn tenant(&self, tenant: &str, version: i64) -> Option<Arc<ServerConfig>> {
        self.tenants()
            .get(tenant)
            .filter(|(known, _)| *known == version)
            .map(|(_, config)| Arc::clone(config))
    }

    /// Makes and keeps the configuration of a tenant's certauth host, with the names of its
    /// authorities.
    ///
    /// More than 16 KB of names are not sent at all: part of them would hide good certificates
    /// from the person's picker, and long lists break some clients.
    ///
    /// # Errors
    /// If the TLS library refuses the configuration.
    pub fn set_tenant(
        &self,
        tenant: &str,
        version: i64,
        ca_names: Vec<Vec<u8>>,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let length = hints::size(&ca_names);
        let names = if length > hints::MOST_BYTES {
            tracing::warn!(
                tenant,
                length,
                "too many authorities: their names are not sent"
            );
            Vec::new()
        } else {
            ca_names.into_iter().map(DistinguishedName::from).collect()
        };
        let config = self.certauth.config(names)?;
        self.tenants()
            .insert(tenant.to_owned(), (version, Arc::clone(&config)));
        Ok(config)
    }

    fn tenants(&self) -> std::sync::MutexGuard<'_, HashMap<String, (i64, Arc<ServerConfig>)>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Certauth {
    /// No resumption of any kind: a resumed connection would bring a certificate back without
    /// its key (CVE-2025-23419). HTTP/1.1 only: a browser may not share the connection with
    /// another host.
    fn config(&self, ca_names: Vec<DistinguishedName>) -> Result<Arc<ServerConfig>, TlsError> {
        let verifier = Possession::new(ca_names, &self.provider);
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(self.versions)?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::new(OneCertificate(Arc::clone(&self.certificate))));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.max_early_data_size = 0;
        Ok(Arc::new(config))
    }
}

fn login_config(
    provider: &Arc<CryptoProvider>,
    certificate: Arc<CertifiedKey>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(OneCertificate(certificate)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certified(files: &KeyFiles, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(&read("certificate", &files.certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| unreadable("certificate", &files.certificate, &cause))?;
    if chain.is_empty() {
        let nothing = "it holds no PEM certificate";
        return Err(unreadable("certificate", &files.certificate, &nothing));
    }
    let key = PrivateKeyDer::from_pem_slice(&read("private key", &files.key)?)
        .map_err(|cause| unreadable("private key", &files.key, &cause))?;
    CertifiedKey::from_der(chain, key, provider)
        .map(Arc::new)
        .map_err(|cause| TlsError::Unusable {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            cause,
        })
}

fn read(what: &'static str, path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, TlsError> {
    fs::read(path)
        .map(zeroize::Zeroizing::new)
        .map_err(|cause| unreadable(what, path, &cause))
}

fn unreadable(what: &'static str, path: &Path, cause: &dyn std::fmt::Display) -> TlsError {
    TlsError::Unreadable {
        what,
        path: path.to_owned(),
        cause: cause.to_string(),
    }
}

static TLS_13_AND_12: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];
static TLS_12: [&SupportedProtocolVersion; 1] = [&version::TLS12];
