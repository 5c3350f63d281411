//! Conditional access policies (Graph v1.0 `conditionalAccessPolicy`). Every condition and control
//! is read, says nothing, or is refused by name.

use serde_json::{Value, json};

use super::document::{Document, Model, Reading};
use super::walk::{Fault, MANY, Members, Walk, says_nothing};
use crate::authentication_strength::AuthenticationStrength;
use crate::combination::BuiltInStrength;
use crate::conditional_access::{
    ALL, Applications, Clients, ConditionalAccessPolicy, GrantControl, PolicyState,
    StrengthReference, Users,
};

mod session;

impl Model for ConditionalAccessPolicy {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        members.keeps(&[
            "createdDateTime",
            "modifiedDateTime",
            "deletedDateTime",
            "templateId",
            "description",
        ]);
        let id = members.text("id", walk).map(str::to_owned);
        let display_name = members.text("displayName", walk).unwrap_or_default();
        let state = members.needed_word("state", &STATES, walk);
        let conditions = if members.take("conditions").is_none() {
            walk.refuse(members.at("conditions"), Fault::Missing);
            None
        } else {
            members
                .object("conditions", walk)
                .and_then(|conditions| read_conditions(conditions, walk))
        };
        let grant = match members.object("grantControls", walk) {
            Some(controls) => read_grant(controls, walk),
            None => None,
        };
        let session = members.object("sessionControls", walk);
        let limits_session = session.is_some();
        let sign_in_frequency = session.and_then(|controls| session::read(controls, walk));
        if grant.is_none() && sign_in_frequency.is_none() && !limits_session {
            walk.refuse(members.at("grantControls"), Fault::Missing);
        }
        members.end(walk);
        let (users, applications, clients) = conditions?;
        Some(Self {
            id,
            display_name: display_name.to_owned(),
            state: state?,
            users,
            applications,
            clients,
            grant,
            sign_in_frequency,
        })
    }

    fn write(&self) -> Value {
        let state = match self.state {
            PolicyState::Enabled => "enabled",
            PolicyState::Disabled => "disabled",
            PolicyState::ReportOnly => "enabledForReportingButNotEnforced",
        };
        let clients: &[&str] = match self.clients {
            Clients::Any => &["all"],
            Clients::LegacyOnly => &["exchangeActiveSync", "other"],
        };
        let grant = self.grant.as_ref().map(|grant| match grant {
            GrantControl::Block => json!({ "operator": "OR", "builtInControls": ["block"] }),
            GrantControl::MultiFactor => json!({ "operator": "OR", "builtInControls": ["mfa"] }),
            GrantControl::Strength(reference) => {
                let mut strength = reference
                    .whole
                    .as_ref()
                    .map_or_else(|| json!({}), AuthenticationStrength::write);
                if let (Some(id), Some(members)) = (&reference.id, strength.as_object_mut()) {
                    members.insert("id".into(), json!(id));
                }
                json!({ "operator": "OR", "builtInControls": [], "authenticationStrength": strength })
            }
        });
        let session = self
            .sign_in_frequency
            .map(|frequency| json!({ "signInFrequency": session::write_frequency(frequency) }));
        let mut value = json!({
            "displayName": self.display_name,
            "state": state,
            "conditions": {
                "users": {
                    "includeUsers": self.users.include_users,
                    "excludeUsers": self.users.exclude_users,
                    "includeGroups": self.users.include_groups,
                    "excludeGroups": self.users.exclude_groups,
                },
                "applications": {
                    "includeApplications": self.applications.include,
                    "excludeApplications": self.applications.exclude,
                },
                "clientAppTypes": clients,
            },
            "grantControls": grant,
            "sessionControls": session,
        });
        if let (Some(id), Some(members)) = (&self.id, value.as_object_mut()) {
            members.insert("id".into(), json!(id));
        }
        value
    }
}

fn read_conditions(
    mut conditions: Members<'_>,
    walk: &mut Walk,
) -> Option<(Users, Applications, Clients)> {
    let users = needed(&mut conditions, "users", walk).map(|users| read_users(users, walk));
    let applications = needed(&mut conditions, "applications", walk)
        .map(|applications| read_applications(applications, walk));
    let clients = read_clients(&mut conditions, walk);
    refuse_narrowed(
        &mut conditions,
        "locations",
        ("includeLocations", "excludeLocations"),
        "locations",
        walk,
    );
    refuse_narrowed(
        &mut conditions,
        "platforms",
        ("includePlatforms", "excludePlatforms"),
        "device platforms",
        walk,
    );
    for (name, what) in NOT_EVALUATED_CONDITIONS {
        conditions.refuses(name, what, walk);
    }
    conditions.end(walk);
    Some((users?, applications?, clients?))
}

