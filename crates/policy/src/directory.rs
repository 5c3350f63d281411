//! The directory's own documents: read from what an administrator exported, and written the same.
//!
//! [`import`] takes one file: an object, a collection (`{"value": […]}`) or a list. Each object is
//! read whole or refused with every reason, by the path of the member. What decides nothing
//! (annotations, ids, dates, descriptions) is kept; what could decide something and is not
//! evaluated is refused by name.

use serde_json::Value;

mod bundle;
mod conditional_access;
mod document;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod method;
mod people;
mod strength;
mod trust;
mod walk;

pub use bundle::Bundle;
pub use document::{Document, Model, Reading};
pub use json::JsonFault;
pub use people::{Group, RegisteredApplication, User};
pub use trust::{
    CertificateAuthority, ClassicAuthority, ClassicStore, LONGEST_CONTAINER_NAME, MOST_AUTHORITIES,
    MOST_AUTHORITY_BYTES, PublicKeyInfrastructure,
};
pub use walk::{Fault, Note, Problem};

use crate::authentication_strength::AuthenticationStrength;
use crate::conditional_access::ConditionalAccessPolicy;
use crate::method::MethodPolicy;
use walk::{MANY, Members, Walk};

/// A document of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyDocument {
    /// The x509Certificate authentication method policy.
    MethodPolicy(Document<MethodPolicy>),
    /// An authentication strength.
    Strength(Document<AuthenticationStrength>),
    /// A conditional access policy.
    ConditionalAccess(Document<ConditionalAccessPolicy>),
    /// A container of CAs.
    PublicKeyInfrastructure(Document<PublicKeyInfrastructure>),
    /// A CA, and the id of the container whose collection it was exported from, where that is said.
    CertificateAuthority(Document<CertificateAuthority>, Option<String>),
    /// The classic list of CAs.
    ClassicStore(Document<ClassicStore>),
    /// A user.
    User(Document<User>),
    /// A group.
    Group(Document<Group>),
    /// An application.
    Application(Document<RegisteredApplication>),
}

/// What became of a file.
#[derive(Debug, Default)]
pub struct Import {
    /// What was read.
    pub documents: Vec<AnyDocument>,
    /// What was refused. A document with a problem is not among those that were read.
    pub problems: Vec<Problem>,
    /// What certauth reads otherwise than the directory.
    pub notes: Vec<Note>,
}

/// Kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    MethodPolicy,
    AllMethods,
    OtherMethod,
    Strength,
    ConditionalAccess,
    PublicKeyInfrastructure,
    CertificateAuthority,
    ClassicStore,
    User,
    Group,
    Application,
}

/// What an `@odata.context` says of the objects below it.
#[derive(Clone, Debug)]
struct Context {
    kind: Kind,
    /// The id of the container of CAs that they are in.
    container: Option<String>,
}

/// Reads a file.
#[must_use]
pub fn import(bytes: &[u8]) -> Import {
    let mut walk = Walk::default();
    let mut documents = Vec::new();
    match json::read(bytes) {
        Ok(value) => read_any(&value, "", None, &mut documents, &mut walk),
        Err(fault) => walk.refuse("", Fault::Json(fault)),
    }
    Import {
        documents,
        problems: walk.problems,
        notes: walk.notes,
    }
}

impl AnyDocument {
    /// The document as the directory writes it.
    #[must_use]
    pub const fn written(&self) -> &Value {
        match self {
            Self::MethodPolicy(one) => one.written(),
            Self::Strength(one) => one.written(),
            Self::ConditionalAccess(one) => one.written(),
            Self::PublicKeyInfrastructure(one) => one.written(),
            Self::CertificateAuthority(one, _) => one.written(),
            Self::ClassicStore(one) => one.written(),
            Self::User(one) => one.written(),
            Self::Group(one) => one.written(),
            Self::Application(one) => one.written(),
        }
    }
}

