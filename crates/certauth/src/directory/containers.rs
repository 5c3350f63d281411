//! The containers of CAs that a tenant has.

use serde_json::Value;

use crate::store::{Authority, DocumentKind, Store, StoreError, Tenant};

/// A container of CAs.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its id in the directory.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The `certificateBasedAuthPki` as it was imported, without its CAs.
    pub document: Value,
    /// When it was deleted.
    pub deleted_at: Option<i64>,
    /// Its CAs, deleted ones too.
    pub authorities: Vec<Authority>,
}

impl Container {
    /// Those of its CAs that count.
    pub fn counting(&self) -> impl Iterator<Item = &Authority> {
        self.authorities
            .iter()
            .filter(|authority| authority.deleted_at.is_none())
    }
}

/// Lists the containers, deleted ones too, in the order in which they came.
///
/// # Errors
/// If the store fails.
pub async fn containers(store: &dyn Store, tenant: &Tenant) -> Result<Vec<Container>, StoreError> {
    let kinds = [DocumentKind::PublicKeyInfrastructure];
    let documents = store.documents(&tenant.id, &kinds).await?;
    let mut authorities = store.authorities(&tenant.id).await?;
    authorities.extend(store.deleted_authorities(&tenant.id).await?);
    Ok(documents
        .into_iter()
        .map(|kept| {
            let stated = kept.document.get("displayName").and_then(Value::as_str);
            let name = stated.filter(|name| !name.is_empty()).unwrap_or(&kept.id);
            let of_it = |one: &&Authority| {
                one.directory.infrastructure.as_deref() == Some(kept.id.as_str())
            };
            Container {
                name: name.to_owned(),
                authorities: authorities.iter().filter(of_it).cloned().collect(),
                id: kept.id,
                document: kept.document,
                deleted_at: kept.deleted_at,
            }
        })
        .collect())
}
