use sqlx::sqlite::SqlitePool;
use sqlx::{Row as _, query};

use crate::store::{JourneyRow, StoreError};

pub(super) async fn add(pool: &SqlitePool, journey: &JourneyRow) -> Result<(), StoreError> {
    query(
        "insert into journeys (id_sha256, tenant, state, expires_at, version)
            values ($1, $2, $3, $4, $5)",
    )
    .bind(&journey.id_sha256)
    .bind(&journey.tenant)
    .bind(&journey.state)
    .bind(journey.expires_at)
    .bind(journey.version)
    .execute(pool)
    .await
    .map_err(|error| StoreError::unique(error, || "the journey".to_owned()))?;
    Ok(())
}

pub(super) async fn find(
    pool: &SqlitePool,
    id_sha256: &str,
) -> Result<Option<JourneyRow>, StoreError> {
    let row = query("select * from journeys where id_sha256 = $1")
        .bind(id_sha256)
        .fetch_optional(pool)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(JourneyRow {
        id_sha256: row.try_get("id_sha256")?,
        tenant: row.try_get("tenant")?,
        state: row.try_get("state")?,
        expires_at: row.try_get("expires_at")?,
        version: row.try_get("version")?,
    }))
}

pub(super) async fn update(pool: &SqlitePool, journey: &JourneyRow) -> Result<(), StoreError> {
    let updated = query(
        "update journeys set state = $2, expires_at = $3, version = version + 1
            where id_sha256 = $1 and version = $4",
    )
    .bind(&journey.id_sha256)
    .bind(&journey.state)
    .bind(journey.expires_at)
    .bind(journey.version)
    .execute(pool)
    .await?;
    if updated.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}
