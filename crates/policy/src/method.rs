use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::binding::{Affinity, CertificateField, UserProperty, UsernameBinding};
use crate::settings::Compatibility;
use crate::strength::Strength;

pub(crate) mod rating;
pub(crate) mod scope;

/// The tenant's rules for signing in with a certificate: the directory's x509Certificate
/// authentication method policy.
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
    /// Whether the names of CAs are sent in the handshake.
    #[serde(default)]
    pub issuer_hints: bool,
    /// Whether a CA without a revocation list is refused.
    #[serde(default)]
    pub crl_validation: CrlValidation,
    /// Which groups may use the certificates of which CA.
    #[serde(default)]
    pub authority_scopes: Vec<AuthorityScope>,
}

/// Whether every CA has to have a revocation list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrlValidation {
    /// Whether a CA without one is refused.
    pub required: bool,
    /// Subject key identifiers, in hex, of the CAs that need none.
    pub exempted: Vec<String>,
}

/// That the certificates under a CA are for the members of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityScope {
    /// The container of the trust store that holds the CA.
    pub public_key_infrastructure: String,
    /// The CA's subject key identifier, in hex.
    pub subject_key_identifier: String,
    /// The group; `all_users` stands for everybody.
    pub group: String,
}

/// A rule that rates certificates by who issued them, by what they assert, or by both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StrengthRule {
    /// Certificates that this CA issued.
    Issuer {
        /// The CA's subject, the leaf first: `CN=Issuing CA,O=Meridian`.
        issuer: String,
        /// How much they count for.
        strength: Strength,
        /// The affinity that their matches must have.
        #[serde(default)]
        required_affinity: Affinity,
    },
    /// Certificates that assert this policy.
    PolicyOid {
        /// The policy's OID, dotted; compared as a whole.
        policy_oid: String,
        /// How much they count for.
        strength: Strength,
        /// The affinity that their matches must have.
        #[serde(default)]
        required_affinity: Affinity,
    },
    /// Certificates that this CA issued and that assert this policy.
    IssuerAndPolicyOid {
        /// The CA's subject, the leaf first.
        issuer: String,
        /// The policy's OID, dotted; compared as a whole.
        policy_oid: String,
        /// How much they count for.
        strength: Strength,
        /// The affinity that their matches must have.
        #[serde(default)]
        required_affinity: Affinity,
    },
}

impl Default for MethodPolicy {
    /// The directory's own first policy, switched on for everybody: principal name and e-mail
    /// address to the username, the key identifier to the account's certificate values; one factor.
    fn default() -> Self {
        use CertificateField::{PrincipalName, Rfc822Name, SubjectKeyIdentifier};
        use UserProperty::{CertificateUserIds, UserPrincipalName};
        Self {
            enabled: true,
            include_groups: vec![EVERYBODY.to_owned()],
            exclude_groups: Vec::new(),
            username_bindings: vec![
                UsernameBinding::new(PrincipalName, UserPrincipalName, 1),
                UsernameBinding::new(Rfc822Name, UserPrincipalName, 2),
                UsernameBinding::new(SubjectKeyIdentifier, CertificateUserIds, 3),
            ],
            default_strength: Strength::SingleFactor,
            rules: Vec::new(),
            required_affinity: Affinity::Low,
            issuer_hints: false,
            crl_validation: CrlValidation::default(),
            authority_scopes: Vec::new(),
        }
    }
}

impl MethodPolicy {
    /// Whether the account may use the method: it is on, and the account is in its scope.
    #[must_use]
    pub fn is_open_to(&self, account: &Account, compatibility: Compatibility) -> bool {
        self.enabled
            && match compatibility {
                Compatibility::Preview2022 => true,
                Compatibility::Current => {
                    let member = |group: &String| is_member(account, group);
                    self.include_groups.iter().any(member)
                        && !self.exclude_groups.iter().any(member)
                }
            }
    }

    /// The bindings in the order in which they are tried; the era's own where the policy has none.
    #[must_use]
    pub fn bindings_in_order(&self, compatibility: Compatibility) -> Vec<UsernameBinding> {
        let mut bindings = self.username_bindings.clone();
        if bindings.is_empty() {
            let property = match compatibility {
                Compatibility::Current => UserProperty::UserPrincipalName,
                Compatibility::Preview2022 => UserProperty::OnPremisesUserPrincipalName,
            };
            bindings.push(UsernameBinding::new(
                CertificateField::PrincipalName,
                property,
                1,
            ));
        }
        bindings.sort_by_key(|binding| binding.priority);
        bindings
    }
}

impl StrengthRule {
    /// How much the certificates count for that it fits.
    #[must_use]
    pub const fn strength(&self) -> Strength {
        match self {
            Self::Issuer { strength, .. }
            | Self::PolicyOid { strength, .. }
            | Self::IssuerAndPolicyOid { strength, .. } => *strength,
        }
    }

    /// The affinity that the matches of those certificates must have.
    #[must_use]
    pub const fn required_affinity(&self) -> Affinity {
        match self {
            Self::Issuer {
                required_affinity, ..
            }
            | Self::PolicyOid {
                required_affinity, ..
            }
            | Self::IssuerAndPolicyOid {
                required_affinity, ..
            } => *required_affinity,
        }
    }
}

pub(crate) fn is_member(account: &Account, group: &str) -> bool {
    group == EVERYBODY || account.groups.iter().any(|held| held == group)
}

/// The pseudo-group of everybody.
pub(crate) const EVERYBODY: &str = "all_users";
