use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, WantsVerifier,
};
use rustls_platform_verifier::Verifier;

use crate::{Versions, provider};

/// Who may vouch for a server.
#[derive(Clone)]
pub struct Trust(Arc<dyn ServerCertVerifier>);

/// Why no configuration can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The computer has no list of trusted CAs, or none that can be read.
    #[error("the trusted CAs of this computer cannot be used: {0}")]
    Platform(Error),
    /// A CA that was named for a server is no CA certificate.
    #[error("the CA of this server cannot be used: {0}")]
    Authority(String),
    /// Provider and versions do not go together.
    #[error("TLS cannot be set up: {0}")]
    Tls(Error),
}

impl Trust {
    /// The CAs that this computer trusts.
    ///
    /// # Errors
    /// [`TrustError::Platform`] if there are none.
    pub fn of_this_computer() -> Result<Self, TrustError> {
        let verifier = Verifier::new(provider()).map_err(TrustError::Platform)?;
        Ok(Self(Arc::new(verifier)))
    }

    /// These CAs and no others, DER: for a server whose CA was named for it. They count for that
    /// server alone, and the computer's list does not count for it.
    ///
    /// # Errors
    /// [`TrustError::Authority`] if one is no CA certificate, or if there is none.
    pub fn only(authorities: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots
                .add(CertificateDer::from(authority))
                .map_err(|cause| TrustError::Authority(cause.to_string()))?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|cause| TrustError::Authority(cause.to_string()))?;
        Ok(Self(verifier))
    }

    /// The same trust for one host: a certificate of any other name ends the handshake before a
    /// token signs, because a client signs only after the server has been verified.
    pub(crate) fn for_host(&self, host: ServerName<'static>) -> Self {
        Self(Arc::new(OneHost {
            host,
            inner: self.0.clone(),
        }))
    }

    pub(crate) fn builder(
        &self,
        versions: Versions,
    ) -> Result<ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, TrustError> {
        let builder: ConfigBuilder<ClientConfig, WantsVerifier> =
            ClientConfig::builder_with_provider(provider())
                .with_protocol_versions(versions.of_rustls())
                .map_err(TrustError::Tls)?;
        // "Dangerous" is rustls' word for naming the verifier oneself; this one verifies.
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(self.0.clone()))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}

/// Verifies as `inner` does, for one host name.
#[derive(Debug)]
struct OneHost {
    host: ServerName<'static>,
    inner: Arc<dyn ServerCertVerifier>,
}

impl ServerCertVerifier for OneHost {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *server_name != self.host {
            return Err(Error::InvalidCertificate(CertificateError::NotValidForName));
        }
        self.inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
