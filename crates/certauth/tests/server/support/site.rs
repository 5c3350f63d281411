//! A server on a free port, with an installation of its own in a temporary folder.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use certauth::config::{Config, Limits, TlsVersions};
use certauth::crl::Fetcher;
use certauth::listener::{Listener, Peer};
use certauth::master_key::Sealer;
use certauth::server::{Clock, Hosts, Server, uuid};
use certauth::signing_keys::SigningKeys;
use certauth::store::sqlite::SqliteStore;
use certauth::store::{Authority, Sources, Store as _, Tenant, Validation};
use certauth::tls::Tls;
use certauth::trust::TrustCache;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::pki;

pub(crate) const LOGIN: &str = "login.localhost";
pub(crate) const CERTAUTH: &str = "certauth.login.localhost";

/// A running server.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) authority: pki::Authority,
    pub(crate) server: Arc<Server>,
    pub(crate) tenant: Tenant,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) serving: JoinHandle<()>,
    _folder: TempDir,
}

/// What a test wants to be different.
pub(crate) struct Wish {
    pub(crate) versions: TlsVersions,
    pub(crate) limits: Limits,
    pub(crate) login: Router,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            versions: TlsVersions::Auto,
            limits: Limits::default(),
            login: Router::new(),
        }
    }
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::start_with(Wish::default()).await
    }

    pub(crate) async fn start_with(wish: Wish) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = pki::Authority::named("Server CA");
        let mut config = configuration(folder.path(), &authority);
        config.certauth_versions = wish.versions;
        config.limits = wish.limits;
        let store = SqliteStore::create(&config.database).await.unwrap();
        let tenant = tenant();
        store.put_tenant(&tenant).await.unwrap();
        let tenant = store.tenant(&tenant.id).await.unwrap().unwrap();

        let tcp = TcpListener::bind(config.listen).await.unwrap();
        let address = tcp.local_addr().unwrap();
        let server = Arc::new(assemble(Arc::new(store), address.port(), Clock::system()));
        let who = Router::new()
            .route("/who", get(who))
            .route("/length", post(length));
        let listener = Listener::new(
            tcp,
            Arc::clone(&server),
            Tls::load(&config).unwrap(),
            who.clone().merge(wish.login),
            who,
            config.limits,
        );
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(listener.serve(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            authority,
            server,
            tenant,
            stop: Some(stop),
            serving,
            _folder: folder,
        }
    }

    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Name of the certauth host of the tenant.
    pub(crate) fn tenant_host(&self) -> String {
        format!("t{}.{CERTAUTH}", self.tenant.id)
    }

    pub(crate) async fn trust(&self, authority: &pki::Authority) {
        let authority = trusted(&self.tenant, authority, None);
        self.server.store.put_authority(&authority).await.unwrap();
    }
}

/// A tenant that is in no store yet.
pub(crate) fn tenant() -> Tenant {
    Tenant {
        id: uuid(),
        display_name: "Meridian".to_owned(),
        domains: vec!["meridian.example".to_owned()],
        method: policy::MethodPolicy::default(),
        validation: Validation::default(),
        help_url: None,
        version: 0,
    }
}

/// A root of a tenant's trust store.
pub(crate) fn trusted(
    tenant: &Tenant,
    authority: &pki::Authority,
    crl_url: Option<String>,
) -> Authority {
    Authority {
        id: uuid(),
        tenant: tenant.id.clone(),
        root: true,
        name: None,
        certificate: authority.der.as_ref().to_vec(),
        sources: Sources {
            crl_urls: crl_url.into_iter().collect(),
            ..Sources::default()
        },
    }
}

/// A server without a listener.
pub(crate) fn assemble(store: Arc<SqliteStore>, port: u16, clock: Clock) -> Server {
    static KEYS: LazyLock<SigningKeys> = LazyLock::new(|| SigningKeys::ephemeral().unwrap());
    let fetcher = Fetcher::new(Limits::default().fetching).unwrap();
    let trust = TrustCache::new(store.clone(), fetcher, clock.clone());
    let hosts = Hosts::new(LOGIN, CERTAUTH, port);
    let sealer = Sealer::new(&[7; 32]);
    Server::new(store, hosts, sealer, KEYS.clone(), trust, clock)
}

/// Writes server certificates into a folder, and a configuration that names them.
pub(crate) fn configuration(folder: &Path, authority: &pki::Authority) -> Config {
    let login = authority.server(&[LOGIN]);
    let certauth = authority.server(&[CERTAUTH, &format!("*.{CERTAUTH}")]);
    for (name, identity) in [("login", login), ("certauth", certauth)] {
        let pem = folder.join(format!("{name}.pem"));
        fs::write(pem, &identity.certificate_pem).unwrap();
        let key = folder.join(format!("{name}.key"));
        fs::write(key, identity.key.serialize_pem()).unwrap();
    }
    let text = format!(
        r#"
        [server]
        listen = "127.0.0.1:0"
        login_host = "{LOGIN}"
        certauth_host = "{CERTAUTH}"
        [tls]
        login = {{ certificate = "login.pem", key = "login.key" }}
        certauth = {{ certificate = "certauth.pem", key = "certauth.key" }}
        [database]
        path = "certauth.sqlite"
        [master_key]
        file = "master.key"
        "#
    );
    Config::parse(&folder.join("certauth.toml"), &text).unwrap()
}

async fn who(Extension(peer): Extension<Peer>) -> Json<Value> {
    Json(json!({
        "server_name": peer.server_name,
        "tls": peer.tls,
        "certificates": peer.certificates,
    }))
}

async fn length(body: axum::body::Bytes) -> String {
    body.len().to_string()
}
