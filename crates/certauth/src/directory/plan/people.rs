//! Users and groups of an import.

use policy::directory::{self, Document, User as Imported};
use policy::{Account, UserProperty};
use serde_json::Value;

use super::{Seen, Work};
use crate::directory::document;
use crate::server::uuid;
use crate::store::{DocumentKind, Store, StoreError, StoredDocument, User};

/// A user as it was, as it will be, and the document that says so, where there is one.
pub(super) struct Person {
    pub(super) before: Option<User>,
    pub(super) after: User,
    pub(super) document: Option<(Option<Value>, StoredDocument)>,
}

/// Finds the users of the documents, and those that groups take in or let go.
pub(super) async fn plan(store: &dyn Store, work: &mut Work) -> Result<Vec<Person>, StoreError> {
    let tenant = work.state.tenant.id.clone();
    let mut people: Vec<Person> = Vec::new();
    let known = if work.users.is_empty() && work.groups.is_empty() {
        Vec::new()
    } else {
        store.documents(&tenant, &[DocumentKind::User]).await?
    };
    for one in std::mem::take(&mut work.users) {
        let found = find(store, &tenant, one.model(), &known).await?;
        if let Some(person) = person(work, found, &one, &known) {
            people.push(person);
        }
    }
    for group in std::mem::take(&mut work.groups) {
        if group.written().get("members").is_some() {
            settle(store, work, group.model(), &mut people, &known).await?;
        }
    }
    refuse_taken(store, work, &people).await?;
    Ok(people)
}

/// Refuses certificate values that somebody has who is not imported.
async fn refuse_taken(
    store: &dyn Store,
    work: &mut Work,
    people: &[Person],
) -> Result<(), StoreError> {
    let tenant = work.state.tenant.id.clone();
    let imported = |id: &str| people.iter().any(|person| person.after.account.id == id);
    for person in people {
        let account = &person.after.account;
        for value in &account.certificate_user_ids {
            let values = std::slice::from_ref(value);
            let property = UserProperty::CertificateUserIds;
            for other in store
                .users_by_property(&tenant, property, values, 2)
                .await?
            {
                if !imported(&other.account.id) {
                    let (name, taken) = (
                        &account.user_principal_name,
                        &other.account.user_principal_name,
                    );
                    work.refuse(
                        "authorizationInfo.certificateUserIds",
                        format!("{value:?} of {name} is a value of {taken} already"),
                    );
                }
            }
        }
    }
    Ok(())
}

async fn find(
    store: &dyn Store,
    tenant: &str,
    model: &Imported,
    known: &[StoredDocument],
) -> Result<Option<User>, StoreError> {
    if let Some(id) = &model.id {
        let account = account_of(id, known).unwrap_or_else(|| id.clone());
        if let Some(user) = store.user(tenant, &account).await? {
            return Ok(Some(user));
        }
    }
    match &model.user_principal_name {
        Some(name) => store.user_by_name(tenant, name).await,
        None => Ok(None),
    }
}

/// The account that a document with this id of the directory was imported for.
fn account_of(id: &str, known: &[StoredDocument]) -> Option<String> {
    let says = |one: &&StoredDocument| one.document.get("id").and_then(Value::as_str) == Some(id);
    known.iter().find(says).map(|one| one.id.clone())
}

