//! The store on `SQLite`: one file, one writer, a few readers.
//!
//! Writes are durable when they return (`synchronous = FULL`): a sign-in is in the log before its
//! token leaves. One connection writes, so that writers queue here and not on the file's lock;
//! another process (the command line) waits for it at most five seconds.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use self::log_writer::LogWriter;
use super::{
    Application, Authority, CrlState, JourneyRow, LogRow, Once, OnceKind, RefreshToken, SealedKey,
    Session, Store, StoreError, StoredCrl, Tenant, User,
};

mod applications;
mod authorities;
mod journeys;
mod json;
mod lists;
mod log;
mod log_writer;
mod once;
mod refresh_tokens;
mod sessions;
mod signing_keys;
mod tenants;
mod users;

/// The store in an `SQLite` file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    write: SqlitePool,
    read: SqlitePool,
    log: LogWriter,
}

impl SqliteStore {
    /// Opens the database in an existing file, and brings its tables up to date.
    ///
    /// # Errors
    /// `Open` with the path, if the file is not there, not a database, or not writable.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::connect(path, false).await
    }

    /// Makes a database in a new file; opens it if it is there.
    ///
    /// # Errors
    /// `Open` with the path, if the folder is not there or not writable.
    pub async fn create(path: &Path) -> Result<Self, StoreError> {
        Self::connect(path, true).await
    }

    async fn connect(path: &Path, create: bool) -> Result<Self, StoreError> {
        let failed = |cause| StoreError::Open {
            path: path.to_owned(),
            cause,
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        migrator().run(&write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.read_only(true))
            .await
            .map_err(failed)?;
        let log = LogWriter::start(write.clone());
        Ok(Self { write, read, log })
    }

    /// Closes the file; what was written is in it.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn migrator() -> Migrator {
    let migration = |version, name: &'static str, text: &'static str| {
        let text = text.into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, text, false)
    };
    Migrator::with_migrations(vec![
        migration(
            1,
            "tables",
            include_str!("sqlite/migrations/0001_tables.sql"),
        ),
        migration(
            2,
            "revocation",
            include_str!("sqlite/migrations/0002_revocation.sql"),
        ),
    ])
}

#[async_trait]
impl Store for SqliteStore {
    async fn tenant(&self, name: &str) -> Result<Option<Tenant>, StoreError> {
        tenants::find(&self.read, name).await
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        tenants::list(&self.read).await
    }

