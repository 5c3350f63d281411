//! Candidate paths: from a certificate up through the trust store to an anchor, the shortest first,
//! in an order that depends on nothing but the certificates.
//!
//! The search leaves out what cannot lead to a path that holds: a CA that may not issue, one whose
//! constraints the certificates below already break, one from which no anchor is near enough. Each
//! of these is judged again on the whole path; leaving it out only saves the work on its
//! multiples, of which bridges make many.

use std::collections::{HashMap, VecDeque};

use super::name_constraints;
use super::pool::{Node, Pool};
use super::work::{Bound, Work};
use super::{Candidate, Role, Settings};
use crate::certificate::Certificate;
use crate::time::Time;

/// Whether the search leaves out what cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pruning {
    /// It does.
    On,
    /// It does not: the reason of each refusal is wanted.
    Off,
}

/// The paths that are still open.
pub(super) struct Search<'a> {
    pool: &'a Pool,
    settings: &'a Settings,
    now: Time,
    pruning: Pruning,
    leaf: &'a Certificate,
    /// Every CA that was reached, with the way down from it.
    reached: Vec<Reached<'a>>,
    /// Indices into `reached`, the shortest first; the leaf is `None`.
    open: VecDeque<Option<usize>>,
    ready: VecDeque<Candidate<'a>>,
    /// Whether a CA may issue at all, which no path changes.
    usable: HashMap<usize, bool>,
}

struct Reached<'a> {
    certificate: &'a Certificate,
    below: Option<usize>,
    /// How many CAs are on the way, this one counted.
    length: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        leaf: &'a Certificate,
        pool: &'a Pool,
        settings: &'a Settings,
        now: Time,
        pruning: Pruning,
    ) -> Self {
        Self {
            pool,
            settings,
            now,
            pruning,
            leaf,
            reached: Vec::new(),
            open: VecDeque::from([None]),
            ready: VecDeque::new(),
            usable: HashMap::new(),
        }
    }

    /// The next candidate.
    ///
    /// # Errors
    /// The bound that ended the search.
    pub(super) fn next(&mut self, work: &mut Work<'a>) -> Result<Option<Candidate<'a>>, Bound> {
        loop {
            while let Some(path) = self.ready.pop_front() {
                if self.pruning == Pruning::Off || !refuted(&path, work) {
                    work.candidate()?;
                    return Ok(Some(path));
                }
            }
            let Some(from) = self.open.pop_front() else {
                return Ok(None);
            };
            self.expand(from, work)?;
        }
    }

    /// Goes one step up from a CA that was reached, or from the leaf.
    fn expand(&mut self, from: Option<usize>, work: &mut Work<'a>) -> Result<(), Bound> {
        let way = self.way(from);
        if self.pruning == Pruning::On && way_is_refuted(self.leaf, &way, work) {
            return Ok(());
        }
        let last = way.last().copied().unwrap_or(self.leaf);
        if way.len() >= self.settings.most_authorities {
            return Ok(());
        }
        for (index, node) in self.pool.issuers(last) {
            work.step()?;
            if way.iter().any(|seen| same_holder(seen, &node.certificate)) {
                continue;
            }
            if self.pruning == Pruning::On && !self.may_hold(index, node, &way, work)? {
                continue;
            }
            let length = way.len().saturating_add(1);
            match node.role {
                Role::Root => {
                    let mut authorities = way.clone();
                    authorities.push(&node.certificate);
                    self.ready.push_back(Candidate {
                        leaf: self.leaf,
                        authorities,
                    });
                }
                Role::Intermediate => {
                    self.open.push_back(Some(self.reached.len()));
                    self.reached.push(Reached {
                        certificate: &node.certificate,
                        below: from,
                        length,
                    });
                }
            }
        }
        Ok(())
    }

    /// The CAs from the one that issued the leaf up to this one.
    fn way(&self, from: Option<usize>) -> Vec<&'a Certificate> {
        let mut way = Vec::new();
        let mut next = from.and_then(|index| self.reached.get(index));
        if let Some(reached) = next {
            way.reserve(reached.length);
        }
        while let Some(reached) = next {
            way.push(reached.certificate);
            next = reached.below.and_then(|index| self.reached.get(index));
        }
        way.reverse();
        way
    }

    /// Whether a path that goes on through this CA can still hold.
    fn may_hold(
        &mut self,
        index: usize,
        node: &'a Node,
        way: &[&'a Certificate],
        work: &mut Work<'a>,
    ) -> Result<bool, Bound> {
        let certificate = &node.certificate;
        let near = node.distance.is_some_and(|distance| {
            way.len().saturating_add(1).saturating_add(distance) <= self.settings.most_authorities
        });
        let now = self.now;
        let usable = *self
            .usable
            .entry(index)
            .or_insert_with(|| is_usable(certificate, node.role, now));
        if !near || !usable {
            return Ok(false);
        }
        // §6.1.4 (l) and (m), seen from below.
        let below = way.iter().filter(|ca| !ca.is_self_issued()).count();
        let length = certificate
            .basic_constraints()
            .and_then(|basic| basic.path_length)
            .and_then(|most| usize::try_from(most).ok());
        if length.is_some_and(|most| below > most) {
            return Ok(false);
        }
        // §6.1.3 (b) and (c), seen from above.
        if certificate.name_constraints().is_some() {
            let judged = way
                .iter()
                .copied()
                .filter(|ca| !ca.is_self_issued())
                .chain(std::iter::once(self.leaf));
            for below in judged {
                match name_constraints::judge(below, certificate, work) {
                    Ok(()) => {}
                    Err(name_constraints::Broken::Bound(bound)) => return Err(bound),
                    Err(
                        name_constraints::Broken::NotPermitted { .. }
                        | name_constraints::Broken::Excluded { .. }
                        | name_constraints::Broken::NotJudged { .. },
                    ) => return Ok(false),
                }
            }
        }
        let last = way.last().copied().unwrap_or(self.leaf);
        Ok(!work.is_refuted(last, certificate))
    }
}

/// What holds of a CA on every path: it may issue, today, and nothing in it is forbidden or unknown.
fn is_usable(certificate: &Certificate, role: Role, now: Time) -> bool {
    let well_formed = match role {
        // The whole path says what is let pass in an anchor.
        Role::Root => true,
        Role::Intermediate => certificate.violations().is_empty(),
    };
    well_formed
        && certificate.unknown_critical_extensions().is_empty()
        && certificate.is_ca()
        && certificate
            .key_usage()
            .is_none_or(|usage| usage.key_cert_sign)
        && certificate.key().is_accepted()
        && (certificate.not_before()..=certificate.not_after()).contains(&now)
}

/// Whether two certificates are of the same holder and key, which a path may not visit twice.
fn same_holder(a: &Certificate, b: &Certificate) -> bool {
    a.subject_public_key_info() == b.subject_public_key_info() && a.subject().matches(b.subject())
}

fn refuted<'a>(path: &Candidate<'a>, work: &Work<'a>) -> bool {
    way_is_refuted(path.leaf, &path.authorities, work)
}

/// Whether a signature on the way is known not to fit.
fn way_is_refuted<'a>(leaf: &'a Certificate, way: &[&'a Certificate], work: &Work<'a>) -> bool {
    std::iter::once(leaf)
        .chain(way.iter().copied())
        .zip(way)
        .any(|(certificate, issuer)| work.is_refuted(certificate, issuer))
}
