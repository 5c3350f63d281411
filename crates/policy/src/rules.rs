//! All rules of a tenant, and the strengths that its policies ask for by id.

use crate::authentication_strength::{Asked, AuthenticationStrength, Ready, What};
use crate::combination::BuiltInStrength;
use crate::conditional_access::{
    ConditionalAccessPolicy, FrequencyOf, GrantControl, SignInFrequency, StrengthReference,
};
use crate::method::MethodPolicy;
use crate::settings::Settings;

/// All rules of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What the tenant chose beside the directory's policies.
    pub settings: Settings,
    /// Signing in with a certificate.
    pub method: MethodPolicy,
    /// The strengths that the tenant made.
    pub strengths: Vec<AuthenticationStrength>,
    /// The policies that ask for more.
    pub conditional_access: Vec<ConditionalAccessPolicy>,
}

/// A conditional access policy asks for a strength that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the policy {policy:?} asks for the authentication strength {strength}, which is not known; import it beside the policy"
)]
pub struct Unresolved {
    /// The policy's name.
    pub policy: String,
    /// The strength's id, or what stands for it.
    pub strength: String,
}

/// A policy and what it asks for.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) policy: ConditionalAccessPolicy,
    pub(crate) control: Control,
    /// The policy by its name.
    pub(crate) title: String,
    /// What it asks for, in words.
    pub(crate) in_words: String,
}

#[derive(Debug)]
pub(crate) enum Control {
    Block,
    Ask(Asked),
}

impl Control {
    fn in_words(&self, frequency: Option<SignInFrequency>) -> String {
        let asked = match self {
            Self::Block => return "blocks".to_owned(),
            Self::Ask(asked) => asked,
        };
        let age = match frequency {
            None => String::new(),
            Some(SignInFrequency {
                of: FrequencyOf::PrimaryAndSecondary,
                period,
            }) => format!(", proofs not older than {period}"),
            Some(SignInFrequency {
                of: FrequencyOf::Secondary,
                period,
            }) => format!(", a second proof not older than {period}"),
        };
        format!("asks for {}{age}", asked.name())
    }
}

impl Rules {
    pub(crate) fn demands(&self) -> Result<Vec<Demand>, Vec<Unresolved>> {
        let mut demands = Vec::new();
        let mut unresolved = Vec::new();
        for policy in &self.conditional_access {
            let asks = |what| Control::Ask(Asked::new(what, self.settings.two_possession_factors));
            let control = match &policy.grant {
                None => asks(What::Anything),
                Some(GrantControl::Block) => Control::Block,
                Some(GrantControl::MultiFactor) => asks(What::MultiFactor),
                Some(GrantControl::Strength(reference)) => {
                    let Some(ready) = self.strength(reference) else {
                        unresolved.push(Unresolved {
                            policy: policy.display_name.clone(),
                            strength: reference.id.clone().unwrap_or_else(|| "(no id)".into()),
                        });
                        continue;
                    };
                    asks(What::Strength(ready))
                }
            };
            demands.push(Demand {
                title: format!("the policy {:?}", policy.display_name),
                in_words: control.in_words(policy.sign_in_frequency),
                policy: policy.clone(),
                control,
            });
        }
        if unresolved.is_empty() {
            Ok(demands)
        } else {
            Err(unresolved)
        }
    }

    /// The strength that is meant: one that is always there, one of the tenant's, or the one that
    /// the policy carries.
    fn strength(&self, reference: &StrengthReference) -> Option<Ready> {
        if let Some(id) = &reference.id {
            if let Some(built_in) = BuiltInStrength::by_id(id) {
                return Some(Ready::built_in(built_in));
            }
            let known = self.strengths.iter().find(|known| {
                known
                    .id
                    .as_ref()
                    .is_some_and(|known| known.eq_ignore_ascii_case(id))
            });
            if let Some(known) = known {
                return Some(known.ready());
            }
        }
        reference.whole.as_ref().map(AuthenticationStrength::ready)
    }
}