    async fn put_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        tenants::put(&self.write, tenant).await
    }

    async fn user_by_name(&self, tenant: &str, username: &str) -> Result<Option<User>, StoreError> {
        users::find_by_name(&self.read, tenant, username).await
    }

    async fn user(&self, tenant: &str, id: &str) -> Result<Option<User>, StoreError> {
        users::find(&self.read, tenant, id).await
    }

    async fn users(&self, tenant: &str) -> Result<Vec<User>, StoreError> {
        users::list(&self.read, tenant).await
    }

    async fn put_user(&self, user: &User) -> Result<(), StoreError> {
        users::put(&self.write, user).await
    }

    async fn use_code_step(&self, tenant: &str, id: &str, step: u64) -> Result<bool, StoreError> {
        users::use_code_step(&self.write, tenant, id, step).await
    }

    async fn application(&self, tenant: &str, id: &str) -> Result<Option<Application>, StoreError> {
        applications::find(&self.read, tenant, id).await
    }

    async fn applications(&self, tenant: &str) -> Result<Vec<Application>, StoreError> {
        applications::list(&self.read, tenant).await
    }

    async fn put_application(&self, application: &Application) -> Result<(), StoreError> {
        applications::put(&self.write, application).await
    }

    async fn authorities(&self, tenant: &str) -> Result<Vec<Authority>, StoreError> {
        authorities::list(&self.read, tenant).await
    }

    async fn put_authority(&self, authority: &Authority) -> Result<(), StoreError> {
        authorities::put(&self.write, authority).await
    }

    async fn update_authority(&self, authority: &Authority) -> Result<bool, StoreError> {
        authorities::update(&self.write, authority).await
    }

    async fn remove_authority(&self, tenant: &str, id: &str) -> Result<bool, StoreError> {
        authorities::remove(&self.write, tenant, id).await
    }

    async fn crl(&self, authority: &str, url: &str) -> Result<Option<StoredCrl>, StoreError> {
        lists::find(&self.read, authority, url).await
    }

    async fn crl_state(&self, authority: &str, url: &str) -> Result<Option<CrlState>, StoreError> {
        lists::state(&self.read, authority, url).await
    }

    async fn crl_states(&self, tenant: &str) -> Result<Vec<CrlState>, StoreError> {
        lists::states(&self.read, tenant).await
    }

    async fn put_crl(&self, state: &CrlState, der: Option<&[u8]>) -> Result<i64, StoreError> {
        lists::put(&self.write, state, der).await
    }

    async fn add_journey(&self, journey: &JourneyRow) -> Result<(), StoreError> {
        journeys::add(&self.write, journey).await
    }

    async fn journey(&self, id_sha256: &str) -> Result<Option<JourneyRow>, StoreError> {
        journeys::find(&self.read, id_sha256).await
    }

    async fn update_journey(&self, journey: &JourneyRow) -> Result<(), StoreError> {
        journeys::update(&self.write, journey).await
    }

    async fn put_once(&self, value: &Once) -> Result<bool, StoreError> {
        once::put(&self.write, value).await
    }

    async fn take_once(
        &self,
        kind: OnceKind,
        key_sha256: &str,
        now: i64,
    ) -> Result<Option<String>, StoreError> {
        once::take(&self.write, kind, key_sha256, now).await
    }

    async fn peek_once(
        &self,
        kind: OnceKind,
        key_sha256: &str,
        now: i64,
    ) -> Result<Option<String>, StoreError> {
        once::peek(&self.read, kind, key_sha256, now).await
    }

    async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        sessions::add(&self.write, session).await
    }

    async fn session_by_key(&self, key_sha256: &str) -> Result<Option<Session>, StoreError> {
        sessions::find_by_key(&self.read, key_sha256).await
    }

    async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        sessions::find(&self.read, id).await
    }

    async fn update_session(&self, session: &Session) -> Result<(), StoreError> {
        sessions::update(&self.write, session).await
    }

    async fn add_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError> {
        refresh_tokens::add(&self.write, token).await
    }

    async fn refresh_token(&self, key_sha256: &str) -> Result<Option<RefreshToken>, StoreError> {
        refresh_tokens::find(&self.read, key_sha256).await
    }

    async fn rotate_refresh_token(
        &self,
        old: &RefreshToken,
        new: &RefreshToken,
    ) -> Result<bool, StoreError> {
        refresh_tokens::rotate(&self.write, old, new).await
    }

    async fn end_refresh_family(&self, family: &str) -> Result<(), StoreError> {
        refresh_tokens::end_family(&self.write, family).await
    }

    async fn log(&self, rows: &[LogRow]) -> Result<(), StoreError> {
        self.log.append(rows).await
    }

    async fn log_rows(&self, tenant: &str, last: u32) -> Result<Vec<LogRow>, StoreError> {
        log::newest(&self.read, tenant, last).await
    }

    async fn signing_keys(&self) -> Result<Vec<SealedKey>, StoreError> {
        signing_keys::list(&self.read).await
    }

    async fn add_signing_key(&self, key: &SealedKey) -> Result<(), StoreError> {
        signing_keys::add(&self.write, key).await
    }

    async fn sweep(&self, now: i64) -> Result<(), StoreError> {
        let mut transaction = self.write.begin_with(BEGIN).await?;
        for statement in SWEEP {
            sqlx::query(statement)
                .bind(now)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.write.begin_with(BEGIN).await?.rollback().await?;
        Ok(())
    }
}

/// Takes the write lock at once: a transaction that reads first and writes later would fail where
/// another process wrote in between.
const BEGIN: &str = "begin immediate";

const SWEEP: [&str; 4] = [
    "delete from journeys where expires_at < $1",
    "delete from once where expires_at < $1",
    "delete from sessions where expires_at < $1",
    "delete from refresh_tokens where expires_at < $1",
];

const READERS: u32 = 4;
const BUSY: Duration = Duration::from_secs(5);
const ACQUIRE: Duration = Duration::from_secs(10);
