//! The trust stores of the tenants, read once per change, with their newest revocation lists.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use certs::ocsp::{Response, Status};
use certs::{
    Authority, Certificate, Fingerprint, InitialPolicies, Revocation, RevocationList, Role,
    Settings, TrustStore, ValidPath,
};
use policy::Policy;
use tokio::task::JoinSet;

use crate::crl::{Fetcher, Means, Need, Responses, Watched};
use crate::directory::{self, hints};
use crate::server::Clock;
use crate::store::{
    self, CrlState, Purpose, Requirement, Sources, Store, StoreError, Tenant, Validation,
};

/// What a tenant's certificates are judged against.
pub struct Trust {
    /// Its authorities.
    pub anchors: TrustStore,
    /// What it asks of a path.
    pub settings: Settings,
    /// Its rules, ready to be asked.
    pub policy: Policy,
    /// The names that the TLS handshake sends (DER, each once), as its issuer hints say.
    pub ca_names: Vec<Vec<u8>>,
    version: i64,
    authorities: Vec<Kept>,
    /// The subject key identifiers that are exempt, if each issuer must have a source.
    required: Option<Vec<Vec<u8>>>,
    responses: Arc<Responses>,
    means: Means,
}

/// An authority, and what tells of its revocations.
struct Kept {
    id: String,
    /// Why the classic list says where its revocations are, where it does.
    classic: Option<String>,
    certificate: Certificate,
    sources: Sources,
    lists: Vec<Arc<Watched>>,
}

/// Keeps each tenant's trust store parsed, until the tenant's version changes.
#[derive(Clone)]
pub struct TrustCache(Arc<Inner>);

struct Inner {
    means: Means,
    responses: Arc<Responses>,
    tenants: Mutex<HashMap<String, Arc<Trust>>>,
    /// Held while a trust store is read: two readers would each begin lists of their own.
    parsing: tokio::sync::Mutex<()>,
}