fn person(
    work: &mut Work,
    found: Option<User>,
    one: &Document<Imported>,
    known: &[StoredDocument],
) -> Option<Person> {
    let model = one.model();
    let name = model.user_principal_name.clone();
    let mut after = match (&found, name.clone()) {
        (Some(found), _) => found.clone(),
        (None, Some(name)) => new(&work.state.tenant.id, model, &name),
        (None, None) => {
            let id = model.id.as_deref().unwrap_or("(no id)");
            work.refuse(
                "userPrincipalName",
                format!("no user has the id {id}, and one without a name cannot be added"),
            );
            return None;
        }
    };
    let account = &mut after.account;
    if let Some(name) = name {
        account.user_principal_name = name;
    }
    if let Some(name) = &model.on_premises_user_principal_name {
        account.on_premises_user_principal_name = Some(name.clone());
    }
    if let Some(name) = &model.display_name {
        account.display_name.clone_from(name);
    }
    if let Some(enabled) = model.enabled {
        account.enabled = enabled;
    }
    if let Some(values) = &model.certificate_user_ids {
        account.certificate_user_ids.clone_from(values);
    }
    if one.written().get("memberOf").is_some() {
        account.groups.clone_from(&model.member_of);
    }
    let name = account.user_principal_name.clone();
    let domain = name
        .rsplit_once('@')
        .map(|(_, domain)| domain.to_ascii_lowercase());
    let domains = &work.state.tenant.domains;
    if found.is_none()
        && domain
            .as_ref()
            .is_none_or(|domain| !domains.contains(domain))
    {
        let text = format!(
            "{name} is of no domain of the tenant ({})",
            domains.join(", ")
        );
        work.note("userPrincipalName", text);
    }
    let id = account.id.clone();
    work.see(Seen::Document(DocumentKind::User), &id, &name);
    let stored = StoredDocument {
        tenant: work.state.tenant.id.clone(),
        kind: DocumentKind::User,
        id: id.clone(),
        document: one.written().clone(),
        deleted_at: None,
    };
    let before = known.iter().find(|one| one.id == id);
    Some(Person {
        before: found,
        after,
        document: Some((before.map(|one| one.document.clone()), stored)),
    })
}

fn new(tenant: &str, model: &Imported, name: &str) -> User {
    User {
        account: Account {
            id: model.id.clone().unwrap_or_else(uuid),
            user_principal_name: name.to_owned(),
            on_premises_user_principal_name: None,
            certificate_user_ids: Vec::new(),
            display_name: name.to_owned(),
            enabled: true,
            groups: Vec::new(),
            has_password: false,
            has_code: false,
            has_passkey: false,
        },
        tenant: tenant.to_owned(),
        password: None,
        code_secret: None,
        administrator: false,
    }
}

/// Makes the members of a group those that its document names, and nobody else.
async fn settle(
    store: &dyn Store,
    work: &mut Work,
    group: &directory::Group,
    people: &mut Vec<Person>,
    known: &[StoredDocument],
) -> Result<(), StoreError> {
    let tenant = work.state.tenant.id.clone();
    let mut members = Vec::new();
    for id in &group.members {
        let imported = people.iter().find(|person| {
            let document = person.document.as_ref();
            person.after.account.id == *id
                || document.and_then(|(_, one)| one.document.get("id")?.as_str()) == Some(id)
        });
        let account = match imported {
            Some(person) => person.after.account.id.clone(),
            None => account_of(id, known).unwrap_or_else(|| id.clone()),
        };
        let user = store.user(&tenant, &account).await?;
        if imported.is_none() && user.is_none() {
            let text = format!("the member {id} of the group {} is no user here", group.id);
            work.note("members", text);
        }
        members.push(account);
    }
    for user in store.users(&tenant).await? {
        let is = members.contains(&user.account.id);
        let was = user.account.groups.contains(&group.id);
        let taken = people
            .iter()
            .any(|person| person.after.account.id == user.account.id);
        if is != was && !taken {
            people.push(Person {
                before: Some(user.clone()),
                after: user,
                document: None,
            });
        }
    }
    for person in people {
        let is = members.contains(&person.after.account.id);
        let stated = person.document.as_ref().is_some_and(|(_, one)| {
            let says = document::<Imported>(one);
            says.is_ok_and(|says| says.model().member_of.contains(&group.id))
        });
        let groups = &mut person.after.account.groups;
        if is && !groups.contains(&group.id) {
            groups.push(group.id.clone());
        } else if !is && !stated {
            groups.retain(|held| *held != group.id);
        }
    }
    Ok(())
}
