//! RFC 5280 §6.1 on one exact path, in the order and with the letters of the standard; the valid
//! policy graph is RFC 9618's.
//!
//! The certificates are counted as the standard counts them: the anchor is not among them,
//! certificate 1 is the one it issued, certificate n is the leaf. Revocation, §6.1.3 (a)(3), is
//! judged afterwards, by [`super::ValidPath::check`].

use super::checks::{
    Step, any_policy_is_not_mapped, constraining, count, failed, in_time, is_a_ca,
    known_extensions, may_sign_certificates, met, no_policy_left, path_length, signed_by,
    well_formed, within_name_constraints,
};
use super::policy_graph::{Initial, Policy, PolicyGraph};
use super::work::Work;
use super::{Candidate, InitialPolicies, Settings};
use crate::certificate::{ANY_POLICY, Certificate};
use crate::name::Name;
use crate::oid::Oid;
use crate::time::Time;
use crate::trace::{Check, Line, Trace};

/// How far a path came.
#[derive(Debug)]
pub(super) struct Processed {
    pub(super) trace: Trace,
    /// The user-constrained-policy-set, §6.1.5 (g).
    pub(super) policies: Vec<Oid>,
    /// How many certificates are left below the one that failed; fewer is further.
    pub(super) left: usize,
}

/// The state variables of §6.1.2.
struct State<'a> {
    /// (a)
    valid_policy_graph: PolicyGraph<'a>,
    /// (b) and (c): the CAs so far that permit and exclude names.
    constraining: Vec<&'a Certificate>,
    /// (d)
    explicit_policy: usize,
    /// (e)
    inhibit_any_policy: usize,
    /// (f)
    policy_mapping: usize,
    /// (g) to (i): whose key verifies the next signature.
    working_issuer: &'a Certificate,
    /// (j)
    working_issuer_name: &'a Name,
    /// (k)
    max_path_length: usize,
}

/// Judges the path. The trace has a line for each step that said something of a certificate.
pub(super) fn process<'a>(
    path: &Candidate<'a>,
    settings: &'a Settings,
    now: Time,
    work: &mut Work<'a>,
) -> Processed {
    let mut trace = Trace::new();
    trace.push(Line::passed(Check::Key));
    let names: Vec<String> = std::iter::once(path.leaf)
        .chain(path.authorities.iter().copied())
        .map(|certificate| certificate.subject().short())
        .collect();
    trace.push(Line::passed(Check::Path).found(names.join(", ")));
    let n = path.authorities.len();
    let processed = |trace, policies, left| Processed {
        trace,
        policies,
        left,
    };
    let mut state = match initialize(path, settings, now, &mut trace) {
        Ok(state) => state,
        Err(line) => {
            trace.push(*line);
            return processed(trace, Vec::new(), n);
        }
    };
    // Certificate n is the leaf; n - 1 is the CA that issued it.
    let authorities = path.authorities.iter().rev().skip(1).copied();
    for (i, certificate) in (1..).zip(authorities.chain(std::iter::once(path.leaf))) {
        let last = i == n;
        let step =
            basic_processing(certificate, last, &mut state, now, work, &mut trace).and_then(|()| {
                if last {
                    Ok(())
                } else {
                    prepare_for_next(certificate, &mut state, work, &mut trace)
                }
            });
        if let Err(line) = step {
            trace.push(*line);
            return processed(trace, Vec::new(), n.saturating_sub(i));
        }
    }
    match wrap_up(path, settings, &mut state, &mut trace) {
        Ok(policies) => processed(trace, policies, 0),
        Err(line) => {
            trace.push(*line);
            processed(trace, Vec::new(), 0)
        }
    }
}

