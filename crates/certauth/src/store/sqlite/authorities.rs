use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, Sqlite, Transaction, query};

use super::{BEGIN, json};
use crate::store::{Authority, StoreError};

pub(super) async fn list(pool: &SqlitePool, tenant: &str) -> Result<Vec<Authority>, StoreError> {
    query("select * from authorities where tenant = $1 and deleted_at is null order by rowid")
        .bind(tenant)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

pub(super) async fn list_deleted(
    pool: &SqlitePool,
    tenant: &str,
) -> Result<Vec<Authority>, StoreError> {
    query("select * from authorities where tenant = $1 and deleted_at is not null order by rowid")
        .bind(tenant)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Writes an authority of an import, new or changed, and forgets the lists of addresses that it has
/// no longer.
pub(super) async fn write(
    transaction: &mut Transaction<'_, Sqlite>,
    authority: &Authority,
) -> Result<(), StoreError> {
    query(
        "insert into authorities
            (id, tenant, root, name, certificate, sources, directory, deleted_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (id) do update set root = $3, name = $4, sources = $6, directory = $7,
                deleted_at = $8",
    )
    .bind(&authority.id)
    .bind(&authority.tenant)
    .bind(authority.root)
    .bind(&authority.name)
    .bind(&authority.certificate)
    .bind(json::write("sources of revocations", &authority.sources)?)
    .bind(json::write("place in the directory", &authority.directory)?)
    .bind(authority.deleted_at)
    .execute(&mut **transaction)
    .await
    .map_err(|error| StoreError::unique(error, || "the authority".to_owned()))?;
    forget_others(transaction, authority).await
}

async fn forget_others(
    transaction: &mut Transaction<'_, Sqlite>,
    authority: &Authority,
) -> Result<(), StoreError> {
    let urls: Vec<&str> = authority.sources.lists().map(|(url, _)| url).collect();
    let urls = json::write("addresses of lists", &urls)?;
    for statement in FORGET_OTHERS {
        query(statement)
            .bind(&authority.id)
            .bind(&urls)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

pub(super) async fn put(pool: &SqlitePool, authority: &Authority) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    query(
        "insert into authorities
            (id, tenant, root, name, certificate, sources, directory, deleted_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&authority.id)
    .bind(&authority.tenant)
    .bind(authority.root)
    .bind(&authority.name)
    .bind(&authority.certificate)
    .bind(json::write("sources of revocations", &authority.sources)?)
    .bind(json::write("place in the directory", &authority.directory)?)
    .bind(authority.deleted_at)
    .execute(&mut *transaction)
    .await
    .map_err(|error| StoreError::unique(error, || "the authority".to_owned()))?;
    count_up(&mut transaction, &authority.tenant).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn update(pool: &SqlitePool, authority: &Authority) -> Result<bool, StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    let changed = query(
        "update authorities set root = $3, name = $4, sources = $5, directory = $6,
            deleted_at = $7 where tenant = $1 and id = $2",
    )
    .bind(&authority.tenant)
    .bind(&authority.id)
    .bind(authority.root)
    .bind(&authority.name)
    .bind(json::write("sources of revocations", &authority.sources)?)
    .bind(json::write("place in the directory", &authority.directory)?)
    .bind(authority.deleted_at)
    .execute(&mut *transaction)
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    forget_others(&mut transaction, authority).await?;
    count_up(&mut transaction, &authority.tenant).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Removes an authority; its lists go with it. False if it is not there.
pub(super) async fn forget(
    transaction: &mut Transaction<'_, Sqlite>,
    tenant: &str,
    id: &str,
) -> Result<bool, StoreError> {
    let removed = query("delete from authorities where tenant = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute(&mut **transaction)
        .await?;
    Ok(removed.rows_affected() > 0)
}

pub(super) async fn remove(pool: &SqlitePool, tenant: &str, id: &str) -> Result<bool, StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    if !forget(&mut transaction, tenant, id).await? {
        return Ok(false);
    }
    count_up(&mut transaction, tenant).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn count_up(
    transaction: &mut Transaction<'_, Sqlite>,
    tenant: &str,
) -> Result<(), StoreError> {
    query("update tenants set version = version + 1 where id = $1")
        .bind(tenant)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Authority, StoreError> {
    Ok(Authority {
        id: row.try_get("id")?,
        tenant: row.try_get("tenant")?,
        root: row.try_get("root")?,
        name: row.try_get("name")?,
        certificate: row.try_get("certificate")?,
        sources: json::read("sources of revocations", row.try_get("sources")?)?,
        directory: json::read("place in the directory", row.try_get("directory")?)?,
        deleted_at: row.try_get("deleted_at")?,
    })
}

const FORGET_OTHERS: [&str; 2] = [
    "delete from lists where authority = $1
        and url not in (select value from json_each($2))",
    "delete from list_states where authority = $1
        and url not in (select value from json_each($2))",
];
