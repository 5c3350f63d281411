use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, query};

use super::{BEGIN, json};
use crate::store::{LogRow, StoreError};

pub(super) async fn append(pool: &SqlitePool, rows: &[&LogRow]) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    for row in rows {
        let explanation = row.explanation.as_ref();
        query(
            "insert into sign_in_log (id, created_at, tenant, correlation_id, account, username,
                    application, address, result, code, step, factors, details, explanation)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(&row.id)
        .bind(row.created_at)
        .bind(&row.tenant)
        .bind(&row.correlation_id)
        .bind(&row.account)
        .bind(&row.username)
        .bind(&row.application)
        .bind(&row.address)
        .bind(&row.result)
        .bind(row.code)
        .bind(&row.step)
        .bind(json::write("factors", &row.factors)?)
        .bind(json::write("details", &row.details)?)
        .bind(
            explanation
                .map(|text| json::write("explanation", text))
                .transpose()?,
        )
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn newest(
    pool: &SqlitePool,
    tenant: &str,
    last: u32,
) -> Result<Vec<LogRow>, StoreError> {
    query("select * from sign_in_log where tenant = $1 order by sequence desc limit $2")
        .bind(tenant)
        .bind(last)
        .fetch_all(pool)
        .await?
        .iter()
        .map(read)
        .collect()
}

fn read(row: &SqliteRow) -> Result<LogRow, StoreError> {
    let explanation: Option<String> = row.try_get("explanation")?;
    Ok(LogRow {
        sequence: row.try_get("sequence")?,
        id: row.try_get("id")?,
        created_at: row.try_get("created_at")?,
        tenant: row.try_get("tenant")?,
        correlation_id: row.try_get("correlation_id")?,
        account: row.try_get("account")?,
        username: row.try_get("username")?,
        application: row.try_get("application")?,
        address: row.try_get("address")?,
        result: row.try_get("result")?,
        code: row.try_get("code")?,
        step: row.try_get("step")?,
        factors: json::read("factors", row.try_get("factors")?)?,
        details: json::read("details", row.try_get("details")?)?,
        explanation: explanation
            .map(|text| json::read("explanation", &text))
            .transpose()?,
    })
}