fn needed<'v>(
    members: &mut Members<'v>,
    name: &'static str,
    walk: &mut Walk,
) -> Option<Members<'v>> {
    if members.take(name).is_none() {
        walk.refuse(members.at(name), Fault::Missing);
        return None;
    }
    members.object(name, walk)
}

fn read_users(mut users: Members<'_>, walk: &mut Walk) -> Users {
    for name in ["includeRoles", "excludeRoles"] {
        users.refuses(name, "directory roles", walk);
    }
    for name in [
        "includeGuestsOrExternalUsers",
        "excludeGuestsOrExternalUsers",
    ] {
        users.refuses(name, "guests and external users", walk);
    }
    let include_users = ids(&mut users, "includeUsers", &[ALL, "None"], walk);
    let exclude_users = ids(&mut users, "excludeUsers", &[], walk);
    let include_groups = users.texts("includeGroups", MANY, walk);
    let exclude_groups = users.texts("excludeGroups", MANY, walk);
    users.end(walk);
    Users {
        include_users,
        exclude_users,
        include_groups,
        exclude_groups,
    }
}

fn read_applications(mut applications: Members<'_>, walk: &mut Walk) -> Applications {
    applications.refuses("includeUserActions", "user actions", walk);
    applications.refuses(
        "includeAuthenticationContextClassReferences",
        "authentication contexts",
        walk,
    );
    applications.refuses("applicationFilter", "filters for applications", walk);
    applications.refuses("globalSecureAccess", "network access", walk);
    applications.refuses("networkAccess", "network access", walk);
    let include = ids(
        &mut applications,
        "includeApplications",
        &[ALL, "None"],
        walk,
    );
    let exclude = ids(&mut applications, "excludeApplications", &[], walk);
    applications.end(walk);
    Applications { include, exclude }
}

/// Ids; the directory's words for groups of things that certauth does not know are refused.
fn ids(
    members: &mut Members<'_>,
    name: &'static str,
    words: &[&str],
    walk: &mut Walk,
) -> Vec<String> {
    let mut read = Vec::new();
    for (path, item) in members.list(name, MANY, walk) {
        let Some(text) = walk.text(item, &path) else {
            continue;
        };
        let what = match text {
            "GuestsOrExternalUsers" => "guests and external users",
            "Office365" => "Office 365, which stands for applications that certauth does not have",
            "MicrosoftAdminPortals" => {
                "Microsoft's admin portals, which stand for applications that certauth does not have"
            }
            "All" | "None" if !words.contains(&text) => "this word here",
            _ => {
                read.push(text.to_owned());
                continue;
            }
        };
        walk.refuse(path, Fault::NotEvaluated(what.to_owned()));
    }
    read
}

fn read_clients(conditions: &mut Members<'_>, walk: &mut Walk) -> Option<Clients> {
    let path = conditions.at("clientAppTypes");
    let words = [
        ("all", ClientType::All),
        ("browser", ClientType::Browser),
        ("mobileAppsAndDesktopClients", ClientType::Application),
        ("exchangeActiveSync", ClientType::Legacy),
        ("easSupported", ClientType::Legacy),
        ("easUnsupported", ClientType::Legacy),
        ("other", ClientType::Legacy),
    ];
    let mut found = Vec::new();
    for (path, item) in conditions.list("clientAppTypes", MANY, walk) {
        found.push(walk.word(item, &path, &words)?);
    }
    let has = |kind| found.contains(&kind);
    if found.is_empty()
        || has(ClientType::All)
        || (has(ClientType::Browser) && has(ClientType::Application))
    {
        return Some(Clients::Any);
    }
    if found.iter().all(|kind| *kind == ClientType::Legacy) {
        walk.note(
            path,
            "certauth speaks no legacy protocol, so the policy never concerns a sign-in here",
        );
        return Some(Clients::LegacyOnly);
    }
    walk.refuse(
        path,
        Fault::NotEvaluated("browsers apart from other applications".into()),
    );
    None
}