impl Trust {
    /// What tells whether the certificates of a path are revoked.
    ///
    /// The responders of its authorities are asked first. Where they say nothing, a list that the
    /// path needs and that is missing or past its date is fetched once, within the limits. If that
    /// brings nothing either, the judgement says what is unknown.
    pub async fn revocation(&self, path: &ValidPath) -> Revocation {
        let questions = path.questions();
        let mut asking = JoinSet::new();
        for (place, question) in questions.iter().enumerate() {
            if let Some(url) = self.responder_of(&question.issuer) {
                let (question, url) = (question.clone(), url.to_owned());
                let (responses, means) = (Arc::clone(&self.responses), self.means.clone());
                asking
                    .spawn(async move { (place, responses.answer(&question, &url, &means).await) });
            }
        }
        let mut answers: Vec<_> = questions.iter().map(|_| None).collect();
        while let Some(Ok((place, answer))) = asking.join_next().await {
            if let Some(slot) = answers.get_mut(place) {
                *slot = Some(answer);
            }
        }
        let unanswered: Vec<Fingerprint> = questions
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| !matches!(answer, Some(Ok(response)) if says_it(response)))
            .map(|(question, _)| question.issuer.sha256())
            .collect();
        let lists = self.lists(|kept| unanswered.contains(&kept.certificate.sha256()));
        self.fetch(lists, Need::Now).await;
        let mut revocation = self.of_lists();
        for (question, answer) in questions.iter().zip(answers) {
            if let Some(answer) = answer {
                revocation.answer(&question.certificate, answer);
            }
        }
        revocation
    }

    /// The same as far as it is known, with nothing fetched and nobody asked.
    pub fn known(&self, path: &ValidPath) -> Revocation {
        let mut revocation = self.of_lists();
        for question in path.questions() {
            if let Some(url) = self.responder_of(&question.issuer) {
                let now = self.means.clock.now();
                let answer = self.responses.known(&question, url, now);
                revocation.answer(&question.certificate, answer);
            }
        }
        revocation
    }

    /// What is configured for each authority, with its lists as they are known.
    fn of_lists(&self) -> Revocation {
        let mut revocation = Revocation::none();
        for kept in self
            .authorities
            .iter()
            .filter(|kept| !kept.sources.is_empty())
        {
            let lists = |deltas| {
                let of_kind = kept.lists.iter().filter(|list| list.is_delta() == deltas);
                of_kind
                    .map(|list| match list.list() {
                        Ok(list) => RevocationList::Ready(list),
                        Err(fault) => RevocationList::Missing(fault),
                    })
                    .collect()
            };
            let sources = certs::Sources {
                requirement: match kept.sources.requirement {
                    Requirement::FailClosed => certs::Requirement::FailClosed,
                    Requirement::Grace { hours } => certs::Requirement::Grace { hours },
                    Requirement::NotRequired => certs::Requirement::NotRequired,
                },
                lists: lists(false),
                deltas: lists(true),
            };
            revocation.set(&kept.certificate, sources);
        }
        if let Some(exempt) = &self.required {
            revocation.require(exempt.clone());
        }
        revocation
    }

    fn responder_of(&self, issuer: &Certificate) -> Option<&str> {
        let mut all = self.authorities.iter();
        let kept = all.find(|kept| kept.certificate.sha256() == issuer.sha256())?;
        kept.sources.ocsp_url.as_deref()
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

    fn lists(&self, of: impl Fn(&Kept) -> bool) -> Vec<Arc<Watched>> {
        let kept = self.authorities.iter().filter(|kept| of(kept));
        kept.flat_map(|kept| kept.lists.iter().cloned()).collect()
    }

    /// Which of the directory's two lists of CAs says where the revocations of a certificate's issuer
    /// are: why it is the classic list, or none where it is a container.
    pub fn classic(&self, issuer: &Certificate) -> Option<&str> {
        let mut all = self.authorities.iter();
        let kept = all.find(|kept| kept.certificate.sha256() == issuer.sha256())?;
        kept.classic.as_deref()
    }

    /// Whom an authority names that has this subject key identifier, hex; none where none has it.
    pub fn subject_of(&self, key: &str) -> Option<String> {
        let is_it = |kept: &&Kept| {
            let own = kept.certificate.subject_key_identifier().map(certs::hex);
            own.is_some_and(|own| own.eq_ignore_ascii_case(key))
        };
        let known = self.authorities.iter().find(is_it)?;
        Some(known.certificate.subject().to_string())
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
            responses: Arc::default(),
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

    /// Fetches every list that is due, of every tenant; called ahead of sign-ins.
    ///
    /// # Errors
    /// If the store fails. A list that cannot be fetched is logged and tried again.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.notice().await?;
        let mut fetching = JoinSet::new();
        for tenant in self.0.means.store.tenants().await? {
            let trust = self.of(&tenant).await?;
            fetching.spawn(async move { trust.fetch(trust.lists(|_| true), Need::Soon).await });
        }
        fetching.join_all().await;
        Ok(())
    }

    /// Takes over the lists that other processes stored, without fetching any.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn notice(&self) -> Result<(), StoreError> {
        let store = &*self.0.means.store;
        for tenant in store.tenants().await? {
            let trust = self.of(&tenant).await?;
            for state in store.crl_states(&tenant.id).await? {
                let mut lists = trust.authorities.iter().flat_map(|kept| &kept.lists);
                if let Some(list) = lists.find(|list| list.is_of(&state)) {
                    list.notice(state, store).await?;
                }
            }
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
        let lists = trust.lists(|kept| authority.is_none_or(|wanted| wanted == kept.id));
        trust.fetch(lists.clone(), need).await;
        Ok(lists.iter().map(|list| list.state()).collect())
    }

    async fn read(&self, tenant: &Tenant, known: Option<&Trust>) -> Result<Trust, StoreError> {
        let store = &*self.0.means.store;
        let mut states = store.crl_states(&tenant.id).await?;
        let mut stored = Vec::new();
        for authority in store.authorities(&tenant.id).await? {
            let certificate = match Certificate::from_der(&authority.certificate) {
                Ok(certificate) => certificate,
                Err(error) => {
                    tracing::error!(authority = authority.id, %error, "an authority cannot be read");
                    continue;
                }
            };
            stored.push((authority, certificate));
        }
        let hinted = stored
            .iter()
            .map(|(authority, certificate)| (certificate, authority.directory.issuer_hint));
        let ca_names = hints::names(tenant.method.issuer_hints, hinted);
        let policy = directory::policy(store, tenant).await?;
        let anchors = TrustStore::new(stored.iter().map(anchor).collect());
        let mut authorities = Vec::new();
        for (authority, certificate) in stored {
            let mut lists = Vec::new();
            for source in authority.sources.lists() {
                let same = known
                    .into_iter()
                    .flat_map(|known| &known.authorities)
                    .flat_map(|kept| &kept.lists)
                    .find(|watched| watched.is(&authority.id, source, &anchors));
                lists.push(if let Some(same) = same {
                    Arc::clone(same)
                } else {
                    let state = taken(&mut states, &authority, source.0);
                    let signers = (certificate.clone(), anchors.clone());
                    let id = &authority.id;
                    Arc::new(Watched::load(source, id, signers, state, store).await?)
                });
            }
            authorities.push(Kept {
                id: authority.id,
                classic: authority.directory.classic_counts,
                certificate,
                sources: authority.sources,
                lists,
            });
        }
        Ok(Trust {
            anchors,
            settings: settings(&tenant.validation),
            policy,
            ca_names,
            version: tenant.version,
            authorities,
            required: required(&tenant.validation),
            responses: Arc::clone(&self.0.responses),
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

fn anchor((stored, certificate): &(store::Authority, Certificate)) -> Authority {
    Authority {
        certificate: certificate.clone(),
        role: if stored.root {
            Role::Root
        } else {
            Role::Intermediate
        },
    }
}

/// What a path is asked for. A stored policy that is none is one that no certificate has.
fn settings(validation: &Validation) -> Settings {
    let policies = &validation.initial_policies;
    Settings {
        purpose: match validation.purpose {
            Purpose::ClientAuthentication => certs::Purpose::ClientAuthentication,
            Purpose::SmartCardLogon => certs::Purpose::SmartcardLogon,
            Purpose::PivAuthentication => certs::Purpose::PivAuthentication,
            Purpose::Any => certs::Purpose::Any,
        },
        initial_policies: if policies.is_empty() {
            InitialPolicies::Any
        } else {
            InitialPolicies::These(policies.iter().flat_map(|oid| oid.parse()).collect())
        },
        explicit_policy: validation.require_explicit_policy,
        ..Settings::default()
    }
}

/// The subject key identifiers that are exempt from having a source, if each issuer must have one.
fn required(validation: &Validation) -> Option<Vec<Vec<u8>>> {
    let configured = &validation.crl_validation_configuration;
    let exempt = configured.exempted_subject_key_identifiers.iter();
    configured
        .required
        .then(|| exempt.filter_map(|text| from_hex(text)).collect())
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| u8::try_from(pair.iter().fold(0, |byte, digit| byte * 16 + digit)).ok())
        .collect()
}

/// Whether a responder said what is so, and nobody else has to be asked.
fn says_it(response: &Response) -> bool {
    match response.status() {
        Status::Good | Status::Revoked(_) => true,
        Status::Unknown => false,
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
