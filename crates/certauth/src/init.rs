//! Making a new installation: folders, master key, database, the first tenant, and the link with
//! which its first administrator is made. There are no default credentials.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf, absolute};

use certs::Time;
use policy::Requirement;
use serde::{Deserialize, Serialize};

use crate::config::{Config, ConfigError, KeyFiles, Template, render};
use crate::master_key::{self, MasterKeyError};
use crate::server::{Hosts, random_token, sha256_hex, uuid};
use crate::store::sqlite::SqliteStore;
use crate::store::{Application, Once, OnceKind, Store as _, StoreError, Tenant, Validation};

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder of the installation.
    pub folder: PathBuf,
    /// Name of the first tenant, as people see it.
    pub tenant_name: String,
    /// Domain of its usernames.
    pub domain: String,
    /// Name of the login host.
    pub login_host: String,
    /// Where the server will listen.
    pub listen: SocketAddr,
    /// Certificate and key of the login host.
    pub login: KeyFiles,
    /// Certificate and key of the certauth host.
    pub certauth: KeyFiles,
    /// The master key file.
    pub master_key: PathBuf,
    /// The `SQLite` file.
    pub database: PathBuf,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The configuration file.
    pub config: PathBuf,
    /// The master key file.
    pub master_key: PathBuf,
    /// The first tenant's id.
    pub tenant: String,
    /// The link with which the first administrator is made: one hour, once, from this machine.
    pub setup_link: String,
    /// Certificate and key files that the configuration names and that are not there yet.
    pub missing: Vec<PathBuf>,
    /// The names that the two certificates must hold.
    pub names: [String; 3],
}

