//! The trust stores of the tenants, read once per change, with their newest revocation lists.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use certs::ValidPath;
use certs::{Authority, Certificate, RevocationList, RevocationLists, Role, Settings, TrustStore};

use crate::crl::{Fetcher, Means, Need, Watched};
use crate::server::Clock;
use crate::store::{self, CrlState, Store, StoreError, Tenant};

/// What a tenant's certificates are judged against.
pub struct Trust {
    /// Its authorities.
    pub anchors: TrustStore,
    /// What it asks of a path.
    pub settings: Settings,
    /// The subjects of its authorities, DER, each once, as the TLS handshake names them.
    pub ca_names: Vec<Vec<u8>>,
    version: i64,
    authorities: Vec<Kept>,
    means: Means,
}

/// An authority, and what tells of its revocations.
struct Kept {
    id: String,
    certificate: Certificate,
    lists: Vec<Arc<Watched>>,
}

/// Keeps each tenant's trust store parsed, until the tenant's version changes.
#[derive(Clone)]
pub struct TrustCache(Arc<Inner>);

struct Inner {
    means: Means,
    tenants: Mutex<HashMap<String, Arc<Trust>>>,
    /// Held while a trust store is read: two readers would each begin lists of their own.
    parsing: tokio::sync::Mutex<()>,
}

impl Trust {
    /// What tells whether the certificates of a path are revoked.
    ///
    /// A list that the path needs and that is missing or past its date is fetched once, within the
    /// limits; if that brings nothing, it stays as it is, and the judgement says what is unknown.
    pub async fn revocation(&self, path: &ValidPath) -> RevocationLists {
        let _ = path;
        self.fetch(self.lists(|_| true), Need::Now).await;
        self.known()
    }

    /// The same as far as it is known, with nothing fetched.
    pub fn known(&self) -> RevocationLists {
        let mut lists = RevocationLists::none();
        for kept in &self.authorities {
            if let Some(watched) = kept.lists.iter().find(|list| !list.is_delta()) {
                let list = match watched.list() {
                    Ok(list) => RevocationList::Ready(list),
                    Err(fault) => RevocationList::Missing(fault),
                };
                lists.set(&kept.certificate, list);
            }
        }
        lists
    }

    /// Fetches the lists that are needed, all at once: one server that hangs costs its own
    /// timeout and not everyone's.
    async fn fetch(&self, lists: Vec<Arc<Watched>>, need: Need) {
        let now = self.means.clock.now();
        let fetches: Vec<_> = lists
            .into_iter()
            .filter(|list| list.wants(need, now))
            .map(|list| tokio::spawn(fetch(list, need, self.means.clone())))
            .collect();
        for fetch in fetches {
            if let Err(error) = fetch.await {
                tracing::error!(%error, "fetching a revocation list failed");
            }
        }
    }

    fn lists(&self, of: impl Fn(&str) -> bool) -> Vec<Arc<Watched>> {
        let kept = self.authorities.iter().filter(|kept| of(&kept.id));
        kept.flat_map(|kept| kept.lists.iter().cloned()).collect()
    }

    fn is(&self, tenant: &Tenant) -> bool {
        self.version == tenant.version
    }
}

/// Fetches a list in a task of its own, which a person who leaves does not end.
async fn fetch(list: Arc<Watched>, need: Need, means: Means) {
    if list.fetch(need, &means).await {
        // Nobody waits for what takes longer than a sign-in may.
        tokio::spawn(async move { list.fetch(Need::Soon, &means).await });
    }
}

