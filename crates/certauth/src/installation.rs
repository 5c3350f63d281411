//! What a configuration names, opened: the database, the master key, and with them a server.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Config;
use crate::crl::{Fetcher, NoFetcher};
use crate::master_key::{self, MasterKeyError, Sealer};
use crate::server::{Clock, Hosts, Server};
use crate::signing_keys::{SigningKeys, SigningKeysError};
use crate::store::StoreError;
use crate::store::sqlite::SqliteStore;
use crate::trust::TrustCache;

/// An installation that the server or an administrator's command works on.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Its configuration.
    pub config: Config,
    /// Its master key.
    pub sealer: Sealer,
    /// Its database.
    pub store: SqliteStore,
}

/// Why an installation cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The master key file is not usable.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// There is no database yet.
    #[error("there is no database {0}: make one with `certauth init`")]
    NoDatabase(PathBuf),
    /// The database is not usable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys are not usable.
    #[error(transparent)]
    SigningKeys(#[from] SigningKeysError),
    /// Nothing could fetch revocation lists.
    #[error(transparent)]
    Fetcher(#[from] NoFetcher),
}

impl Installation {
    /// Opens the master key and the database of a configuration.
    ///
    /// # Errors
    /// If either is missing, unusable, or where it must not be.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let sealer = master_key::read(&config.master_key, &config.database)?;
        if !config.database.exists() {
            return Err(OpenError::NoDatabase(config.database));
        }
        let store = SqliteStore::open(&config.database).await?;
        Ok(Self {
            config,
            sealer,
            store,
        })
    }

    /// The trust stores of its tenants, with what fetches their revocation lists.
    ///
    /// # Errors
    /// If nothing can be fetched at all.
    pub fn trust(&self, clock: Clock) -> Result<TrustCache, NoFetcher> {
        let fetcher = Fetcher::new(self.config.limits.fetching)?;
        Ok(TrustCache::new(
            Arc::new(self.store.clone()),
            fetcher,
            clock,
        ))
    }

    /// Makes a server of it that people reach on `port`, and its signing keys at the first time.
    ///
    /// # Errors
    /// If the signing keys do not open under this master key.
    pub async fn server(&self, port: u16, clock: Clock) -> Result<Server, OpenError> {
        let config = &self.config;
        let store = Arc::new(self.store.clone());
        let keys = SigningKeys::load(&self.store, &self.sealer, clock.now()).await?;
        let trust = self.trust(clock.clone())?;
        let hosts = Hosts::new(&config.login_host, &config.certauth_host, port);
        let sealer = self.sealer.clone();
        Ok(Server::new(store, hosts, sealer, keys, trust, clock))
    }
}
