use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{ClientConfig, Error, OtherError, SignatureAlgorithm, SignatureScheme};
use token::{Credential, KeyAlgorithm, Scheme, SignError, Unlocked};

use crate::{Alert, Cause, Protocols, Trust, TrustError, Versions, finished};

/// The certificate that was chosen, and the guard that signs for it once.
#[derive(Debug)]
pub struct Identity {
    /// The chosen certificate.
    pub credential: Credential,
    /// CA certificates to send beside it, the issuing CA first, DER.
    pub intermediates: Vec<Vec<u8>>,
    /// The token, after it accepted the PIN.
    pub unlocked: Unlocked,
}

/// A connection that will present a certificate.
#[derive(Debug)]
pub struct Signing {
    /// The configuration: good for one handshake with the host it was made for.
    pub config: Arc<ClientConfig>,
    /// What happened, to be read after the handshake.
    pub handshake: Handshake,
    /// Why it offers TLS 1.2 alone, if it does.
    pub older_tls: Option<OlderTls>,
}

/// Why a connection offers TLS 1.2 alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OlderTls {
    /// The token cannot make RSA-PSS signatures, which TLS 1.3 requires of RSA keys.
    NoPss,
}

/// Why no connection that presents the certificate can be made.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The token can make no TLS signature with this key, of any version.
    #[error("the token cannot sign with this key")]
    NoScheme,
    /// What was given as the host is none.
    #[error("{0} is no host name")]
    NoHost(String),
    /// TLS cannot be set up.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

/// The record of a handshake.
#[derive(Clone)]
pub struct Handshake(Arc<Mutex<Outcome>>);

/// How the handshake went, as far as the certificate is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server did not ask for a certificate, so none was sent.
    NotAsked,
    /// The server asked, and takes no scheme that the token can sign with, so none was sent.
    NothingInCommon {
        /// The schemes that the server takes, by code point.
        offered: Vec<u16>,
    },
    /// The server asked, and the token has not answered.
    Asked,
    /// The token signed.
    Signed(Scheme),
    /// The token did not sign.
    Failed(SignError),
}

/// Prepares the one handshake that presents the certificate to `host`.
///
/// The guard is dropped after its signature, which locks the token again.
///
/// # Errors
/// [`SigningError`] if the key cannot sign at all, if `host` is no host name, or if the provider
/// and the versions do not go together.
pub fn signing(
    trust: &Trust,
    host: &str,
    identity: Identity,
    protocols: Protocols,
) -> Result<Signing, SigningError> {
    let Identity {
        credential,
        intermediates,
        unlocked,
    } = identity;
    prepare(
        trust,
        host,
        credential,
        intermediates,
        Box::new(unlocked),
        protocols,
    )
}

fn prepare(
    trust: &Trust,
    host: &str,
    credential: Credential,
    intermediates: Vec<Vec<u8>>,
    signs: Box<dyn SignsOnce>,
    protocols: Protocols,
) -> Result<Signing, SigningError> {
    let host =
        ServerName::try_from(host.to_owned()).map_err(|_| SigningError::NoHost(host.to_owned()))?;
    let (versions, older_tls) = match credential.schemes.as_slice() {
        [] => return Err(SigningError::NoScheme),
        _ if credential.can_sign_tls13() => (Versions::Both, None),
        _ => (Versions::Tls12, Some(OlderTls::NoPss)),
    };
    let handshake = Handshake(Arc::new(Mutex::new(Outcome::NotAsked)));
    let mut chain = vec![CertificateDer::from(credential.certificate.clone())];
    chain.extend(intermediates.into_iter().map(CertificateDer::from));
    let key = TokenKey {
        credential: Arc::new(credential),
        signs: Arc::new(Mutex::new(Some(signs))),
        handshake: handshake.clone(),
    };
    let resolver = Chosen {
        certified: Arc::new(CertifiedKey::new(chain, Arc::new(key))),
        handshake: handshake.clone(),
    };
    let config = trust
        .for_host(host)
        .builder(versions)?
        .with_client_cert_resolver(Arc::new(resolver));
    Ok(Signing {
        config: finished(config, protocols),
        handshake,
        older_tls,
    })
}

