use std::sync::{Arc, Mutex, PoisonError};

use certs::{Certificate, Crl, CrlFault, RevocationList, Time, TrustStore};

use super::Fetcher;
use crate::store::{Store, StoreError, StoredCrl};

/// The list of one authority: the newest one that was verified, and when to ask for the next.
#[derive(Debug)]
pub(crate) struct Watched {
    authority: String,
    url: String,
    certificate: Certificate,
    state: Mutex<State>,
    /// Held during a fetch: whoever comes meanwhile waits for its result instead of asking too.
    fetching: tokio::sync::Mutex<()>,
}

/// Who asks for a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A sign-in, which waits: fetch if there is no list that counts.
    Now,
    /// The background: fetch if the list will not count for long.
    Soon,
}

#[derive(Clone, Debug)]
struct State {
    list: RevocationList,
    /// When the newest list came, or the last attempt failed.
    asked_at: Option<Time>,
    failed: bool,
}

impl Watched {
    /// Begins with the list that an earlier run kept.
    pub(crate) async fn load(
        authority: &str,
        url: &str,
        certificate: Certificate,
        store: &dyn Store,
    ) -> Result<Self, StoreError> {
        let mut state = State {
            list: RevocationList::Missing(CrlFault::NotFetched),
            asked_at: None,
            failed: false,
        };
        if let Some(stored) = store.crl(authority).await? {
            let asked_at = Time::from_unix(stored.fetched_at);
            match read(stored.der, certificate.clone()).await {
                Ok(index) => {
                    state.list = RevocationList::Ready(index);
                    state.asked_at = Some(asked_at);
                }
                Err(error) => {
                    tracing::warn!(authority, %error, "the stored revocation list is not used");
                }
            }
        }
        Ok(Self {
            authority: authority.to_owned(),
            url: url.to_owned(),
            certificate,
            state: Mutex::new(state),
            fetching: tokio::sync::Mutex::default(),
        })
    }

    /// Whether this is the list of that authority at that address.
    pub(crate) fn is(&self, authority: &str, url: &str) -> bool {
        self.authority == authority && self.url == url
    }

    /// The authority whose list it is.
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What is known.
    pub(crate) fn list(&self) -> RevocationList {
        self.state().list.clone()
    }

    /// Whether the list should be fetched.
    pub(crate) fn wants(&self, need: Need, now: Time) -> bool {
        self.state().wants(need, now)
    }

    /// Fetches the list, unless someone else did in the meantime.
    pub(crate) async fn fetch(&self, need: Need, fetcher: &Fetcher, store: &dyn Store, now: Time) {
        let _one_at_a_time = self.fetching.lock().await;
        if !self.wants(need, now) {
            return;
        }
        let list = match fetcher.fetch(&self.url).await {
            Ok(bytes) => read(bytes, self.certificate.clone()).await,
            Err(fault) => Err(fault),
        };
        match list {
            Ok(index) => self.take(index, store, now).await,
            Err(fault) => self.miss(fault, now),
        }
    }

    /// Keeps a list if it is newer than the one that is there: an old list, played back, would
    /// bring revoked certificates to life.
    async fn take(&self, index: Arc<Crl>, store: &dyn Store, now: Time) {
        let newer = match &self.state().list {
            RevocationList::Ready(known) => index.supersedes(known),
            RevocationList::Missing(_) => true,
        };
        if newer {
            let stored = StoredCrl {
                authority: self.authority.clone(),
                der: index.der().to_vec(),
                fetched_at: now.unix(),
            };
            if let Err(error) = store.put_crl(&stored).await {
                tracing::error!(authority = self.authority, %error, "a revocation list was not kept");
            }
            tracing::info!(
                authority = self.authority,
                entries = index.len(),
                next_update = %index.next_update(),
                "a revocation list was fetched"
            );
        }
        let mut state = self.state();
        if newer {
            state.list = RevocationList::Ready(index);
        }
        state.asked_at = Some(now);
        state.failed = false;
    }

    fn miss(&self, fault: CrlFault, now: Time) {
        tracing::warn!(authority = self.authority, url = self.url, %fault, "a revocation list was not fetched");
        let mut state = self.state();
        state.asked_at = Some(now);
        state.failed = true;
        match &state.list {
            RevocationList::Ready(_) => {}
            RevocationList::Missing(_) => state.list = RevocationList::Missing(fault),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wants(&self, need: Need, now: Time) -> bool {
        match need {
            Need::Now => self.is_needed(now),
            Need::Soon => self.is_due(now),
        }
    }

    fn is_needed(&self, now: Time) -> bool {
        let counts = match &self.list {
            RevocationList::Ready(index) => now <= index.next_update(),
            RevocationList::Missing(_) => false,
        };
        !counts && self.may_ask(now, RETRY_ON_THE_WAY)
    }

    /// Half of the time that is left when it came, between a minute and a day.
    fn is_due(&self, now: Time) -> bool {
        let (RevocationList::Ready(index), Some(asked_at), false) =
            (&self.list, self.asked_at, self.failed)
        else {
            return self.may_ask(now, RETRY_IN_THE_BACKGROUND);
        };
        let left = index.next_update().unix().saturating_sub(asked_at.unix());
        self.may_ask(now, (left / 2).clamp(SOONEST, LATEST))
    }

    fn may_ask(&self, now: Time, after: i64) -> bool {
        self.asked_at
            .is_none_or(|asked_at| now.unix().saturating_sub(asked_at.unix()) >= after)
    }
}

/// Reads and verifies a list on a thread of its own.
async fn read(bytes: Vec<u8>, issuer: Certificate) -> Result<Arc<Crl>, CrlFault> {
    tokio::task::spawn_blocking(move || {
        Crl::read(bytes, &issuer, &TrustStore::default(), MOST_BYTES).map(Arc::new)
    })
    .await
    .unwrap_or_else(|_| Err(CrlFault::NotDer("reading it failed".to_owned())))
}

/// A list that came through the fetcher's own limit, or from the store, is never larger.
const MOST_BYTES: usize = 65_000_000;
/// Seconds until a failed fetch is tried again, by a sign-in and by the background.
const RETRY_ON_THE_WAY: i64 = 30;
const RETRY_IN_THE_BACKGROUND: i64 = 60;
/// Bounds of the time until a list is refreshed, in seconds.
const SOONEST: i64 = 60;
const LATEST: i64 = 24 * 60 * 60;
