//! The x509Certificate authentication method policy.

use serde_json::{Value, json};

use super::document::{Model, Reading};
use super::walk::{Fault, MANY, Members, Walk};
use crate::binding::{Affinity, CertificateField, UserProperty, UsernameBinding};
use crate::method::scope::bytes;
use crate::method::{AuthorityScope, CrlValidation, MethodPolicy, StrengthRule};
use crate::strength::Strength;

pub(super) mod rules;

impl Model for MethodPolicy {
    fn read(value: &Value, path: &str, reading: &mut Reading) -> Option<Self> {
        let walk = &mut reading.0;
        let mut members = Members::of(value, path, walk)?;
        members.keeps(&["id"]);
        let enabled = members.needed_word("state", &SWITCH, walk);
        let include_groups = targets(&mut members, "includeTargets", MANY, walk);
        let exclude_groups = targets(&mut members, "excludeTargets", MANY, walk);
        let username_bindings = bindings(&mut members, walk);
        let mode = mode_configuration(&mut members, walk);
        let issuer_hints = members
            .object("issuerHintsConfiguration", walk)
            .and_then(|mut hints| {
                let state = hints.word("state", &SWITCH, walk);
                hints.end(walk);
                state
            })
            .unwrap_or(false);
        let crl_validation = crl_validation(&mut members, walk);
        let authority_scopes = scopes(&mut members, walk);
        members.end(walk);
        Some(Self {
            enabled: enabled?,
            include_groups,
            exclude_groups,
            username_bindings,
            default_strength: mode.default_strength,
            rules: mode.rules,
            required_affinity: mode.required_affinity,
            issuer_hints,
            crl_validation,
            authority_scopes,
        })
    }

    fn write(&self) -> Value {
        let switch = |on: bool| if on { "enabled" } else { "disabled" };
        let target = |id: &String| json!({ "id": id, "targetType": "group" });
        let targets = |ids: &[String]| ids.iter().map(target).collect::<Vec<_>>();
        let binding = |one: &UsernameBinding| {
            json!({
                "x509CertificateField": one.field.name(),
                "userProperty": one.property.name(),
                "priority": one.priority,
                "trustAffinityLevel": one.affinity().word(),
            })
        };
        let scope = |one: &AuthorityScope| {
            json!({
                "publicKeyInfrastructureIdentifier": one.public_key_infrastructure,
                "subjectKeyIdentifier": one.subject_key_identifier,
                "includeTargets": [target(&one.group)],
            })
        };
        json!({
            "@odata.type": TYPE,
            "id": "X509Certificate",
            "state": switch(self.enabled),
            "includeTargets": targets(&self.include_groups),
            "excludeTargets": targets(&self.exclude_groups),
            "certificateUserBindings": self.username_bindings.iter().map(binding).collect::<Vec<_>>(),
            "authenticationModeConfiguration": {
                "x509CertificateAuthenticationDefaultMode": self.default_strength.mode(),
                "x509CertificateDefaultRequiredAffinityLevel": self.required_affinity.word(),
                "rules": self.rules.iter().map(rules::write).collect::<Vec<_>>(),
            },
            "issuerHintsConfiguration": { "state": switch(self.issuer_hints) },
            "crlValidationConfiguration": {
                "state": switch(self.crl_validation.required),
                "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": self.crl_validation.exempted,
            },
            "certificateAuthorityScopes": self.authority_scopes.iter().map(scope).collect::<Vec<_>>(),
        })
    }
}

struct ModeConfiguration {
    default_strength: Strength,
    required_affinity: Affinity,
    rules: Vec<StrengthRule>,
}

/// Ids of groups. A single account cannot be a target of this policy.
pub(super) fn targets(
    members: &mut Members<'_>,
    name: &'static str,
    limit: usize,
    walk: &mut Walk,
) -> Vec<String> {
    let mut ids = Vec::new();
    for (path, item) in members.list(name, limit, walk) {
        let Some(mut target) = Members::of(item, path, walk) else {
            continue;
        };
        target.keeps(&["isRegistrationRequired"]);
        if target
            .needed_text("targetType", walk)
            .is_some_and(|kind| kind != "group")
        {
            walk.refuse(
                target.at("targetType"),
                Fault::NotEvaluated("targets that are not groups".into()),
            );
        }
        if let Some(id) = target.needed_text("id", walk) {
            ids.push(id.to_owned());
        }
        target.end(walk);
    }
    ids
}

fn bindings(members: &mut Members<'_>, walk: &mut Walk) -> Vec<UsernameBinding> {
    let mut bindings: Vec<UsernameBinding> = Vec::new();
    let fields = CertificateField::ALL.map(|field| (field.name(), field));
    for (path, item) in members.list("certificateUserBindings", MANY, walk) {
        let Some(mut binding) = Members::of(item, path.clone(), walk) else {
            continue;
        };
        let field = binding.needed_word("x509CertificateField", &fields, walk);
        let property = binding.needed_word("userProperty", &PROPERTIES, walk);
        let affinity = binding.word("trustAffinityLevel", &AFFINITIES, walk);
        if binding.take("priority").is_none() {
            walk.refuse(binding.at("priority"), Fault::Missing);
        }
        let priority = binding.number("priority", walk);
        binding.end(walk);
        let (Some(field), Some(property), Some(priority)) = (field, property, priority) else {
            continue;
        };
        if !field.may_bind_to(property) {
            walk.refuse(
                format!("{path}.userProperty"),
                Fault::Wrong(format!(
                    "{} can be bound to certificateUserIds alone",
                    field.name()
                )),
            );
        }
        if bindings.iter().any(|known| known.priority == priority) {
            walk.refuse(
                format!("{path}.priority"),
                Fault::Wrong(format!("another binding has the priority {priority}")),
            );
        }
        match affinity {
            Some(Affinity::High) if field.affinity() == Affinity::Low => walk.refuse(
                format!("{path}.trustAffinityLevel"),
                Fault::Wrong(format!("{} has low affinity", field.name())),
            ),
            Some(Affinity::Low) if field.affinity() == Affinity::High => walk.note(
                format!("{path}.trustAffinityLevel"),
                format!(
                    "{} has high affinity; certauth takes the policy at its word and counts it as low",
                    field.name()
                ),
            ),
            Some(Affinity::Low | Affinity::High) | None => {}
        }
        bindings.push(UsernameBinding {
            field,
            property,
            priority,
            affinity,
        });
    }
    bindings
}

