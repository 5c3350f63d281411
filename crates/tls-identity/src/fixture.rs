//! A server in memory, and keys that sign as a token would.
//!
//! Both ends pass their bytes by hand, so that no socket, thread or clock takes part.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, SignatureAlgorithm,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{
    ClientConfig, ClientConnection, Error, RootCertStore, ServerConfig, ServerConnection,
    SignatureScheme, SupportedProtocolVersion,
};

use crate::{Trust, provider};

pub(crate) const HOST: &str = "login.example";

/// A CA, which vouches for servers and people alike.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What a test's server wants of a client.
pub(crate) enum Wants {
    /// No certificate.
    Nothing,
    /// A certificate, or none: what is sent has to be right.
    Offer(Arc<dyn ClientCertVerifier>),
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a CA"))
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::only([self.0.der().to_vec()]).expect("a CA that is one")
    }

    /// The subject, as a server names it.
    pub(crate) fn subject(&self) -> Vec<u8> {
        let roots = self.roots();
        roots.subjects().remove(0).as_ref().to_vec()
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("a root");
        roots
    }

    /// A person's certificate and key, PKCS #8.
    pub(crate) fn issue(&self, kind: &'static SignatureAlgorithm) -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::generate_for(kind).expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Lee");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        (certificate.der().to_vec(), key.serialize_der())
    }

    /// Takes certificates of this CA, and goes on without one too; where a scheme is named, it
    /// takes signatures of that one alone.
    pub(crate) fn accepts(&self, only: Option<SignatureScheme>) -> Wants {
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        if let Some(only) = only {
            let mapping = &mut provider.signature_verification_algorithms.mapping;
            *mapping = mapping
                .chunks(1)
                .find(|entry| entry[0].0 == only)
                .expect("a scheme of the provider");
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(self.roots()), Arc::new(provider));
        Wants::Offer(
            verifier
                .allow_unauthenticated()
                .build()
                .expect("a verifier"),
        )
    }

    /// A server of this name, which speaks these versions.
    pub(crate) fn server(
        &self,
        name: &str,
        versions: &[&'static SupportedProtocolVersion],
        wants: Wants,
    ) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec![name.to_owned()])
            .and_then(|params| params.signed_by(&key, &self.0))
            .expect("a certificate");
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .expect("versions");
        let builder = match wants {
            Wants::Nothing => builder.with_no_client_auth(),
            Wants::Offer(verifier) => builder.with_client_cert_verifier(verifier),
        };
        let config = builder
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .expect("a configuration");
        Arc::new(config)
    }
}

/// How a handshake and what came after it went.
pub(crate) struct Met {
    /// What stopped the client.
    pub(crate) client: Result<(), Error>,
    /// What stopped the server.
    pub(crate) server: Result<(), Error>,
    /// The client's certificate, as the server has it.
    pub(crate) presented: Option<CertificateDer<'static>>,
    /// The version that was spoken.
    pub(crate) version: Option<rustls::ProtocolVersion>,
}

/// Lets a client and a server talk until neither has anything to say.
pub(crate) fn meet(client: &Arc<ClientConfig>, host: &str, server: &Arc<ServerConfig>) -> Met {
    let name = ServerName::try_from(host.to_owned()).expect("a host name");
    let mut client = ClientConnection::new(client.clone(), name).expect("a client");
    let mut server = ServerConnection::new(server.clone()).expect("a server");
    let (mut of_client, mut of_server) = (Ok(()), Ok(()));
    loop {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).expect("memory takes all");
        }
        let mut back = Vec::new();
        take(&mut server, &bytes, &mut of_server);
        while server.wants_write() {
            server.write_tls(&mut back).expect("memory takes all");
        }
        take(&mut client, &back, &mut of_client);
        if bytes.is_empty() && back.is_empty() {
            break;
        }
    }
    let presented = server
        .peer_certificates()
        .and_then(|chain| chain.first().cloned());
    Met {
        client: of_client,
        server: of_server,
        presented,
        version: client.protocol_version(),
    }
}

fn take<S>(
    end: &mut impl std::ops::DerefMut<Target = rustls::ConnectionCommon<S>>,
    mut bytes: &[u8],
    state: &mut Result<(), Error>,
) {
    while !bytes.is_empty() && state.is_ok() {
        end.read_tls(&mut bytes).expect("memory gives all");
        *state = end.process_new_packets().map(drop);
    }
}
