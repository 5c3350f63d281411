//! What a tenant has of the directory.

use policy::MethodPolicy;
use policy::directory::Document;
use serde_json::Value;

use super::METHOD;
use crate::directory::{document, method};
use crate::store::{Authority, DocumentKind, Store, StoreError, StoredDocument, Tenant};

/// The documents and authorities of a tenant; users are not among them.
#[derive(Clone, Debug)]
pub(in crate::directory) struct State {
    pub(in crate::directory) tenant: Tenant,
    pub(in crate::directory) documents: Vec<Kept>,
    /// Deleted ones too.
    pub(in crate::directory) authorities: Vec<Authority>,
}

/// A document of the tenant.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::directory) struct Kept {
    pub(in crate::directory) kind: DocumentKind,
    pub(in crate::directory) id: String,
    pub(in crate::directory) document: Value,
    pub(in crate::directory) deleted_at: Option<i64>,
}

impl State {
    pub(in crate::directory) async fn read(
        store: &dyn Store,
        tenant: &Tenant,
    ) -> Result<Self, StoreError> {
        let kinds: Vec<DocumentKind> = DocumentKind::ALL
            .into_iter()
            .filter(|kind| *kind != DocumentKind::User)
            .collect();
        let stored = store.documents(&tenant.id, &kinds).await?;
        let known = stored.iter().find(|one| one.kind == DocumentKind::Method);
        let policy = match known {
            Some(known) => {
                let mut policy: Document<MethodPolicy> = document(known)?;
                policy.set(method(tenant));
                policy
            }
            None => Document::new(method(tenant)),
        };
        let mut documents = vec![Kept {
            kind: DocumentKind::Method,
            id: known.map_or_else(|| METHOD.to_owned(), |known| known.id.clone()),
            document: policy.written().clone(),
            deleted_at: None,
        }];
        let others = stored
            .into_iter()
            .filter(|one| one.kind != DocumentKind::Method);
        documents.extend(others.map(Kept::from));
        let mut authorities = store.authorities(&tenant.id).await?;
        authorities.extend(store.deleted_authorities(&tenant.id).await?);
        Ok(Self {
            tenant: tenant.clone(),
            documents,
            authorities,
        })
    }

    /// The documents of a kind that count.
    pub(in crate::directory) fn of_kind(&self, kind: DocumentKind) -> impl Iterator<Item = &Kept> {
        self.documents
            .iter()
            .filter(move |one| one.kind == kind && one.deleted_at.is_none())
    }

    /// A container, deleted or not, by its id.
    pub(in crate::directory) fn container(&self, id: &str) -> Option<&Kept> {
        self.documents
            .iter()
            .find(|one| one.kind == DocumentKind::PublicKeyInfrastructure && one.id == id)
    }
}

impl Kept {
    /// What people know it by.
    pub(in crate::directory) fn name(&self) -> &str {
        let stated = self.document.get("displayName").and_then(Value::as_str);
        stated.filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }

    pub(in crate::directory) fn stored(&self, tenant: &str) -> StoredDocument {
        StoredDocument {
            tenant: tenant.to_owned(),
            kind: self.kind,
            id: self.id.clone(),
            document: self.document.clone(),
            deleted_at: self.deleted_at,
        }
    }
}

impl From<StoredDocument> for Kept {
    fn from(stored: StoredDocument) -> Self {
        Self {
            kind: stored.kind,
            id: stored.id,
            document: stored.document,
            deleted_at: stored.deleted_at,
        }
    }
}
