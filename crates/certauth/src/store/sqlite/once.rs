use sqlx::sqlite::SqlitePool;
use sqlx::{Row as _, query, query_scalar};

use crate::store::{Once, OnceKind, StoreError};

pub(super) async fn put(pool: &SqlitePool, once: &Once) -> Result<bool, StoreError> {
    let put = query(
        "insert into once (kind, key_sha256, payload, expires_at) values ($1, $2, $3, $4)
            on conflict do nothing",
    )
    .bind(kind(once.kind))
    .bind(&once.key_sha256)
    .bind(&once.payload)
    .bind(once.expires_at)
    .execute(pool)
    .await?;
    Ok(put.rows_affected() == 1)
}

/// One statement finds and removes it, so that of any number of takers one gets it.
pub(super) async fn take(
    pool: &SqlitePool,
    of: OnceKind,
    key_sha256: &str,
    now: i64,
) -> Result<Option<String>, StoreError> {
    let taken =
        query("delete from once where kind = $1 and key_sha256 = $2 returning payload, expires_at")
            .bind(kind(of))
            .bind(key_sha256)
            .fetch_optional(pool)
            .await?;
    let Some(row) = taken else {
        return Ok(None);
    };
    let counts = now < row.try_get::<i64, _>("expires_at")?;
    Ok(counts.then_some(row.try_get("payload")?))
}

pub(super) async fn peek(
    pool: &SqlitePool,
    of: OnceKind,
    key_sha256: &str,
    now: i64,
) -> Result<Option<String>, StoreError> {
    let payload = query_scalar(
        "select payload from once where kind = $1 and key_sha256 = $2 and expires_at > $3",
    )
    .bind(kind(of))
    .bind(key_sha256)
    .bind(now)
    .fetch_optional(pool)
    .await?;
    Ok(payload)
}

const fn kind(kind: OnceKind) -> &'static str {
    match kind {
        OnceKind::CertauthTicket => "certauth_ticket",
        OnceKind::CertauthResult => "certauth_result",
        OnceKind::AuthorizationCode => "authorization_code",
        OnceKind::BrowserTicket => "browser_ticket",
        OnceKind::ProofId => "proof_id",
        OnceKind::SetupLink => "setup_link",
    }
}