fn read_any(
    value: &Value,
    path: &str,
    context: Option<&Context>,
    documents: &mut Vec<AnyDocument>,
    walk: &mut Walk,
) {
    let items = match value {
        Value::Array(items) => Some((items, path.to_owned(), context.cloned())),
        Value::Object(members) => {
            match members.get("value") {
                // A collection has nothing else but annotations; anything else is a document.
                Some(Value::Array(items))
                    if members
                        .keys()
                        .all(|name| name == "value" || name.contains('@')) =>
                {
                    if members.contains_key("@odata.nextLink") {
                        walk.refuse(
                        at(path, "@odata.nextLink"),
                        Fault::Wrong("the export goes on at another page, and what is there could decide".into()),
                    );
                    }
                    let stated = members.get("@odata.context").and_then(Value::as_str);
                    let context = stated.and_then(Context::stated).or(context.cloned());
                    Some((items, at(path, "value"), context))
                }
                Some(_) | None => None,
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            walk.refuse(path, Fault::WrongType("an object"));
            return;
        }
    };
    let Some((items, path, context)) = items else {
        read_one(value, path, context, documents, walk);
        return;
    };
    if items.len() > MANY {
        let (limit, found) = (MANY, items.len());
        walk.refuse(path, Fault::TooMany { limit, found });
        return;
    }
    for (place, item) in items.iter().enumerate() {
        let path = format!("{path}[{place}]");
        // A list may hold whole exports, but an export holds objects alone.
        match item.get("value") {
            Some(Value::Array(_)) if context.is_none() => {
                read_any(item, &path, None, documents, walk);
            }
            Some(_) | None => read_one(item, &path, context.as_ref(), documents, walk),
        }
    }
}

fn read_one(
    value: &Value,
    path: &str,
    context: Option<&Context>,
    documents: &mut Vec<AnyDocument>,
    walk: &mut Walk,
) {
    let Some(kind) = kind_of(value).or(context.map(|context| context.kind)) else {
        walk.refuse(
            path,
            Fault::Wrong("it is no document that certauth knows; say which with @odata.type or @odata.context".into()),
        );
        return;
    };
    let document = match kind {
        Kind::AllMethods => return read_all_methods(value, path, documents, walk),
        Kind::OtherMethod => {
            let fault = Fault::NotEvaluated("the policies of other methods".into());
            return walk.refuse(path, fault);
        }
        Kind::MethodPolicy => Document::read_at(value, path, walk).map(AnyDocument::MethodPolicy),
        Kind::Strength => Document::read_at(value, path, walk).map(AnyDocument::Strength),
        Kind::ConditionalAccess => {
            Document::read_at(value, path, walk).map(AnyDocument::ConditionalAccess)
        }
        Kind::PublicKeyInfrastructure => {
            Document::read_at(value, path, walk).map(AnyDocument::PublicKeyInfrastructure)
        }
        Kind::CertificateAuthority => {
            let own = value.get("@odata.context").and_then(Value::as_str);
            let container = own
                .and_then(container_by_context)
                .or_else(|| context?.container.clone());
            Document::read_at(value, path, walk)
                .map(|one| AnyDocument::CertificateAuthority(one, container))
        }
        Kind::ClassicStore => Document::read_at(value, path, walk).map(AnyDocument::ClassicStore),
        Kind::User => Document::read_at(value, path, walk).map(AnyDocument::User),
        Kind::Group => Document::read_at(value, path, walk).map(AnyDocument::Group),
        Kind::Application => Document::read_at(value, path, walk).map(AnyDocument::Application),
    };
    documents.extend(document);
}

/// The policy of all methods: the one about certificates is read, and the others are named.
fn read_all_methods(value: &Value, path: &str, documents: &mut Vec<AnyDocument>, walk: &mut Walk) {
    let Some(mut members) = Members::of(value, path, walk) else {
        return;
    };
    let mut found = false;
    for (path, item) in members.list("authenticationMethodConfigurations", MANY, walk) {
        if kind_of(item) == Some(Kind::MethodPolicy) {
            found = true;
            read_one(item, &path, None, documents, walk);
        } else {
            let name = item.get("id").and_then(Value::as_str).unwrap_or("?");
            walk.note(
                path,
                format!(
                    "the method {name} is not taken over; certauth's other methods are its own"
                ),
            );
        }
    }
    if !found {
        walk.refuse(
            members.at("authenticationMethodConfigurations"),
            Fault::Wrong("it has no x509Certificate policy".into()),
        );
    }
}

fn kind_of(value: &Value) -> Option<Kind> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let has = |name: &str| value.get(name).is_some();
    if let Some(kind) = text("@odata.type").and_then(kind_by_type) {
        return Some(kind);
    }
    if let Some(kind) = text("@odata.context").and_then(kind_by_context) {
        return Some(kind);
    }
    let by_shape = [
        ("authenticationMethodConfigurations", Kind::AllMethods),
        ("certificateUserBindings", Kind::MethodPolicy),
        ("authenticationModeConfiguration", Kind::MethodPolicy),
        ("allowedCombinations", Kind::Strength),
        ("grantControls", Kind::ConditionalAccess),
        ("conditions", Kind::ConditionalAccess),
        ("certificateAuthorityType", Kind::CertificateAuthority),
        ("userPrincipalName", Kind::User),
        ("authorizationInfo", Kind::User),
        ("appId", Kind::Application),
        ("securityEnabled", Kind::Group),
        ("groupTypes", Kind::Group),
        ("members", Kind::Group),
    ];
    if text("id").is_some_and(|id| id.eq_ignore_ascii_case("X509Certificate")) {
        return Some(Kind::MethodPolicy);
    }
    if let Some(items) = value
        .get("certificateAuthorities")
        .and_then(Value::as_array)
    {
        let classic = items
            .iter()
            .any(|item| item.get("isRootAuthority").is_some());
        return Some(if classic || !has("displayName") {
            Kind::ClassicStore
        } else {
            Kind::PublicKeyInfrastructure
        });
    }
    by_shape
        .into_iter()
        .find(|(name, _)| has(name))
        .map(|(_, kind)| kind)
        .or_else(|| (has("certificate") && has("thumbprint")).then_some(Kind::CertificateAuthority))
        .or_else(|| (has("displayName") && has("status")).then_some(Kind::PublicKeyInfrastructure))
}

