//! A server with a tenant, its people and applications, and a clock that the test moves.

pub(crate) mod browser;
pub(crate) mod device;
pub(crate) mod pki;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use certauth::config::Limits;
use certauth::crl::Fetcher;
use certauth::listener::Peer;
use certauth::master_key::Sealer;
use certauth::server::{Clock, Hosts, Server, sha256_hex, uuid};
use certauth::signing_keys::SigningKeys;
use certauth::store::sqlite::SqliteStore;
use certauth::store::{
    Application, Authority, CrlState, LogRow, Sources, Store, Tenant, User, Validation,
};
use certauth::trust::TrustCache;
use certauth::web;
use certs::Time;
use policy::one_time_code::Secret;
use policy::{Affinity, MethodPolicy, Requirement, Strength, StrengthRule};
use tempfile::TempDir;

use self::browser::Browser;
use self::device::Device;
use self::pki::Pki;

/// A server, ready to be talked to.
pub(crate) struct World {
    pub(crate) server: Arc<Server>,
    pub(crate) login: Router,
    pub(crate) certauth: Router,
    pub(crate) tenant: Tenant,
    /// Another tenant of the same server, with users of the same names.
    pub(crate) other: Tenant,
    pub(crate) pki: Pki,
    clock: Arc<AtomicI64>,
    _folder: TempDir,
}

pub(crate) const LOGIN: &str = "https://login.localhost:8443";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const SECRET: &str = "s3cret of payroll";
pub(crate) const PAYROLL: &str = "https://payroll.example/cb?from=sso";
pub(crate) const NOTES: &str = "https://notes.example/cb";
pub(crate) const CODE_SECRET: [u8; 20] = *b"12345678901234567890";

impl World {
    /// `lee` has a password and a one-time code, `sam` a password, `kim` neither, `max` is
    /// switched off. `payroll` asks for two factors, `notes` for one.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Tenant)) -> Self {
        let hosts = Hosts::new("login.localhost", "certauth.login.localhost", 8443);
        Self::at(hosts, change).await
    }

    /// The same under other names.
    pub(crate) async fn at(hosts: Hosts, change: impl FnOnce(&mut Tenant)) -> Self {
        Self::within(Limits::default(), hosts, change).await
    }

    /// The same within other limits.
    pub(crate) async fn limited(limits: Limits) -> Self {
        let hosts = Hosts::new("login.localhost", "certauth.login.localhost", 8443);
        Self::within(limits, hosts, |_| {}).await
    }

    async fn within(limits: Limits, hosts: Hosts, change: impl FnOnce(&mut Tenant)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(
            SqliteStore::create(&folder.path().join("certauth.db"))
                .await
                .unwrap(),
        );
        let time = Arc::new(AtomicI64::new(pki::NOW.unix()));
        let told = Arc::clone(&time);
        let clock = Clock::from_fn(move || Time::from_unix(told.load(Ordering::SeqCst)));
        let pki = Pki::new();
        let mut tenant = tenant("Meridian", "meridian.example");
        change(&mut tenant);
        let other = self::tenant("Fabrikam", "fabrikam.example");
        let sealer = Sealer::new(&[7; 32]);
        for tenant in [&tenant, &other] {
            store.put_tenant(tenant).await.unwrap();
            furnish(&*store, tenant, &sealer, &pki).await;
        }
        let fetcher = Fetcher::new(limits.fetching).unwrap();
        let trust = TrustCache::new(Arc::clone(&store), fetcher, clock.clone());
        let keys = SigningKeys::ephemeral().unwrap();
        let server = Arc::new(Server::new(store, hosts, sealer, keys, trust, clock));
        Self {
            login: web::login_router(Arc::clone(&server), &limits),
            certauth: web::certauth_router(Arc::clone(&server), &limits),
            tenant,
            other,
            pki,
            server,
            clock: time,
            _folder: folder,
        }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    pub(crate) fn device(&self) -> Device<'_> {
        Device::new(self)
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The code that an authenticator shows at this moment.
    pub(crate) fn code(&self) -> String {
        let secret = Secret::from_bytes(&CODE_SECRET).unwrap();
        secret.code_at(Time::from_unix(self.now())).unwrap()
    }

    /// The sign-in log, the oldest row first.
    pub(crate) async fn log(&self) -> Vec<LogRow> {
        let mut rows = self
            .server
            .store
            .log_rows(&self.tenant.id, 200)
            .await
            .unwrap();
        rows.reverse();
        rows
    }

    /// The steps of the log with result and code.
    pub(crate) async fn steps(&self) -> Vec<(String, String, u32)> {
        let rows = self.log().await;
        rows.into_iter()
            .map(|row| (row.step, row.result, row.code))
            .collect()
    }

    pub(crate) async fn change_user(&self, name: &str, change: impl FnOnce(&mut User)) {
        let store = &self.server.store;
        let name = format!("{name}@meridian.example");
        let mut user = store
            .user_by_name(&self.tenant.id, &name)
            .await
            .unwrap()
            .unwrap();
        change(&mut user);
        store.put_user(&user).await.unwrap();
    }
}