/// §6.1.2, with the anchor's own constraints as initial values (RFC 5937 §3.2). The anchor must be a
/// CA that may issue today, which the standard leaves to whoever chooses anchors.
fn initialize<'a>(
    path: &Candidate<'a>,
    settings: &Settings,
    now: Time,
    trace: &mut Trace,
) -> Result<State<'a>, Box<Line>> {
    let anchor = path.anchor();
    let n = path.authorities.len();
    well_formed(anchor, true)?;
    in_time(anchor, now, trace)?;
    is_a_ca(anchor)?;
    may_sign_certificates(anchor)?;
    known_extensions(anchor)?;
    trace.push(Line::passed(Check::Constraints).on(anchor.subject()));

    let constraints = anchor.policy_constraints();
    let start = |inhibited: bool, skip: Option<u32>| {
        let start = if inhibited { 0 } else { n.saturating_add(1) };
        start.min(skip.map_or(usize::MAX, count))
    };
    Ok(State {
        valid_policy_graph: PolicyGraph::new(),
        constraining: constraining(anchor).collect(),
        explicit_policy: start(
            settings.explicit_policy,
            constraints.and_then(|found| found.require_explicit_policy),
        ),
        inhibit_any_policy: start(settings.inhibit_any_policy, anchor.inhibit_any_policy()),
        policy_mapping: start(
            settings.inhibit_policy_mapping,
            constraints.and_then(|found| found.inhibit_policy_mapping),
        ),
        working_issuer: anchor,
        working_issuer_name: anchor.subject(),
        max_path_length: path_length(anchor).map_or(n, |most| n.min(most)),
    })
}

/// §6.1.3.
fn basic_processing<'a>(
    certificate: &'a Certificate,
    last: bool,
    state: &mut State<'a>,
    now: Time,
    work: &mut Work<'a>,
    trace: &mut Trace,
) -> Step {
    well_formed(certificate, false)?;
    // (a)(1)
    signed_by(certificate, state.working_issuer, work, trace)?;
    // (a)(2)
    in_time(certificate, now, trace)?;
    // (a)(4)
    if !certificate.issuer().matches(state.working_issuer_name) {
        return Err(failed(Check::Path, certificate)
            .expected(state.working_issuer_name)
            .found(certificate.issuer())
            .into());
    }
    // (b), (c): not for a self-issued certificate that is not the last.
    if last || !certificate.is_self_issued() {
        within_name_constraints(certificate, &state.constraining, work, trace)?;
    }
    match certificate.certificate_policies() {
        // (d)
        Some(policies) => {
            let any_counts =
                state.inhibit_any_policy > 0 || (!last && certificate.is_self_issued());
            state
                .valid_policy_graph
                .descend(policies, any_counts, work)
                .map_err(|bound| Box::new(met(bound, certificate)))?;
        }
        // (e)
        None => state.valid_policy_graph.set_null(),
    }
    // (f)
    if state.explicit_policy == 0 && state.valid_policy_graph.is_null() {
        return Err(no_policy_left(certificate).into());
    }
    Ok(())
}

/// §6.1.4.
fn prepare_for_next<'a>(
    certificate: &'a Certificate,
    state: &mut State<'a>,
    work: &mut Work<'a>,
    trace: &mut Trace,
) -> Step {
    let mappings = certificate.policy_mappings();
    // (a)
    any_policy_is_not_mapped(certificate)?;
    // (b)
    if !mappings.is_empty() {
        state
            .valid_policy_graph
            .map(mappings, state.policy_mapping > 0, work)
            .map_err(|bound| Box::new(met(bound, certificate)))?;
    }
    // (c)
    state.working_issuer_name = certificate.subject();
    // (d), (e), (f)
    state.working_issuer = certificate;
    // (g)
    state.constraining.extend(constraining(certificate));
    // (h)
    if !certificate.is_self_issued() {
        state.explicit_policy = state.explicit_policy.saturating_sub(1);
        state.policy_mapping = state.policy_mapping.saturating_sub(1);
        state.inhibit_any_policy = state.inhibit_any_policy.saturating_sub(1);
    }
    // (i)
    if let Some(constraints) = certificate.policy_constraints() {
        if let Some(skip) = constraints.require_explicit_policy {
            state.explicit_policy = state.explicit_policy.min(count(skip));
        }
        if let Some(skip) = constraints.inhibit_policy_mapping {
            state.policy_mapping = state.policy_mapping.min(count(skip));
        }
    }
    // (j)
    if let Some(skip) = certificate.inhibit_any_policy() {
        state.inhibit_any_policy = state.inhibit_any_policy.min(count(skip));
    }
    // (k)
    is_a_ca(certificate)?;
    // (l)
    if !certificate.is_self_issued() {
        state.max_path_length = state.max_path_length.checked_sub(1).ok_or_else(|| {
            failed(Check::Constraints, certificate)
                .expected("no more CAs than the path length constraints above allow")
                .found("one more CA")
        })?;
    }
    // (m)
    if let Some(most) = path_length(certificate) {
        state.max_path_length = state.max_path_length.min(most);
    }
    // (n)
    may_sign_certificates(certificate)?;
    // (o)
    known_extensions(certificate)?;
    trace.push(Line::passed(Check::Constraints).on(certificate.subject()));
    Ok(())
}

