//! `certs`.

use certs::{
    Authority, Certificate, InitialPolicies, Presented, Refused, Role, Settings, Time, TrustStore,
    validate,
};

use super::Opinion;
use crate::mint::{Minted, own_policy};
use crate::plan::{Asked, NOW};

/// Asks for a path from the pool as a whole.
pub fn judge(asked: &Asked, minted: &Minted) -> Opinion {
    let mut authorities = Vec::new();
    let mut unread = Vec::new();
    for authority in &minted.pool {
        match Certificate::from_der(&authority.der) {
            Ok(certificate) => authorities.push(Authority {
                certificate,
                role: if authority.trusted {
                    Role::Root
                } else {
                    Role::Intermediate
                },
            }),
            // It cannot be put into a trust store, so it is on no path.
            Err(cause) => unread.push(format!("unread: {cause}")),
        }
    }
    let store = TrustStore::new(authorities);
    let presented = Presented {
        certificates: vec![minted.leaf.der.clone()],
    };
    match validate(&presented, &store, &settings(asked), Time::from_unix(NOW)) {
        Ok(_) => Opinion {
            accepted: true,
            policies: None,
            reasons: unread,
        },
        Err(refused) => {
            unread.push(reason(&refused));
            Opinion {
                accepted: false,
                policies: None,
                reasons: unread,
            }
        }
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
