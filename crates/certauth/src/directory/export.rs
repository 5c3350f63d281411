//! Writing a tenant's documents as the directory does: as they were imported, with what changed
//! here since.

use certs::Certificate;
use policy::directory::{CertificateAuthority, ClassicStore, Document, Group, Model, User};
use serde_json::{Value, json};

use super::plan::state::State;
use crate::store::{self, Authority, DocumentKind, Store, StoreError, Tenant};

/// Writes documents of these kinds; kinds of which there is none are left out.
///
/// # Errors
/// If the store fails.
pub async fn export(
    store: &dyn Store,
    tenant: &Tenant,
    kinds: &[DocumentKind],
) -> Result<Vec<(DocumentKind, Value)>, StoreError> {
    let state = State::read(store, tenant).await?;
    let people = kinds
        .iter()
        .any(|kind| matches!(kind, DocumentKind::User | DocumentKind::Group));
    let users = if people {
        store.users(&tenant.id).await?
    } else {
        Vec::new()
    };
    let stored = store.documents(&tenant.id, &[DocumentKind::User]).await?;
    let mut written = Vec::new();
    for kind in kinds {
        let documents = match kind {
            DocumentKind::Method => {
                let policy = state.of_kind(DocumentKind::Method).next();
                written.extend(policy.map(|policy| (*kind, policy.document.clone())));
                continue;
            }
            DocumentKind::ClassicStore => {
                if let Some(list) = state.of_kind(*kind).next() {
                    written.push((*kind, classic(&list.document, &state)?));
                }
                continue;
            }
            DocumentKind::PublicKeyInfrastructure => {
                written.extend(infrastructures(&state)?.map(|value| (*kind, value)));
                continue;
            }
            DocumentKind::Strength
            | DocumentKind::ConditionalAccess
            | DocumentKind::Application => state
                .of_kind(*kind)
                .map(|kept| kept.document.clone())
                .collect::<Vec<_>>(),
            DocumentKind::Group => state
                .of_kind(*kind)
                .map(|kept| group(&kept.document, &users, &stored))
                .collect::<Result<_, _>>()?,
            DocumentKind::User => users
                .iter()
                .map(|one| user(one, &stored, &state))
                .collect::<Result<_, _>>()?,
        };
        if !documents.is_empty() {
            written.push((*kind, collection(context(*kind), &documents)));
        }
    }
    Ok(written)
}

/// An authority as the directory writes it; none where its certificate cannot be read.
pub(super) fn authority(
    stored: &Authority,
) -> Result<Option<Document<CertificateAuthority>>, StoreError> {
    let Ok(certificate) = Certificate::from_der(&stored.certificate) else {
        return Ok(None);
    };
    let imported: Option<Document<CertificateAuthority>> =
        stored.directory.document.as_ref().map(parsed).transpose()?;
    let before = imported.as_ref().map(Document::model);
    let (crl_url, delta_crl_url) = match before {
        // The addresses that count are the classic list's; these stay what the container says.
        Some(before) if stored.directory.classic_counts.is_some() => {
            (before.crl_url.clone(), before.delta_crl_url.clone())
        }
        Some(_) | None => (
            stored.sources.crl_urls.first().cloned(),
            stored.sources.delta_crl_url.clone(),
        ),
    };
    let model = CertificateAuthority {
        id: match before {
            Some(before) => before.id.clone(),
            None => Some(stored.id.clone()),
        },
        display_name: stored.name.clone(),
        root: stored.root,
        certificate,
        crl_url,
        delta_crl_url,
        issuer_hint: stored.directory.issuer_hint,
        deleted: false,
    };
    Ok(Some(match imported {
        Some(mut imported) => {
            imported.set(model);
            imported
        }
        None => Document::new(model),
    }))
}

/// Containers with their CAs, and the CAs of none.
fn infrastructures(state: &State) -> Result<Option<Value>, StoreError> {
    let mut containers = Vec::new();
    let of = |container: Option<&str>| -> Result<Vec<Value>, StoreError> {
        let mut all = Vec::new();
        for stored in &state.authorities {
            let place = &stored.directory;
            let only_classic = place.document.is_none() && place.classic_counts.is_some();
            if stored.deleted_at.is_none()
                && !only_classic
                && place.infrastructure.as_deref() == container
                && let Some(written) = authority(stored)?
            {
                all.push(written.written().clone());
            }
        }
        Ok(all)
    };
    for kept in state.of_kind(DocumentKind::PublicKeyInfrastructure) {
        let mut container = kept.document.clone();
        let authorities = of(Some(&kept.id))?;
        if let Some(members) = container.as_object_mut()
            && !authorities.is_empty()
        {
            members.insert(AUTHORITIES.into(), authorities.into());
        }
        containers.push(container);
    }
    let loose = of(None)?;
    let contained = (!containers.is_empty())
        .then(|| collection(context(DocumentKind::PublicKeyInfrastructure), &containers));
    let loose = (!loose.is_empty()).then(|| collection(LOOSE, &loose));
    Ok(match (contained, loose) {
        (Some(contained), Some(loose)) => Some(Value::Array(vec![contained, loose])),
        (Some(only), None) | (None, Some(only)) => Some(only),
        (None, None) => None,
    })
}