/// What a set-up link stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupLink {
    /// The tenant that gets its administrator.
    pub tenant: String,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// Something is there already.
    #[error("{0} exists already; nothing is ever overwritten")]
    Exists(PathBuf),
    /// A file or folder cannot be made.
    #[error("{path} cannot be made: {cause}")]
    NotMade {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The domain is no domain name.
    #[error("{0:?} is not a domain name, as in meridian.example")]
    Domain(String),
    /// The options do not make a good configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The master key was not made.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The database was not made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A value of the first tenant cannot be written.
    #[error("the set-up link cannot be written: {0}")]
    SetupLink(#[from] serde_json::Error),
}

impl Plan {
    /// A plan with the places that are used when nothing else is said.
    pub fn new(folder: &Path, login_host: &str) -> Self {
        let keys = |name: &str| KeyFiles {
            certificate: folder.join(format!("tls/{name}.pem")),
            key: folder.join(format!("tls/{name}.key")),
        };
        let domain = match login_host.split_once('.') {
            Some((_, rest)) if rest.contains('.') => rest,
            Some(_) | None => login_host,
        };
        Self {
            folder: folder.to_owned(),
            tenant_name: domain.to_owned(),
            domain: domain.to_owned(),
            login_host: login_host.to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            login: keys("login"),
            certauth: keys("certauth"),
            master_key: folder.join("keys/master.key"),
            database: folder.join("database/certauth.sqlite"),
        }
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.join("certauth.toml")
    }
}

/// Makes an installation.
///
/// # Errors
/// If the options are not good, before anything is made; or if something is there already.
pub async fn init(plan: &Plan, now: Time) -> Result<Made, InitError> {
    let path = plan.config();
    let certauth_host = format!("certauth.{}", plan.login_host);
    let text = render(&Template {
        listen: plan.listen,
        login_host: &plan.login_host,
        certauth_host: &certauth_host,
        login: &placed(&plan.login, &plan.folder)?,
        certauth: &placed(&plan.certauth, &plan.folder)?,
        database: &place(&plan.database, &plan.folder)?,
        master_key: &place(&plan.master_key, &plan.folder)?,
    });
    let config = Config::parse(&path, &text)?;
    let domain = plan.domain.to_ascii_lowercase();
    if !crate::config::is_host_name(&domain) {
        return Err(InitError::Domain(plan.domain.clone()));
    }
    for path in [&path, &plan.master_key, &plan.database] {
        if path.exists() {
            return Err(InitError::Exists(path.clone()));
        }
    }
    master_key::refuse_beside_database(&plan.master_key, &plan.database)?;

    make_folder(&plan.folder)?;
    make_folder_of(&plan.master_key)?;
    make_folder_of(&plan.database)?;
    master_key::create(&plan.master_key)?;
    let store = SqliteStore::create(&plan.database).await?;
    let tenant = first_tenant(&store, &plan.tenant_name, domain).await?;
    let token = setup_token(&store, &tenant, now).await?;
    store.close().await;
    write_private(&path, &text)?;

    let hosts = Hosts::new(
        &config.login_host,
        &config.certauth_host,
        plan.listen.port(),
    );
    let origin = match plan.listen.port() {
        0 => format!(
            "https://{}:<the port that `serve` prints>",
            hosts.login_host()
        ),
        _ => hosts.login_origin().to_owned(),
    };
    let files = [&plan.login, &plan.certauth];
    Ok(Made {
        config: path,
        master_key: plan.master_key.clone(),
        tenant,
        setup_link: format!("{origin}/setup?token={token}"),
        missing: files
            .into_iter()
            .flat_map(|files| [&files.certificate, &files.key])
            .filter(|file| !file.exists())
            .cloned()
            .collect(),
        names: [
            config.login_host.clone(),
            config.certauth_host.clone(),
            format!("*.{}", config.certauth_host),
        ],
    })
}

/// Makes a new link for the first administrator of a tenant, and gives its secret part.
///
/// # Errors
/// If the store fails.
pub async fn setup_token(
    store: &SqliteStore,
    tenant: &str,
    now: Time,
) -> Result<String, InitError> {
    let token = random_token();
    let link = SetupLink {
        tenant: tenant.to_owned(),
    };
    store
        .put_once(&Once {
            kind: OnceKind::SetupLink,
            key_sha256: sha256_hex(token.as_bytes()),
            payload: serde_json::to_string(&link)?,
            expires_at: now.unix().saturating_add(SETUP_LINK_LIVES),
        })
        .await?;
    Ok(token)
}

async fn first_tenant(
    store: &SqliteStore,
    name: &str,
    domain: String,
) -> Result<String, StoreError> {
    let tenant = Tenant {
        id: uuid(),
        display_name: name.to_owned(),
        domains: vec![domain],
        method: policy::MethodPolicy::default(),
        validation: Validation::default(),
        help_url: None,
        version: 0,
    };
    store.put_tenant(&tenant).await?;
    store.put_application(&lanyard(&tenant.id)).await?;
    Ok(tenant.id)
}

/// The registration of Lanyard: a public client of ours, whose tokens are bound to its key.
fn lanyard(tenant: &str) -> Application {
    Application {
        application: policy::Application {
            id: "lanyard".to_owned(),
            name: "Lanyard".to_owned(),
            requires: Requirement::Any,
        },
        tenant: tenant.to_owned(),
        description: "Signs people in with smart cards".to_owned(),
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        initiate_login_uri: None,
        secret_sha256: None,
        first_party: true,
        allow_bearer: false,
        id_token_alg: "ES256".to_owned(),
        listed: false,
    }
}

fn placed(files: &KeyFiles, folder: &Path) -> Result<KeyFiles, InitError> {
    Ok(KeyFiles {
        certificate: place(&files.certificate, folder)?,
        key: place(&files.key, folder)?,
    })
}

/// A path as the configuration names it: relative inside the folder, so that the folder can move,
/// and absolute elsewhere.
fn place(path: &Path, folder: &Path) -> Result<PathBuf, InitError> {
    let whole = |path: &Path| {
        absolute(path).map_err(|cause| InitError::NotMade {
            path: path.to_owned(),
            cause,
        })
    };
    let path = whole(path)?;
    Ok(match path.strip_prefix(whole(folder)?) {
        Ok(inside) => inside.to_owned(),
        Err(_) => path,
    })
}

fn make_folder_of(file: &Path) -> Result<(), InitError> {
    file.parent().map_or(Ok(()), make_folder)
}

/// Makes a folder that only its owner can enter; one that is there is left as it is.
fn make_folder(folder: &Path) -> Result<(), InitError> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|cause| InitError::NotMade {
            path: folder.to_owned(),
            cause,
        })
}

fn write_private(path: &Path, text: &str) -> Result<(), InitError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .map_err(|cause| InitError::NotMade {
            path: path.to_owned(),
            cause,
        })
}

const SETUP_LINK_LIVES: i64 = 60 * 60;
