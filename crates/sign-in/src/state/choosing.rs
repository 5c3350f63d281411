//! The picker: what is plugged in, judged and sorted when the server's wishes are known.

use crate::candidate::{Asks, Candidate};
use crate::effect::Attempt;
use crate::judge::{Verdict, can_send, judge};
use crate::view::{CertificateRow, Picker, RowWarning, TokenGroup, Unusable};

use super::plugged::{Place, Plugged, Seat};
use super::stage::Journey;

/// The certificates to choose from, within a journey.
#[derive(Clone, Debug)]
pub(super) struct Choosing {
    pub(super) journey: Journey,
    pub(super) host: String,
    /// The probe under way.
    pub(super) probe: Option<Attempt>,
    /// What the server asks for, once the probe has said.
    pub(super) asks: Option<Asks>,
    /// The order of the tokens, fixed when their rows first show.
    pub(super) order: Vec<Place>,
    /// What the person marked.
    pub(super) marked: Option<String>,
    /// What is marked for a person who marked nothing; it stays when better ones come.
    pub(super) offered: Option<String>,
    /// What this device remembers for the server.
    pub(super) remembered: Option<String>,
}

impl Choosing {
    /// Gives tokens whose rows are new a place below the others, and marks a certificate where none is marked.
    pub(super) fn settle(&mut self, plugged: &Plugged, now: i64) {
        if self.asks.is_none() {
            return;
        }
        let mut new: Vec<(Rank, Place)> = plugged
            .seats()
            .iter()
            .filter(|seat| !self.order.contains(&seat.place))
            .filter_map(|seat| {
                let rows = self.fitting(plugged, seat, now);
                Some((self.rank(rows.first()?), seat.place))
            })
            .collect();
        if self.order.is_empty() {
            new.sort();
        }
        self.order.extend(new.into_iter().map(|(_, place)| place));
        if self.searching(plugged) {
            return;
        }
        let rows = self.all_fitting(plugged, now);
        if !rows
            .iter()
            .any(|row| self.offered.as_ref() == Some(&row.sha256))
        {
            let here = rows.iter().filter(|row| !row.gone);
            let best = here.min_by_key(|row| self.rank(row));
            self.offered = best.map(|row| row.sha256.clone());
        }
    }

    /// Says whether the person may go on with this certificate, and where it is.
    pub(super) fn may_use(
        &self,
        plugged: &Plugged,
        sha256: &str,
        anyway: bool,
        now: i64,
    ) -> Option<Place> {
        let place = plugged.home(sha256)?;
        let (_, candidate) = plugged.here(place, sha256)?;
        let fits = self
            .asks
            .as_ref()
            .is_some_and(|asks| matches!(judge(candidate, asks, now), Verdict::Fits(_)));
        (fits || (anyway && can_send(candidate))).then_some(place)
    }

    /// The picture. Rows wait for the probe, so that none moves from one list to the other.
    pub(super) fn picker(&self, plugged: &Plugged, now: i64) -> Picker {
        let groups: Vec<TokenGroup> = self
            .seats(plugged)
            .map(|seat| TokenGroup {
                token: seat.token.label.clone(),
                rows: self.fitting(plugged, seat, now),
            })
            .filter(|group| !group.rows.is_empty())
            .collect();
        let selected = self.selected(&groups);
        Picker {
            host: self.host.clone(),
            groups,
            unusable: self.unusable(plugged, now),
            selected,
            searching: self.searching(plugged),
            failures: plugged.failures.clone(),
            readers: plugged.troubled(),
        }
    }

    fn searching(&self, plugged: &Plugged) -> bool {
        self.probe.is_some() || plugged.reading.is_some()
    }

    fn seats<'a>(&'a self, plugged: &'a Plugged) -> impl Iterator<Item = &'a Seat> {
        self.order.iter().filter_map(|place| plugged.seat(*place))
    }

    fn all_fitting(&self, plugged: &Plugged, now: i64) -> Vec<CertificateRow> {
        self.seats(plugged)
            .flat_map(|seat| self.fitting(plugged, seat, now))
            .collect()
    }

    /// The certificates of a token that fit and are shown there, the best first.
    fn fitting(&self, plugged: &Plugged, seat: &Seat, now: i64) -> Vec<CertificateRow> {
        let Some(asks) = &self.asks else {
            return Vec::new();
        };
        let mut rows: Vec<CertificateRow> = shown(plugged, seat)
            .filter_map(|candidate| match judge(candidate, asks, now) {
                Verdict::Fits(warning) => Some(CertificateRow {
                    warning,
                    ..row(seat, candidate)
                }),
                Verdict::Unfit(_) => None,
            })
            .collect();
        rows.sort_by_key(|row| self.rank(row));
        rows
    }

    fn unusable(&self, plugged: &Plugged, now: i64) -> Vec<Unusable> {
        let Some(asks) = &self.asks else {
            return Vec::new();
        };
        let of_seat = |seat| {
            shown(plugged, seat).filter_map(move |candidate| {
                let row = row(seat, candidate);
                match judge(candidate, asks, now) {
                    Verdict::Fits(_) => None,
                    Verdict::Unfit(reason) => Some(Unusable {
                        token: seat.token.label.name.clone(),
                        reason,
                        can_send: can_send(candidate) && !row.gone,
                        row,
                    }),
                }
            })
        };
        let others = plugged.seats().iter();
        let others = others.filter(|seat| !self.order.contains(&seat.place));
        self.seats(plugged)
            .chain(others)
            .flat_map(of_seat)
            .collect()
    }

    /// What the person marked, else what is remembered, else what is offered.
    fn selected(&self, groups: &[TokenGroup]) -> Option<String> {
        let is_shown = |sha256: &&String| {
            let mut rows = groups.iter().flat_map(|group| &group.rows);
            rows.any(|row| row.sha256 == **sha256)
        };
        let wishes = [&self.marked, &self.remembered, &self.offered];
        wishes.into_iter().flatten().find(is_shown).cloned()
    }

    /// What is remembered first, then what proves the person, then what names the account, then
    /// what lasts longest.
    fn rank(&self, row: &CertificateRow) -> Rank {
        let remembered = self.remembered.as_ref() == Some(&row.sha256);
        let card_only = row.warning == Some(RowWarning::ProvesCardOnly);
        let address = row.address.as_deref().unwrap_or_default();
        let named = address.eq_ignore_ascii_case(&self.journey.username);
        let lasts = std::cmp::Reverse(row.not_after);
        (!remembered, card_only, !named, lasts, row.sha256.clone())
    }
}

type Rank = (bool, bool, bool, std::cmp::Reverse<i64>, String);

/// The certificates of a token that are shown there and not at another that holds them too.
fn shown<'a>(plugged: &'a Plugged, seat: &'a Seat) -> impl Iterator<Item = &'a Candidate> {
    let all = seat.token.candidates.iter();
    all.filter(|candidate| plugged.home(&candidate.row.sha256) == Some(seat.place))
}

fn row(seat: &Seat, candidate: &Candidate) -> CertificateRow {
    let mut row = candidate.row.clone();
    row.gone |= seat.gone;
    row
}
