//! Authentication strengths.

use serde_json::{Value, json};

use super::document::{Model, Reading};
use super::method::refuse_odd_key;
use super::method::rules::refuse_odd_oid;
use super::walk::{Fault, MANY, Members, Walk};
use crate::authentication_strength::{AuthenticationStrength, CertificateConfiguration, methods};
use crate::combination::{BuiltInStrength, MODES, TABLE};
use crate::strength::Strength;

impl Model for AuthenticationStrength {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        members.keeps(&["description", "createdDateTime", "modifiedDateTime"]);
        let id = members.text("id", walk).map(str::to_owned);
        let display_name = members.text("displayName", walk).unwrap_or_default();
        let built_in = members
            .word("policyType", &[("builtIn", true), ("custom", false)], walk)
            .unwrap_or(false);
        // It follows from the combinations.
        members.word("requirementsSatisfied", &[("mfa", ()), ("none", ())], walk);
        let allowed_combinations = combinations(&mut members, walk);
        let certificates = configurations(&mut members, walk);
        members.end(walk);
        if built_in && id.as_deref().and_then(BuiltInStrength::by_id).is_none() {
            walk.refuse(
                if path.is_empty() {
                    "id".into()
                } else {
                    format!("{path}.id")
                },
                Fault::Wrong("it is none of the three built-in strengths".into()),
            );
        }
        Some(Self {
            id,
            display_name: display_name.to_owned(),
            built_in,
            allowed_combinations,
            certificates,
        })
    }

    fn write(&self) -> Value {
        let configuration = |one: &CertificateConfiguration| {
            json!({
                "@odata.type": CONFIGURATION,
                "appliesToCombinations": one.applies_to.iter().map(|mode| mode.mode()).collect::<Vec<_>>(),
                "allowedIssuerSkis": one.allowed_issuer_skis,
                "allowedPolicyOIDs": one.allowed_policy_oids,
            })
        };
        let mut value = json!({
            "displayName": self.display_name,
            "policyType": if self.built_in { "builtIn" } else { "custom" },
            "allowedCombinations": self.allowed_combinations,
            "combinationConfigurations": self.certificates.iter().map(configuration).collect::<Vec<_>>(),
        });
        if let (Some(id), Some(members)) = (&self.id, value.as_object_mut()) {
            members.insert("id".into(), json!(id));
        }
        value
    }
}

fn combinations(members: &mut Members<'_>, walk: &mut Walk) -> Vec<String> {
    let path = members.at("allowedCombinations");
    let mut allowed = Vec::new();
    let mut any_provable = false;
    for (path, item) in members.list("allowedCombinations", MANY, walk) {
        let Some(text) = walk.text(item, &path) else {
            continue;
        };
        let parts = methods(text);
        if let Some(odd) = parts.iter().find(|part| !MODES.contains(&part.as_str())) {
            let fault = if odd == "unknownFutureValue" {
                Fault::FutureValue
            } else {
                Fault::NotOneOf {
                    found: odd.clone(),
                    allowed: MODES.join(", "),
                }
            };
            walk.refuse(path, fault);
            continue;
        }
        let provable = TABLE
            .iter()
            .any(|row| row.mode.is_some_and(|mode| methods(mode) == parts));
        if !provable {
            walk.note(
                path,
                format!(
                    "certauth has no way to sign in with {}, so nobody meets this combination",
                    text.trim()
                ),
            );
        }
        any_provable |= provable;
        allowed.push(text.split(',').map(str::trim).collect::<Vec<_>>().join(","));
    }
    if allowed.is_empty() {
        walk.refuse(path, Fault::Missing);
    } else if !any_provable {
        walk.note(path, "nobody can meet this strength here");
    }
    allowed
}

fn configurations(members: &mut Members<'_>, walk: &mut Walk) -> Vec<CertificateConfiguration> {
    let mut read = Vec::new();
    for (path, item) in members.list("combinationConfigurations", MANY, walk) {
        let Some(mut one) = Members::of(item, path, walk) else {
            continue;
        };
        one.keeps(&["id"]);
        let kind = one.text("@odata.type", walk);
        let modes = [
            ("x509CertificateSingleFactor", Some(Strength::SingleFactor)),
            ("x509CertificateMultiFactor", Some(Strength::MultiFactor)),
            ("fido2", None),
        ];
        let mut applies_to = Vec::new();
        for (path, item) in one.list("appliesToCombinations", MANY, walk) {
            let trimmed = item
                .as_str()
                .map_or_else(|| item.clone(), |text| Value::from(text.trim()));
            if let Some(Some(mode)) = walk.word(&trimmed, &path, &modes) {
                applies_to.push(mode);
            }
        }
        one.refuses("allowedAAGUIDs", "which model of passkey it is", walk);
        if kind == Some(PASSKEY_CONFIGURATION) {
            one.end(walk);
            continue;
        }
        if kind.is_some_and(|kind| kind != CONFIGURATION) {
            walk.refuse(
                one.at("@odata.type"),
                Fault::NotEvaluated(format!(
                    "configurations of the type {}",
                    kind.unwrap_or_default()
                )),
            );
        }
        let allowed_issuer_skis = one.texts("allowedIssuerSkis", MOST_ISSUERS, walk);
        let allowed_policy_oids = one.texts("allowedPolicyOIDs", MOST_OIDS, walk);
        for key in &allowed_issuer_skis {
            refuse_odd_key(key, &one.at("allowedIssuerSkis"), walk);
        }
        for oid in &allowed_policy_oids {
            refuse_odd_oid(oid, &one.at("allowedPolicyOIDs"), walk);
        }
        if applies_to.is_empty() {
            walk.refuse(one.at("appliesToCombinations"), Fault::Missing);
        }
        one.end(walk);
        read.push(CertificateConfiguration {
            applies_to,
            allowed_issuer_skis,
            allowed_policy_oids,
        });
    }
    read
}

const CONFIGURATION: &str = "#microsoft.graph.x509CertificateCombinationConfiguration";
const PASSKEY_CONFIGURATION: &str = "#microsoft.graph.fido2CombinationConfiguration";
/// Most issuers of one configuration.
const MOST_ISSUERS: usize = 5;
/// Most policy OIDs of one configuration.
const MOST_OIDS: usize = 5;
