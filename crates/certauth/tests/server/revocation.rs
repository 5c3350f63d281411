//! Revocation lists: fetched once, ahead of need, kept, and failing closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use certauth::config::{Bound, Fetching};
use certauth::crl::Fetcher;
use certauth::journey::judge;
use certauth::server::Clock;
use certauth::store::sqlite::SqliteStore;
use certauth::store::{CrlState, Store as _, Tenant};
use certauth::trust::TrustCache;
use certs::{Presented, Time};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::support::crl::Scope;
use crate::support::pki::{Authority, Identity, key};
use crate::support::shelf::{Answer, Shelf};
use crate::support::site;

mod kept;
mod parts;
mod responders;
mod waiting;

const BEGIN: i64 = 1_800_000_000;
const DAY: i64 = 24 * 60 * 60;

#[tokio::test]
async fn a_certificate_counts_until_its_authority_revokes_it() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));

    world.serve(Answer::List(world.ca.crl(2, BEGIN + 1, DAY, &[0x1234]).der));
    world.at(BEGIN + DAY * 6 / 10);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
}

#[tokio::test]
async fn many_sign_ins_at_once_fetch_a_list_once() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    let mut sign_ins = JoinSet::new();
    for _ in 0..20 {
        let (trust, tenant) = (world.trust.clone(), world.tenant.clone());
        let presented = Presented {
            certificates: vec![world.person.certificate.as_ref().to_vec()],
        };
        let clock = clock(&world.now);
        sign_ins.spawn(async move {
            let trust = trust.of(&tenant).await.unwrap();
            judge::certificate(&presented, &trust, &clock).await.is_ok()
        });
    }
    assert_eq!(sign_ins.join_all().await, [true; 20]);
    assert_eq!(world.fetches(), 1);
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_list_is_refreshed_after_half_of_its_time_and_not_before() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 1);
    world.at(BEGIN + DAY / 2 - 1);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 1);
    world.at(BEGIN + DAY * 6 / 10);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 2);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn a_list_is_refreshed_when_its_authority_publishes_the_next() {
    let world = World::new().await;
    let publish = Some(BEGIN + DAY * 9 / 10);
    let list = world.ca.list(Scope::Whole, 1, (BEGIN, DAY), publish, &[]);
    world.serve(Answer::List(list.der));
    world.trust.refresh().await.unwrap();
    world.at(BEGIN + DAY * 9 / 10 - 1);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 1);
    world.at(BEGIN + DAY * 95 / 100);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn a_list_past_its_date_refuses_until_a_newer_one_is_there() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));

    world.serve(Answer::Status(500));
    world.at(BEGIN + DAY + 1);
    assert_eq!(world.judge().await, Err(certs::code::CRL_STALE));
    assert_eq!(world.fetches(), 2);

    let next = world.ca.crl(2, BEGIN + DAY, DAY, &[]);
    world.serve(Answer::List(next.der));
    assert_eq!(world.judge().await, Err(certs::code::CRL_STALE));
    assert_eq!(world.fetches(), 2, "asked again at once");
    world.at(BEGIN + DAY + 31);
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 3);
}

#[tokio::test]
async fn a_list_that_cannot_be_had_refuses_and_says_why() {
    for (answer, code) in [
        (Answer::Status(404), certs::code::CRL_FETCH_FAILED),
        (Answer::List(b"<html>".to_vec()), certs::code::CRL_NOT_DER),
        (Answer::List(vec![0x30; 5001]), certs::code::CRL_TOO_LARGE),
        (Answer::Endless, certs::code::CRL_TOO_LARGE),
        (Answer::Cut, certs::code::CRL_FETCH_FAILED),
        (Answer::Never, certs::code::CRL_LATE),
    ] {
        let world = World::new().await;
        world.serve(answer);
        assert_eq!(world.judge().await, Err(code));
    }
    let world = World::new().await;
    let namesake = Authority::named("People CA");
    world.serve(Answer::List(namesake.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Err(certs::code::CRL_WRONG_SIGNER));
}

#[tokio::test]
async fn a_server_that_is_not_there_refuses() {
    let world = World::with_url(|_| "http://127.0.0.1:1/list.crl".to_owned()).await;
    assert_eq!(world.judge().await, Err(certs::code::CRL_FETCH_FAILED));
}

#[tokio::test]
async fn without_an_address_nothing_is_checked_or_fetched() {
    let world = World::with_url(|_| String::new()).await;
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 0);
}

