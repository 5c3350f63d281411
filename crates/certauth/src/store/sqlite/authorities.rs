use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, query};

use super::BEGIN;
use crate::store::{Authority, StoreError, StoredCrl};

pub(super) async fn list(pool: &SqlitePool, tenant: &str) -> Result<Vec<Authority>, StoreError> {
    query("select * from authorities where tenant = $1 order by rowid")
        .bind(tenant)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

pub(super) async fn put(pool: &SqlitePool, authority: &Authority) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    query(
        "insert into authorities (id, tenant, root, certificate, crl_url)
            values ($1, $2, $3, $4, $5)",
    )
    .bind(&authority.id)
    .bind(&authority.tenant)
    .bind(authority.root)
    .bind(&authority.certificate)
    .bind(&authority.crl_url)
    .execute(&mut *transaction)
    .await
    .map_err(|error| StoreError::unique(error, || "the authority".to_owned()))?;
    query("update tenants set version = version + 1 where id = $1")
        .bind(&authority.tenant)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn crl(
    pool: &SqlitePool,
    authority: &str,
) -> Result<Option<StoredCrl>, StoreError> {
    let row = query("select * from crls where authority = $1")
        .bind(authority)
        .fetch_optional(pool)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(StoredCrl {
        authority: row.try_get("authority")?,
        der: row.try_get("der")?,
        fetched_at: row.try_get("fetched_at")?,
    }))
}

pub(super) async fn put_crl(pool: &SqlitePool, crl: &StoredCrl) -> Result<(), StoreError> {
    query(
        "insert into crls (authority, der, fetched_at) values ($1, $2, $3)
            on conflict (authority) do update set der = $2, fetched_at = $3",
    )
    .bind(&crl.authority)
    .bind(&crl.der)
    .bind(crl.fetched_at)
    .execute(pool)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Authority, StoreError> {
    Ok(Authority {
        id: row.try_get("id")?,
        tenant: row.try_get("tenant")?,
        root: row.try_get("root")?,
        certificate: row.try_get("certificate")?,
        crl_url: row.try_get("crl_url")?,
    })
}
