//! What is different, member by member.

use serde_json::Value;

use super::people::Person;
use super::state::{Kept, State};
use super::{Action, Change, Plan};
use crate::directory::export;
use crate::store::{Authority, DirectoryChanges, DocumentKind, User, UserChange};

/// The plan that leads from one state to the other.
pub(super) fn between(before: &State, after: &State, people: &[Person]) -> Plan {
    let mut plan = Plan {
        changes: Vec::new(),
        unchanged: 0,
        refused: Vec::new(),
        left_out: Vec::new(),
        notes: Vec::new(),
        carry_out: DirectoryChanges {
            tenant: after.tenant.clone(),
            documents: Vec::new(),
            removed: Vec::new(),
            authorities: Vec::new(),
            forgotten: Vec::new(),
            users: Vec::new(),
        },
    };
    let tenant = &after.tenant.id;
    for kept in &after.documents {
        let was = before.documents.iter().find(|was| is_same(was, kept));
        if was == Some(kept) {
            plan.unchanged += 1;
            continue;
        }
        plan.changes.push(document(was, kept));
        plan.carry_out.documents.push(kept.stored(tenant));
    }
    for gone in &before.documents {
        if !after.documents.iter().any(|kept| is_same(gone, kept)) {
            let container = gone.kind == DocumentKind::PublicKeyInfrastructure;
            plan.changes.push(Change {
                action: if container {
                    Action::Purge
                } else {
                    Action::Remove
                },
                kind: gone.kind.word(),
                name: gone.name().to_owned(),
                members: Vec::new(),
            });
            plan.carry_out.removed.push((gone.kind, gone.id.clone()));
        }
    }
    for authority in &after.authorities {
        let was = before.authorities.iter().find(|was| was.id == authority.id);
        if was == Some(authority) {
            plan.unchanged += 1;
            continue;
        }
        plan.changes.extend(of_authority(was, authority, after));
        plan.carry_out.authorities.push(authority.clone());
    }
    for gone in &before.authorities {
        if !after.authorities.iter().any(|known| known.id == gone.id) {
            plan.changes.push(Change {
                action: Action::Purge,
                kind: "ca",
                name: export::subject(&gone.certificate),
                members: Vec::new(),
            });
            plan.carry_out.forgotten.push(gone.id.clone());
        }
    }
    for person in people {
        of_person(person, &mut plan);
    }
    plan
}

fn is_same(one: &Kept, other: &Kept) -> bool {
    one.kind == other.kind && one.id == other.id
}

fn document(was: Option<&Kept>, kept: &Kept) -> Change {
    let mut members = Vec::new();
    let action = match was {
        None => Action::Add,
        Some(was) => {
            members = differences(&was.document, &kept.document);
            match (was.deleted_at, kept.deleted_at) {
                (None, Some(_)) => Action::Remove,
                (Some(_), None) => Action::Restore,
                (None, None) | (Some(_), Some(_)) => Action::Change,
            }
        }
    };
    Change {
        action,
        kind: kept.kind.word(),
        name: kept.name().to_owned(),
        members,
    }
}

/// A change of what counts; that an annotation changed is written without being told.
fn of_authority(was: Option<&Authority>, is: &Authority, after: &State) -> Option<Change> {
    let (action, members) = match was {
        None => (Action::Add, place(is, after)),
        Some(was) => {
            let action = match (was.deleted_at, is.deleted_at) {
                (None, Some(_)) => Action::Remove,
                (Some(_), None) => Action::Restore,
                (None, None) | (Some(_), Some(_)) => Action::Change,
            };
            (action, differences(&in_words(was), &in_words(is)))
        }
    };
    if action == Action::Add && is.deleted_at.is_some() {
        return None;
    }
    Some(Change {
        action,
        kind: "ca",
        name: export::subject(&is.certificate),
        members,
    })
}

/// Where a new authority stands.
fn place(authority: &Authority, after: &State) -> Vec<String> {
    let role = if authority.root {
        "root"
    } else {
        "intermediate"
    };
    let directory = &authority.directory;
    let container = directory
        .infrastructure
        .as_deref()
        .and_then(|id| after.container(id));
    let place = match container {
        Some(container) => format!("in the container {}", container.name()),
        None if directory.document.is_none() && directory.classic_counts.is_some() => {
            "in the classic list".to_owned()
        }
        None => "in no container".to_owned(),
    };
    let mut members = vec![format!("{role}, {place}")];
    members.extend(authority.sources.lists().map(|(url, delta)| {
        let which = if delta { "delta CRL" } else { "CRL" };
        format!("{which} {url}")
    }));
    members
}

fn in_words(authority: &Authority) -> Value {
    let directory = &authority.directory;
    let mut words = directory.document.clone().unwrap_or_default();
    if words.is_null() {
        words = Value::Object(serde_json::Map::new());
    }
    if let Some(members) = words.as_object_mut() {
        members.insert("root".into(), authority.root.into());
        members.insert("crlUrls".into(), authority.sources.crl_urls.clone().into());
        members.insert(
            "deltaCrlUrl".into(),
            authority.sources.delta_crl_url.clone().into(),
        );
        members.insert("container".into(), directory.infrastructure.clone().into());
        members.insert(
            "classicListCounts".into(),
            directory.classic_counts.clone().into(),
        );
    }
    words
}

fn of_person(person: &Person, plan: &mut Plan) {
    let words = |user: &User| serde_json::to_value(&user.account).unwrap_or_default();
    let raw = person.document.as_ref();
    let same_raw = raw.is_none_or(|(was, is)| was.as_ref() == Some(&is.document));
    let same_user = person.before.as_ref() == Some(&person.after);
    if same_user && same_raw {
        plan.unchanged += 1;
        return;
    }
    let mut members = Vec::new();
    let action = match &person.before {
        None => Action::Add,
        Some(before) => {
            members = differences(&words(before), &words(&person.after));
            Action::Change
        }
    };
    plan.changes.push(Change {
        action,
        kind: DocumentKind::User.word(),
        name: person.after.account.user_principal_name.clone(),
        members,
    });
    plan.carry_out.users.push(UserChange {
        before: person.before.clone(),
        after: person.after.clone(),
    });
    if let Some((_, stored)) = raw {
        plan.carry_out.documents.push(stored.clone());
    }
}

/// The members that differ, each with both values.
fn differences(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", old, new, &mut found);
    if found.len() > MOST_LINES {
        let more = found.len() - MOST_LINES;
        found.truncate(MOST_LINES);
        found.push(format!("and {more} more"));
    }
    found
}

fn compare(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(was), Value::Object(is)) => {
            let gone = was.keys().filter(|name| !is.contains_key(*name));
            for name in is.keys().chain(gone) {
                let inner = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let null = &Value::Null;
                let (old, new) = (was.get(name).unwrap_or(null), is.get(name).unwrap_or(null));
                compare(&inner, old, new, found);
            }
        }
        (Value::Array(was), Value::Array(is)) => {
            for place in 0..was.len().max(is.len()) {
                let null = &Value::Null;
                let (old, new) = (
                    was.get(place).unwrap_or(null),
                    is.get(place).unwrap_or(null),
                );
                compare(&format!("{path}[{place}]"), old, new, found);
            }
        }
        (old, new) => found.push(format!("{path}: {} -> {}", short(old), short(new))),
    }
}

fn short(value: &Value) -> String {
    if value.is_null() {
        return "nothing".to_owned();
    }
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    let begin: String = text.chars().take(LONGEST).collect();
    format!("{begin}…")
}

const MOST_LINES: usize = 40;
const LONGEST: usize = 80;
