//! Where the server keeps what must outlive a request, behind one trait.
//!
//! Ids are text, times are seconds since 1970-01-01T00:00:00Z, secrets are kept as SHA-256 in
//! lowercase hex (what only has to be recognised) or sealed under the master key (what has to be
//! read again). Nodes hold no state of their own, so everything a sign-in needs between two
//! requests is here.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::authority::{
    Authority, CrlState, CrlValidation, FetchFault, ListFacts, Purpose, Requirement, Sources,
    StoredCrl, Validation, WrongSources,
};
pub use self::directory::{
    DirectoryChanges, DocumentKind, Placement, RESTORABLE, StoredDocument, UserChange,
};

mod authority;
mod directory;
pub mod sqlite;

/// An organisation: its names, its users and its rules live under one id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    /// UUID in its lowercase form with hyphens.
    pub id: String,
    /// Name that people see.
    pub display_name: String,
    /// Domain names of its users' usernames, lowercase.
    pub domains: Vec<String>,
    /// The certificate method and its bindings.
    pub method: policy::MethodPolicy,
    /// What it chose beside the directory's documents.
    pub settings: policy::Settings,
    /// What its users' certificates have to be like.
    pub validation: Validation,
    /// Where "Forgot your password?" leads; without it the link is not shown.
    pub help_url: Option<String>,
    /// Counts changes of the tenant and its trust store; caches compare it.
    pub version: i64,
}

/// An account and its secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// What policy sees.
    pub account: policy::Account,
    /// The tenant it belongs to.
    pub tenant: String,
    /// Password hash, PHC string (argon2id).
    pub password: Option<policy::password::PasswordHash>,
    /// One-time code secret (RFC 6238), sealed under the master key.
    pub code_secret: Option<Vec<u8>>,
    /// Whether it administers the tenant.
    pub administrator: bool,
}

/// A registered application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// What policy sees; its id is the `client_id`.
    pub application: policy::Application,
    /// The tenant it belongs to.
    pub tenant: String,
    /// One line for the portal.
    pub description: String,
    /// Exact redirect URIs; for a loopback address any port matches (RFC 8252 §7.3).
    pub redirect_uris: Vec<String>,
    /// Exact URIs that sign-out may lead to.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where the portal opens it (`OpenID` Connect Core §4).
    pub initiate_login_uri: Option<String>,
    /// SHA-256 of the client secret; none for a public client.
    pub secret_sha256: Option<String>,
    /// Whether the authorization challenge endpoint serves it.
    pub first_party: bool,
    /// Whether it may get Bearer access tokens through a primary refresh token.
    pub allow_bearer: bool,
    /// JWS algorithm of its ID tokens: `ES256` or `RS256`.
    pub id_token_alg: String,
    /// Whether the portal lists it.
    pub listed: bool,
}

/// One sign-in on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyRow {
    /// SHA-256 of the id that the person's browser or client holds.
    pub id_sha256: String,
    /// The tenant it belongs to.
    pub tenant: String,
    /// State, as JSON.
    pub state: String,
    /// When it can no longer go on.
    pub expires_at: i64,
    /// Counts changes; an update names the one it read.
    pub version: i64,
}

/// What a single-use value stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnceKind {
    /// The ticket of the link to the certauth host.
    CertauthTicket,
    /// The code that the certauth host hands out.
    CertauthResult,
    /// An authorization code.
    AuthorizationCode,
    /// A ticket that signs a browser in.
    BrowserTicket,
    /// The `jti` of a `DPoP` proof; its presence is the point.
    ProofId,
    /// The set-up link of the first administrator.
    SetupLink,
}

/// A single-use value that waits to be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// What it stands for.
    pub kind: OnceKind,
    /// SHA-256 of the value.
    pub key_sha256: String,
    /// What it carries, as JSON.
    pub payload: String,
    /// When it stops to count.
    pub expires_at: i64,
}

