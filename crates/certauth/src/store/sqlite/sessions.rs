use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, query};

use super::json;
use crate::store::{Session, StoreError};

pub(super) async fn add(pool: &SqlitePool, session: &Session) -> Result<(), StoreError> {
    query(
        "insert into sessions (id, tenant, account, key_sha256, jkt, parent, recorded,
                started_at, expires_at, ended_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&session.id)
    .bind(&session.tenant)
    .bind(&session.account)
    .bind(&session.key_sha256)
    .bind(&session.jkt)
    .bind(&session.parent)
    .bind(json::write("session", &session.recorded)?)
    .bind(session.started_at)
    .bind(session.expires_at)
    .bind(session.ended_at)
    .execute(pool)
    .await
    .map_err(|error| StoreError::unique(error, || "the session".to_owned()))?;
    Ok(())
}

pub(super) async fn find_by_key(
    pool: &SqlitePool,
    key_sha256: &str,
) -> Result<Option<Session>, StoreError> {
    query("select * from sessions where key_sha256 = $1")
        .bind(key_sha256)
        .fetch_optional(pool)
        .await?
        .map(|row| read(&row))
        .transpose()
}

pub(super) async fn find(pool: &SqlitePool, id: &str) -> Result<Option<Session>, StoreError> {
    query("select * from sessions where id = $1")
        .bind(id)
        .fetch_optional(pool)
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// A session that has ended stays ended, whatever a request that read it earlier writes.
pub(super) async fn update(pool: &SqlitePool, session: &Session) -> Result<(), StoreError> {
    query(
        "update sessions set recorded = $2, expires_at = $3, ended_at = coalesce(ended_at, $4)
            where id = $1",
    )
    .bind(&session.id)
    .bind(json::write("session", &session.recorded)?)
    .bind(session.expires_at)
    .bind(session.ended_at)
    .execute(pool)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.try_get("id")?,
        tenant: row.try_get("tenant")?,
        account: row.try_get("account")?,
        key_sha256: row.try_get("key_sha256")?,
        jkt: row.try_get("jkt")?,
        parent: row.try_get("parent")?,
        recorded: json::read("session", row.try_get("recorded")?)?,
        started_at: row.try_get("started_at")?,
        expires_at: row.try_get("expires_at")?,
        ended_at: row.try_get("ended_at")?,
    })
}
