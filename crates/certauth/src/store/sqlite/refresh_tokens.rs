use sqlx::sqlite::{Sqlite, SqlitePool};
use sqlx::{Executor, Row as _, query};

use super::BEGIN;
use crate::store::{RefreshToken, StoreError};

pub(super) async fn add<'a>(
    executor: impl Executor<'a, Database = Sqlite>,
    token: &RefreshToken,
) -> Result<(), StoreError> {
    query(
        "insert into refresh_tokens (key_sha256, session, client, scope, jkt, family,
                expires_at, rotated_at, successor)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&token.key_sha256)
    .bind(&token.session)
    .bind(&token.client)
    .bind(&token.scope)
    .bind(&token.jkt)
    .bind(&token.family)
    .bind(token.expires_at)
    .bind(token.rotated_at)
    .bind(&token.successor)
    .execute(executor)
    .await
    .map_err(|error| StoreError::unique(error, || "the refresh token".to_owned()))?;
    Ok(())
}

pub(super) async fn find(
    pool: &SqlitePool,
    key_sha256: &str,
) -> Result<Option<RefreshToken>, StoreError> {
    let row = query("select * from refresh_tokens where key_sha256 = $1")
        .bind(key_sha256)
        .fetch_optional(pool)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(RefreshToken {
        key_sha256: row.try_get("key_sha256")?,
        session: row.try_get("session")?,
        client: row.try_get("client")?,
        scope: row.try_get("scope")?,
        jkt: row.try_get("jkt")?,
        family: row.try_get("family")?,
        expires_at: row.try_get("expires_at")?,
        rotated_at: row.try_get("rotated_at")?,
        successor: row.try_get("successor")?,
    }))
}

/// Of any number of requests that rotate one token, one does; a family that was ended meanwhile
/// gets no successor.
pub(super) async fn rotate(
    pool: &SqlitePool,
    old: &RefreshToken,
    new: &RefreshToken,
) -> Result<bool, StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    let rotated = query(
        "update refresh_tokens set rotated_at = $2, successor = $3
            where key_sha256 = $1 and rotated_at is null",
    )
    .bind(&old.key_sha256)
    .bind(old.rotated_at)
    .bind(&old.successor)
    .execute(&mut *transaction)
    .await?;
    if rotated.rows_affected() != 1 {
        transaction.rollback().await?;
        return Ok(false);
    }
    add(&mut *transaction, new).await?;
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn end_family(pool: &SqlitePool, family: &str) -> Result<(), StoreError> {
    query("delete from refresh_tokens where family = $1")
        .bind(family)
        .execute(pool)
        .await?;
    Ok(())
}
