//! From a leaf to a trust anchor: candidates, then every check of RFC 5280 §6.1 that this crate
//! knows, on one exact path. What it does not know (name constraints, policy constraints) refuses
//! the path; it is never passed over.

use crate::certificate::Certificate;
use crate::code;
use crate::fingerprint::Fingerprint;
use crate::oid::Oid;
use crate::purpose::{self, Purpose};
use crate::revocation::{self, RevocationLists};
use crate::time::Time;
use crate::trace::{Check, Line, Trace};

/// The certificates as the TLS handshake carried them, the leaf first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// DER of each; empty when the client sent none.
    pub certificates: Vec<Vec<u8>>,
}

/// The CAs of a tenant. Every CA of a path must be among them; what a client sends beside its leaf
/// is not used, as in the directory.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    authorities: Vec<Authority>,
}

/// One CA of the trust store.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its certificate.
    pub certificate: Certificate,
    /// Whether a path may end at it.
    pub role: Role,
}

/// What a CA is in the trust store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A trust anchor.
    Root,
    /// A CA that a root must vouch for.
    Intermediate,
}

/// What a path is judged for, and the bounds of the work on one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the leaf must be meant for.
    pub purpose: Purpose,
    /// The user-initial-policy-set (RFC 5280 §6.1.1 (c)).
    pub initial_policies: InitialPolicies,
    /// initial-explicit-policy (RFC 5280 §6.1.1 (f)).
    pub explicit_policy: bool,
    /// initial-policy-mapping-inhibit (RFC 5280 §6.1.1 (e)).
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit (RFC 5280 §6.1.1 (g)).
    pub inhibit_any_policy: bool,
    /// Most CAs in a path, the anchor counted.
    pub most_authorities: usize,
    /// Most steps of the search for candidates.
    pub most_steps: usize,
}

/// The certificate policies that are acceptable at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InitialPolicies {
    /// Any.
    #[default]
    Any,
    /// These.
    These(Vec<Oid>),
}

/// A path whose signatures, validity, constraints and purpose hold; revocation is not yet judged.
#[derive(Clone, Debug)]
pub struct ValidPath {
    path: Path,
    trace: Trace,
}

/// A path that holds in every respect at the time of the decision.
#[derive(Clone, Debug)]
pub struct CurrentPath {
    path: Path,
    trace: Trace,
}

/// The leaf and its issuers up to the anchor.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) leaf: Certificate,
    /// Never empty: the issuing CA first, the anchor last.
    pub(crate) authorities: Vec<Certificate>,
}

/// No path holds; the trace says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The checks up to the one that failed.
    pub trace: Trace,
    /// The leaf, if one could be read.
    pub leaf: Option<Certificate>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            purpose: Purpose::default(),
            initial_policies: InitialPolicies::Any,
            explicit_policy: false,
            inhibit_policy_mapping: false,
            inhibit_any_policy: false,
            most_authorities: 10,
            most_steps: 200,
        }
    }
}

impl TrustStore {
    /// A trust store of these CAs.
    #[must_use]
    pub const fn new(authorities: Vec<Authority>) -> Self {
        Self { authorities }
    }

    /// Its CAs.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    /// The CAs whose name and key identifier fit the issuer that `certificate` names.
    fn issuers_of<'a>(
        &'a self,
        certificate: &'a Certificate,
    ) -> impl Iterator<Item = &'a Authority> {
        self.authorities.iter().filter(|authority| {
            let issuer = &authority.certificate;
            let same_key = match (
                certificate.authority_key_identifier(),
                issuer.subject_key_identifier(),
            ) {
                (Some(wanted), Some(found)) => wanted == found,
                (Some(_) | None, None) | (None, Some(_)) => true,
            };
            issuer.subject().matches(certificate.issuer()) && same_key
        })
    }
}

impl CurrentPath {
    /// The certificate of the person.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        &self.path.leaf
    }

    /// Its issuers: the issuing CA first, the anchor last.
    #[must_use]
    pub fn authorities(&self) -> &[Certificate] {
        &self.path.authorities
    }

    /// What was checked.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }
}

impl ValidPath {
    /// Judges whether a certificate of the path is revoked.
    ///
    /// # Errors
    /// [`Refused`] if one is, or if a list that is configured gives no answer.
    pub fn check(self, lists: &RevocationLists, now: Time) -> Result<CurrentPath, Refused> {
        let Self { path, mut trace } = self;
        revocation::judge(&path, lists, now, &mut trace);
        if trace.failure().is_some() {
            return Err(Refused {
                trace,
                leaf: Some(path.leaf),
            });
        }
        Ok(CurrentPath { path, trace })
    }
}

impl Refused {
    /// The code of the check that failed.
    #[must_use]
    pub fn code(&self) -> u32 {
        self.trace
            .failure()
            .and_then(|line| line.code)
            .unwrap_or(code::CERTIFICATE_NOT_VALID)
    }
}