/// A signed-in person on one device or browser; a primary refresh token is the key to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// UUID, the `sid` of tokens.
    pub id: String,
    /// The tenant it belongs to.
    pub tenant: String,
    /// The account's id.
    pub account: String,
    /// SHA-256 of the cookie or of the primary refresh token.
    pub key_sha256: String,
    /// JWK thumbprint of the device key; none for a browser.
    pub jkt: Option<String>,
    /// The session whose ticket began this one; it ends with it.
    pub parent: Option<String>,
    /// What was proven, and when.
    pub recorded: policy::Recorded,
    /// When it began.
    pub started_at: i64,
    /// When it ends by itself.
    pub expires_at: i64,
    /// When it was ended, if it was.
    pub ended_at: Option<i64>,
}

/// A refresh token of an ordinary application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// SHA-256 of the token.
    pub key_sha256: String,
    /// The session it lives in.
    pub session: String,
    /// The application's id.
    pub client: String,
    /// The scopes that were granted, separated by spaces.
    pub scope: String,
    /// JWK thumbprint, where the client uses `DPoP`.
    pub jkt: Option<String>,
    /// All tokens that descend from one sign-in share a family; reuse ends the family.
    pub family: String,
    /// When it stops to count.
    pub expires_at: i64,
    /// When its successor was issued, if one was.
    pub rotated_at: Option<i64>,
    /// The successor, sealed, for the thirty seconds in which it is given again.
    pub successor: Option<Vec<u8>>,
}

/// A row of the sign-in log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogRow {
    /// Counts rows; the database gives it.
    pub sequence: i64,
    /// UUID of the row.
    pub id: String,
    /// When, Unix seconds.
    pub created_at: i64,
    /// The tenant.
    pub tenant: String,
    /// Joins the rows of one sign-in; the person sees it on error pages.
    pub correlation_id: String,
    /// The account's id, once it is known.
    pub account: Option<String>,
    /// The username as it was typed.
    pub username: Option<String>,
    /// The application's id.
    pub application: Option<String>,
    /// The peer's address.
    pub address: Option<String>,
    /// What happened: `success`, `interrupted`, `failure`.
    pub result: String,
    /// 0 for success; else a code of the reference.
    pub code: u32,
    /// The step: `certificate`, `password`, `code`, `token`, …
    pub step: String,
    /// What was proven so far.
    pub factors: Vec<String>,
    /// Key and value pairs as the directory names them: "User certificate binding" and so on,
    /// and the X.509 details of the certificate.
    pub details: Vec<Detail>,
    /// The administrator's explanation, as JSON: the checks of a judgement, where there was one.
    pub explanation: Option<serde_json::Value>,
}

/// A key and a value of the sign-in log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The directory's wording.
    pub key: String,
    /// What was found.
    pub value: String,
}

/// A signing key, sealed under the master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedKey {
    /// The `kid` of tokens.
    pub id: String,
    /// `ES256` or `RS256`.
    pub algorithm: String,
    /// PKCS #8, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: i64,
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The database cannot be opened.
    #[error("the database {path} cannot be opened: {cause}")]
    Open {
        /// The file.
        path: std::path::PathBuf,
        /// What the database said.
        cause: sqlx::Error,
    },
    /// The tables could not be brought up to date.
    #[error("the tables could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored value cannot be read.
    #[error("the {what} in the database cannot be read: {cause}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// A document is of a kind that this version does not know.
    #[error("the database holds a document of the unknown kind {0:?}")]
    UnknownKind(String),
    /// The tenant's rules do not hold together.
    #[error("the tenant's rules cannot be used: {0}")]
    Rules(String),
    /// Something with that name exists.
    #[error("{0} exists already")]
    Exists(String),
    /// The sign-in log takes no rows, because the server stops.
    #[error("the sign-in log takes no rows any more")]
    LogStopped,
    /// Another request changed it first.
    #[error("another request changed it first")]
    Conflict,
}

