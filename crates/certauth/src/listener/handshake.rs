use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::server::Acceptor;
use rustls::{ProtocolVersion, ServerConfig};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::{Peer, Shared};
use crate::server::HostKind;

/// Why a connection came to nothing. Strangers cause it at will, so it is logged at `debug`.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("the connection broke: {0}")]
    Io(io::Error),
    #[error("the handshake failed: {0}")]
    Handshake(io::Error),
    #[error("the handshake took too long")]
    TooSlow,
    #[error("nothing was asked for too long")]
    Idle,
    #[error("there is no host {0:?} here")]
    UnknownHost(String),
    #[error("the conversation failed: {0}")]
    Http(Box<dyn std::error::Error + Send + Sync>),
}

impl Shared {
    /// Shakes hands with the TLS of the host that the client names.
    pub(super) async fn handshake(
        &self,
        stream: TcpStream,
        address: SocketAddr,
    ) -> Result<(TlsStream<TcpStream>, Peer), Refused> {
        let start = Instant::now();
        let soon = start + self.limits.handshake_timeout;
        let acceptor = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let hello = timeout_at(soon, acceptor)
            .await
            .map_err(|_| Refused::TooSlow)?
            .map_err(Refused::Handshake)?;
        let server_name = hello
            .client_hello()
            .server_name()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let kind = self.server.hosts.kind(&server_name);
        let (config, until) = match &kind {
            Some(HostKind::Login) => (self.tls.login(), soon),
            Some(HostKind::Certauth) => (self.tls.certauth(), self.late(start)),
            Some(HostKind::TenantCertauth { tenant }) => {
                let config = timeout_at(soon, self.tenant_tls(tenant))
                    .await
                    .map_err(|_| Refused::TooSlow)?;
                (config, self.late(start))
            }
            // Without a name there is no host, and every request will be answered 421.
            None if server_name.is_empty() => (self.tls.login(), soon),
            None => (self.tls.nobody(), soon),
        };
        let shaken = timeout_at(until, hello.into_stream(config)).await;
        if kind.is_none() && !server_name.is_empty() {
            return Err(Refused::UnknownHost(server_name));
        }
        let stream = shaken
            .map_err(|_| Refused::TooSlow)?
            .map_err(Refused::Handshake)?;
        let peer = peer(&stream, address, server_name);
        Ok((stream, peer))
    }

    fn late(&self, start: Instant) -> Instant {
        start + self.limits.certificate_timeout
    }

    /// The TLS of a tenant's certauth host; without the names of its authorities if there is no
    /// such tenant, or if the database does not answer: the sign-in itself will say so better.
    async fn tenant_tls(&self, id: &str) -> Arc<ServerConfig> {
        match self.hinting(id).await {
            Ok(Some(config)) => config,
            Ok(None) => self.tls.certauth(),
            Err(error) => {
                tracing::error!(%error, tenant = id, "the names of the authorities are not sent");
                self.tls.certauth()
            }
        }
    }

    async fn hinting(
        &self,
        id: &str,
    ) -> Result<Option<Arc<ServerConfig>>, Box<dyn std::error::Error + Send + Sync>> {
        let Some(tenant) = self.server.store.tenant(id).await? else {
            return Ok(None);
        };
        if let Some(config) = self.tls.tenant(&tenant.id, tenant.version) {
            return Ok(Some(config));
        }
        let names = self.server.trust.of(&tenant).await?.ca_names.clone();
        let config = self.tls.set_tenant(&tenant.id, tenant.version, names)?;
        Ok(Some(config))
    }
}

fn peer(stream: &TlsStream<TcpStream>, address: SocketAddr, server_name: String) -> Peer {
    let (_, connection) = stream.get_ref();
    Peer {
        address,
        server_name,
        tls: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            Some(_) | None => "TLSv1.3",
        },
        certificates: connection
            .peer_certificates()
            .unwrap_or_default()
            .iter()
            .map(|certificate| certificate.as_ref().to_vec())
            .collect(),
    }
}
