//! Judging what was presented: from bytes to a decision, with nothing in between skipped.

use certs::{CurrentPath, Presented, Settings, Time};
use policy::{Decision, Evidence, Live, Policy, Refusal};

use crate::store::{Application, Tenant, User};
use crate::trust::Trust;

/// Judges the path and the revocation of a presented certificate.
///
/// # Errors
/// The refusal, with its trace.
pub fn certificate(
    presented: &Presented,
    trust: &Trust,
    now: Time,
) -> Result<CurrentPath, Refusal> {
    let path = certs::validate(presented, &trust.anchors, &Settings::default(), now)?
        .check(&trust.lists, now)?;
    Ok(path)
}

/// Decides whether `fresh`, beside what was proven `before`, lets the user into the application.
pub fn decide(
    tenant: &Tenant,
    before: Option<Live>,
    fresh: Option<Evidence>,
    user: &User,
    application: &Application,
    now: Time,
) -> Option<Decision> {
    let evidence = match (before.map(Evidence::from), fresh) {
        (Some(before), Some(fresh)) => before.and(fresh),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => return None,
    };
    let policy = Policy::new(tenant.method.clone());
    Some(policy.decide(&evidence, &user.account, &application.application, now))
}
