use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, query, query_scalar};

use super::{BEGIN, json};
use crate::store::{StoreError, Tenant};

pub(super) async fn find(pool: &SqlitePool, name: &str) -> Result<Option<Tenant>, StoreError> {
    let row = query(
        "select * from tenants where id = $1
            or id = (select tenant from domains where name = $1)",
    )
    .bind(name.to_ascii_lowercase())
    .fetch_optional(pool)
    .await?;
    match row {
        Some(row) => Ok(Some(read(pool, &row).await?)),
        None => Ok(None),
    }
}

pub(super) async fn list(pool: &SqlitePool) -> Result<Vec<Tenant>, StoreError> {
    let mut tenants = Vec::new();
    for row in query("select * from tenants order by display_name, id")
        .fetch_all(pool)
        .await?
    {
        tenants.push(read(pool, &row).await?);
    }
    Ok(tenants)
}

pub(super) async fn put(pool: &SqlitePool, tenant: &Tenant) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    query(
        "insert into tenants (id, display_name, method, help_url, validation, version)
            values ($1, $2, $3, $4, $5, 1)
            on conflict (id) do update set display_name = $2, method = $3, help_url = $4,
                validation = $5, version = version + 1",
    )
    .bind(&tenant.id)
    .bind(&tenant.display_name)
    .bind(json::write("method policy", &tenant.method)?)
    .bind(&tenant.help_url)
    .bind(json::write("certificate validation", &tenant.validation)?)
    .execute(&mut *transaction)
    .await?;
    query("delete from domains where tenant = $1")
        .bind(&tenant.id)
        .execute(&mut *transaction)
        .await?;
    for (position, domain) in (0_i64..).zip(&tenant.domains) {
        let name = domain.to_ascii_lowercase();
        query("insert into domains (name, tenant, position) values ($1, $2, $3)")
            .bind(&name)
            .bind(&tenant.id)
            .bind(position)
            .execute(&mut *transaction)
            .await
            .map_err(|error| StoreError::unique(error, || format!("the domain {name}")))?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn read(pool: &SqlitePool, row: &SqliteRow) -> Result<Tenant, StoreError> {
    let id: String = row.try_get("id")?;
    let domains = query_scalar("select name from domains where tenant = $1 order by position")
        .bind(&id)
        .fetch_all(pool)
        .await?;
    Ok(Tenant {
        id,
        display_name: row.try_get("display_name")?,
        domains,
        method: json::read("method policy", row.try_get("method")?)?,
        validation: json::read("certificate validation", row.try_get("validation")?)?,
        help_url: row.try_get("help_url")?,
        version: row.try_get("version")?,
    })
}
