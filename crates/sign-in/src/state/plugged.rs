//! What is plugged in: tokens as they come and go, readers, and the card service.

use crate::candidate::{Candidate, Token, TokenId};
use crate::effect::Attempt;
use crate::judge::can_send;
use crate::view::{CardService, ModuleFailure, Reader, ReaderState, Through, TokenLabel};

/// Everything that is plugged in, and what was until the screen changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Plugged {
    seats: Vec<Seat>,
    /// The number of the next place; none is used twice.
    next: u64,
    pub(super) readers: Vec<Reader>,
    pub(super) failures: Vec<ModuleFailure>,
    pub(super) service: CardService,
    /// The reading under way.
    pub(super) reading: Option<Attempt>,
}

/// Where a token is shown. A token that is put back takes its old place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

/// A token in its place.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) place: Place,
    pub(super) token: Token,
    /// Whether the token was removed.
    pub(super) gone: bool,
}

/// Whether what is gone keeps its place, because a person may be looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    Stays,
    Leaves,
}

impl Plugged {
    /// Takes in a token that was read.
    pub(super) fn found(&mut self, mut token: Token, absent: Absent) -> Place {
        once_each(&mut token.candidates);
        let known = |seat: &Seat| seat.token.id == token.id;
        let back = |seat: &Seat| seat.gone && same(&seat.token.label, &token.label);
        let seat = self.seats.iter().position(known);
        let seat = seat.or_else(|| self.seats.iter().position(back));
        if let Some(seat) = seat.and_then(|index| self.seats.get_mut(index)) {
            if absent == Absent::Stays {
                keep_gone(&mut token.candidates, &seat.token.candidates);
            }
            seat.token = token;
            seat.gone = false;
            return seat.place;
        }
        let place = Place(self.next);
        self.next = self.next.saturating_add(1);
        self.seats.push(Seat {
            place,
            token,
            gone: false,
        });
        place
    }

    /// Notes that a token was removed. One that is gone already, or was never there, is no error.
    pub(super) fn gone(&mut self, id: TokenId, absent: Absent) {
        match absent {
            Absent::Stays => {
                for seat in self.seats.iter_mut().filter(|seat| seat.token.id == id) {
                    seat.gone = true;
                }
            }
            Absent::Leaves => self.seats.retain(|seat| seat.token.id != id),
        }
    }

    /// Gives up the places of what is gone.
    pub(super) fn forget_gone(&mut self) {
        self.seats.retain(|seat| !seat.gone);
        for seat in &mut self.seats {
            seat.token
                .candidates
                .retain(|candidate| !candidate.row.gone);
        }
    }

    pub(super) fn reader_found(&mut self, reader: Reader) {
        match self
            .readers
            .iter_mut()
            .find(|known| known.name == reader.name)
        {
            Some(known) => *known = reader,
            None => self.readers.push(reader),
        }
    }

    pub(super) fn reader_gone(&mut self, name: &str) {
        self.readers.retain(|reader| reader.name != name);
    }

    pub(super) fn module_failed(&mut self, failure: ModuleFailure) {
        self.failures.retain(|known| known.module != failure.module);
        self.failures.push(failure);
    }

    /// The readers whose card cannot be used.
    pub(super) fn troubled(&self) -> Vec<Reader> {
        let in_trouble = |reader: &&Reader| match reader.state {
            ReaderState::Empty | ReaderState::Read => false,
            ReaderState::Mute | ReaderState::OtherCard | ReaderState::InUse { .. } => true,
        };
        self.readers.iter().filter(in_trouble).cloned().collect()
    }

    /// The tokens that are plugged in, each once: a card that a module shows a second time is left
    /// out.
    pub(super) fn labels(&self) -> Vec<TokenLabel> {
        let here = self.seats.iter().filter(|seat| !seat.gone);
        here.filter(|seat| {
            let all = &seat.token.candidates;
            all.is_empty()
                || all
                    .iter()
                    .any(|one| self.home(&one.row.sha256) == Some(seat.place))
        })
        .map(|seat| seat.token.label.clone())
        .collect()
    }

    pub(super) fn seats(&self) -> &[Seat] {
        &self.seats
    }

    pub(super) fn seat(&self, place: Place) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.place == place)
    }

    pub(super) fn token_mut(&mut self, place: Place) -> Option<&mut Token> {
        let seat = self.seats.iter_mut().find(|seat| seat.place == place);
        seat.map(|seat| &mut seat.token)
    }

    /// A certificate in its place, whether its token is there or gone.
    pub(super) fn at(&self, place: Place, sha256: &str) -> Option<(&Seat, &Candidate)> {
        let seat = self.seat(place)?;
        Some((seat, seat.candidate(sha256)?))
    }

    /// The same, unless it is gone.
    pub(super) fn here(&self, place: Place, sha256: &str) -> Option<(&Seat, &Candidate)> {
        self.at(place, sha256)
            .filter(|(seat, candidate)| !seat.gone && !candidate.row.gone)
    }

    /// The one place where a certificate is shown that several tokens hold: where it can be used,
    /// then where the card is spoken to directly, then where it was first.
    pub(super) fn home(&self, sha256: &str) -> Option<Place> {
        let holding = self
            .seats
            .iter()
            .filter_map(|seat| Some((seat, seat.candidate(sha256)?)));
        holding
            .min_by_key(|(seat, candidate)| {
                let gone = seat.gone || candidate.row.gone;
                let indirect = match seat.token.through {
                    Through::Reader => false,
                    Through::Module => true,
                };
                (gone, !can_send(candidate), indirect)
            })
            .map(|(seat, _)| seat.place)
    }
}

impl Seat {
    pub(super) fn candidate(&self, sha256: &str) -> Option<&Candidate> {
        let mut all = self.token.candidates.iter();
        all.find(|candidate| candidate.row.sha256 == sha256)
    }
}

fn same(one: &TokenLabel, other: &TokenLabel) -> bool {
    one.name == other.name && one.serial == other.serial && one.model == other.model
}

/// A certificate that a token holds twice is one entry, the one whose key can sign.
fn once_each(candidates: &mut Vec<Candidate>) {
    let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len());
    for candidate in candidates.drain(..) {
        match kept
            .iter_mut()
            .find(|known| known.row.sha256 == candidate.row.sha256)
        {
            Some(known) if !can_send(known) => *known = candidate,
            Some(_) => {}
            None => kept.push(candidate),
        }
    }
    *candidates = kept;
}

/// Keeps the place of certificates that the token held before.
fn keep_gone(candidates: &mut Vec<Candidate>, before: &[Candidate]) {
    for old in before {
        if !candidates
            .iter()
            .any(|new| new.row.sha256 == old.row.sha256)
        {
            let mut old = old.clone();
            old.row.gone = true;
            candidates.push(old);
        }
    }
}