/// A condition with an including and an excluding list is accepted where it includes all.
fn refuse_narrowed(
    conditions: &mut Members<'_>,
    name: &'static str,
    (include, exclude): (&'static str, &'static str),
    what: &str,
    walk: &mut Walk,
) {
    let Some(value) = conditions.take(name) else {
        return;
    };
    let includes_all = value
        .get(include)
        .and_then(Value::as_array)
        .is_some_and(|items| {
            items.iter().any(|item| {
                item.as_str()
                    .is_some_and(|word| word.eq_ignore_ascii_case(ALL))
            })
        });
    let excludes = value.get(exclude).is_some_and(|value| !says_nothing(value));
    let anything_else = value.as_object().is_none_or(|members| {
        members.iter().any(|(member, value)| {
            member != include && member != exclude && !member.contains('@') && !says_nothing(value)
        })
    });
    if says_nothing(value) || (includes_all && !excludes && !anything_else) {
        return;
    }
    walk.refuse(conditions.at(name), Fault::NotEvaluated(what.to_owned()));
}

fn read_grant(mut controls: Members<'_>, walk: &mut Walk) -> Option<GrantControl> {
    controls.word("operator", &[("AND", ()), ("OR", ())], walk);
    controls.refuses("customAuthenticationFactors", "custom controls", walk);
    controls.refuses("termsOfUse", "terms of use", walk);
    let (mut block, mut mfa) = (false, false);
    for (path, item) in controls.list("builtInControls", MANY, walk) {
        let Some(text) = walk.text(item, &path) else {
            continue;
        };
        match text {
            "block" => block = true,
            "mfa" => mfa = true,
            "unknownFutureValue" => walk.refuse(path, Fault::FutureValue),
            other => walk.refuse(path, Fault::NotEvaluated(format!("the control {other}"))),
        }
    }
    let strength = controls
        .object("authenticationStrength", walk)
        .map(|members| read_reference(&controls, &members, walk));
    let path = controls.path.clone();
    controls.end(walk);
    match (block, mfa, strength) {
        (true, false, None) => Some(GrantControl::Block),
        (false, true, None) => Some(GrantControl::MultiFactor),
        (false, false, Some(reference)) => reference.map(GrantControl::Strength),
        (false, false, None) => None,
        (true, _, _) => {
            walk.refuse(
                path,
                Fault::Wrong("what blocks cannot ask for anything else".into()),
            );
            None
        }
        (false, true, Some(_)) => {
            walk.refuse(
                path,
                Fault::Wrong(
                    "mfa and an authentication strength exclude each other in one policy".into(),
                ),
            );
            None
        }
    }
}

/// A strength by its id, or the whole of it. The directory leaves the configurations out of a strength
/// inside a policy, so a strength of the tenant counts only where they are there.
fn read_reference(
    controls: &Members<'_>,
    members: &Members<'_>,
    walk: &mut Walk,
) -> Option<StrengthReference> {
    let value = controls.peek("authenticationStrength")?;
    let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
    let built_in = id.as_deref().and_then(BuiltInStrength::by_id).is_some();
    let complete = value
        .get("allowedCombinations")
        .is_some_and(Value::is_array)
        && value
            .get("combinationConfigurations")
            .is_some_and(Value::is_array);
    if built_in || !complete {
        if id.is_none() {
            walk.refuse(members.at("id"), Fault::Missing);
        }
        return id.map(|id| StrengthReference {
            id: Some(id),
            whole: None,
        });
    }
    let whole: Document<AuthenticationStrength> = Document::read_at(value, &members.path, walk)?;
    Some(StrengthReference {
        id,
        whole: Some(whole.model().clone()),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ClientType {
    All,
    Browser,
    Application,
    Legacy,
}

const STATES: [(&str, PolicyState); 3] = [
    ("enabled", PolicyState::Enabled),
    ("disabled", PolicyState::Disabled),
    ("enabledForReportingButNotEnforced", PolicyState::ReportOnly),
];
const NOT_EVALUATED_CONDITIONS: [(&str, &str); 11] = [
    ("signInRiskLevels", "the risk of a sign-in"),
    ("userRiskLevels", "the risk of a user"),
    (
        "servicePrincipalRiskLevels",
        "the risk of a service principal",
    ),
    ("insiderRiskLevels", "insider risk"),
    ("agentIdRiskLevels", "the risk of an agent"),
    ("devices", "devices"),
    ("deviceStates", "devices"),
    (
        "clientApplications",
        "service principals that sign in by themselves",
    ),
    ("clients", "client filters"),
    (
        "authenticationFlows",
        "device code flow and authentication transfer",
    ),
    ("times", "times of the day"),
];