fn kind_by_type(stated: &str) -> Option<Kind> {
    let name = stated.strip_prefix('#').unwrap_or(stated);
    let name = name.strip_prefix("microsoft.graph.")?;
    Some(match name {
        "x509CertificateAuthenticationMethodConfiguration" => Kind::MethodPolicy,
        "authenticationMethodsPolicy" => Kind::AllMethods,
        "authenticationStrengthPolicy" => Kind::Strength,
        "conditionalAccessPolicy" => Kind::ConditionalAccess,
        "certificateBasedAuthPki" => Kind::PublicKeyInfrastructure,
        "certificateAuthorityDetail" => Kind::CertificateAuthority,
        "certificateBasedAuthConfiguration" => Kind::ClassicStore,
        "user" => Kind::User,
        "group" => Kind::Group,
        "application" | "servicePrincipal" => Kind::Application,
        other if other.ends_with("AuthenticationMethodConfiguration") => Kind::OtherMethod,
        _ => return None,
    })
}

impl Context {
    fn stated(context: &str) -> Option<Self> {
        Some(Self {
            kind: kind_by_context(context)?,
            container: container_by_context(context),
        })
    }
}

/// The key of the container in a context, `…certificateBasedAuthConfigurations('id')/…`.
fn container_by_context(context: &str) -> Option<String> {
    let (_, behind) = context.split_once("certificateBasedAuthConfigurations(")?;
    let (key, _) = behind.split_once(')')?;
    let key = key.trim_matches('\'');
    (!key.is_empty()).then(|| key.to_owned())
}

/// The kind of the objects that a context speaks of, `…/$metadata#users(id)/$entity`.
fn kind_by_context(context: &str) -> Option<Kind> {
    let (_, fragment) = context.split_once('#')?;
    let fragment = fragment.strip_suffix("/$entity").unwrap_or(fragment);
    // What is selected stands in brackets behind the last name; keys stand in brackets inside.
    let mut depth = 0_usize;
    let plain: String = fragment
        .chars()
        .filter(|character| match character {
            '(' => {
                depth = depth.saturating_add(1);
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    Some(match plain.rsplit('/').next()? {
        "authenticationMethodsPolicy" => Kind::AllMethods,
        "certificateAuthorities" => Kind::CertificateAuthority,
        "certificateBasedAuthConfigurations" => Kind::PublicKeyInfrastructure,
        "certificateBasedAuthConfiguration" => Kind::ClassicStore,
        "authenticationStrengthPolicies" => Kind::Strength,
        "policies" if plain.contains("authenticationStrength") => Kind::Strength,
        "policies" if plain.contains("conditionalAccess") => Kind::ConditionalAccess,
        "conditionalAccessPolicies" => Kind::ConditionalAccess,
        "users" => Kind::User,
        "groups" => Kind::Group,
        "applications" | "servicePrincipals" => Kind::Application,
        _ => return None,
    })
}

fn at(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
