//! Lets rustls present a certificate that a token signs for.
//!
//! The types of rustls stay in here, but for the finished [`ClientConfig`]. A sign-in makes two
//! connections: a [`probe`] that offers nothing and notes what the server asks for, and, once a
//! person has chosen and typed a PIN, one [`signing`] connection. rustls goes on without a
//! certificate when nothing fits; both connections therefore record what happened
//! ([`Asked`], [`Outcome`]), so that nobody meets an unexplained refusal.
//!
//! Every configuration here resumes no session and names its crypto provider itself.

mod cause;
#[cfg(test)]
mod fixture;
mod probe;
mod signing;
mod trust;

pub use cause::{Alert, Cause};
pub use probe::{Asked, Probe, probe};
pub use rustls::ClientConfig;
pub use signing::{Handshake, Identity, OlderTls, Outcome, Signing, SigningError, signing};
pub use trust::{Trust, TrustError};

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::{SupportedProtocolVersion, version};

/// The protocols that a connection offers in its handshake (ALPN, RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocols {
    /// HTTP/1.1 alone, as the certauth host wants it: a certificate belongs to one connection.
    Http1,
    /// HTTP/2 first, then HTTP/1.1.
    Http2,
}

/// The TLS versions that a connection offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// TLS 1.3, then TLS 1.2.
    Both,
    /// TLS 1.2 alone.
    Tls12,
}

/// A configuration for ordinary requests, which never offers a certificate.
///
/// # Errors
/// [`TrustError`] if the provider and the versions do not go together.
pub fn server_only(trust: &Trust, protocols: Protocols) -> Result<Arc<ClientConfig>, TrustError> {
    let config = trust.builder(Versions::Both)?.with_no_client_auth();
    Ok(finished(config, protocols))
}

fn finished(mut config: ClientConfig, protocols: Protocols) -> Arc<ClientConfig> {
    config.resumption = Resumption::disabled();
    config.alpn_protocols = match protocols {
        Protocols::Http1 => vec![b"http/1.1".to_vec()],
        Protocols::Http2 => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
    };
    Arc::new(config)
}

impl Versions {
    const fn of_rustls(self) -> &'static [&'static SupportedProtocolVersion] {
        match self {
            Self::Both => &TLS13_AND_12,
            Self::Tls12 => &TLS12,
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

static TLS13_AND_12: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];
static TLS12: [&SupportedProtocolVersion; 1] = [&version::TLS12];
