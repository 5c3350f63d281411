use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, Sqlite, Transaction, query};

use super::{BEGIN, authorities, json, tenants, users};
use crate::store::{DirectoryChanges, DocumentKind, StoreError, StoredDocument, UserChange};

pub(super) async fn list(
    pool: &SqlitePool,
    tenant: &str,
    kinds: &[DocumentKind],
) -> Result<Vec<StoredDocument>, StoreError> {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
    query(
        "select * from documents where tenant = $1
            and kind in (select value from json_each($2)) order by rowid",
    )
    .bind(tenant)
    .bind(json::write("kinds of documents", &words)?)
    .fetch_all(pool)
    .await?
    .iter()
    .map(read)
    .collect()
}

pub(super) async fn apply(pool: &SqlitePool, changes: &DirectoryChanges) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    if !tenants::replace(&mut transaction, &changes.tenant).await? {
        return Err(StoreError::Conflict);
    }
    let tenant = &changes.tenant.id;
    for (kind, id) in &changes.removed {
        query("delete from documents where tenant = $1 and kind = $2 and id = $3")
            .bind(tenant)
            .bind(kind.word())
            .bind(id)
            .execute(&mut *transaction)
            .await?;
    }
    for document in &changes.documents {
        write(&mut transaction, document).await?;
    }
    for authority in &changes.authorities {
        authorities::write(&mut transaction, authority).await?;
    }
    for id in &changes.forgotten {
        authorities::forget(&mut transaction, tenant, id).await?;
    }
    for UserChange { before, after } in &changes.users {
        let current = users::current(&mut transaction, tenant, &after.account.id).await?;
        if current != *before {
            return Err(StoreError::Conflict);
        }
    }
    // Values may go from one user to another, so all are let go before any is taken.
    for change in &changes.users {
        users::write(&mut transaction, &change.after).await?;
    }
    for change in &changes.users {
        users::write_values(&mut transaction, &change.after).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn write(
    transaction: &mut Transaction<'_, Sqlite>,
    document: &StoredDocument,
) -> Result<(), StoreError> {
    query(
        "insert into documents (tenant, kind, id, document, deleted_at)
            values ($1, $2, $3, $4, $5)
            on conflict (tenant, kind, id) do update set document = $4, deleted_at = $5",
    )
    .bind(&document.tenant)
    .bind(document.kind.word())
    .bind(&document.id)
    .bind(json::write("document", &document.document)?)
    .bind(document.deleted_at)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<StoredDocument, StoreError> {
    let word: String = row.try_get("kind")?;
    let mut kinds = DocumentKind::ALL.into_iter();
    let kind = kinds.find(|kind| kind.word() == word);
    Ok(StoredDocument {
        tenant: row.try_get("tenant")?,
        kind: kind.ok_or(StoreError::UnknownKind(word))?,
        id: row.try_get("id")?,
        document: json::read("document", row.try_get("document")?)?,
        deleted_at: row.try_get("deleted_at")?,
    })
}
