use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use certs::{Certificate, Crl, CrlFault, Fingerprint, Time, TrustStore};

use super::fetch::{Fetched, Validators};
use super::list::{self, Age};
use super::{Fetcher, schedule};
use crate::config::Bound;
use crate::server::{Clock, random_bytes};
use crate::store::{CrlState, FetchFault, Store, StoreError};

/// The list of one address: the newest one that was verified, and when to ask for the next.
#[derive(Debug)]
pub(crate) struct Watched {
    authority: String,
    url: String,
    delta: bool,
    issuer: Certificate,
    /// Where the certificate of whoever signs it for the issuer is looked for.
    trust: TrustStore,
    known: Mutex<Known>,
    /// Held during a fetch: whoever comes meanwhile waits for its result instead of asking too.
    fetching: tokio::sync::Mutex<()>,
}

/// What lists are fetched with.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) fetcher: Fetcher,
    pub(crate) clock: Clock,
}

/// Who asks for a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A sign-in, which waits: fetch if there is no list that counts.
    Now,
    /// The background: fetch if the list is due.
    Soon,
    /// An administrator: fetch.
    Asked,
    /// An administrator whose CA began its numbers anew: fetch, and keep whatever is there.
    Anew,
}

#[derive(Clone, Debug)]
struct Known {
    list: Result<Arc<Crl>, CrlFault>,
    /// What is written down of it.
    state: CrlState,
    /// Whether the list is in memory alone, because it could not be stored.
    unsaved: bool,
}

impl Watched {
    /// Begins with the list that an earlier run kept.
    pub(crate) async fn load(
        (url, delta): (&str, bool),
        authority: &str,
        (issuer, trust): (Certificate, TrustStore),
        state: Option<CrlState>,
        store: &dyn Store,
    ) -> Result<Self, StoreError> {
        let state = state.unwrap_or_else(|| CrlState {
            authority: authority.to_owned(),
            url: url.to_owned(),
            ..CrlState::default()
        });
        let watched = Self {
            authority: authority.to_owned(),
            url: url.to_owned(),
            delta,
            issuer,
            trust,
            known: Mutex::new(Known {
                list: Err(CrlFault::NotFetched),
                state: state.clone(),
                unsaved: false,
            }),
            fetching: tokio::sync::Mutex::default(),
        };
        watched.reload(state, store).await?;
        Ok(watched)
    }

    /// Whether this is the list of that authority at that address, and its signer would be looked
    /// for among the same certificates.
    pub(crate) fn is(
        &self,
        authority: &str,
        (url, delta): (&str, bool),
        trust: &TrustStore,
    ) -> bool {
        let fingerprints = |trust: &TrustStore| -> Vec<Fingerprint> {
            let all = trust.authorities().iter();
            all.map(|known| known.certificate.sha256()).collect()
        };
        let same_address = self.authority == authority && self.url == url && self.delta == delta;
        same_address && fingerprints(&self.trust) == fingerprints(trust)
    }

    /// Whether a stored state is this list's.
    pub(crate) fn is_of(&self, state: &CrlState) -> bool {
        self.authority == state.authority && self.url == state.url
    }

    /// Whether it is a delta CRL.
    pub(crate) const fn is_delta(&self) -> bool {
        self.delta
    }

    /// What is known.
    pub(crate) fn list(&self) -> Result<Arc<Crl>, CrlFault> {
        self.known().list.clone()
    }

    /// What is written down of it.
    pub(crate) fn state(&self) -> CrlState {
        self.known().state.clone()
    }

    /// Whether the list should be fetched, or a fetch of it that goes on be waited for.
    pub(crate) fn wants(&self, need: Need, now: Time) -> bool {
        let waits = need == Need::Now && self.fetching.try_lock().is_err();
        self.is_due(need, now) || waits && !self.known().counts(now)
    }

    fn is_due(&self, need: Need, now: Time) -> bool {
        let known = self.known();
        match need {
            Need::Now => {
                let CrlState {
                    failures,
                    attempted_at,
                    ..
                } = known.state;
                !known.counts(now) && schedule::may_ask(failures, attempted_at, now.unix())
            }
            Need::Soon => known.state.next_attempt.is_none_or(|at| now.unix() >= at),
            Need::Asked | Need::Anew => true,
        }
    }

