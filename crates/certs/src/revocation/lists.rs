//! What the lists of a CA say about one certificate: RFC 5280 §6.3.3, its steps by their letters.

use std::cmp::Ordering;

use crate::certificate::Certificate;
use crate::code;
use crate::distribution_point::{DistributionPoint, Reasons};
use crate::revocation::crl::{Crl, Entry};
use crate::revocation::standing::{Gap, Rank, Standing, Window};
use crate::revocation::{Requirement, RevocationList, Revoked, Sources};
use crate::time::Time;

/// Asks the lists of a CA about one of its certificates.
pub(crate) struct Inquiry<'a, F> {
    pub(crate) certificate: &'a Certificate,
    pub(crate) sources: &'a Sources,
    pub(crate) requirement: Requirement,
    pub(crate) now: Time,
    /// RFC 5280 §6.3.3 (f): whether the list's signer has a path to the same anchor.
    pub(crate) vouch: F,
}

impl<'a, F: FnMut(&Crl) -> Result<(), String>> Inquiry<'a, F> {
    /// The status of the certificate. In which order the lists were given does not matter.
    ///
    /// The standard goes from point to point and takes one list for each; here each list is taken
    /// once, for all points that it fits, and one that revokes is enough.
    pub(crate) fn standing(mut self) -> Standing {
        let (deltas, bases) = self.ready();
        let mut gaps = self.missing();
        let points = match self.points() {
            Ok(points) => points,
            // Then no list makes the certificate good, and any may still revoke it.
            Err(gap) => {
                gaps.push(gap);
                Vec::new()
            }
        };
        for early in bases.iter().filter(|list| self.now < list.this_update()) {
            gaps.push(Gap::new(Rank::Time, code::CRL_STALE, early, EARLY));
        }
        let mut covered = Reasons::NONE;
        let mut used: Vec<String> = Vec::new();
        for base in newest(&bases, self.now) {
            // (b) and (d)
            let reasons = match self.reasons(base, &points) {
                Ok(reasons) => reasons,
                Err(why) => {
                    gaps.push(Gap::new(Rank::Scope, code::CRL_STALE, base, why));
                    continue;
                }
            };
            // (a) and (f). (g) was done when the list was read.
            if let Err(why) = (self.vouch)(base) {
                gaps.push(Gap::new(Rank::Signer, code::CRL_WRONG_SIGNER, base, &why));
                continue;
            }
            let by_grace = match self.window(base) {
                Window::Open => false,
                Window::Grace => true,
                Window::Closed(why) => {
                    if let Some(revoked) = self.remembered(base) {
                        return Standing::Revoked(revoked, base.to_string());
                    }
                    gaps.push(Gap::new(Rank::Time, code::CRL_STALE, base, why));
                    continue;
                }
            };
            // (c) and (h)
            let delta = match self.delta_of(base, &deltas) {
                Ok(delta) => delta,
                Err(Unfit::Remembers(revoked, by)) => return Standing::Revoked(revoked, by),
                Err(Unfit::Gap(gap)) => {
                    // The list counts, if not for those that it leaves out: whom it revokes is
                    // revoked, whatever another list says.
                    if let Some(revoked) = self.look_up(base, Delta::None) {
                        return Standing::Revoked(revoked, base.to_string());
                    }
                    gaps.push(gap);
                    continue;
                }
            };
            let mut text = base.to_string();
            if let Delta::Used(delta) = delta {
                text = format!("{text}, changed by {delta}");
            }
            if by_grace || matches!(delta, Delta::Late) {
                text = format!("{text}, within the time of grace");
            }
            // (i) to (k)
            if let Some(revoked) = self.look_up(base, delta) {
                return Standing::Revoked(revoked, text);
            }
            used.push(text);
            // (e) and (l)
            covered = covered.and(reasons);
        }
        if let Some(revoked) = self.by_leftovers(&bases, &deltas, &points) {
            return revoked;
        }
        let used = used.join("; ");
        if covered.is_all() {
            return Standing::Good(used);
        }
        if !covered.is_none() {
            gaps.push(Gap {
                rank: Rank::Reasons,
                code: code::CRL_STALE,
                found: format!("only some reasons are covered: {used}"),
            });
        }
        Standing::Unknown(gaps.into_iter().min().unwrap_or_else(|| Gap {
            rank: Rank::Missing,
            code: code::CRL_MISSING,
            found: "no list".into(),
        }))
    }