/// §6.1.5.
fn wrap_up<'a>(
    path: &Candidate<'a>,
    settings: &'a Settings,
    state: &mut State<'a>,
    trace: &mut Trace,
) -> Result<Vec<Oid>, Box<Line>> {
    let leaf = path.leaf;
    // (a)
    state.explicit_policy = state.explicit_policy.saturating_sub(1);
    // (b)
    if let Some(constraints) = leaf.policy_constraints()
        && constraints.require_explicit_policy == Some(0)
    {
        state.explicit_policy = 0;
    }
    // (c), (d), (e): the key is the leaf's, and must be one that is judged at all.
    if !leaf.key().is_accepted() {
        return Err(failed(Check::Signature, leaf)
            .expected("RSA from 2048 bits, P-256, P-384, P-521 or Ed25519")
            .found(leaf.key())
            .into());
    }
    // (f)
    known_extensions(leaf)?;
    // A CA can be the last certificate; what §4.2.1.5 forbids it forbids there too.
    any_policy_is_not_mapped(leaf)?;
    trace.push(Line::passed(Check::Constraints).on(leaf.subject()));
    // (g)
    let initial = initial_policies(path.anchor(), settings);
    let constrained = state.valid_policy_graph.user_constrained(match &initial {
        Some(oids) => Initial::These(oids),
        None => Initial::Any,
    });
    if state.explicit_policy == 0 && constrained.is_empty() {
        return Err(no_policy_left(leaf).into());
    }
    let policies: Vec<Oid> = constrained.into_iter().map(owned).collect();
    let line = Line::passed(Check::Policies).on(leaf.subject());
    trace.push(if policies.is_empty() {
        line.found("no policy holds for the whole path, and none is asked for")
    } else {
        let names: Vec<String> = policies.iter().map(Oid::to_string).collect();
        line.found(names.join(", "))
    });
    Ok(policies)
}

/// The user-initial-policy-set, sorted, less what the anchor does not assert (RFC 5937 §3.2); `None`
/// for any policy.
fn initial_policies(anchor: &Certificate, settings: &Settings) -> Option<Vec<Oid>> {
    let asserted = anchor
        .certificate_policies()
        .filter(|policies| !policies.any);
    let mut initial = match &settings.initial_policies {
        InitialPolicies::These(oids) if !oids.iter().any(|oid| oid.is(ANY_POLICY)) => {
            let mut oids = oids.clone();
            if let Some(asserted) = asserted {
                oids.retain(|oid| asserted.named.contains(oid));
            }
            oids
        }
        InitialPolicies::These(_) | InitialPolicies::Any => asserted?.named.clone(),
    };
    initial.sort_unstable();
    initial.dedup();
    Some(initial)
}

fn owned(policy: Policy<'_>) -> Oid {
    match policy {
        Policy::Any => Oid::any_policy(),
        Policy::Named(oid) => oid.clone(),
    }
}