    /// Takes over what another process stored since.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn notice(
        &self,
        stored: CrlState,
        store: &dyn Store,
    ) -> Result<(), StoreError> {
        if self.known().state.version == stored.version {
            return Ok(());
        }
        self.reload(stored, store).await
    }

    /// Fetches the list, unless someone else did in the meantime. Says whether it has to be
    /// fetched again at once, by somebody who has more time.
    pub(crate) async fn fetch(&self, need: Need, means: &Means) -> bool {
        let bounds = means.fetcher.bounds();
        let bound = match need {
            Need::Now => bounds.waited_for,
            Need::Soon | Need::Asked | Need::Anew => bounds.ahead,
        };
        let Ok(_alone) = tokio::time::timeout(bound.time, self.fetching.lock()).await else {
            let mut known = self.known();
            if let Err(fault @ (CrlFault::NotFetched | CrlFault::Late(_))) = &mut known.list {
                *fault = CrlFault::BeingFetched;
            }
            return false;
        };
        if !self.is_due(need, means.clock.now()) {
            return false;
        }
        let outcome = self.ask(need, bound, means).await;
        let now = means.clock.now();
        match outcome {
            Ok(Some((list, validators))) => self.take(list, validators, need, means, now).await,
            Ok(None) => self.confirm(None, means, now).await,
            Err(fault) => {
                let (fault, again) = match (need, fault) {
                    (Need::Now, CrlFault::TimedOut(seconds)) => (CrlFault::Late(seconds), true),
                    (Need::Now, fault @ CrlFault::TooLarge(_)) => (fault, true),
                    (_, fault) => (fault, false),
                };
                self.miss(fault, again, means, now).await;
                return again;
            }
        }
        false
    }

    /// Gives the list that is there; none if it is the one that is known.
    async fn ask(
        &self,
        need: Need,
        bound: Bound,
        means: &Means,
    ) -> Result<Option<(Arc<Crl>, Validators)>, CrlFault> {
        let validators = match need {
            Need::Now | Need::Soon | Need::Asked => self.known().validators(),
            Need::Anew => Validators::default(),
        };
        match means.fetcher.list(&self.url, bound, &validators).await? {
            Fetched::Unchanged => Ok(None),
            Fetched::Body(bytes, validators) => {
                let list = list::read(bytes, self.issuer.clone(), self.trust.clone()).await?;
                Ok(Some((list, validators)))
            }
        }
    }

    /// Keeps a list if it is newer than the one that is there: an old list, played back, would
    /// bring revoked certificates to life.
    async fn take(
        &self,
        list: Arc<Crl>,
        validators: Validators,
        need: Need,
        means: &Means,
        now: Time,
    ) {
        for _ in 0..MOST_CONFLICTS {
            let known = self.known().clone();
            let age = match &known.list {
                Ok(known) => list::age(&list, known),
                Err(_) => Age::Newer,
            };
            match (age, &known.list) {
                (Age::Older, Ok(known)) if need != Need::Anew => {
                    let fault = FetchFault {
                        code: certs::code::CRL_NOT_USABLE,
                        text: format!("an older list is there: {list}, after {known}"),
                    };
                    return self.failed(fault, false, means, now).await;
                }
                (Age::Same, _) if !known.unsaved && need != Need::Anew => {
                    return self.confirm(Some(validators), means, now).await;
                }
                (Age::Older | Age::Same | Age::Newer, _) => {}
            }
            let mut state = known.state;
            state.list = Some(list::facts(&list));
            state.etag = validators.etag.clone();
            state.last_modified = validators.last_modified.clone();
            succeeded(&mut state, now);
            let mut next = Known {
                list: Ok(Arc::clone(&list)),
                state,
                unsaved: false,
            };
            match means.store.put_crl(&next.state, Some(list.der())).await {
                Ok(version) => next.state.version = version,
                Err(StoreError::Conflict) => {
                    self.follow(means).await;
                    continue;
                }
                Err(error) => {
                    tracing::error!(authority = self.authority, url = self.url, %error, "a revocation list was not stored");
                    next.unsaved = true;
                }
            }
            tracing::info!(
                authority = self.authority,
                url = self.url,
                entries = list.len(),
                next_update = %list.next_update(),
                "a revocation list was fetched"
            );
            *self.known() = next;
            if now > list.next_update() {
                let fault = ended(&list);
                self.failed(fault, false, means, now).await;
            }
            return;
        }
        tracing::warn!(
            authority = self.authority,
            url = self.url,
            "others keep replacing a revocation list"
        );
    }

    /// The list that is there is the one that is known.
    async fn confirm(&self, validators: Option<Validators>, means: &Means, now: Time) {
        let fault = {
            let mut known = self.known();
            if let Some(validators) = validators {
                known.state.etag = validators.etag;
                known.state.last_modified = validators.last_modified;
            }
            match &known.list {
                Ok(list) if !known.counts(now) => Some(ended(list)),
                Ok(_) | Err(_) => {
                    succeeded(&mut known.state, now);
                    None
                }
            }
        };
        match fault {
            Some(fault) => self.failed(fault, false, means, now).await,
            None => self.write_down(means).await,
        }
    }

    async fn miss(&self, fault: CrlFault, again: bool, means: &Means, now: Time) {
        let written = FetchFault {
            code: fault.code(),
            text: fault.to_string(),
        };
        {
            let mut known = self.known();
            if known.list.is_err() {
                known.list = Err(fault);
            }
        }
        self.failed(written, again, means, now).await;
    }

    async fn failed(&self, fault: FetchFault, again: bool, means: &Means, now: Time) {
        tracing::warn!(
            authority = self.authority,
            url = self.url,
            fault = fault.text,
            "a revocation list was not had"
        );
        {
            let state = &mut self.known().state;
            state.attempted_at = Some(now.unix());
            state.failures = state.failures.saturating_add(1);
            state.fault = Some(fault);
            state.next_attempt = Some(if again {
                now.unix()
            } else {
                schedule::after_failures(state.failures, now.unix(), jitter())
            });
        }
        self.write_down(means).await;
    }

    /// Writes the state down, for administrators; what another process wrote since stands.
    async fn write_down(&self, means: &Means) {
        let state = self.state();
        match means.store.put_crl(&state, None).await {
            Ok(_) => {}
            Err(StoreError::Conflict) => self.follow(means).await,
            Err(error) => {
                tracing::error!(authority = self.authority, url = self.url, %error, "the state of a revocation list was not stored");
            }
        }
    }

    /// Takes over what another process stored.
    async fn follow(&self, means: &Means) {
        let stored = match means.store.crl_state(&self.authority, &self.url).await {
            Ok(Some(stored)) => self.reload(stored, &*means.store).await,
            Ok(None) => {
                self.known().state.version = 0;
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            tracing::error!(authority = self.authority, url = self.url, %error, "a stored revocation list was not read");
        }
    }

    async fn reload(&self, stored: CrlState, store: &dyn Store) -> Result<(), StoreError> {
        let mut known = Known {
            list: Err(CrlFault::NotFetched),
            state: stored,
            unsaved: false,
        };
        if let Some(crl) = store.crl(&self.authority, &self.url).await? {
            known.state.version = crl.version;
            match list::read(crl.der, self.issuer.clone(), self.trust.clone()).await {
                Ok(list) => {
                    known.state.list = Some(list::facts(&list));
                    known.list = Ok(list);
                }
                Err(fault) => {
                    tracing::warn!(authority = self.authority, url = self.url, %fault, "the stored revocation list is not used");
                    known.state.etag = None;
                    known.state.last_modified = None;
                    known.list = Err(fault);
                }
            }
        }
        let mut mine = self.known();
        if let (Ok(list), Ok(stored), true) = (&mine.list, &known.list, mine.unsaved)
            && list::age(list, stored) == Age::Newer
        {
            mine.state.version = known.state.version;
        } else {
            *mine = known;
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn counts(&self, now: Time) -> bool {
        self.list
            .as_ref()
            .is_ok_and(|list| now <= list.next_update())
    }

    /// What the server may be asked by: only for a list that is still there to be kept.
    fn validators(&self) -> Validators {
        if self.list.is_err() || self.unsaved {
            return Validators::default();
        }
        Validators {
            etag: self.state.etag.clone(),
            last_modified: self.state.last_modified.clone(),
        }
    }
}

fn succeeded(state: &mut CrlState, now: Time) {
    state.fetched_at = Some(now.unix());
    state.attempted_at = Some(now.unix());
    state.failures = 0;
    state.fault = None;
    state.next_attempt = state
        .list
        .as_ref()
        .map(|list| schedule::next(list, now.unix(), jitter()));
}

fn ended(list: &Crl) -> FetchFault {
    FetchFault {
        code: certs::code::CRL_STALE,
        text: format!("the list that is there ended {}", list.next_update()),
    }
}

fn jitter() -> u8 {
    let [byte] = random_bytes();
    byte
}

/// How often a list is compared anew because another process stored one.
const MOST_CONFLICTS: usize = 3;
