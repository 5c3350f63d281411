//! `certs`.

use certs::{
    Authority, Certificate, InitialPolicies, Presented, Refused, Role, Settings, Time, TrustStore,
    validate,
};

use super::Opinion;
use crate::mint::{Minted, own_policy};
use crate::plan::{Asked, NOW};

/// Asks for a path through these authorities.
pub fn judge(asked: &Asked, minted: &Minted, pool: &[usize]) -> Opinion {
    let mut authorities = Vec::new();
    for number in pool {
        let authority = &minted.pool[*number];
        // What cannot be read cannot be put into a trust store, so it is on no path.
        if let Ok(certificate) = Certificate::from_der(&authority.der) {
            authorities.push(Authority {
                certificate,
                role: if authority.trusted {
                    Role::Root
                } else {
                    Role::Intermediate
                },
            });
        }
    }
    let store = TrustStore::new(authorities);
    let presented = Presented {
        certificates: vec![minted.leaf.der.clone()],
    };
    match validate(&presented, &store, &settings(asked), Time::from_unix(NOW)) {
        Ok(valid) => Opinion::Holds(Some(
            valid.policies().iter().map(ToString::to_string).collect(),
        )),
        Err(refused) => Opinion::Fails(reason(&refused)),
    }
}

fn settings(asked: &Asked) -> Settings {
    let initial_policies = match &asked.policies {
        None => InitialPolicies::Any,
        Some(numbers) => InitialPolicies::These(
            numbers
                .iter()
                .map(|number| own_policy(*number).parse().expect("an object identifier"))
                .collect(),
        ),
    };
    Settings {
        initial_policies,
        explicit_policy: asked.explicit,
        inhibit_policy_mapping: asked.inhibit_mapping,
        inhibit_any_policy: asked.inhibit_any,
        ..Settings::default()
    }
}

fn reason(refused: &Refused) -> String {
    match refused.trace.failure() {
        Some(line) => format!(
            "{:?} {}: {} / {} ({})",
            line.check,
            line.certificate.as_deref().unwrap_or("-"),
            line.expected.as_deref().unwrap_or("-"),
            line.found.as_deref().unwrap_or("-"),
            line.code.unwrap_or_default(),
        ),
        None => "refused without a line that failed".to_owned(),
    }
}