fn classic(raw: &Value, state: &State) -> Result<Value, StoreError> {
    let mut list: Document<ClassicStore> = parsed(raw)?;
    let mut model = list.model().clone();
    for (place, entry) in model.authorities.iter_mut().enumerate() {
        let counts = state.authorities.iter().find(|known| {
            known.directory.classic == Some(place) && known.directory.classic_counts.is_some()
        });
        if let Some(known) = counts {
            entry.crl_url = known.sources.crl_urls.first().cloned();
            entry.delta_crl_url.clone_from(&known.sources.delta_crl_url);
        }
    }
    list.set(model);
    Ok(list.written().clone())
}

fn user(
    user: &store::User,
    stored: &[store::StoredDocument],
    state: &State,
) -> Result<Value, StoreError> {
    let account = &user.account;
    let known = stored.iter().find(|one| one.id == account.id);
    let Some(known) = known else {
        let model = User {
            id: Some(account.id.clone()),
            user_principal_name: Some(account.user_principal_name.clone()),
            on_premises_user_principal_name: account.on_premises_user_principal_name.clone(),
            display_name: Some(account.display_name.clone()),
            enabled: Some(account.enabled),
            certificate_user_ids: (!account.certificate_user_ids.is_empty())
                .then(|| account.certificate_user_ids.clone()),
            member_of: groups(&account.groups, &[], &account.id, state)?,
        };
        return Ok(Document::new(model).written().clone());
    };
    let mut document: Document<User> = parsed(&known.document)?;
    let before = document.model().clone();
    let id = before.id.clone().unwrap_or_else(|| account.id.clone());
    document.set(User {
        user_principal_name: Some(account.user_principal_name.clone()),
        on_premises_user_principal_name: account.on_premises_user_principal_name.clone(),
        display_name: before
            .display_name
            .is_some()
            .then(|| account.display_name.clone()),
        enabled: (before.enabled.is_some() || !account.enabled).then_some(account.enabled),
        certificate_user_ids: (before.certificate_user_ids.is_some()
            || !account.certificate_user_ids.is_empty())
        .then(|| account.certificate_user_ids.clone()),
        member_of: groups(&account.groups, &before.member_of, &id, state)?,
        ..before
    });
    Ok(document.written().clone())
}

/// The groups that a user's document names: those it named, and those that say nothing of it
/// themselves.
fn groups(
    held: &[String],
    before: &[String],
    user: &str,
    state: &State,
) -> Result<Vec<String>, StoreError> {
    let mut named: Vec<String> = before
        .iter()
        .filter(|group| held.contains(group))
        .cloned()
        .collect();
    for group in held {
        let mut says_it = false;
        for kept in state.of_kind(DocumentKind::Group) {
            if kept.id == *group {
                let document: Document<Group> = parsed(&kept.document)?;
                says_it |= document.model().members.iter().any(|member| member == user);
            }
        }
        if !says_it && !named.contains(group) {
            named.push(group.clone());
        }
    }
    Ok(named)
}

/// A group without the members that left it here.
fn group(
    raw: &Value,
    users: &[store::User],
    stored: &[store::StoredDocument],
) -> Result<Value, StoreError> {
    let mut document: Document<Group> = parsed(raw)?;
    let mut model = document.model().clone();
    let id = model.id.clone();
    model.members.retain(|member| {
        let says = |one: &&store::StoredDocument| {
            one.document.get("id").and_then(Value::as_str) == Some(member)
        };
        let known = stored.iter().find(says);
        let account = known.map_or(member.as_str(), |one| one.id.as_str());
        let user = users.iter().find(|user| user.account.id == account);
        user.is_none_or(|user| user.account.groups.contains(&id))
    });
    document.set(model);
    Ok(document.written().clone())
}

/// A document that was stored.
pub(super) fn parsed<M: Model>(raw: &Value) -> Result<Document<M>, StoreError> {
    serde_json::from_value(raw.clone()).map_err(|cause| StoreError::Unreadable {
        what: "document",
        cause,
    })
}

/// Whose certificate it is.
pub(super) fn subject(der: &[u8]) -> String {
    Certificate::from_der(der).map_or_else(
        |error| format!("(a certificate that cannot be read: {error})"),
        |certificate| certificate.subject().to_string(),
    )
}

fn collection(context: &str, documents: &[Value]) -> Value {
    json!({ "@odata.context": context, "value": documents })
}

const fn context(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Method => "$metadata#authenticationMethodConfigurations/$entity",
        DocumentKind::PublicKeyInfrastructure => {
            "$metadata#directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
        }
        DocumentKind::ClassicStore => "$metadata#certificateBasedAuthConfiguration",
        DocumentKind::Strength => "$metadata#policies/authenticationStrengthPolicies",
        DocumentKind::ConditionalAccess => "$metadata#identity/conditionalAccess/policies",
        DocumentKind::Group => "$metadata#groups",
        DocumentKind::User => "$metadata#users",
        DocumentKind::Application => "$metadata#applications",
    }
}

/// The member of a container that holds its CAs.
pub(super) const AUTHORITIES: &str = "certificateAuthorities";
const LOOSE: &str = "$metadata#directory/publicKeyInfrastructure/certificateBasedAuthConfigurations('')/certificateAuthorities";
