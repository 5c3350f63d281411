//! Revocation lists: fetched once, ahead of need, kept, and failing closed.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use certauth::crl::Fetcher;
use certauth::server::Clock;
use certauth::store::sqlite::SqliteStore;
use certauth::store::{Store as _, Tenant};
use certauth::trust::TrustCache;
use certs::{Presented, Settings, Time, validate};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::pki::{Authority, Identity, key};
use crate::support::site;

const BEGIN: i64 = 1_800_000_000;
const DAY: i64 = 24 * 60 * 60;

#[tokio::test]
async fn a_certificate_counts_until_its_authority_revokes_it() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));

    world.serve(Answer::List(world.ca.crl(2, BEGIN + 1, DAY, &[0x1234]).der));
    world.at(BEGIN + DAY / 2);
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
        sign_ins.spawn(async move { trust.of(&tenant).await.unwrap() });
    }
    sign_ins.join_all().await;
    assert_eq!(world.fetches(), 1);
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_list_is_refreshed_at_half_of_its_time_and_not_before() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 1);
    world.at(BEGIN + DAY / 2 - 1);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 1);
    world.at(BEGIN + DAY / 2);
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
        (Answer::Never, certs::code::CRL_TIMED_OUT),
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
    let stored = world.store.crl(&authority.id).await.unwrap().unwrap();
    assert_eq!(stored.der, list.der);
}

#[tokio::test]
async fn an_older_list_played_back_brings_no_certificate_to_life() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(10, BEGIN, DAY, &[0x1234]).der));
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    world.serve(Answer::List(world.ca.crl(9, BEGIN, 2 * DAY, &[]).der));
    world.at(BEGIN + DAY / 2);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.fetches(), 2);
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
}

#[tokio::test]
async fn the_newest_list_survives_a_restart() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[0x1234]).der));
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    world.serve(Answer::Status(500));
    let world = world.restarted();
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_new_address_of_an_authority_is_used_after_the_tenant_changed() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));
    let other = Authority::named("Other CA");
    let other = site::trusted(&world.tenant, &other, None);
    world.store.put_authority(&other).await.unwrap();
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

/// A tenant with one authority, whose list a server on this machine has.
struct World {
    ca: Authority,
    person: Identity,
    tenant: Tenant,
    store: Arc<SqliteStore>,
    trust: TrustCache,
    now: Arc<AtomicI64>,
    shelf: Arc<Shelf>,
    folder: TempDir,
}

/// What the list's server answers, and how often it was asked.
struct Shelf {
    answer: Mutex<Answer>,
    fetches: Mutex<usize>,
    address: SocketAddr,
}

#[derive(Clone)]
enum Answer {
    List(Vec<u8>),
    Status(u16),
    Never,
}

impl World {
    async fn new() -> Self {
        Self::with_url(|server| format!("http://{server}/list.crl")).await
    }

    /// A world whose authority has this address for its list; none if it is empty.
    async fn with_url(url: impl Fn(SocketAddr) -> String) -> Self {
        let shelf = shelf().await;
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::create(&folder.path().join("certauth.sqlite")).await;
        let store = Arc::new(store.unwrap());
        let tenant = site::tenant();
        store.put_tenant(&tenant).await.unwrap();
        let ca = Authority::named("People CA");
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
        *self.shelf.answer.lock().unwrap() = answer;
    }

    fn at(&self, now: i64) {
        self.now.store(now, Ordering::Relaxed);
    }

    fn fetches(&self) -> usize {
        *self.shelf.fetches.lock().unwrap()
    }

    /// Judges the person's certificate, as a sign-in does; the code if it is refused.
    async fn judge(&self) -> Result<(), u32> {
        let trust = self.trust.of(&self.tenant).await.unwrap();
        let now = Time::from_unix(self.now.load(Ordering::Relaxed));
        let presented = Presented {
            certificates: vec![self.person.certificate.as_ref().to_vec()],
        };
        validate(&presented, &trust.anchors, &Settings::default(), now)
            .and_then(|path| path.check(&trust.lists, now))
            .map(|_| ())
            .map_err(|refused| refused.code())
    }
}

fn trust(store: Arc<SqliteStore>, now: &Arc<AtomicI64>) -> TrustCache {
    let now = now.clone();
    let clock = Clock::from_fn(move || Time::from_unix(now.load(Ordering::Relaxed)));
    let fetcher = Fetcher::new(5000, Duration::from_millis(500)).unwrap();
    TrustCache::new(store, fetcher, clock)
}

async fn shelf() -> Arc<Shelf> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shelf = Arc::new(Shelf {
        answer: Mutex::new(Answer::Status(404)),
        fetches: Mutex::new(0),
        address,
    });
    let elsewhere = format!("http://localhost:{}/list.crl", address.port());
    let routes = Router::new()
        .route("/list.crl", get(list))
        .route("/moved", get(async || Redirect::to("/list.crl")))
        .route("/away", get(async move || Redirect::to(&elsewhere)))
        .with_state(shelf.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    shelf
}

async fn list(State(shelf): State<Arc<Shelf>>) -> Response {
    *shelf.fetches.lock().unwrap() += 1;
    let answer = shelf.answer.lock().unwrap().clone();
    match answer {
        Answer::List(bytes) => {
            ([(header::CONTENT_TYPE, "application/pkix-crl")], bytes).into_response()
        }
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Never => std::future::pending().await,
    }
}
