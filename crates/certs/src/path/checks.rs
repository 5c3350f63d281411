//! The checks that the steps of [`super::processing`] make, each on one certificate, with the line
//! that it leaves.

use super::name_constraints::{self, Broken};
use super::validity;
use super::work::{Bound, Work};
use crate::certificate::{ANY_POLICY, Certificate, Violation};
use crate::code;
use crate::time::Time;
use crate::trace::{Check, Line, Trace};

/// What ends the processing: the line that failed.
pub(super) type Step = Result<(), Box<Line>>;

/// The profile of RFC 5280 §4, as far as it is judged.
pub(super) fn well_formed(certificate: &Certificate, is_anchor: bool) -> Step {
    let broken = certificate.violations().iter().find(|violation| {
        // Roots with the number zero are old and many, and nothing is looked up by it.
        !(is_anchor && **violation == Violation::SerialZero)
    });
    match broken {
        Some(violation) => Err(failed(Check::Constraints, certificate)
            .expected("a certificate after RFC 5280")
            .found(violation)
            .into()),
        None => Ok(()),
    }
}

pub(super) fn signed_by<'a>(
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    work: &mut Work<'a>,
    trace: &mut Trace,
) -> Step {
    let outcome = work
        .verify(certificate, issuer)
        .map_err(|bound| Box::new(met(bound, certificate)))?;
    match outcome {
        Ok(()) => {
            trace.push(
                Line::passed(Check::Signature)
                    .on(certificate.subject())
                    .found(issuer.key()),
            );
            Ok(())
        }
        Err(fault) => Err(failed(Check::Signature, certificate)
            .expected(format!("a signature by {}", issuer.subject()))
            .found(fault)
            .into()),
    }
}

pub(super) fn in_time(certificate: &Certificate, now: Time, trace: &mut Trace) -> Step {
    if now < certificate.not_before() || now > certificate.not_after() {
        return Err(Line::failed(Check::Time, code::OUTSIDE_VALIDITY)
            .on(certificate.subject())
            .expected(validity(certificate))
            .found(now)
            .into());
    }
    trace.push(
        Line::passed(Check::Time)
            .on(certificate.subject())
            .expected(validity(certificate))
            .found(now),
    );
    Ok(())
}

pub(super) fn within_name_constraints(
    certificate: &Certificate,
    constraining: &[&Certificate],
    work: &mut Work<'_>,
    trace: &mut Trace,
) -> Step {
    for authority in constraining {
        name_constraints::judge(certificate, authority, work)
            .map_err(|broken| Box::new(broken.line(certificate)))?;
    }
    if !constraining.is_empty() {
        trace.push(Line::passed(Check::NameConstraints).on(certificate.subject()));
    }
    Ok(())
}

/// The CA itself, if it has name constraints.
pub(super) fn constraining(authority: &Certificate) -> impl Iterator<Item = &Certificate> {
    let constrains = authority.name_constraints().is_some();
    constrains.then_some(authority).into_iter()
}

/// §6.1.4 (k).
pub(super) fn is_a_ca(certificate: &Certificate) -> Step {
    if certificate.is_ca() {
        return Ok(());
    }
    Err(failed(Check::Constraints, certificate)
        .expected("basic constraints of a CA")
        .found("none")
        .into())
}

/// §6.1.4 (n).
pub(super) fn may_sign_certificates(certificate: &Certificate) -> Step {
    match certificate.key_usage() {
        Some(usage) if !usage.key_cert_sign => Err(failed(Check::Constraints, certificate)
            .expected("key usage keyCertSign")
            .found(format!("key usage {usage}"))
            .into()),
        Some(_) | None => Ok(()),
    }
}

/// §6.1.4 (o) and §6.1.5 (f).
pub(super) fn known_extensions(certificate: &Certificate) -> Step {
    let unknown = certificate.unknown_critical_extensions();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(failed(Check::Constraints, certificate)
        .expected("critical extensions that are known")
        .found(unknown.join(", "))
        .into())
}

/// §6.1.4 (a).
pub(super) fn any_policy_is_not_mapped(certificate: &Certificate) -> Step {
    let mapped = certificate
        .policy_mappings()
        .iter()
        .any(|(issuer, subject)| issuer.is(ANY_POLICY) || subject.is(ANY_POLICY));
    if mapped {
        return Err(failed(Check::Policies, certificate)
            .expected("policy mappings between policies")
            .found("a mapping from or to anyPolicy")
            .into());
    }
    Ok(())
}

pub(super) fn no_policy_left(certificate: &Certificate) -> Line {
    let found = certificate.policies();
    failed(Check::Policies, certificate)
        .expected("a certificate policy that holds from the anchor down")
        .found(if found.is_empty() {
            "none".to_owned()
        } else {
            found.join(", ")
        })
}

pub(super) fn met(bound: Bound, certificate: &Certificate) -> Line {
    failed(Check::Path, certificate).found(bound)
}

pub(super) fn failed(check: Check, certificate: &Certificate) -> Line {
    Line::failed(check, code::CERTIFICATE_NOT_VALID).on(certificate.subject())
}

impl Broken {
    fn line(self, certificate: &Certificate) -> Line {
        let line = failed(Check::NameConstraints, certificate);
        match self {
            Self::NotPermitted { name, permitted } => line
                .expected(format!("a name within {permitted}"))
                .found(name),
            Self::Excluded { name, excluded } => line
                .expected(format!("no name within {excluded}"))
                .found(name),
            Self::NotJudged { name, constraint } => line
                .expected(format!("a name that can be judged by {constraint}"))
                .found(name),
            Self::Bound(bound) => failed(Check::Path, certificate).found(bound),
        }
    }
}

pub(super) fn path_length(certificate: &Certificate) -> Option<usize> {
    certificate.basic_constraints()?.path_length.map(count)
}

pub(super) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
