use sqlx::sqlite::SqlitePool;
use sqlx::{Row as _, query};

use crate::store::{SealedKey, StoreError};

pub(super) async fn list(pool: &SqlitePool) -> Result<Vec<SealedKey>, StoreError> {
    query("select * from signing_keys order by created_at desc, id")
        .fetch_all(pool)
        .await?
        .iter()
        .map(|row| {
            Ok(SealedKey {
                id: row.try_get("id")?,
                algorithm: row.try_get("algorithm")?,
                sealed: row.try_get("sealed")?,
                created_at: row.try_get("created_at")?,
            })
        })
        .collect()
}

pub(super) async fn add(pool: &SqlitePool, key: &SealedKey) -> Result<(), StoreError> {
    query("insert into signing_keys (id, algorithm, sealed, created_at) values ($1, $2, $3, $4)")
        .bind(&key.id)
        .bind(&key.algorithm)
        .bind(&key.sealed)
        .bind(key.created_at)
        .execute(pool)
        .await
        .map_err(|error| StoreError::unique(error, || "the signing key".to_owned()))?;
    Ok(())
}