#[tokio::test]
async fn a_list_in_pem_is_taken_and_kept_in_der() {
    let world = World::new().await;
    let list = world.ca.crl(1, BEGIN, DAY, &[0x1234]);
    world.serve(Answer::List(list.pem.into_bytes()));
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    let authority = &world.store.authorities(&world.tenant.id).await.unwrap()[0];
    let stored = world
        .store
        .crl(&authority.id, &authority.sources.crl_urls[0])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.der, list.der);
}

#[tokio::test]
async fn an_older_list_played_back_brings_no_certificate_to_life() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(10, BEGIN, DAY, &[0x1234]).der));
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    world.serve(Answer::List(world.ca.crl(9, BEGIN, 2 * DAY, &[]).der));
    world.at(BEGIN + DAY * 6 / 10);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 2);
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    let fault = world.state().await.fault.unwrap();
    assert!(
        fault.text.contains("an older list is there: CRL 9"),
        "{fault:?}"
    );
}

#[tokio::test]
async fn a_new_address_of_an_authority_is_used_after_the_tenant_changed() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));
    let other = Authority::named("Other CA");
    let other = site::trusted(&world.tenant, &other, None);
    world.store.put_authority(&other).await.unwrap();
    assert_eq!(world.judge().await, Ok(()));
    let changed = world.store.tenant(&world.tenant.id).await.unwrap().unwrap();
    let trust = world.trust.of(&changed).await.unwrap();
    assert_eq!(trust.anchors.authorities().len(), 2);
    assert_eq!(trust.ca_names.len(), 2);
    assert_eq!(
        world.fetches(),
        1,
        "the list that is there was fetched again"
    );
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_host_only() {
    let world = World::with_url(|server| format!("http://{server}/moved")).await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));

    let world = World::with_url(|server| format!("http://{server}/away")).await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Err(certs::code::CRL_FETCH_FAILED));
    assert_eq!(world.fetches(), 0);
}

