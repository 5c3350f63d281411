use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};

use crate::{Protocols, Trust, TrustError, Versions, finished};

/// What a probe learned, to be read after its handshake.
#[derive(Clone)]
pub struct Probe(Arc<Recorder>);

/// What a server asks for in its `CertificateRequest`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Subjects of the CAs it accepts, DER; empty when it accepts any.
    pub authorities: Vec<Vec<u8>>,
    /// Signature schemes it takes in the version that was spoken, by code point (RFC 8446 §4.2.3).
    pub schemes: Vec<u16>,
}

/// Prepares a handshake that offers no certificate and notes what the server asks for.
///
/// # Errors
/// [`TrustError`] if the provider and the versions do not go together.
pub fn probe(trust: &Trust, versions: Versions) -> Result<(Arc<ClientConfig>, Probe), TrustError> {
    let recorder = Arc::new(Recorder::default());
    let config = trust
        .builder(versions)?
        .with_client_cert_resolver(recorder.clone());
    Ok((finished(config, Protocols::Http1), Probe(recorder)))
}

impl Probe {
    /// What the server asked for; none if it did not ask for a certificate.
    #[must_use]
    pub fn asked(&self) -> Option<Asked> {
        let asked = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probe").field(&self.asked()).finish()
    }
}

#[derive(Debug, Default)]
struct Recorder(Mutex<Option<Asked>>);

impl ResolvesClientCert for Recorder {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *asked = Some(Asked {
            authorities: root_hint_subjects
                .iter()
                .map(|name| name.to_vec())
                .collect(),
            schemes: sigschemes.iter().copied().map(u16::from).collect(),
        });
        None
    }

    /// Without this answer rustls would not ask at all.
    fn has_certs(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
