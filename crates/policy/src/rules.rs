//! All rules of a tenant, and the strengths that its policies ask for by id.

use crate::authentication_strength::{Asked, AuthenticationStrength, Ready};
use crate::combination::BuiltInStrength;
use crate::conditional_access::{ConditionalAccessPolicy, GrantControl, StrengthReference};
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
}

#[derive(Debug)]
pub(crate) enum Control {
    Block,
    Ask(Asked),
}

impl Rules {
    pub(crate) fn demands(&self) -> Result<Vec<Demand>, Vec<Unresolved>> {
        let mut demands = Vec::new();
        let mut unresolved = Vec::new();
        for policy in &self.conditional_access {
            let control = match &policy.grant {
                None => Control::Ask(Asked::Anything),
                Some(GrantControl::Block) => Control::Block,
                Some(GrantControl::MultiFactor) => Control::Ask(Asked::MultiFactor),
                Some(GrantControl::Strength(reference)) => match self.strength(reference) {
                    Some(ready) => Control::Ask(Asked::Strength(ready)),
                    None => {
                        unresolved.push(Unresolved {
                            policy: policy.display_name.clone(),
                            strength: reference.id.clone().unwrap_or_else(|| "(no id)".into()),
                        });
                        continue;
                    }
                },
            };
            demands.push(Demand {
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
