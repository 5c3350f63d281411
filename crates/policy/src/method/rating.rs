//! Authentication bindings: how much a certificate counts for.

use std::collections::HashMap;

use super::{MethodPolicy, StrengthRule};
use crate::binding::Affinity;
use crate::dn;
use crate::strength::Strength;

/// The rules by what they ask for.
#[derive(Debug, Default)]
pub(crate) struct Ratings {
    by_issuer_and_policy: HashMap<String, Vec<(String, Rule)>>,
    by_policy: HashMap<String, Vec<Rule>>,
    by_issuer: HashMap<String, Vec<Rule>>,
    default_strength: Option<Strength>,
    default_affinity: Affinity,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    strength: Strength,
    required_affinity: Affinity,
}

/// How a certificate was rated, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rating {
    pub(crate) strength: Strength,
    /// `IssuerAndPolicyId`, `PolicyId`, `Issuer` or `Default`.
    pub(crate) by: &'static str,
    /// The OID, the issuer or both; empty for the default.
    pub(crate) identifier: String,
    /// The affinity that its match must have.
    pub(crate) required_affinity: Affinity,
    /// Who asks for that affinity.
    pub(crate) affinity_by: String,
    /// Whether rules that fit disagreed.
    pub(crate) disputed: bool,
}

impl Ratings {
    pub(crate) fn new(method: &MethodPolicy) -> Self {
        let mut ratings = Self {
            default_strength: Some(method.default_strength),
            default_affinity: method.required_affinity,
            ..Self::default()
        };
        for rule in &method.rules {
            let says = Rule {
                strength: rule.strength(),
                required_affinity: rule.required_affinity(),
            };
            match rule {
                StrengthRule::PolicyOid { policy_oid, .. } => ratings
                    .by_policy
                    .entry(policy_oid.clone())
                    .or_default()
                    .push(says),
                StrengthRule::Issuer { issuer, .. } => ratings
                    .by_issuer
                    .entry(issuer_key(issuer))
                    .or_default()
                    .push(says),
                StrengthRule::IssuerAndPolicyOid {
                    issuer, policy_oid, ..
                } => ratings
                    .by_issuer_and_policy
                    .entry(issuer_key(issuer))
                    .or_default()
                    .push((policy_oid.clone(), says)),
            }
        }
        ratings
    }

    /// Rates a certificate: rules of issuer and policy first, then of policy, then of issuer; a
    /// class is asked only where the one above had nothing to say. One factor where rules of a
    /// class disagree, and the highest affinity that any of them asks for.
    ///
    /// `issuer` is who issued the certificate, the leaf first.
    pub(crate) fn rate(&self, issuer: &str, policy_oids: &[String]) -> Rating {
        let by_name = !self.by_issuer.is_empty() || !self.by_issuer_and_policy.is_empty();
        let key = by_name.then(|| issuer_key(issuer));
        if let Some(rules) = key
            .as_ref()
            .and_then(|key| self.by_issuer_and_policy.get(key))
        {
            let fitting = rules
                .iter()
                .filter(|(oid, _)| policy_oids.contains(oid))
                .map(|(oid, rule)| (oid.as_str(), *rule));
            if let Some((oid, rule, disputed)) = weakest(fitting) {
                let identifier = format!("{issuer}; {oid}");
                return self.rating(rule, disputed, "IssuerAndPolicyId", identifier);
            }
        }
        let fitting = policy_oids
            .iter()
            .filter_map(|oid| Some((oid, self.by_policy.get(oid)?)))
            .flat_map(|(oid, rules)| rules.iter().map(|rule| (oid.as_str(), *rule)));
        if let Some((oid, rule, disputed)) = weakest(fitting) {
            return self.rating(rule, disputed, "PolicyId", oid.to_owned());
        }
        let fitting = key
            .iter()
            .filter_map(|key| self.by_issuer.get(key))
            .flat_map(|rules| rules.iter().map(|rule| ("", *rule)));
        if let Some((_, rule, disputed)) = weakest(fitting) {
            return self.rating(rule, disputed, "Issuer", issuer.to_owned());
        }
        Rating {
            strength: self.default_strength.unwrap_or(Strength::SingleFactor),
            by: "Default",
            identifier: String::new(),
            required_affinity: self.default_affinity,
            affinity_by: TENANT.to_owned(),
            disputed: false,
        }
    }

    fn rating(&self, rule: Rule, disputed: bool, by: &'static str, identifier: String) -> Rating {
        let affinity_by = if rule.required_affinity > self.default_affinity {
            format!("the rule {by} {identifier}")
        } else {
            TENANT.to_owned()
        };
        Rating {
            strength: rule.strength,
            by,
            identifier,
            required_affinity: rule.required_affinity.max(self.default_affinity),
            affinity_by,
            disputed,
        }
    }
}

/// The rule that counts for least, with the highest affinity that any of them asks for.
fn weakest<'a>(rules: impl Iterator<Item = (&'a str, Rule)>) -> Option<(&'a str, Rule, bool)> {
    rules.fold(None, |so_far, (name, rule)| {
        let Some((known, counts, disputed)) = so_far else {
            return Some((name, rule, false));
        };
        let weaker: (&str, Rule) = if rule.strength < counts.strength {
            (name, rule)
        } else {
            (known, counts)
        };
        let together = Rule {
            strength: weaker.1.strength,
            required_affinity: counts.required_affinity.max(rule.required_affinity),
        };
        Some((
            weaker.0,
            together,
            disputed || rule.strength != counts.strength,
        ))
    })
}

/// What is equal for two spellings of one name; text that is no name is only itself.
fn issuer_key(text: &str) -> String {
    dn::key(text).unwrap_or_else(|| text.trim().to_owned())
}

const TENANT: &str = "the tenant";