impl TrustCache {
    /// Makes an empty cache over a store.
    pub fn new(store: Arc<dyn Store>, fetcher: Fetcher, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            means: Means {
                store,
                fetcher,
                clock,
            },
            tenants: Mutex::default(),
            parsing: tokio::sync::Mutex::default(),
        }))
    }

    /// A tenant's trust store; never waits for a revocation list.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of(&self, tenant: &Tenant) -> Result<Arc<Trust>, StoreError> {
        if let Some(current) = self.known(&tenant.id).filter(|known| known.is(tenant)) {
            return Ok(current);
        }
        let _one_at_a_time = self.0.parsing.lock().await;
        let known = self.known(&tenant.id);
        if let Some(current) = known.as_ref().filter(|known| known.is(tenant)) {
            return Ok(Arc::clone(current));
        }
        let trust = Arc::new(self.read(tenant, known.as_deref()).await?);
        self.tenants().insert(tenant.id.clone(), Arc::clone(&trust));
        Ok(trust)
    }

    /// Takes over the lists that another process stored, and fetches every list that is due, of
    /// every tenant; called ahead of sign-ins.
    ///
    /// # Errors
    /// If the store fails. A list that cannot be fetched is logged and tried again.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        for tenant in self.0.means.store.tenants().await? {
            let trust = self.of(&tenant).await?;
            for state in self.0.means.store.crl_states(&tenant.id).await? {
                let mut lists = trust.authorities.iter().flat_map(|kept| &kept.lists);
                if let Some(list) = lists.find(|list| list.is_of(&state)) {
                    list.notice(state, &*self.0.means.store).await?;
                }
            }
            trust.fetch(trust.lists(|_| true), Need::Soon).await;
        }
        Ok(())
    }

    /// Fetches the lists of a tenant's authorities, or of one, whether or not they are due. With
    /// `anew` an older list replaces a newer one, as after a CA that began its numbers anew.
    ///
    /// # Errors
    /// If the store fails. What became of each list is in its state.
    pub async fn ask(
        &self,
        tenant: &Tenant,
        authority: Option<&str>,
        anew: bool,
    ) -> Result<Vec<CrlState>, StoreError> {
        let need = if anew { Need::Anew } else { Need::Asked };
        let trust = self.of(tenant).await?;
        let lists = trust.lists(|id| authority.is_none_or(|wanted| wanted == id));
        trust.fetch(lists.clone(), need).await;
        Ok(lists.iter().map(|list| list.state()).collect())
    }

    async fn read(&self, tenant: &Tenant, known: Option<&Trust>) -> Result<Trust, StoreError> {
        let store = &*self.0.means.store;
        let mut states = store.crl_states(&tenant.id).await?;
        let mut authorities = Vec::new();
        let mut ca_names: Vec<Vec<u8>> = Vec::new();
        let mut kept = Vec::new();
        for stored in store.authorities(&tenant.id).await? {
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
            let mut lists = Vec::new();
            for source in stored.sources.lists() {
                let same = known
                    .into_iter()
                    .flat_map(|known| &known.authorities)
                    .flat_map(|kept| &kept.lists)
                    .find(|watched| watched.is(&stored.id, source));
                lists.push(match same {
                    Some(same) => Arc::clone(same),
                    None => {
                        let state = taken(&mut states, &stored, source.0);
                        let issuer = certificate.clone();
                        Arc::new(Watched::load(source, &stored.id, issuer, state, store).await?)
                    }
                });
            }
            authorities.push(Authority {
                certificate: certificate.clone(),
                role: if stored.root {
                    Role::Root
                } else {
                    Role::Intermediate
                },
            });
            kept.push(Kept {
                id: stored.id,
                certificate,
                lists,
            });
        }
        Ok(Trust {
            anchors: TrustStore::new(authorities),
            settings: Settings::default(),
            ca_names,
            version: tenant.version,
            authorities: kept,
            means: self.0.means.clone(),
        })
    }

    fn known(&self, tenant: &str) -> Option<Arc<Trust>> {
        self.tenants().get(tenant).map(Arc::clone)
    }

    fn tenants(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Trust>>> {
        self.0
            .tenants
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn taken(states: &mut Vec<CrlState>, authority: &store::Authority, url: &str) -> Option<CrlState> {
    let is_it = |state: &CrlState| state.authority == authority.id && state.url == url;
    let position = states.iter().position(is_it)?;
    Some(states.swap_remove(position))
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust")
            .field("authorities", &self.authorities.len())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TrustCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustCache")
            .field("tenants", &self.tenants().len())
            .finish_non_exhaustive()
    }
}
