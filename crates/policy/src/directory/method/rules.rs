//! Rules that rate certificates.

use serde_json::{Value, json};

use super::{AFFINITIES, MODES};
use crate::directory::walk::{Fault, Members, Walk};
use crate::dn;
use crate::method::StrengthRule;

pub(super) fn rates_issuer(rule: &StrengthRule, issuer: &str) -> bool {
    match rule {
        StrengthRule::Issuer { issuer: known, .. } => dn::key(known) == dn::key(issuer),
        StrengthRule::PolicyOid { .. } | StrengthRule::IssuerAndPolicyOid { .. } => false,
    }
}

pub(super) fn read(item: &Value, path: &str, walk: &mut Walk) -> Option<StrengthRule> {
    let mut rule = Members::of(item, path, walk)?;
    let kind = rule.needed_word("x509CertificateRuleType", &RULE_TYPES, walk);
    let strength = rule.needed_word("x509CertificateAuthenticationMode", &MODES, walk);
    let required_affinity = rule
        .word("x509CertificateRequiredAffinityLevel", &AFFINITIES, walk)
        .unwrap_or_default();
    let identifier = rule.text("identifier", walk);
    let issuer = rule.text("issuerSubjectIdentifier", walk);
    let oid = rule.text("policyOidIdentifier", walk);
    let at = |name: &str| format!("{path}.{name}");
    rule.end(walk);
    let (kind, strength) = (kind?, strength?);
    match kind {
        RuleType::Issuer => {
            let issuer = one_of_two(identifier, issuer, &at("issuerSubjectIdentifier"), walk)?;
            refuse_odd_name(issuer, &at("identifier"), walk);
            refuse_stray(oid, &at("policyOidIdentifier"), walk);
            Some(StrengthRule::Issuer {
                issuer: issuer.trim().to_owned(),
                strength,
                required_affinity,
            })
        }
        RuleType::PolicyOid => {
            let oid = one_of_two(identifier, oid, &at("policyOidIdentifier"), walk)?;
            refuse_odd_oid(oid, &at("identifier"), walk);
            refuse_stray(issuer, &at("issuerSubjectIdentifier"), walk);
            Some(StrengthRule::PolicyOid {
                policy_oid: oid.trim().to_owned(),
                strength,
                required_affinity,
            })
        }
        RuleType::IssuerAndPolicyOid => {
            // What `identifier` holds for such a rule is not documented, so it decides nothing.
            let mut needed = |text: Option<&'_ str>, name: &str| {
                if text.is_none() {
                    walk.refuse(at(name), Fault::Missing);
                }
                text.map(str::to_owned)
            };
            let issuer = needed(issuer, "issuerSubjectIdentifier");
            let oid = needed(oid, "policyOidIdentifier");
            let (issuer, oid) = (issuer?, oid?);
            refuse_odd_name(&issuer, &at("issuerSubjectIdentifier"), walk);
            refuse_odd_oid(&oid, &at("policyOidIdentifier"), walk);
            Some(StrengthRule::IssuerAndPolicyOid {
                issuer: issuer.trim().to_owned(),
                policy_oid: oid.trim().to_owned(),
                strength,
                required_affinity,
            })
        }
    }
}

/// The identifier of a rule, which stands in two places: in both the same, or in one.
fn one_of_two<'v>(
    general: Option<&'v str>,
    special: Option<&'v str>,
    path: &str,
    walk: &mut Walk,
) -> Option<&'v str> {
    let filled = |text: &&str| !text.trim().is_empty();
    match (general.filter(filled), special.filter(filled)) {
        (Some(general), Some(special)) if general.trim() != special.trim() => {
            walk.refuse(
                path,
                Fault::Wrong(format!(
                    "identifier says {general:?}, and this says {special:?}"
                )),
            );
            None
        }
        (_, Some(one)) | (Some(one), None) => Some(one),
        (None, None) => {
            walk.refuse(path, Fault::Missing);
            None
        }
    }
}

fn refuse_stray(text: Option<&str>, path: &str, walk: &mut Walk) {
    if text.is_some_and(|text| !text.trim().is_empty()) {
        walk.refuse(
            path,
            Fault::Wrong("a rule of this type does not ask for it".into()),
        );
    }
}

fn refuse_odd_name(issuer: &str, path: &str, walk: &mut Walk) {
    if dn::key(issuer).is_none() {
        walk.refuse(
            path,
            Fault::Wrong(format!(
                "{issuer:?} is no distinguished name, as in CN=Contoso CA,DC=contoso,DC=com"
            )),
        );
    }
}

pub(in crate::directory) fn refuse_odd_oid(oid: &str, path: &str, walk: &mut Walk) {
    if oid.trim().eq_ignore_ascii_case("All issuance policies") {
        walk.note(
            path,
            "the friendly name fits no certificate, here as in the directory; 2.5.29.32.0 is what it means",
        );
    } else if !is_oid(oid.trim()) {
        walk.refuse(
            path,
            Fault::Wrong(format!(
                "{oid:?} is no OID in dotted form, as in 1.3.6.1.4.1.311.21.8.1"
            )),
        );
    }
}

fn is_oid(text: &str) -> bool {
    let arcs: Vec<&str> = text.split('.').collect();
    let number = |arc: &&str| {
        !arc.is_empty()
            && arc.bytes().all(|byte| byte.is_ascii_digit())
            && (arc.len() == 1 || !arc.starts_with('0'))
    };
    arcs.len() >= 2 && arcs.iter().all(number)
}

pub(super) fn write(rule: &StrengthRule) -> Value {
    let (kind, identifier, issuer, oid) = match rule {
        StrengthRule::Issuer { issuer, .. } => ("issuerSubject", issuer, Some(issuer), None),
        StrengthRule::PolicyOid { policy_oid, .. } => {
            ("policyOID", policy_oid, None, Some(policy_oid))
        }
        StrengthRule::IssuerAndPolicyOid {
            issuer, policy_oid, ..
        } => (
            "issuerSubjectAndPolicyOID",
            issuer,
            Some(issuer),
            Some(policy_oid),
        ),
    };
    json!({
        "x509CertificateRuleType": kind,
        "identifier": identifier,
        "issuerSubjectIdentifier": issuer,
        "policyOidIdentifier": oid,
        "x509CertificateAuthenticationMode": rule.strength().mode(),
        "x509CertificateRequiredAffinityLevel": rule.required_affinity().word(),
    })
}

#[derive(Clone, Copy)]
enum RuleType {
    Issuer,
    PolicyOid,
    IssuerAndPolicyOid,
}

const RULE_TYPES: [(&str, RuleType); 3] = [
    ("issuerSubject", RuleType::Issuer),
    ("policyOID", RuleType::PolicyOid),
    ("issuerSubjectAndPolicyOID", RuleType::IssuerAndPolicyOid),
];
