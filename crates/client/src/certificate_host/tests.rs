use std::net::Ipv4Addr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tls_identity::Trust;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::probe_both;
use crate::candidates;

#[tokio::test]
async fn the_older_tls_is_offered_only_where_the_server_was_seen_to_take_it() {
    for (versions, older) in [
        (&[&TLS13, &TLS12][..], true),
        (&[&TLS13][..], false),
        (&[&TLS12][..], true),
    ] {
        let (trust, endpoint) = host(versions).await;
        let (asked, older_tls) = probe_both(&trust, &endpoint).await.expect("it asks");
        assert_eq!(asked.authorities.len(), 1);
        assert_eq!(candidates::asks(&asked, older_tls).older_tls, older);
    }
}

/// A host that asks for a certificate and hangs up after the handshake.
async fn host(versions: &[&'static SupportedProtocolVersion]) -> (Trust, Url) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, key).expect("a CA");
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec!["certauth.login.localhost".to_owned()])
        .and_then(|params| params.signed_by(&key, &authority))
        .expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("a root");
    let people = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .expect("a verifier");
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_client_cert_verifier(people)
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        )
        .expect("a configuration");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let tls = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = tls.accept(stream).await {
                    // The request says nothing that the probe waits for.
                    let _ = stream.read(&mut [0; 1024]).await;
                }
            });
        }
    });
    let trust = Trust::only([authority.der().to_vec()]).expect("a CA that is one");
    let endpoint = format!("https://certauth.login.localhost:{port}/t/certauth");
    (trust, endpoint.parse().expect("a URL"))
}