fn mode_configuration(members: &mut Members<'_>, walk: &mut Walk) -> ModeConfiguration {
    let Some(mut mode) = members.object("authenticationModeConfiguration", walk) else {
        return ModeConfiguration {
            default_strength: Strength::SingleFactor,
            required_affinity: Affinity::Low,
            rules: Vec::new(),
        };
    };
    let default_strength = mode
        .word("x509CertificateAuthenticationDefaultMode", &MODES, walk)
        .unwrap_or(Strength::SingleFactor);
    let required_affinity = mode
        .word(
            "x509CertificateDefaultRequiredAffinityLevel",
            &AFFINITIES,
            walk,
        )
        .unwrap_or_default();
    let mut rules: Vec<StrengthRule> = Vec::new();
    for (path, item) in mode.list("rules", MANY, walk) {
        if let Some(rule) = rules::read(item, &path, walk) {
            if let StrengthRule::Issuer { issuer, .. } = &rule
                && rules.iter().any(|known| rules::rates_issuer(known, issuer))
            {
                walk.refuse(
                    path,
                    Fault::Wrong(format!("another rule rates the issuer {issuer:?}")),
                );
            }
            rules.push(rule);
        }
    }
    mode.end(walk);
    ModeConfiguration {
        default_strength,
        required_affinity,
        rules,
    }
}

fn crl_validation(members: &mut Members<'_>, walk: &mut Walk) -> CrlValidation {
    let Some(mut configuration) = members.object("crlValidationConfiguration", walk) else {
        return CrlValidation::default();
    };
    let required = configuration.word("state", &SWITCH, walk).unwrap_or(false);
    let name = "exemptedCertificateAuthoritiesSubjectKeyIdentifiers";
    let mut exempted = Vec::new();
    for (path, item) in configuration.list(name, MANY, walk) {
        if let Some(text) = walk.text(item, &path) {
            refuse_odd_key(text, &path, walk);
            exempted.push(text.to_owned());
        }
    }
    configuration.end(walk);
    CrlValidation { required, exempted }
}

pub(super) fn refuse_odd_key(text: &str, path: &str, walk: &mut Walk) {
    if bytes(text).is_none() {
        walk.refuse(
            path,
            Fault::Wrong(format!("{text:?} is no key identifier in hex")),
        );
    }
}

fn scopes(members: &mut Members<'_>, walk: &mut Walk) -> Vec<AuthorityScope> {
    let mut scopes: Vec<AuthorityScope> = Vec::new();
    for (path, item) in members.list("certificateAuthorityScopes", MOST_SCOPES, walk) {
        let Some(mut scope) = Members::of(item, path.clone(), walk) else {
            continue;
        };
        let infrastructure = scope.text("publicKeyInfrastructureIdentifier", walk);
        let key = scope.needed_text("subjectKeyIdentifier", walk);
        let groups = targets(&mut scope, "includeTargets", 1, walk);
        let at_groups = scope.at("includeTargets");
        scope.end(walk);
        let Some(key) = key else { continue };
        refuse_odd_key(key, &format!("{path}.subjectKeyIdentifier"), walk);
        let public_key_infrastructure = infrastructure.unwrap_or_default().to_owned();
        let same = scopes.iter().any(|known| {
            known.subject_key_identifier.eq_ignore_ascii_case(key)
                && known.public_key_infrastructure == public_key_infrastructure
        });
        if same {
            walk.refuse(
                path,
                Fault::Wrong("another rule scopes this CA, and a CA has one group".into()),
            );
        }
        match groups.into_iter().next() {
            Some(group) => scopes.push(AuthorityScope {
                public_key_infrastructure,
                subject_key_identifier: key.to_owned(),
                group,
            }),
            None => walk.refuse(at_groups, Fault::Missing),
        }
    }
    scopes
}

pub(super) const TYPE: &str = "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration";
const SWITCH: [(&str, bool); 2] = [("enabled", true), ("disabled", false)];
const AFFINITIES: [(&str, Affinity); 2] = [("low", Affinity::Low), ("high", Affinity::High)];
const MODES: [(&str, Strength); 2] = [
    ("x509CertificateSingleFactor", Strength::SingleFactor),
    ("x509CertificateMultiFactor", Strength::MultiFactor),
];
const PROPERTIES: [(&str, UserProperty); 3] = [
    ("userPrincipalName", UserProperty::UserPrincipalName),
    (
        "onPremisesUserPrincipalName",
        UserProperty::OnPremisesUserPrincipalName,
    ),
    ("certificateUserIds", UserProperty::CertificateUserIds),
];
/// Most scope rules of a tenant.
const MOST_SCOPES: usize = 30;
