use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, query, query_scalar};

use super::{BEGIN, json};
use crate::store::{CrlState, StoreError, StoredCrl};

pub(super) async fn find(
    pool: &SqlitePool,
    authority: &str,
    url: &str,
) -> Result<Option<StoredCrl>, StoreError> {
    let row = query(
        "select lists.der, list_states.version from lists join list_states
            on list_states.authority = lists.authority and list_states.url = lists.url
            where lists.authority = $1 and lists.url = $2",
    )
    .bind(authority)
    .bind(url)
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(StoredCrl {
        version: row.try_get("version")?,
        der: row.try_get("der")?,
    }))
}

pub(super) async fn state(
    pool: &SqlitePool,
    authority: &str,
    url: &str,
) -> Result<Option<CrlState>, StoreError> {
    query("select * from list_states where authority = $1 and url = $2")
        .bind(authority)
        .bind(url)
        .fetch_optional(pool)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

pub(super) async fn states(pool: &SqlitePool, tenant: &str) -> Result<Vec<CrlState>, StoreError> {
    query(
        "select list_states.* from list_states join authorities
            on authorities.id = list_states.authority
            where authorities.tenant = $1 order by authorities.rowid, list_states.rowid",
    )
    .bind(tenant)
    .fetch_all(pool)
    .await?
    .iter()
    .map(read)
    .collect()
}

fn read(row: &SqliteRow) -> Result<CrlState, StoreError> {
    let state: CrlState = json::read("state of a list", row.try_get("state")?)?;
    Ok(CrlState {
        authority: row.try_get("authority")?,
        url: row.try_get("url")?,
        version: row.try_get("version")?,
        ..state
    })
}

pub(super) async fn put(
    pool: &SqlitePool,
    state: &CrlState,
    der: Option<&[u8]>,
) -> Result<i64, StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    let stored: Option<i64> =
        query_scalar("select version from list_states where authority = $1 and url = $2")
            .bind(&state.authority)
            .bind(&state.url)
            .fetch_optional(&mut *transaction)
            .await?;
    if stored.unwrap_or(0) != state.version {
        return Err(StoreError::Conflict);
    }
    let version = state.version + i64::from(der.is_some());
    query(
        "insert into list_states (authority, url, version, state) values ($1, $2, $3, $4)
            on conflict (authority, url) do update set version = $3, state = $4",
    )
    .bind(&state.authority)
    .bind(&state.url)
    .bind(version)
    .bind(json::write("state of a list", state)?)
    .execute(&mut *transaction)
    .await?;
    if let Some(der) = der {
        query(
            "insert into lists (authority, url, der) values ($1, $2, $3)
                on conflict (authority, url) do update set der = $3",
        )
        .bind(&state.authority)
        .bind(&state.url)
        .bind(der)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(version)
}
