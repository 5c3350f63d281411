//! Judging what was presented: from bytes to a decision, with nothing in between skipped.

use certs::{CurrentPath, Presented, Time};
use policy::{Decision, Evidence, Live, Policy, Refusal};

use crate::server::Clock;
use crate::store::{Application, Tenant, User};
use crate::trust::Trust;

/// Judges the path and the revocation of a presented certificate. What the path needs and is not
/// there is fetched.
///
/// # Errors
/// The refusal, with its trace.
pub async fn certificate(
    presented: &Presented,
    trust: &Trust,
    clock: &Clock,
) -> Result<CurrentPath, Refusal> {
    let path = certs::validate(presented, &trust.anchors, &trust.settings, clock.now())?;
    let revocation = trust.revocation(&path).await;
    // Fetching takes its time, and a list may have been issued meanwhile.
    Ok(path.check(&revocation, clock.now())?)
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