/// Somebody on this machine.
pub(crate) fn peer() -> Peer {
    Peer {
        address: ([127, 0, 0, 1], 40000).into(),
        server_name: "login.localhost".to_owned(),
        tls: "TLSv1.3",
        certificates: Vec::new(),
    }
}

fn tenant(name: &str, domain: &str) -> Tenant {
    Tenant {
        id: uuid(),
        display_name: name.to_owned(),
        domains: vec![domain.to_owned()],
        method: MethodPolicy {
            rules: vec![StrengthRule::PolicyOid {
                policy_oid: "1.2.3.4".to_owned(),
                strength: Strength::MultiFactor,
                required_affinity: Affinity::Low,
            }],
            ..MethodPolicy::default()
        },
        validation: Validation::default(),
        help_url: None,
        version: 0,
    }
}

async fn furnish(store: &dyn Store, tenant: &Tenant, sealer: &Sealer, pki: &Pki) {
    for (certificate, root) in [(&pki.root, true), (&pki.issuing, false)] {
        let id = uuid();
        let crl_url = (!root).then(|| "http://127.0.0.1:9/issuing.crl".to_owned());
        let authority = Authority {
            id: id.clone(),
            tenant: tenant.id.clone(),
            root,
            name: None,
            certificate: certificate.der.clone(),
            sources: Sources {
                crl_urls: crl_url.clone().into_iter().collect(),
                ..Sources::default()
            },
        };
        store.put_authority(&authority).await.unwrap();
        if let Some(url) = crl_url {
            let state = CrlState {
                authority: id,
                url,
                fetched_at: Some(pki::NOW.unix()),
                ..CrlState::default()
            };
            store.put_crl(&state, Some(&pki.crl())).await.unwrap();
        }
    }
    let hash = policy::password::hash(PASSWORD, &[3; 16]).unwrap();
    for (name, password, code, enabled) in [
        ("lee", true, true, true),
        ("sam", true, false, true),
        ("kim", false, false, true),
        ("max", true, false, false),
    ] {
        let user = User {
            account: policy::Account {
                id: uuid(),
                user_principal_name: format!("{name}@{}", tenant.domains[0]),
                on_premises_user_principal_name: None,
                certificate_user_ids: Vec::new(),
                display_name: format!("{name} of {}", tenant.display_name),
                enabled,
                groups: Vec::new(),
                has_password: password,
                has_code: code,
                has_passkey: false,
            },
            tenant: tenant.id.clone(),
            password: password.then(|| hash.clone()),
            code_secret: code.then(|| sealer.seal("one-time-code", &CODE_SECRET)),
            administrator: false,
        };
        store.put_user(&user).await.unwrap();
    }
    for application in applications(tenant) {
        store.put_application(&application).await.unwrap();
    }
}

fn applications(tenant: &Tenant) -> [Application; 3] {
    let plain = |id: &str, name: &str, requires, redirect: &str| Application {
        application: policy::Application {
            id: id.to_owned(),
            name: name.to_owned(),
            requires,
        },
        tenant: tenant.id.clone(),
        description: format!("What {name} is for"),
        redirect_uris: vec![redirect.to_owned()],
        post_logout_redirect_uris: Vec::new(),
        initiate_login_uri: None,
        secret_sha256: None,
        first_party: false,
        allow_bearer: false,
        id_token_alg: "ES256".to_owned(),
        listed: true,
    };
    let lanyard = "http://127.0.0.1/callback";
    [
        Application {
            first_party: true,
            listed: false,
            ..plain("lanyard", "Lanyard", Requirement::Any, lanyard)
        },
        Application {
            secret_sha256: Some(sha256_hex(SECRET.as_bytes())),
            initiate_login_uri: Some("https://payroll.example/login".to_owned()),
            id_token_alg: "RS256".to_owned(),
            ..plain("payroll", "Payroll", Requirement::MultiFactor, PAYROLL)
        },
        Application {
            allow_bearer: true,
            initiate_login_uri: Some("https://notes.example/login".to_owned()),
            post_logout_redirect_uris: vec!["https://notes.example/bye".to_owned()],
            ..plain("notes", "Notes", Requirement::Any, NOTES)
        },
    ]
}
