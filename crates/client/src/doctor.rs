//! Looks at everything a sign-in depends on.

use serde::Serialize;
use sign_in::view::{ModuleFailure, TokenLabel};
use sign_in::{Failure, address};
use tls_identity::{Asked, Trust, Versions};
use token::{Found, HeldBack};
use url::Url;

use crate::candidates::{self, Choices};
use crate::certificate_host;
use crate::device::Device;
use crate::wire::http::Http;
use crate::wire::provider::Provider;

/// One thing that was looked at. The words for it belong to whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "row", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Row {
    /// A PKCS #11 module that answers.
    Module {
        /// Its name.
        name: String,
        /// Its file.
        path: String,
        /// What it says it is.
        description: String,
        /// How many tokens it showed.
        tokens: usize,
    },
    /// A PKCS #11 module that gave nothing.
    ModuleFailed(ModuleFailure),
    /// A PKCS #11 module that was not loaded.
    ModuleHeldBack {
        /// Its name.
        name: String,
        /// Its file.
        path: String,
        /// Why.
        reason: NotLoaded,
    },
    /// No module showed a token.
    NoToken,
    /// A token.
    Token {
        /// The token.
        token: TokenLabel,
        /// How many certificates it holds that can sign.
        certificates: usize,
        /// Whether the next wrong PIN blocks it.
        last_try: bool,
    },
    /// The keyring.
    Keyring {
        /// What it said; none when it takes sessions.
        problem: Option<String>,
    },
    /// No server is set, so none was asked.
    NoServer,
    /// The login host.
    LoginHost {
        /// Its origin.
        origin: String,
        /// The tenant of the account, where one is known.
        tenant: Option<String>,
        /// Why it cannot be used.
        problem: Option<Trouble>,
    },
    /// The certificate host of the account's tenant, or of any where no account is known.
    CertificateHost {
        /// The host.
        host: String,
        /// The CAs it names; empty when it takes certificates of any.
        authorities: Vec<String>,
        /// The TLS versions in which it asks for a certificate.
        versions: Vec<String>,
        /// The signature schemes it takes, by number.
        schemes: Vec<u16>,
        /// Why it cannot be used.
        problem: Option<Trouble>,
    },
}

/// Why a module was not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NotLoaded {
    /// It is a command to run, which is never done.
    Remote,
    /// It is of no use for signing in.
    NoUse,
    /// It is switched off in the system's configuration.
    Disabled,
    /// It waits until the person names it in the settings.
    WaitsForYou,
}

/// What a server's failure comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "trouble", rename_all = "camelCase")]
pub enum Trouble {
    /// It gives no answer.
    Unreachable {
        /// What the connection said.
        cause: String,
    },
    /// Its certificate is not trusted here.
    NotTrusted {
        /// What the check said.
        cause: String,
    },
    /// It is not a server that Lanyard can talk to.
    NotAnIdentityServer,
    /// It does not ask for a certificate.
    NotAsked,
    /// The handshake failed.
    Handshake {
        /// What was said.
        cause: String,
    },
}

impl Row {
    /// Whether a sign-in could fail for it.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::Module { .. } | Self::ModuleHeldBack { .. } | Self::NoServer => false,
            Self::ModuleFailed(_) | Self::NoToken => true,
            Self::Token { token, .. } => token.blocked,
            Self::Keyring { problem } => problem.is_some(),
            Self::LoginHost { problem, .. } | Self::CertificateHost { problem, .. } => {
                problem.is_some()
            }
        }
    }
}

impl Device {
    /// Looks at modules, tokens, the keyring, and the first server of the settings. `username`
    /// names the tenant whose certificate host is asked.
    pub async fn examine(&self, username: Option<&str>) -> Vec<Row> {
        let mut rows = self.examine_tokens().await;
        let problem = self
            .keyring()
            .probe()
            .await
            .err()
            .map(|error| error.to_string());
        rows.push(Row::Keyring { problem });
        let last = self.last_account();
        let username = username
            .map(str::to_owned)
            .or(last.as_ref().map(|(_, name)| name.clone()));
        let set = self
            .settings()
            .servers
            .first()
            .map(|server| server.origin.clone());
        match set.or(last.map(|(server, _)| server)) {
            Some(origin) => rows.extend(self.examine_server(origin, username).await),
            None => rows.push(Row::NoServer),
        }
        rows
    }

