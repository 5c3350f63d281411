use sqlx::sqlite::SqlitePool;
use sqlx::{query, query_scalar};

use super::json;
use crate::store::{Application, StoreError};

pub(super) async fn find(
    pool: &SqlitePool,
    tenant: &str,
    id: &str,
) -> Result<Option<Application>, StoreError> {
    query_scalar::<_, String>("select application from applications where tenant = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(pool)
        .await?
        .map(|text| json::read("application", &text))
        .transpose()
}

pub(super) async fn list(pool: &SqlitePool, tenant: &str) -> Result<Vec<Application>, StoreError> {
    query_scalar::<_, String>("select application from applications where tenant = $1 order by id")
        .bind(tenant)
        .fetch_all(pool)
        .await?
        .iter()
        .map(|text| json::read("application", text))
        .collect()
}

pub(super) async fn put(pool: &SqlitePool, application: &Application) -> Result<(), StoreError> {
    query(
        "insert into applications (tenant, id, application) values ($1, $2, $3)
            on conflict (tenant, id) do update set application = $3",
    )
    .bind(&application.tenant)
    .bind(&application.application.id)
    .bind(json::write("application", application)?)
    .execute(pool)
    .await?;
    Ok(())
}
