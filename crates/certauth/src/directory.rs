//! The directory's own documents in a tenant: imported as they were exported, asked, and exported
//! again.
//!
//! ```text
//! files ─ plan ─► Plan (what changes, what is refused) ─ apply ─► store ─ export ─► files
//! ```
//!
//! The method policy of the tenant and the sources of its authorities are what sign-ins use, and
//! what the other commands change; the documents beside them keep what decides nothing.

use policy::directory::Document;
use policy::{AuthenticationStrength, ConditionalAccessPolicy, MethodPolicy, Policy, Rules};

use crate::store::{DocumentKind, Store, StoreError, StoredDocument, Tenant};

pub mod collection;
pub mod containers;
pub mod export;
pub mod hints;
pub mod limits;
pub mod plan;
pub mod what_if;

/// A tenant's rules, ready to be asked.
///
/// # Errors
/// If the store fails, or a policy asks for a strength that is not there: nobody is let in by rules
/// that are not whole.
pub async fn policy(store: &dyn Store, tenant: &Tenant) -> Result<Policy, StoreError> {
    let kinds = [DocumentKind::Strength, DocumentKind::ConditionalAccess];
    let documents = store.documents(&tenant.id, &kinds).await?;
    let rules = rules(tenant, &documents)?;
    Policy::of(rules).map_err(|unresolved| {
        let all: Vec<String> = unresolved.iter().map(ToString::to_string).collect();
        StoreError::Rules(all.join("; "))
    })
}

/// The rules of a tenant with these documents.
fn rules(tenant: &Tenant, documents: &[StoredDocument]) -> Result<Rules, StoreError> {
    let mut strengths: Vec<AuthenticationStrength> = Vec::new();
    let mut conditional_access: Vec<ConditionalAccessPolicy> = Vec::new();
    for stored in documents.iter().filter(|one| one.deleted_at.is_none()) {
        match stored.kind {
            DocumentKind::Strength => strengths.push(model(stored)?),
            DocumentKind::ConditionalAccess => conditional_access.push(model(stored)?),
            DocumentKind::Method
            | DocumentKind::PublicKeyInfrastructure
            | DocumentKind::ClassicStore
            | DocumentKind::Group
            | DocumentKind::User
            | DocumentKind::Application => {}
        }
    }
    Ok(Rules {
        settings: tenant.settings,
        method: method(tenant),
        strengths,
        conditional_access,
    })
}

/// The method policy of a tenant. What it asks of revocation lists is kept with the rest of what it
/// asks of certificates.
pub fn method(tenant: &Tenant) -> MethodPolicy {
    let crl = &tenant.validation.crl_validation_configuration;
    MethodPolicy {
        crl_validation: policy::CrlValidation {
            required: crl.required,
            exempted: crl.exempted_subject_key_identifiers.clone(),
        },
        ..tenant.method.clone()
    }
}

/// A stored document as it was imported.
fn document<M: policy::directory::Model>(
    stored: &StoredDocument,
) -> Result<Document<M>, StoreError> {
    serde_json::from_value(stored.document.clone()).map_err(|cause| StoreError::Unreadable {
        what: "document",
        cause,
    })
}

fn model<M: policy::directory::Model + Clone>(stored: &StoredDocument) -> Result<M, StoreError> {
    Ok(document::<M>(stored)?.model().clone())
}