impl Signing {
    /// Finds why the connection failed. A server that does not speak TLS 1.2 is told together with
    /// why nothing newer was offered, because the alert alone says neither.
    #[must_use]
    pub fn cause(&self, error: &(dyn std::error::Error + 'static)) -> Cause {
        match (Cause::of(error), self.older_tls) {
            (Cause::Alert(Alert::ProtocolVersion), Some(older)) => Cause::OlderTlsRefused(older),
            (cause, _) => cause,
        }
    }
}

/// Prints the reason in a few words, for logs and details.
impl fmt::Display for OlderTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPss => {
                "the token cannot make RSA-PSS signatures, which TLS 1.3 requires of RSA keys"
            }
        })
    }
}

impl Handshake {
    /// How it went so far.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let outcome = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.clone()
    }

    fn record(&self, new: Outcome) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = new;
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handshake").field(&self.outcome()).finish()
    }
}

/// Offers the chosen certificate whatever CAs the server names: the person has decided.
#[derive(Debug)]
struct Chosen {
    certified: Arc<CertifiedKey>,
    handshake: Handshake,
}

impl ResolvesClientCert for Chosen {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        // If rustls finds no scheme afterwards it goes on without a word, so that is noted first.
        self.handshake.record(Outcome::NothingInCommon {
            offered: sigschemes.iter().copied().map(u16::from).collect(),
        });
        Some(self.certified.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// What makes the one signature. Outside of this crate it is always a token's guard.
trait SignsOnce: fmt::Debug + Send + Sync {
    fn sign(
        self: Box<Self>,
        credential: &Credential,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError>;
}

impl SignsOnce for Unlocked {
    fn sign(
        self: Box<Self>,
        credential: &Credential,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        self.sign_handshake(credential, scheme, message)
    }
}

/// A key that stays on its token.
#[derive(Debug)]
struct TokenKey {
    credential: Arc<Credential>,
    signs: Arc<Mutex<Option<Box<dyn SignsOnce>>>>,
    handshake: Handshake,
}

impl SigningKey for TokenKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = *self
            .credential
            .schemes
            .iter()
            .find(|scheme| offered.contains(&SignatureScheme::from(scheme.code())))?;
        self.handshake.record(Outcome::Asked);
        Some(Box::new(OneSignature {
            scheme,
            credential: self.credential.clone(),
            signs: self.signs.clone(),
            handshake: self.handshake.clone(),
        }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.credential.algorithm {
            KeyAlgorithm::Rsa { .. } => SignatureAlgorithm::RSA,
            KeyAlgorithm::P256 | KeyAlgorithm::P384 | KeyAlgorithm::P521 => {
                SignatureAlgorithm::ECDSA
            }
            KeyAlgorithm::Ed25519 => SignatureAlgorithm::ED25519,
            // Anonymous is what a key without any scheme comes to; choose_scheme offers none.
            KeyAlgorithm::Unsupported(_) => SignatureAlgorithm::Anonymous,
        }
    }
}

/// The right to one signature.
#[derive(Debug)]
struct OneSignature {
    scheme: Scheme,
    credential: Arc<Credential>,
    signs: Arc<Mutex<Option<Box<dyn SignsOnce>>>>,
    handshake: Handshake,
}

impl Signer for OneSignature {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signs = self
            .signs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let signed = match signs {
            Some(signs) => signs.sign(&self.credential, self.scheme, message),
            None => Err(SignError::LockedAgain),
        };
        match signed {
            Ok(signature) => {
                self.handshake.record(Outcome::Signed(self.scheme));
                Ok(signature)
            }
            Err(cause) => {
                self.handshake.record(Outcome::Failed(cause.clone()));
                Err(Error::Other(OtherError(Arc::new(cause))))
            }
        }
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::from(self.scheme.code())
    }
}

#[cfg(test)]
mod tests;