impl StoreError {
    /// Tells an entry that is there already from every other failure.
    fn unique(error: sqlx::Error, what: impl FnOnce() -> String) -> Self {
        let exists = error
            .as_database_error()
            .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        if exists {
            Self::Exists(what())
        } else {
            Self::Database(error)
        }
    }
}

/// What every database offers. One contract suite runs against each of them.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Finds a tenant by its id or one of its domains.
    async fn tenant(&self, name: &str) -> Result<Option<Tenant>, StoreError>;
    /// Lists all tenants.
    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError>;
    /// Writes a tenant, new or changed, and counts its version up.
    async fn put_tenant(&self, tenant: &Tenant) -> Result<(), StoreError>;

    /// Finds a user by username, without regard to ASCII case.
    async fn user_by_name(&self, tenant: &str, username: &str) -> Result<Option<User>, StoreError>;
    /// Finds a user by id.
    async fn user(&self, tenant: &str, id: &str) -> Result<Option<User>, StoreError>;
    /// Lists a tenant's users in order of their names.
    async fn users(&self, tenant: &str) -> Result<Vec<User>, StoreError>;
    /// Writes a user, new or changed.
    ///
    /// # Errors
    /// `Exists` if the username or a certificate user id belongs to another user of the tenant.
    async fn put_user(&self, user: &User) -> Result<(), StoreError>;
    /// Uses up a step of the one-time code: true if it is later than every step used before.
    async fn use_code_step(&self, tenant: &str, id: &str, step: u64) -> Result<bool, StoreError>;

    /// Finds the users that have one of the values in a property, without regard to ASCII case; no
    /// more than `most`.
    async fn users_by_property(
        &self,
        tenant: &str,
        property: policy::UserProperty,
        values: &[String],
        most: u32,
    ) -> Result<Vec<User>, StoreError>;

    /// Lists documents of these kinds, deleted ones too, in the order in which they came.
    async fn documents(
        &self,
        tenant: &str,
        kinds: &[DocumentKind],
    ) -> Result<Vec<StoredDocument>, StoreError>;
    /// Carries out an import in one transaction, and counts the tenant's version up.
    ///
    /// # Errors
    /// `Conflict` if the tenant changed since the version that `changes` names, or a user is not as
    /// it was read; `Exists` if a username or a certificate value is another user's. Nothing is
    /// changed then.
    async fn apply(&self, changes: &DirectoryChanges) -> Result<(), StoreError>;

    /// Finds an application.
    async fn application(&self, tenant: &str, id: &str) -> Result<Option<Application>, StoreError>;
    /// Lists a tenant's applications.
    async fn applications(&self, tenant: &str) -> Result<Vec<Application>, StoreError>;
    /// Writes an application, new or changed.
    async fn put_application(&self, application: &Application) -> Result<(), StoreError>;

    /// Lists the authorities of a tenant's trust store; not those that were deleted.
    async fn authorities(&self, tenant: &str) -> Result<Vec<Authority>, StoreError>;
    /// Adds an authority and counts the tenant's version up.
    ///
    /// # Errors
    /// `Exists` if the tenant has its certificate already.
    async fn put_authority(&self, authority: &Authority) -> Result<(), StoreError>;
    /// Changes an authority's role, name and sources and counts the tenant's version up; the lists
    /// of addresses that it has no longer are forgotten. False if it is not there.
    async fn update_authority(&self, authority: &Authority) -> Result<bool, StoreError>;
    /// Lists the authorities that were deleted and can be restored.
    async fn deleted_authorities(&self, tenant: &str) -> Result<Vec<Authority>, StoreError>;
    /// Removes an authority with its lists and counts the tenant's version up; false if it is not
    /// there.
    async fn remove_authority(&self, tenant: &str, id: &str) -> Result<bool, StoreError>;
    /// Reads the newest CRL that an authority's address gave.
    async fn crl(&self, authority: &str, url: &str) -> Result<Option<StoredCrl>, StoreError>;
    /// What is known of the CRL of an authority's address, without the CRL.
    async fn crl_state(&self, authority: &str, url: &str) -> Result<Option<CrlState>, StoreError>;
    /// Lists what is known of the CRLs of a tenant's authorities, without the CRLs.
    async fn crl_states(&self, tenant: &str) -> Result<Vec<CrlState>, StoreError>;
    /// Writes what is known of a CRL, and the CRL itself where it is a new one, which counts its
    /// version up. Gives the version.
    ///
    /// # Errors
    /// `Conflict` if another process kept another CRL since the version that `state` names.
    async fn put_crl(&self, state: &CrlState, der: Option<&[u8]>) -> Result<i64, StoreError>;

    /// Begins a journey.
    async fn add_journey(&self, journey: &JourneyRow) -> Result<(), StoreError>;
    /// Reads a journey, ended or not.
    async fn journey(&self, id_sha256: &str) -> Result<Option<JourneyRow>, StoreError>;
    /// Writes a journey's state if it still has the version that was read.
    ///
    /// # Errors
    /// `Conflict` if another request was first.
    async fn update_journey(&self, journey: &JourneyRow) -> Result<(), StoreError>;

    /// Puts a single-use value; false if the same one is there already.
    async fn put_once(&self, once: &Once) -> Result<bool, StoreError>;
    /// Takes a single-use value: the payload the first time and before its end, then nothing.
    async fn take_once(
        &self,
        kind: OnceKind,
        key_sha256: &str,
        now: i64,
    ) -> Result<Option<String>, StoreError>;
    /// Reads a single-use value without taking it, while it counts.
    async fn peek_once(
        &self,
        kind: OnceKind,
        key_sha256: &str,
        now: i64,
    ) -> Result<Option<String>, StoreError>;

    /// Begins a session.
    async fn add_session(&self, session: &Session) -> Result<(), StoreError>;
    /// Finds a session by the hash of its cookie or token.
    async fn session_by_key(&self, key_sha256: &str) -> Result<Option<Session>, StoreError>;
    /// Finds a session by id.
    async fn session(&self, id: &str) -> Result<Option<Session>, StoreError>;
    /// Writes what a session has proven, and its end.
    async fn update_session(&self, session: &Session) -> Result<(), StoreError>;

    /// Adds a refresh token.
    async fn add_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError>;
    /// Finds a refresh token.
    async fn refresh_token(&self, key_sha256: &str) -> Result<Option<RefreshToken>, StoreError>;
    /// Marks a token rotated and adds its successor, in one transaction; false if another request
    /// rotated it first.
    async fn rotate_refresh_token(
        &self,
        old: &RefreshToken,
        new: &RefreshToken,
    ) -> Result<bool, StoreError>;
    /// Ends every token of a family.
    async fn end_refresh_family(&self, family: &str) -> Result<(), StoreError>;

    /// Appends rows to the sign-in log, durably, in one transaction.
    async fn log(&self, rows: &[LogRow]) -> Result<(), StoreError>;
    /// Reads the newest rows of the sign-in log, newest first.
    async fn log_rows(&self, tenant: &str, last: u32) -> Result<Vec<LogRow>, StoreError>;

    /// Lists the signing keys, newest first.
    async fn signing_keys(&self) -> Result<Vec<SealedKey>, StoreError>;
    /// Adds a signing key.
    async fn add_signing_key(&self, key: &SealedKey) -> Result<(), StoreError>;

    /// Removes what ended before `now`: journeys, single-use values, sessions, refresh tokens, and
    /// what was deleted thirty days ago.
    async fn sweep(&self, now: i64) -> Result<(), StoreError>;
    /// Answers whether the database can be written.
    async fn ready(&self) -> Result<(), StoreError>;
}
