//! The trust stores of the tenants, read once per change, with their newest revocation lists.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use certs::{Authority, Certificate, Revocation, Role, TrustStore};
use tokio::task::JoinSet;

use crate::crl::{Fetcher, Need, Watched};
use crate::server::Clock;
use crate::store::{Store, StoreError, Tenant};

/// What a tenant's certificates are judged against.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Its authorities.
    pub anchors: TrustStore,
    /// The newest list of every authority that has one configured.
    pub lists: Revocation,
    /// The subjects of its authorities, DER, each once, as the TLS handshake names them.
    pub ca_names: Vec<Vec<u8>>,
}

/// Keeps each tenant's trust store parsed, until the tenant's version changes.
#[derive(Clone)]
pub struct TrustCache(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    fetcher: Fetcher,
    clock: Clock,
    tenants: Mutex<HashMap<String, Arc<Parsed>>>,
    /// Held while a trust store is read: two readers would each begin lists of their own.
    parsing: tokio::sync::Mutex<()>,
}

/// A trust store at one version of its tenant.
struct Parsed {
    version: i64,
    anchors: TrustStore,
    ca_names: Vec<Vec<u8>>,
    watched: Vec<Arc<Watched>>,
}

impl TrustCache {
    /// Makes an empty cache over a store.
    pub fn new(store: Arc<dyn Store>, fetcher: Fetcher, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            store,
            fetcher,
            clock,
            tenants: Mutex::default(),
            parsing: tokio::sync::Mutex::default(),
        }))
    }

    /// Gives a tenant's trust store to judge a certificate by.
    ///
    /// A list that is missing or past its date is fetched once, within the limits; if that brings
    /// nothing, the list stays as it is, and the judgement fails closed.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of(&self, tenant: &Tenant) -> Result<Arc<Trust>, StoreError> {
        let parsed = self.parsed(tenant).await?;
        self.fetch(&parsed, Need::Now).await;
        let mut lists = Revocation::none();
        for watched in &parsed.watched {
            lists.set(watched.certificate(), watched.list());
        }
        Ok(Arc::new(Trust {
            anchors: parsed.anchors.clone(),
            lists,
            ca_names: parsed.ca_names.clone(),
        }))
    }

    /// The subjects of a tenant's authorities, DER; never waits for a revocation list.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn ca_names(&self, tenant: &Tenant) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(self.parsed(tenant).await?.ca_names.clone())
    }

    /// Fetches every list that is due, of every tenant; called ahead of sign-ins.
    ///
    /// # Errors
    /// If the store fails. A list that cannot be fetched is logged and tried again.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        for tenant in self.0.store.tenants().await? {
            let parsed = self.parsed(&tenant).await?;
            self.fetch(&parsed, Need::Soon).await;
        }
        Ok(())
    }

    /// Fetches the lists that are needed, all at once: one server that hangs costs its own
    /// timeout and not everyone's.
    async fn fetch(&self, parsed: &Parsed, need: Need) {
        let now = self.0.clock.now();
        let mut fetches = JoinSet::new();
        for watched in parsed.watched.iter().filter(|list| list.wants(need, now)) {
            let (watched, inner) = (Arc::clone(watched), Arc::clone(&self.0));
            fetches.spawn(async move {
                watched
                    .fetch(need, &inner.fetcher, &*inner.store, now)
                    .await;
            });
        }
        fetches.join_all().await;
    }

    async fn parsed(&self, tenant: &Tenant) -> Result<Arc<Parsed>, StoreError> {
        if let Some(current) = self.known(&tenant.id).filter(|known| known.is(tenant)) {
            return Ok(current);
        }
        let _one_at_a_time = self.0.parsing.lock().await;
        let known = self.known(&tenant.id);
        if let Some(current) = known.as_ref().filter(|known| known.is(tenant)) {
            return Ok(Arc::clone(current));
        }
        let parsed = Arc::new(self.parse(tenant, known.as_deref()).await?);
        self.tenants()
            .insert(tenant.id.clone(), Arc::clone(&parsed));
        Ok(parsed)
    }

    async fn parse(&self, tenant: &Tenant, known: Option<&Parsed>) -> Result<Parsed, StoreError> {
        let mut authorities = Vec::new();
        let mut ca_names: Vec<Vec<u8>> = Vec::new();
        let mut watched = Vec::new();
        for stored in self.0.store.authorities(&tenant.id).await? {
            let certificate = match Certificate::from_der(&stored.certificate) {
                Ok(certificate) => certificate,
                Err(error) => {
                    tracing::error!(authority = stored.id, %error, "an authority cannot be read");
                    continue;
                }
            };
            let name = certificate.subject().der();
            if !ca_names.iter().any(|known| known == name) {
                ca_names.push(name.to_vec());
            }
            if let Some(url) = &stored.crl_url {
                let same = known
                    .into_iter()
                    .flat_map(|known| &known.watched)
                    .find(|watched| watched.is(&stored.id, url));
                watched.push(match same {
                    Some(same) => Arc::clone(same),
                    None => Arc::new(
                        Watched::load(&stored.id, url, certificate.clone(), &*self.0.store).await?,
                    ),
                });
            }
            authorities.push(Authority {
                certificate,
                role: if stored.root {
                    Role::Root
                } else {
                    Role::Intermediate
                },
            });
        }
        Ok(Parsed {
            version: tenant.version,
            anchors: TrustStore::new(authorities),
            ca_names,
            watched,
        })
    }

    fn known(&self, tenant: &str) -> Option<Arc<Parsed>> {
        self.tenants().get(tenant).map(Arc::clone)
    }

    fn tenants(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Parsed>>> {
        self.0
            .tenants
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parsed {
    fn is(&self, tenant: &Tenant) -> bool {
        self.version == tenant.version
    }
}

impl std::fmt::Debug for TrustCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustCache")
            .field("tenants", &self.tenants().len())
            .finish_non_exhaustive()
    }
}
