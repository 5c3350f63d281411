//! A TLS client that does one thing at a time and tells what it saw.

use std::io;
use std::sync::{Arc, Mutex};

use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion, version};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::pki::Identity;
use super::site::Site;

/// A client that trusts a site's server CA.
pub(crate) struct Client {
    pub(crate) config: ClientConfig,
    asked: Arc<Asked>,
}

/// An answer over HTTP/1.1.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// What the server asked for when it asked for a certificate.
#[derive(Debug, Default)]
struct Asked {
    names: Mutex<Option<Vec<Vec<u8>>>>,
    shown: Option<Arc<CertifiedKey>>,
}

impl Client {
    pub(crate) fn new(site: &Site) -> Self {
        Self::speaking(site, &[&version::TLS13, &version::TLS12], None)
    }

    pub(crate) fn with(site: &Site, identity: &Identity) -> Self {
        let shown = shown(identity.certificate.clone(), identity.private_key());
        Self::speaking(site, &[&version::TLS13, &version::TLS12], Some(shown))
    }

    pub(crate) fn speaking(
        site: &Site,
        versions: &[&'static SupportedProtocolVersion],
        shown: Option<Arc<CertifiedKey>>,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(site.authority.der.clone()).unwrap();
        let asked = Arc::new(Asked {
            names: Mutex::default(),
            shown,
        });
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(asked.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { config, asked }
    }

    /// Shakes hands with a host of the site.
    pub(crate) async fn connect(
        &self,
        site: &Site,
        host: &str,
    ) -> io::Result<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(site.address).await?;
        TlsConnector::from(Arc::new(self.config.clone()))
            .connect(ServerName::try_from(host.to_owned()).unwrap(), tcp)
            .await
    }

    /// Asks for a page of the host that the connection is made for.
    pub(crate) async fn get(&self, site: &Site, host: &str, path: &str) -> io::Result<Answer> {
        let mut stream = self.connect(site, host).await?;
        ask(&mut stream, host, path).await
    }

    /// The names that the server sent when it asked for a certificate; none if it did not ask.
    pub(crate) fn asked(&self) -> Option<Vec<Vec<u8>>> {
        self.asked.names.lock().unwrap().take()
    }
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, names: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let names = names.iter().map(|name| name.to_vec()).collect();
        *self.names.lock().unwrap() = Some(names);
        self.shown.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A certificate that is shown with a key, whether or not the two belong together.
pub(crate) fn shown(
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Arc<CertifiedKey> {
    let key = provider().key_provider.load_private_key(key).unwrap();
    Arc::new(CertifiedKey::new(vec![certificate], key))
}

/// Sends one GET with a `Host` of its own, and reads until the server closes.
pub(crate) async fn ask(
    stream: &mut TlsStream<TcpStream>,
    host: &str,
    path: &str,
) -> io::Result<Answer> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    exchange(stream, request.as_bytes()).await
}

/// Sends a whole request, and reads until the server closes.
pub(crate) async fn exchange(
    stream: &mut TlsStream<TcpStream>,
    request: &[u8],
) -> io::Result<Answer> {
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer).await
        && answer.is_empty()
    {
        return Err(error);
    }
    let answer = String::from_utf8(answer).map_err(io::Error::other)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| io::Error::other(format!("no answer: {answer:?}")))?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or_else(|| io::Error::other("no status"))?,
        body: body.to_owned(),
    })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