    /// RFC 5280 §6.3.3 (b) and (d): the reasons that a list covers at these points, or what does not
    /// fit. Without points to compare with, nobody can say that it does not fit.
    fn reasons(&self, base: &Crl, points: &[DistributionPoint]) -> Result<Reasons, &'static str> {
        let mut misfit = None;
        let mut reasons = Reasons::NONE;
        for point in points {
            match base.scope().misfit(base.issuer(), self.certificate, point) {
                None => reasons = reasons.and(base.scope().reasons_at(point)),
                Some(why) => misfit = misfit.or(Some(why)),
            }
        }
        if reasons.is_none() && !points.is_empty() {
            return Err(misfit.unwrap_or("it covers no reason"));
        }
        Ok(reasons)
    }

    /// What makes nobody good and still refuses those whom it revokes, at this time, whatever other
    /// lists say: a list whose successor does not count, and a delta without a list that it fits.
    fn by_leftovers(
        &mut self,
        bases: &[&Crl],
        deltas: &[&Crl],
        points: &[DistributionPoint],
    ) -> Option<Standing> {
        let counts = |list: &Crl| match self.window(list) {
            Window::Open | Window::Grace => true,
            Window::Closed(_) => false,
        };
        let replaced = bases.iter().filter(|list| {
            let mut later = bases
                .iter()
                .filter(|later| replaces(later, list))
                .peekable();
            later.peek().is_some() && !later.any(|later| counts(later))
        });
        // A list with the delta's number or a greater one knows what the delta knows.
        let ahead = deltas.iter().filter(|delta| {
            let caught_up = |base: &&Crl| delta.belongs_to(base) && base.number() >= delta.number();
            let replaced = |later: &&Crl| replaces(later, delta);
            let mut knowing = bases.iter().filter(|base| caught_up(base));
            let mut later = deltas.iter().filter(|later| replaced(later));
            !knowing.any(|base| counts(base)) && !later.any(|later| counts(later))
        });
        let leftovers: Vec<&Crl> = replaced
            .chain(ahead)
            .filter(|list| counts(list))
            .copied()
            .collect();
        leftovers.into_iter().find_map(|list| {
            let revoked = self.look_up(list, Delta::None)?;
            let fits = self.reasons(list, points).is_ok() && (self.vouch)(list).is_ok();
            fits.then(|| Standing::Revoked(revoked, list.to_string()))
        })
    }

    /// The distribution points of the certificate, and at last the one that stands for lists which
    /// none of them names.
    fn points(&self) -> Result<Vec<DistributionPoint>, Gap> {
        let issuer = self.certificate.issuer();
        let mut points = match self.certificate.crl_distribution_points() {
            None => Vec::new(),
            Some(extension) => {
                DistributionPoint::read_all(extension, issuer).map_err(|cause| Gap {
                    rank: Rank::Configuration,
                    code: code::CRL_NOT_USABLE,
                    found: format!("distribution points that cannot be read: {cause}"),
                })?
            }
        };
        points.push(DistributionPoint::of_issuer(issuer));
        Ok(points)
    }

    /// The deltas and the complete lists that are there, each in an order that does not depend on
    /// the one in which they were given.
    fn ready(&self) -> (Vec<&'a Crl>, Vec<&'a Crl>) {
        let all = self.sources.lists.iter().chain(&self.sources.deltas);
        let mut ready: Vec<&Crl> = all
            .filter_map(|list| match list {
                RevocationList::Ready(list) => Some(list.as_ref()),
                RevocationList::Missing(_) => None,
            })
            .collect();
        ready.sort_by(|one, other| order(one, other));
        ready.into_iter().partition(|list| list.is_delta())
    }

    /// What is configured and not there.
    fn missing(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self
            .sources
            .lists
            .iter()
            .filter_map(|list| match list {
                RevocationList::Ready(_) => None,
                RevocationList::Missing(fault) => Some(Gap {
                    rank: Rank::Missing,
                    code: fault.code(),
                    found: fault.to_string(),
                }),
            })
            .collect();
        if self.sources.lists.is_empty() && !self.sources.deltas.is_empty() {
            gaps.push(Gap {
                rank: Rank::Configuration,
                code: code::DELTA_WITHOUT_BASE,
                found: "a delta is configured, and no list that it could change".into(),
            });
        }
        gaps
    }

    /// RFC 5280 §6.3.3 (a): whether a list counts at this time.
    fn window(&self, list: &Crl) -> Window {
        if self.now < list.this_update() {
            return Window::Closed(EARLY);
        }
        Window::until(list.next_update(), self.now, self.requirement.grace())
    }

    /// A list past its date makes nobody good. Where unknown would pass, though, it still refuses
    /// those whom it revokes.
    fn remembered(&self, list: &Crl) -> Option<Revoked> {
        if !self.requirement.remembers() {
            return None;
        }
        match list.entry(self.certificate.serial(), self.certificate.issuer())? {
            Entry::Revoked(revoked) => Some(revoked),
            Entry::Removed => None,
        }
    }

    /// RFC 5280 §6.3.3 (c), (h) and §5.2.4: the delta that a list is to be read with. One that is
    /// outside its window, or that starts from a later list, is never used.
    fn delta_of(&self, base: &Crl, deltas: &[&'a Crl]) -> Result<Delta<'a>, Unfit> {
        let fault =
            |delta: &Crl, why| Unfit::Gap(Gap::new(Rank::Delta, code::CRL_STALE, delta, why));
        let own: Vec<&Crl> = deltas
            .iter()
            .filter(|delta| delta.belongs_to(base))
            .copied()
            .collect();
        let Some(delta) = newest(&own, self.now).last().copied() else {
            return self.without_delta(&own, deltas);
        };
        match self.window(delta) {
            Window::Open => {}
            Window::Closed(why) => {
                return Err(match self.remembered(delta) {
                    Some(revoked) => Unfit::Remembers(revoked, delta.to_string()),
                    None => fault(delta, why),
                });
            }
            Window::Grace => {
                return match self.remembered(delta) {
                    Some(revoked) => Err(Unfit::Remembers(revoked, delta.to_string())),
                    None => Ok(Delta::Late),
                };
            }
        }
        let (Some(number), Some(from)) = (base.number(), delta.base_number()) else {
            return Err(fault(delta, "the list to change has no number"));
        };
        if delta.number().is_some_and(|delta| delta <= number) {
            return Ok(Delta::None);
        }
        if from > number {
            return Err(fault(delta, "it changes a later list than there is"));
        }
        Ok(Delta::Used(delta))
    }

    /// No delta belongs to a list: nothing is amiss, unless one is configured and not there.
    fn without_delta(&self, own: &[&Crl], deltas: &[&Crl]) -> Result<Delta<'a>, Unfit> {
        if let Some(delta) = own.first() {
            return Err(Unfit::Gap(Gap::new(
                Rank::Delta,
                code::CRL_STALE,
                delta,
                EARLY,
            )));
        }
        let missing = self.sources.deltas.iter().filter_map(|list| match list {
            RevocationList::Ready(_) => None,
            RevocationList::Missing(fault) => Some(Gap {
                rank: Rank::Missing,
                code: fault.code(),
                found: format!("the delta: {fault}"),
            }),
        });
        if let Some(gap) = missing.min() {
            return Err(Unfit::Gap(gap));
        }
        let (_, bases) = self.ready();
        let stray = deltas
            .iter()
            .find(|delta| !bases.iter().any(|base| delta.belongs_to(base)));
        match stray {
            Some(delta) => Err(Unfit::Gap(Gap::new(
                Rank::Delta,
                code::CRL_STALE,
                delta,
                "it belongs to no list that there is",
            ))),
            None => Ok(Delta::None),
        }
    }

    /// RFC 5280 §6.3.3 (i), (j), (k): the delta's word counts before the list's.
    fn look_up(&self, base: &Crl, delta: Delta<'_>) -> Option<Revoked> {
        let (serial, issuer) = (self.certificate.serial(), self.certificate.issuer());
        let changed = match delta {
            Delta::Used(delta) => delta.entry(serial, issuer),
            Delta::None | Delta::Late => None,
        };
        match changed.or_else(|| base.entry(serial, issuer))? {
            Entry::Revoked(revoked) => Some(revoked),
            Entry::Removed => None,
        }
    }
}

