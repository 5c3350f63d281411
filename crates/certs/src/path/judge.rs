//! The decision over all candidates: which hold, and if none does, which came furthest.

use super::checks::failed;
use super::processing::{Processed, process};
use super::search::{Pruning, Search};
use super::work::{Bound, Work};
use super::{Candidate, Judged, Path, Settings, TrustStore};
use crate::certificate::Certificate;
use crate::code;
use crate::name::hex;
use crate::purpose::{self, Purpose};
use crate::time::Time;
use crate::trace::{Check, Line, Trace};

/// The paths that hold, the shortest first.
///
/// # Errors
/// The trace of the path that came furthest.
pub(super) fn valid_paths(
    leaf: &Certificate,
    trust: &TrustStore,
    settings: &Settings,
    now: Time,
) -> Result<Vec<Judged>, Trace> {
    Decision {
        leaf,
        trust,
        settings,
        now,
        purpose: settings.purpose,
        anchor: None,
    }
    .decide(settings.most_paths.max(1))
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
    let decision = Decision {
        leaf: certificate,
        trust,
        settings,
        now,
        purpose: Purpose::Any,
        anchor: Some(anchor),
    };
    let mut found = decision.decide(1)?;
    match found.pop() {
        Some(judged) => Ok(judged.path),
        None => Err(decision.unanchored()),
    }
}

struct Decision<'a> {
    leaf: &'a Certificate,
    trust: &'a TrustStore,
    settings: &'a Settings,
    now: Time,
    purpose: Purpose,
    /// The one anchor that counts, where only one does.
    anchor: Option<&'a Certificate>,
}

/// The refused candidate that came furthest.
#[derive(Default)]
struct Furthest {
    found: Option<((bool, usize), Trace)>,
}

impl<'a> Decision<'a> {
    fn decide(&self, most: usize) -> Result<Vec<Judged>, Trace> {
        let mut work = Work::new(self.settings);
        let mut valid = Vec::new();
        let mut furthest = Furthest::default();
        let ended = self.run(Pruning::On, &mut work, &mut furthest, |judged| {
            valid.push(judged);
            valid.len() >= most
        });
        if !valid.is_empty() {
            return Ok(valid);
        }
        if let Err(bound) = ended {
            return Err(self.beyond(bound));
        }
        // Nothing holds. What the search left out is judged too, because its reason is wanted.
        work.only_explain();
        let mut explained = self.run(Pruning::Off, &mut work, &mut furthest, |judged| {
            valid.push(judged);
            true
        });
        if !valid.is_empty() {
            return Ok(valid);
        }
        if matches!(explained, Err(Bound::Candidates)) {
            explained = Ok(());
        }
        match (furthest.found, explained) {
            (Some((_, trace)), _) => Err(trace),
            (None, Err(bound)) => Err(self.beyond(bound)),
            (None, Ok(())) => Err(self.unanchored()),
        }
    }

    /// Judges candidate after candidate, until there is none or `take` has enough.
    fn run(
        &self,
        pruning: Pruning,
        work: &mut Work<'a>,
        furthest: &mut Furthest,
        mut take: impl FnMut(Judged) -> bool,
    ) -> Result<(), Bound> {
        let pool = self.trust.pool();
        let mut search = Search::new(self.leaf, pool, self.settings, self.now, pruning);
        while let Some(candidate) = search.next(work)? {
            if self.anchor.is_some_and(|only| only != candidate.anchor()) {
                continue;
            }
            let processed = self.judge(&candidate, work);
            if processed.trace.failure().is_some() {
                furthest.consider(processed);
            } else if take(Judged {
                path: candidate.owned(),
                trace: processed.trace,
                policies: processed.policies,
            }) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn judge(&self, candidate: &Candidate<'a>, work: &mut Work<'a>) -> Processed {
        let mut processed = process(candidate, self.settings, self.now, work);
        if processed.trace.failure().is_none() {
            processed.trace.push(purpose::judge(
                candidate.leaf,
                candidate.authorities.iter().copied(),
                self.purpose,
            ));
        }
        processed
    }

    /// The trace of a decision whose work met a bound.
    fn beyond(&self, bound: Bound) -> Trace {
        let mut trace = Trace::new();
        trace.push(Line::passed(Check::Key));
        trace.push(failed(Check::Path, self.leaf).found(bound));
        trace
    }

    /// The trace of a leaf from which no path leads to an anchor: where the way up ends.
    fn unanchored(&self) -> Trace {
        let mut trace = Trace::new();
        trace.push(Line::passed(Check::Key));
        trace.push(self.end_of_the_way());
        trace
    }

    fn end_of_the_way(&self) -> Line {
        let pool = self.trust.pool();
        let refused = |certificate: &Certificate| {
            Line::failed(Check::Path, code::ISSUER_NOT_TRUSTED).on(certificate.subject())
        };
        let mut last = self.leaf;
        for _ in 0..self.settings.most_authorities {
            let Some((_, next)) = pool.issuers(last).into_iter().next() else {
                let others: Vec<String> = pool
                    .named(last)
                    .filter_map(|(_, node)| node.certificate.subject_key_identifier().map(hex))
                    .collect();
                return match last.authority_key_identifier() {
                    Some(wanted) if !others.is_empty() => refused(last)
                        .expected(format!(
                            "{} with the key identifier {}",
                            last.issuer(),
                            hex(wanted)
                        ))
                        .found(format!("the key identifier {}", others.join(", "))),
                    Some(_) | None => refused(last).found(last.issuer()),
                };
            };
            last = &next.certificate;
            if last.is_self_issued() {
                return refused(self.leaf)
                    .expected("a path to a root of the trust store")
                    .found(last.subject());
            }
        }
        refused(self.leaf)
            .expected(format!(
                "a path to a root of at most {} CAs",
                self.settings.most_authorities
            ))
            .found("none")
    }
}

impl Furthest {
    /// Keeps the first of the best: a path whose signatures fit before one whose do not, then the
    /// one that failed nearest to the leaf.
    fn consider(&mut self, processed: Processed) {
        let unsigned = processed
            .trace
            .failure()
            .is_some_and(|line| line.check == Check::Signature);
        let rank = (unsigned, processed.left);
        if self.found.as_ref().is_none_or(|(best, _)| rank < *best) {
            self.found = Some((rank, processed.trace));
        }
    }
}