#[tokio::test]
async fn a_list_too_large_to_wait_for_is_fetched_by_nobody_s_sign_in() {
    let world = World::new().await;
    let serials: Vec<u64> = (1..400).collect();
    let list = world.ca.crl(1, BEGIN, DAY, &serials).der;
    assert!((5001..50_000).contains(&list.len()), "{}", list.len());
    world.serve(Answer::List(list));
    assert_eq!(world.judge().await, Err(certs::code::CRL_TOO_LARGE));
    world.shelf.asked(2).await;
    // The background holds the list's lock, or is done: this waits for it and asks nobody.
    world.trust.refresh().await.unwrap();
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn a_list_too_large_for_all_is_asked_for_ever_more_rarely() {
    let world = World::new().await;
    world.serve(Answer::List(vec![0x30; 50_001]));
    let mut times = Vec::new();
    for second in 0..1700 {
        world.at(BEGIN + second);
        let before = world.fetches();
        world.trust.refresh().await.unwrap();
        if world.fetches() > before {
            times.push(second);
        }
    }
    // 60, 120, 240 and 480 seconds and up to an eighth more after each other.
    assert_eq!(times.len(), 5, "{times:?}");
    let fault = world.state().await.fault.unwrap();
    assert_eq!(fault.code, certs::code::CRL_TOO_LARGE);
    assert_eq!(world.judge().await, Err(certs::code::CRL_TOO_LARGE));
}

#[tokio::test]
async fn a_person_who_leaves_does_not_end_the_fetch() {
    let world = World::new().await;
    world.serve(Answer::Slow(world.ca.crl(1, BEGIN, DAY, &[]).der));
    let first = world.judge();
    tokio::select! {
        biased;
        () = world.shelf.asked(1) => {}
        judged = first => panic!("{judged:?}"),
    }
    world.shelf.go_on.notify_one();
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_list_that_did_not_change_is_not_sent_again() {
    let world = World::new().await;
    world.serve(Answer::Tagged(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));
    world.at(BEGIN + DAY * 6 / 10);
    world.trust.refresh().await.unwrap();
    assert_eq!((world.fetches(), world.unchanged()), (2, 1));
    let state = world.state().await;
    assert_eq!(state.fetched_at, Some(BEGIN + DAY * 6 / 10));
    assert_eq!((state.version, state.failures), (1, 0));

    // The tag outlives a restart, and a list past its date is not kept by "unchanged".
    let world = world.restarted();
    world.at(BEGIN + DAY + 1);
    assert_eq!(world.judge().await, Err(certs::code::CRL_STALE));
    assert_eq!((world.fetches(), world.unchanged()), (3, 2));
    assert_eq!(
        world.state().await.fault.unwrap().code,
        certs::code::CRL_STALE
    );
}

/// A tenant with one authority, whose list a server on this machine has.
struct World {
    ca: Arc<Authority>,
    person: Identity,
    tenant: Tenant,
    store: Arc<SqliteStore>,
    trust: TrustCache,
    now: Arc<AtomicI64>,
    shelf: Arc<Shelf>,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        Self::with_url(|server| format!("http://{server}/list.crl")).await
    }

    /// A world whose authority has this address for its list; none if it is empty.
    async fn with_url(url: impl Fn(SocketAddr) -> String) -> Self {
        let shelf = Shelf::open().await;
        let away = format!("http://localhost:{}/list.crl", shelf.address.port());
        shelf.put("/moved", Answer::Elsewhere("/list.crl".to_owned()));
        shelf.put("/away", Answer::Elsewhere(away));
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::create(&folder.path().join("certauth.sqlite")).await;
        let store = Arc::new(store.unwrap());
        let tenant = site::tenant();
        store.put_tenant(&tenant).await.unwrap();
        let ca = Arc::new(Authority::named("People CA"));
        let url = Some(url(shelf.address)).filter(|url| !url.is_empty());
        let trusted = site::trusted(&tenant, &ca, url);
        store.put_authority(&trusted).await.unwrap();
        let now = Arc::new(AtomicI64::new(BEGIN));
        Self {
            person: ca.person(key(&rcgen::PKCS_ECDSA_P256_SHA256)),
            tenant: store.tenant(&tenant.id).await.unwrap().unwrap(),
            trust: trust(store.clone(), &now),
            ca,
            store,
            now,
            shelf,
            folder,
        }
    }

    fn restarted(self) -> Self {
        Self {
            trust: trust(self.store.clone(), &self.now),
            folder: self.folder,
            ..self
        }
    }

    fn serve(&self, answer: Answer) {
        self.shelf.put("/list.crl", answer);
    }

    fn at(&self, now: i64) {
        self.now.store(now, Ordering::Relaxed);
    }

    fn fetches(&self) -> usize {
        self.shelf.fetches()
    }

    fn unchanged(&self) -> usize {
        self.shelf.unchanged()
    }

    /// Judges the person's certificate, as a sign-in does; the code if it is refused.
    async fn judge(&self) -> Result<(), u32> {
        self.judge_by(&self.trust).await
    }

    async fn judge_by(&self, trust: &TrustCache) -> Result<(), u32> {
        let tenant = self.store.tenant(&self.tenant.id).await.unwrap().unwrap();
        let trust = trust.of(&tenant).await.unwrap();
        let presented = Presented {
            certificates: vec![self.person.certificate.as_ref().to_vec()],
        };
        judge::certificate(&presented, &trust, &clock(&self.now))
            .await
            .map(|_| ())
            .map_err(|refusal| refusal.code())
    }

    /// A trust store of its own, that waits so long: for a person, and ahead of one.
    fn patient(&self, waited_for: Duration, ahead: Duration) -> TrustCache {
        trust_within(self.store.clone(), &self.now, waited_for, ahead)
    }

    /// The authority as it is stored.
    async fn stored(&self) -> certauth::store::Authority {
        let mut all = self.store.authorities(&self.tenant.id).await.unwrap();
        all.remove(0)
    }

    /// What is known of the list.
    async fn state(&self) -> CrlState {
        let mut states = self.store.crl_states(&self.tenant.id).await.unwrap();
        assert_eq!(states.len(), 1, "{states:?}");
        states.remove(0)
    }
}

fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = now.clone();
    Clock::from_fn(move || Time::from_unix(now.load(Ordering::Relaxed)))
}

fn trust(store: Arc<SqliteStore>, now: &Arc<AtomicI64>) -> TrustCache {
    let time = Duration::from_millis(500);
    trust_within(store, now, time, time)
}

fn trust_within(
    store: Arc<SqliteStore>,
    now: &Arc<AtomicI64>,
    waited_for: Duration,
    ahead: Duration,
) -> TrustCache {
    let bound = |bytes, time| Bound { bytes, time };
    let fetcher = Fetcher::new(Fetching {
        waited_for: bound(5000, waited_for),
        ahead: bound(50_000, ahead),
        ocsp: bound(5000, waited_for),
    });
    TrustCache::new(store, fetcher.unwrap(), clock(now))
}