/// The delta that a list is read with.
#[derive(Clone, Copy, Debug)]
enum Delta<'a> {
    /// There is none, or the list is as new.
    None,
    /// It is past its date and the CA's grace is not: the list is read without it.
    Late,
    Used(&'a Crl),
}

/// Why a list cannot be read with its delta.
enum Unfit {
    Gap(Gap),
    /// The delta does not count, and revokes the certificate.
    Remembers(Revoked, String),
}

/// Of the lists that are published, those that no later one of the same issuer, key and scope
/// replaces.
fn newest<'a>(lists: &[&'a Crl], now: Time) -> Vec<&'a Crl> {
    let published = |list: &&&Crl| list.this_update() <= now;
    lists
        .iter()
        .filter(published)
        .filter(|list| {
            !lists
                .iter()
                .filter(published)
                .any(|other| replaces(other, list))
        })
        .copied()
        .collect()
}

/// Whether the first list takes the place of the other (RFC 5280 §5.2.3).
fn replaces(later: &Crl, list: &Crl) -> bool {
    later.continues(list) && later.is_newer_than(list)
}

/// An order of lists by what they are.
fn order(one: &Crl, other: &Crl) -> Ordering {
    let key = |list: &Crl| (list.this_update(), list.number().cloned());
    key(one)
        .cmp(&key(other))
        .then_with(|| one.der().cmp(other.der()))
}

const EARLY: &str = "it is not published yet";