/// Finds a path from the presented leaf to an anchor on which every check holds.
///
/// # Errors
/// [`Refused`] with the trace of the path that came furthest.
pub fn validate(
    presented: &Presented,
    anchors: &TrustStore,
    settings: &Settings,
    now: Time,
) -> Result<ValidPath, Refused> {
    let Some(leaf) = presented.certificates.first() else {
        return Err(unread(
            Line::failed(Check::Key, code::NO_CERTIFICATE).found("no certificate"),
        ));
    };
    let leaf = match Certificate::from_der(leaf) {
        Ok(leaf) => leaf,
        Err(cause) => {
            return Err(unread(
                Line::failed(Check::Key, code::CERTIFICATE_NOT_VALID).found(cause),
            ));
        }
    };
    let mut furthest: Option<Trace> = None;
    for path in candidates(&leaf, anchors, settings) {
        let trace = judge(&path, settings, now);
        if trace.failure().is_none() {
            return Ok(ValidPath { path, trace });
        }
        if furthest
            .as_ref()
            .is_none_or(|best| trace.lines().len() > best.lines().len())
        {
            furthest = Some(trace);
        }
    }
    let trace = furthest.unwrap_or_else(|| {
        let mut trace = Trace::new();
        trace.push(Line::passed(Check::Key));
        trace.push(
            Line::failed(Check::Path, code::ISSUER_NOT_TRUSTED)
                .on(leaf.subject())
                .found(leaf.issuer()),
        );
        trace
    });
    Err(Refused {
        trace,
        leaf: Some(leaf),
    })
}

/// Finds the path of a certificate that signs lists or answers for a CA, to the same anchor: every
/// check but the leaf's purpose, which is the caller's to judge.
///
/// # Errors
/// The trace of the path that came furthest.
pub(crate) fn vouch(
    certificate: &Certificate,
    trust: &TrustStore,
    anchor: &Certificate,
    settings: &Settings,
    now: Time,
) -> Result<Path, Trace> {
    let mut furthest: Option<Trace> = None;
    for path in candidates(certificate, trust, settings) {
        if path.authorities.last() != Some(anchor) {
            continue;
        }
        let trace = judge_path(&path, now);
        if trace.failure().is_none() {
            return Ok(path);
        }
        if furthest
            .as_ref()
            .is_none_or(|best| trace.lines().len() > best.lines().len())
        {
            furthest = Some(trace);
        }
    }
    Err(furthest.unwrap_or_else(|| {
        let mut trace = Trace::new();
        trace.push(
            Line::failed(Check::Path, code::ISSUER_NOT_TRUSTED)
                .on(certificate.subject())
                .expected(format!("a path to {}", anchor.subject()))
                .found(certificate.issuer()),
        );
        trace
    }))
}

/// A refusal before a leaf could be read.
fn unread(line: Line) -> Refused {
    let mut trace = Trace::new();
    trace.push(line);
    Refused { trace, leaf: None }
}

/// Enumerates paths to an anchor, depth first and the shortest first, within the bounds.
fn candidates(leaf: &Certificate, anchors: &TrustStore, settings: &Settings) -> Vec<Path> {
    let mut found = Vec::new();
    let mut steps = 0;
    let mut open = vec![Vec::new()];
    while let Some(authorities) = open.pop() {
        let last: &Certificate = authorities.last().unwrap_or(leaf);
        for issuer in anchors.issuers_of(last) {
            steps += 1;
            if steps > settings.most_steps {
                break;
            }
            let certificate = &issuer.certificate;
            let repeated = authorities
                .iter()
                .any(|seen| same_holder(seen, certificate));
            if repeated || authorities.len() >= settings.most_authorities {
                continue;
            }
            let mut longer = authorities.clone();
            longer.push(certificate.clone());
            match issuer.role {
                Role::Root => found.push(Path {
                    leaf: leaf.clone(),
                    authorities: longer,
                }),
                Role::Intermediate => open.push(longer),
            }
        }
    }
    found.sort_by_key(|path| path.authorities.len());
    found
}

/// Whether two certificates are of the same holder and key, which a path may not visit twice.
fn same_holder(a: &Certificate, b: &Certificate) -> bool {
    a.subject().matches(b.subject()) && a.subject_public_key_info() == b.subject_public_key_info()
}

/// Runs the checks of one path, the anchor first, and stops at the first that fails.
fn judge(path: &Path, settings: &Settings, now: Time) -> Trace {
    let mut trace = judge_path(path, now);
    if trace.failure().is_none() {
        trace.push(purpose::judge(
            &path.leaf,
            path.authorities.iter(),
            settings.purpose,
        ));
    }
    trace
}