    /// Every certificate on every token, for a listing.
    pub async fn certificates(&self) -> (Vec<sign_in::candidate::Token>, Vec<ModuleFailure>) {
        let host = self.tokens().clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut choices = Choices::new();
            let listing = host.enumerate();
            let tokens = listing
                .tokens
                .iter()
                .map(|found| candidates::take(found, &mut choices));
            let failures = listing.failed.iter().map(candidates::module_failure);
            (tokens.collect(), failures.collect())
        });
        task.await.unwrap_or_default()
    }

    async fn examine_tokens(&self) -> Vec<Row> {
        let host = self.tokens().clone();
        let task = tokio::task::spawn_blocking(move || {
            let (mut modules, mut tokens) = (Vec::new(), Vec::new());
            let mut choices = Choices::new();
            for found in host.scan() {
                match found {
                    Found::Token(found) => {
                        let last_try = found.pin.last_try;
                        let token = candidates::take(&found, &mut choices);
                        let certificates =
                            found.credentials.iter().filter(|c| c.can_sign()).count();
                        tokens.push(Row::Token {
                            token: token.label,
                            certificates,
                            last_try,
                        });
                    }
                    Found::Loaded(module) => modules.push(Row::Module {
                        name: module.module,
                        path: module.path.display().to_string(),
                        description: format!("{} {}", module.description, module.version),
                        tokens: module.tokens,
                    }),
                    Found::Failed(failure) => {
                        modules.push(Row::ModuleFailed(candidates::module_failure(&failure)));
                    }
                    Found::HeldBack(module) => modules.push(Row::ModuleHeldBack {
                        name: module.module,
                        path: module.path.display().to_string(),
                        reason: not_loaded(&module.reason),
                    }),
                    // A card in a reader shows as its token.
                    Found::CardService(_) | Found::Reader(_) | Found::Unreadable(_) => {}
                }
            }
            if tokens.is_empty() {
                tokens.push(Row::NoToken);
            }
            modules.extend(tokens);
            modules
        });
        task.await.unwrap_or_default()
    }

    async fn examine_server(&self, origin: String, username: Option<String>) -> Vec<Row> {
        let (http, trust) = match self.http(&origin).and_then(|http| {
            let trust = self.trust(&origin)?;
            Ok((http, trust))
        }) {
            Ok(ready) => ready,
            Err(failure) => {
                let problem = Some(Trouble::from(failure));
                return vec![Row::LoginHost {
                    origin,
                    tenant: None,
                    problem,
                }];
            }
        };
        let domain = username.as_deref().and_then(address::tenant_of);
        let login = examine_login(&http, &origin, domain).await;
        let problem = login.as_ref().err().cloned().map(Trouble::from);
        let provider = login.ok().flatten();
        let mut rows = vec![Row::LoginHost {
            tenant: provider.as_ref().map(|provider| provider.tenant.clone()),
            origin: origin.clone(),
            problem: problem.clone(),
        }];
        if problem.is_none()
            && let Some(endpoint) = certificate_endpoint(&origin, provider.as_ref())
        {
            rows.push(examine_certificate_host(&trust, &endpoint).await);
        }
        rows
    }
}

async fn examine_login(
    http: &Http,
    origin: &str,
    domain: Option<&str>,
) -> Result<Option<Provider>, Failure> {
    if let Some(domain) = domain {
        return Provider::discover(http, origin, domain).await.map(Some);
    }
    let front = Url::parse(origin).map_err(|_| Failure::NotAnIdentityServer)?;
    http.get(&front).await.map(|_| None)
}

/// The certificate host: a tenant's own names its CAs, the plain one names none.
fn certificate_endpoint(origin: &str, provider: Option<&Provider>) -> Option<Url> {
    let mut url = Url::parse(origin).ok()?;
    let host = url.host_str()?.to_owned();
    let tenant = provider.and_then(|provider| {
        let issuer = Url::parse(&provider.issuer).ok()?;
        issuer.path_segments()?.next().map(str::to_owned)
    });
    let host = match tenant {
        Some(tenant) => format!("t{tenant}.certauth.{host}"),
        None => format!("certauth.{host}"),
    };
    url.set_host(Some(&host)).ok()?;
    Some(url)
}

async fn examine_certificate_host(trust: &Trust, endpoint: &Url) -> Row {
    let newest = certificate_host::probe(trust, Versions::Both, endpoint).await;
    let older = certificate_host::probe(trust, Versions::Tls12, endpoint).await;
    let mut versions = Vec::new();
    let newer = newest
        .as_ref()
        .is_ok_and(|asked| older.as_ref().ok() != Some(asked));
    if newer {
        versions.push("TLS 1.3".to_owned());
    }
    if older.is_ok() {
        versions.push("TLS 1.2".to_owned());
    }
    let (asked, problem) = match newest {
        Ok(asked) => (asked, None),
        Err(failure) => (Asked::default(), Some(Trouble::from(failure))),
    };
    let authorities = asked
        .authorities
        .iter()
        .map(|der| candidates::name_text(der))
        .collect();
    Row::CertificateHost {
        host: endpoint.host_str().unwrap_or_default().to_owned(),
        authorities,
        versions,
        schemes: asked.schemes,
        problem,
    }
}

fn not_loaded(reason: &HeldBack) -> NotLoaded {
    match reason {
        HeldBack::Remote { .. } => NotLoaded::Remote,
        HeldBack::TrustPolicy | HeldBack::Proxy | HeldBack::NothingNamed => NotLoaded::NoUse,
        HeldBack::Disabled => NotLoaded::Disabled,
        HeldBack::UserFile | HeldBack::RelativePath | HeldBack::WritableByOthers { .. } => {
            NotLoaded::WaitsForYou
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unreachable { cause } => Self::Unreachable { cause },
            Failure::ServerNotTrusted { cause } => Self::NotTrusted { cause },
            Failure::NotAnIdentityServer | Failure::SessionEnded => Self::NotAnIdentityServer,
            Failure::NotAsked => Self::NotAsked,
            Failure::Handshake { cause }
            | Failure::Protocol { cause }
            | Failure::Token { cause } => Self::Handshake { cause },
            Failure::SlowDown { seconds } => Self::Unreachable {
                cause: format!("it wants a pause of {seconds} seconds"),
            },
        }
    }
}
