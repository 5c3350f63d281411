//! The keys that sign tokens: made at the first start, sealed in the store, published as a JWKS.

use std::sync::Arc;

use certs::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

pub use self::algorithm::{Algorithm, UnknownAlgorithm};
use self::key::Key;
pub use self::verify::{Expected, TokenRefused};
use crate::master_key::Sealer;
use crate::store::{SealedKey, Store, StoreError};

mod algorithm;
mod key;
mod verify;

/// All signing keys of the server; of each algorithm the newest one signs, all of them verify.
#[derive(Clone)]
pub struct SigningKeys(Arc<[Key]>);

impl SigningKeys {
    /// Reads the keys from the store, and makes the ones that are missing.
    ///
    /// # Errors
    /// If the store fails, or a key does not open under this master key.
    pub async fn load(
        store: &dyn Store,
        sealer: &Sealer,
        now: Time,
    ) -> Result<Self, SigningKeysError> {
        let mut stored = store.signing_keys().await?;
        let missing = Algorithm::ALL
            .into_iter()
            .filter(|algorithm| !stored.iter().any(|key| key.algorithm == algorithm.name()))
            .collect::<Vec<_>>();
        for &algorithm in &missing {
            let pkcs8 = tokio::task::spawn_blocking(move || key::generate(algorithm))
                .await
                .map_err(|_| SigningKeysError::NotMade(algorithm))?
                .ok_or(SigningKeysError::NotMade(algorithm))?;
            let id = Key::read(algorithm, &pkcs8)
                .ok_or(SigningKeysError::NotMade(algorithm))?
                .id()
                .to_owned();
            let key = SealedKey {
                sealed: sealer.seal(&purpose(&id), &pkcs8),
                id,
                algorithm: algorithm.name().to_owned(),
                created_at: now.unix(),
            };
            store.add_signing_key(&key).await?;
        }
        if !missing.is_empty() {
            stored = store.signing_keys().await?;
        }
        stored
            .iter()
            .map(|key| open(key, sealer))
            .collect::<Result<Vec<_>, _>>()
            .map(|keys| Self(keys.into()))
    }

    /// Makes keys that no store keeps; for tests, where each server has its own.
    ///
    /// # Errors
    /// If a key cannot be made.
    pub fn ephemeral() -> Result<Self, SigningKeysError> {
        Algorithm::ALL
            .into_iter()
            .map(|algorithm| {
                key::generate(algorithm)
                    .and_then(|pkcs8| Key::read(algorithm, &pkcs8))
                    .ok_or(SigningKeysError::NotMade(algorithm))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|keys| Self(keys.into()))
    }

    /// The public keys as a JSON Web Key Set (RFC 7517 §5).
    pub fn jwks(&self) -> serde_json::Value {
        let keys = self.0.iter().map(Key::jwk).collect::<Vec<_>>();
        json!({ "keys": keys })
    }

    /// Signs claims as a JWT in compact form (RFC 7519) with the newest key of an algorithm.
    ///
    /// `typ` goes into the header: `JWT` for ID tokens, `at+jwt` for access tokens (RFC 9068).
    ///
    /// # Errors
    /// If there is no key of that algorithm, or the claims are not a JSON object.
    pub fn sign(
        &self,
        algorithm: &str,
        typ: &str,
        claims: &impl Serialize,
    ) -> Result<String, SignError> {
        let algorithm = algorithm.parse::<Algorithm>()?;
        self.0
            .iter()
            .find(|key| key.algorithm() == algorithm)
            .ok_or(SignError::NoKey(algorithm))?
            .sign(typ, claims)
    }

    /// Reads the claims of a JWT that this server signed.
    ///
    /// # Errors
    /// If the signature, the type, the issuer, the audience or the time is not as expected.
    pub fn verify<T: DeserializeOwned>(
        &self,
        jwt: &str,
        expected: &Expected<'_>,
    ) -> Result<T, TokenRefused> {
        verify::verify(&self.0, jwt, expected)
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(Key::id)).finish()
    }
}

/// Why the signing keys are not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeysError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key could not be made.
    #[error("a signing key for {0} could not be made")]
    NotMade(Algorithm),
    /// A key does not open under this master key.
    #[error(
        "the signing key {id} does not open: the master key file is not the one that this \
         database was made with"
    )]
    NotOpened {
        /// The key's id.
        id: String,
    },
    /// A key opens, and is not a key of its algorithm.
    #[error("the signing key {id} is damaged")]
    Damaged {
        /// The key's id.
        id: String,
    },
}

/// Why a token was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The algorithm is not offered.
    #[error(transparent)]
    Algorithm(#[from] UnknownAlgorithm),
    /// There is no key of that algorithm.
    #[error("there is no signing key for {0}")]
    NoKey(Algorithm),
    /// The claims are not JSON.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(#[from] serde_json::Error),
    /// The signature failed.
    #[error("signing with the key {id} failed")]
    Failed {
        /// The key's id.
        id: String,
    },
}

fn open(stored: &SealedKey, sealer: &Sealer) -> Result<Key, SigningKeysError> {
    let damaged = || SigningKeysError::Damaged {
        id: stored.id.clone(),
    };
    let algorithm = stored.algorithm.parse().map_err(|_| damaged())?;
    let pkcs8 = sealer
        .open(&purpose(&stored.id), &stored.sealed)
        .map_err(|_| SigningKeysError::NotOpened {
            id: stored.id.clone(),
        })?;
    Key::read(algorithm, &pkcs8)
        .filter(|key| key.id() == stored.id)
        .ok_or_else(damaged)
}

fn purpose(id: &str) -> String {
    format!("signing key {id}")
}