/// Runs the checks that do not ask what the leaf is for.
fn judge_path(path: &Path, now: Time) -> Trace {
    let mut trace = Trace::new();
    trace.push(Line::passed(Check::Key));
    let names: Vec<String> = std::iter::once(&path.leaf)
        .chain(&path.authorities)
        .map(|certificate| certificate.subject().short())
        .collect();
    trace.push(Line::passed(Check::Path).found(names.join(", ")));
    let checks = [judge_time, judge_signatures, judge_constraints];
    for check in checks {
        for line in check(path, now) {
            trace.push(line);
        }
        if trace.failure().is_some() {
            return trace;
        }
    }
    trace
}

fn judge_time(path: &Path, now: Time) -> Vec<Line> {
    let mut all: Vec<&Certificate> = path.authorities.iter().rev().collect();
    all.push(&path.leaf);
    for certificate in all {
        if now < certificate.not_before() || now > certificate.not_after() {
            return vec![
                Line::failed(Check::Time, code::OUTSIDE_VALIDITY)
                    .on(certificate.subject())
                    .expected(validity(certificate))
                    .found(now),
            ];
        }
    }
    vec![
        Line::passed(Check::Time)
            .on(path.leaf.subject())
            .expected(validity(&path.leaf))
            .found(now),
    ]
}

fn validity(certificate: &Certificate) -> String {
    format!("{}/{}", certificate.not_before(), certificate.not_after())
}

fn judge_signatures(path: &Path, _now: Time) -> Vec<Line> {
    let signed = std::iter::once(&path.leaf).chain(&path.authorities);
    for (certificate, issuer) in signed.zip(&path.authorities) {
        if let Err(fault) = certificate.verify_signed_by(issuer) {
            return vec![
                Line::failed(Check::Signature, code::CERTIFICATE_NOT_VALID)
                    .on(certificate.subject())
                    .expected(format!("a signature by {}", issuer.subject()))
                    .found(fault),
            ];
        }
    }
    if path.leaf.key().is_accepted() {
        vec![Line::passed(Check::Signature).found(path.leaf.key())]
    } else {
        vec![
            Line::failed(Check::Signature, code::CERTIFICATE_NOT_VALID)
                .on(path.leaf.subject())
                .expected("RSA from 2048 bits, P-256, P-384, P-521 or Ed25519")
                .found(path.leaf.key()),
        ]
    }
}

/// RFC 5280 §6.1.4 (k) to (n), and no critical extension that is not known.
fn judge_constraints(path: &Path, _now: Time) -> Vec<Line> {
    let fail = |certificate: &Certificate, expected: String, found: String| {
        vec![
            Line::failed(Check::Constraints, code::CERTIFICATE_NOT_VALID)
                .on(certificate.subject())
                .expected(expected)
                .found(found),
        ]
    };
    let mut below: u32 = 0;
    for authority in &path.authorities {
        if !authority.is_ca() {
            return fail(authority, "basic constraints of a CA".into(), "none".into());
        }
        if authority
            .key_usage()
            .is_some_and(|usage| !usage.key_cert_sign)
        {
            return fail(
                authority,
                "key usage keyCertSign".into(),
                "a key usage without it".into(),
            );
        }
        if let Some(most) = authority
            .basic_constraints()
            .and_then(|basic| basic.path_length)
            && below > most
        {
            return fail(
                authority,
                format!("at most {most} CAs below"),
                format!("{below} CAs below"),
            );
        }
        if !authority.is_self_issued() {
            below = below.saturating_add(1);
        }
    }
    for certificate in path.authorities.iter().chain(std::iter::once(&path.leaf)) {
        let mut not_judged = certificate.unknown_critical_extensions().to_vec();
        if certificate.name_constraints().is_some() {
            not_judged.push("2.5.29.30".into());
        }
        if certificate.policy_constraints().is_some() {
            not_judged.push("2.5.29.36".into());
        }
        if certificate.inhibit_any_policy().is_some() {
            not_judged.push("2.5.29.54".into());
        }
        if !not_judged.is_empty() {
            return fail(
                certificate,
                "extensions that can be judged".into(),
                not_judged.join(", "),
            );
        }
        if let Some(violation) = certificate.violations().first() {
            return fail(
                certificate,
                "a certificate after RFC 5280".into(),
                violation.to_string(),
            );
        }
    }
    vec![Line::passed(Check::Constraints)]
}

impl Path {
    /// Each certificate that can be revoked, with its issuer: the leaf first.
    pub(crate) fn issued(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        std::iter::once(&self.leaf)
            .chain(&self.authorities)
            .zip(&self.authorities)
            .filter(|(certificate, issuer)| certificate.sha256() != issuer.sha256())
    }

    /// The fingerprint by which an authority's revocation list is found.
    pub(crate) fn list_key(issuer: &Certificate) -> Fingerprint {
        issuer.sha256()
    }
}
