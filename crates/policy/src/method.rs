use certs::Certificate;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::binding::{Affinity, CertificateField, UserProperty, UsernameBinding};
use crate::strength::Strength;

/// The tenant's rules for signing in with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodPolicy {
    /// Whether the sign-in page offers it.
    pub enabled: bool,
    /// Groups whose members may use it; `all_users` stands for everybody.
    pub include_groups: Vec<String>,
    /// Groups whose members may not, whatever else holds.
    pub exclude_groups: Vec<String>,
    /// How a certificate names an account.
    pub username_bindings: Vec<UsernameBinding>,
    /// How much a certificate counts for when no rule fits it.
    pub default_strength: Strength,
    /// Rules that rate certificates.
    pub rules: Vec<StrengthRule>,
    /// The affinity that every match must have.
    pub required_affinity: Affinity,
}

/// A rule that rates certificates by who issued them or by what they assert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StrengthRule {
    /// Certificates that this CA issued.
    Issuer {
        /// The CA's subject as RFC 4514 prints it, the leaf first: `CN=Issuing CA,O=Meridian`.
        issuer: String,
        /// How much they count for.
        strength: Strength,
    },
    /// Certificates that assert this policy.
    PolicyOid {
        /// The policy's OID, dotted; compared as a whole.
        policy_oid: String,
        /// How much they count for.
        strength: Strength,
    },
}

/// How a certificate was rated, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rating {
    pub(crate) strength: Strength,
    /// `PolicyId`, `Issuer` or `Default`.
    pub(crate) by: &'static str,
    /// The OID or the issuer; empty for the default.
    pub(crate) identifier: String,
}

impl Default for MethodPolicy {
    /// On for everybody, `PrincipalName` to userPrincipalName, then the account's own certificate
    /// values; one factor.
    fn default() -> Self {
        Self {
            enabled: true,
            include_groups: vec![EVERYBODY.to_owned()],
            exclude_groups: Vec::new(),
            username_bindings: vec![
                UsernameBinding {
                    field: CertificateField::PrincipalName,
                    property: UserProperty::UserPrincipalName,
                    priority: 1,
                },
                UsernameBinding {
                    field: CertificateField::PrincipalName,
                    property: UserProperty::CertificateUserIds,
                    priority: 2,
                },
                UsernameBinding {
                    field: CertificateField::SubjectKeyIdentifier,
                    property: UserProperty::CertificateUserIds,
                    priority: 3,
                },
            ],
            default_strength: Strength::SingleFactor,
            rules: Vec::new(),
            required_affinity: Affinity::Low,
        }
    }
}

impl MethodPolicy {
    /// Whether the account is in the method's scope.
    pub(crate) fn includes(&self, account: &Account) -> bool {
        let member = |group: &String| group == EVERYBODY || account.groups.contains(group);
        self.include_groups.iter().any(member) && !self.exclude_groups.iter().any(member)
    }

    /// Rates a certificate: policy rules before issuer rules, and one factor where policy rules
    /// disagree.
    pub(crate) fn rate(&self, leaf: &Certificate) -> Rating {
        let by_policy: Vec<(&String, Strength)> = self
            .rules
            .iter()
            .filter_map(|rule| match rule {
                StrengthRule::PolicyOid {
                    policy_oid,
                    strength,
                } if leaf.policies().contains(policy_oid) => Some((policy_oid, *strength)),
                StrengthRule::PolicyOid { .. } | StrengthRule::Issuer { .. } => None,
            })
            .collect();
        if let Some((oid, strength)) = by_policy.iter().min_by_key(|(_, strength)| *strength) {
            return Rating {
                strength: *strength,
                by: "PolicyId",
                identifier: (*oid).clone(),
            };
        }
        let issuer_name = leaf.issuer().to_string();
        let by_issuer = self.rules.iter().find_map(|rule| match rule {
            StrengthRule::Issuer { issuer, strength } if *issuer == issuer_name => Some(*strength),
            StrengthRule::Issuer { .. } | StrengthRule::PolicyOid { .. } => None,
        });
        match by_issuer {
            Some(strength) => Rating {
                strength,
                by: "Issuer",
                identifier: issuer_name,
            },
            None => Rating {
                strength: self.default_strength,
                by: "Default",
                identifier: String::new(),
            },
        }
    }
}

/// The pseudo-group of everybody.
const EVERYBODY: &str = "all_users";
