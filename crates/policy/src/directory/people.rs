//! Users, groups and applications, as far as a sign-in looks at them. They have many members more,
//! which say nothing about a sign-in here, and are kept.

use serde_json::{Value, json};

use super::document::{Model, Reading};
use super::walk::{Fault, MANY, Members, Walk};
use crate::user_ids::{self, UserIdFault};

/// An account of the directory (`user`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: Option<String>,
    /// Its username.
    pub user_principal_name: Option<String>,
    /// Its username on the premises.
    pub on_premises_user_principal_name: Option<String>,
    /// The person's name.
    pub display_name: Option<String>,
    /// Whether it may sign in; none where the export does not say.
    pub enabled: Option<bool>,
    /// Its certificate values; none where the export does not say.
    pub certificate_user_ids: Option<Vec<String>>,
    /// Ids of its groups, where the export holds them.
    pub member_of: Vec<String>,
}

/// A group (`group`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name.
    pub display_name: Option<String>,
    /// Ids of its members, where the export holds them.
    pub members: Vec<String>,
}

/// An application (`application`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredApplication {
    /// The id that it signs people in with (`appId`).
    pub app_id: String,
    /// Its name.
    pub display_name: Option<String>,
}

impl Model for User {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        let id = members.text("id", walk).map(str::to_owned);
        let user_principal_name = members.text("userPrincipalName", walk).map(str::to_owned);
        let on_premises = members.text("onPremisesUserPrincipalName", walk);
        let display_name = members.text("displayName", walk).map(str::to_owned);
        let enabled = members.flag("accountEnabled", walk);
        let certificate_user_ids = authorization_info(&mut members, walk);
        let member_of = ids(&mut members, "memberOf", walk);
        if id.is_none() && user_principal_name.is_none() && certificate_user_ids.is_none() {
            walk.refuse(members.at("userPrincipalName"), Fault::Missing);
        }
        Some(Self {
            id,
            user_principal_name,
            on_premises_user_principal_name: on_premises.map(str::to_owned),
            display_name,
            enabled,
            certificate_user_ids,
            member_of,
        })
    }

    fn write(&self) -> Value {
        let mut value = json!({});
        if let Some(members) = value.as_object_mut() {
            let texts = [
                ("id", &self.id),
                ("userPrincipalName", &self.user_principal_name),
                (
                    "onPremisesUserPrincipalName",
                    &self.on_premises_user_principal_name,
                ),
                ("displayName", &self.display_name),
            ];
            for (name, text) in texts {
                if let Some(text) = text {
                    members.insert(name.into(), json!(text));
                }
            }
            if let Some(enabled) = self.enabled {
                members.insert("accountEnabled".into(), json!(enabled));
            }
            if let Some(values) = &self.certificate_user_ids {
                members.insert(
                    "authorizationInfo".into(),
                    json!({ "certificateUserIds": values }),
                );
            }
            if !self.member_of.is_empty() {
                members.insert("memberOf".into(), json!(written_ids(&self.member_of)));
            }
        }
        value
    }
}

impl Model for Group {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        let id = members.needed_text("id", walk).map(str::to_owned);
        let display_name = members.text("displayName", walk).map(str::to_owned);
        let held = ids(&mut members, "members", walk);
        Some(Self {
            id: id?,
            display_name,
            members: held,
        })
    }

    fn write(&self) -> Value {
        json!({
            "id": self.id,
            "displayName": self.display_name,
            "members": written_ids(&self.members),
        })
    }
}

impl Model for RegisteredApplication {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        let app_id = members.needed_text("appId", walk).map(str::to_owned);
        let display_name = members.text("displayName", walk).map(str::to_owned);
        Some(Self {
            app_id: app_id?,
            display_name,
        })
    }

    fn write(&self) -> Value {
        json!({ "appId": self.app_id, "displayName": self.display_name })
    }
}

fn authorization_info(members: &mut Members<'_>, walk: &mut Walk) -> Option<Vec<String>> {
    let mut information = members.object("authorizationInfo", walk)?;
    let path = information.at("certificateUserIds");
    let values = information.texts("certificateUserIds", MANY, walk);
    information.end(walk);
    for (place, fault) in user_ids::check(&values, []).err().into_iter().flatten() {
        let at = place.map_or_else(|| path.clone(), |place| format!("{path}[{place}]"));
        walk.refuse(at, fault_of(&fault));
    }
    for (place, value) in values.iter().enumerate() {
        if let Some(why) = never_fits(value) {
            walk.note(format!("{path}[{place}]"), why);
        }
    }
    Some(values)
}

fn fault_of(fault: &UserIdFault) -> Fault {
    match *fault {
        UserIdFault::TooMany(found) => Fault::TooMany {
            limit: user_ids::MOST,
            found,
        },
        UserIdFault::TooLong(found) => Fault::TooMany {
            limit: user_ids::LONGEST,
            found,
        },
        UserIdFault::Prefix(_)
        | UserIdFault::Empty(_)
        | UserIdFault::Twice(_)
        | UserIdFault::Taken { .. } => Fault::Wrong(fault.to_string()),
    }
}

/// Why a value fits no certificate, though it is one by its form.
fn never_fits(value: &str) -> Option<&'static str> {
    let hex_after =
        |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let odd = ["X509:<SKI>", "X509:<SHA1-PUKEY>"]
        .into_iter()
        .filter_map(|prefix| value.strip_prefix(prefix))
        .chain(value.split_once("<SR>").map(|(_, serial)| serial))
        .any(|rest| !hex_after(rest));
    if odd {
        return Some("it fits no certificate: hex digits follow the tag, and nothing else");
    }
    let blank = value.contains("<S> ") || value.contains("<I> ") || value.contains(", ");
    blank.then_some("it fits no certificate unless the name itself has this blank: none follows a tag or a comma")
}

/// Ids of objects that stand in a list with more of their members.
fn ids(members: &mut Members<'_>, name: &'static str, walk: &mut Walk) -> Vec<String> {
    let mut read = Vec::new();
    for (path, item) in members.list(name, MANY, walk) {
        if let Some(mut one) = Members::of(item, path, walk)
            && let Some(id) = one.needed_text("id", walk)
        {
            read.push(id.to_owned());
        }
    }
    read
}

fn written_ids(ids: &[String]) -> Vec<Value> {
    ids.iter().map(|id| json!({ "id": id })).collect()
}
