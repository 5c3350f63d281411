//! The one TLS listener: takes connections, lets the name choose the TLS and the routes, and
//! says who is there.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use self::handshake::Refused;
use crate::config::Limits;
use crate::server::Server;
use crate::tls::Tls;

mod connection;
mod handshake;

/// Who is at the other end of the connection that a request came on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The host name that it asked for in the handshake, lowercase; empty if it named none.
    pub server_name: String,
    /// TLS version: `TLSv1.2` or `TLSv1.3`.
    pub tls: &'static str,
    /// The certificates it sent, DER, the leaf first; empty if none. The handshake proved that it
    /// holds the leaf's key, and nothing else.
    pub certificates: Vec<Vec<u8>>,
}

/// A bound listener and what it serves.
pub struct Listener {
    tcp: TcpListener,
    shared: Arc<Shared>,
}

struct Shared {
    server: Arc<Server>,
    tls: Tls,
    login: Router,
    certauth: Router,
    limits: Limits,
}

impl Listener {
    /// Puts a listener together; `login` and `certauth` are the routes of the two hosts.
    pub fn new(
        tcp: TcpListener,
        server: Arc<Server>,
        tls: Tls,
        login: Router,
        certauth: Router,
        limits: Limits,
    ) -> Self {
        let login = crate::operations::routes(Arc::clone(&server)).merge(login);
        Self {
            tcp,
            shared: Arc::new(Shared {
                server,
                tls,
                login,
                certauth,
                limits,
            }),
        }
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until `stop` comes, then lets the requests under way finish within the limit.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let most = self.shared.limits.max_connections;
        let places = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(usize::MAX)));
        let (stopping, stopped) = watch::channel(());
        tokio::pin!(stop);
        loop {
            let taken = tokio::select! {
                () = &mut stop => break,
                taken = self.take(&places) => taken,
            };
            let Some((place, stream, address)) = taken else {
                continue;
            };
            let (shared, stopped) = (Arc::clone(&self.shared), stopped.clone());
            tokio::spawn(async move {
                if let Err(refused) = shared.attend(stream, address, stopped).await {
                    tracing::debug!(%address, %refused, "a connection ended");
                }
                drop(place);
            });
        }
        drop(self.tcp);
        drop(stopping);
        let all_ended = places.acquire_many(most);
        let in_time = tokio::time::timeout(self.shared.limits.shutdown_timeout, all_ended).await;
        if in_time.is_err() {
            tracing::warn!("requests were still under way when the server stopped");
        }
    }

    async fn take(
        &self,
        places: &Arc<Semaphore>,
    ) -> Option<(tokio::sync::OwnedSemaphorePermit, TcpStream, SocketAddr)> {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        match self.tcp.accept().await {
            Ok((stream, address)) => Some((place, stream, address)),
            Err(error) => {
                // Out of descriptors, mostly: the connection stays in the queue, and trying again
                // at once would only burn the processor.
                tracing::error!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                None
            }
        }
    }
}

impl Shared {
    async fn attend(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        mut stopped: watch::Receiver<()>,
    ) -> Result<(), Refused> {
        stream.set_nodelay(true).map_err(Refused::Io)?;
        let (stream, peer) = tokio::select! {
            _ = stopped.changed() => return Ok(()),
            shaken = self.handshake(stream, address) => shaken?,
        };
        self.converse(stream, peer, stopped).await
    }
}

const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);
