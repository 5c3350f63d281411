//! What a card was asked: how often, and how many bytes; never what was in them.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::Status;

/// What a card was asked since it was made, or since the log was cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    entries: VecDeque<Entry>,
    totals: BTreeMap<u8, Total>,
}

/// One command APDU and its answer.
///
/// The data are not kept: a VERIFY holds a PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The instruction.
    pub instruction: u8,
    /// The first parameter.
    pub p1: u8,
    /// The second parameter.
    pub p2: u8,
    /// How many bytes of data came with the command.
    pub data: usize,
    /// How long the whole command was.
    pub sent: usize,
    /// How long the whole answer was, with its status; zero when there was none.
    pub answered: usize,
    /// The answer's status; zero when there was none.
    pub status: u16,
    /// Whether more of the command followed.
    pub chained: bool,
}

/// All command APDUs with one instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many.
    pub count: usize,
    /// How many bytes went to the card.
    pub sent: usize,
    /// How many bytes came back.
    pub answered: usize,
}

impl Entry {
    pub(crate) const fn new(instruction: u8, p1: u8, p2: u8, data: usize, sent: usize) -> Self {
        Self {
            instruction,
            p1,
            p2,
            data,
            sent,
            answered: 0,
            status: 0,
            chained: false,
        }
    }
}

impl Log {
    pub(crate) fn record(&mut self, mut entry: Entry, data: usize, status: Status) {
        entry.answered = data.saturating_add(2);
        entry.status = status.value();
        let total = self.totals.entry(entry.instruction).or_default();
        total.count = total.count.saturating_add(1);
        total.sent = total.sent.saturating_add(entry.sent);
        total.answered = total.answered.saturating_add(entry.answered);
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The last four thousand command APDUs, in their order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The sums, by instruction.
    #[must_use]
    pub const fn totals(&self) -> &BTreeMap<u8, Total> {
        &self.totals
    }

    /// The sum for one instruction.
    #[must_use]
    pub fn of(&self, instruction: u8) -> Total {
        self.totals.get(&instruction).copied().unwrap_or_default()
    }

    /// The sum over all instructions.
    #[must_use]
    pub fn whole(&self) -> Total {
        self.totals
            .values()
            .fold(Total::default(), |sum, total| Total {
                count: sum.count.saturating_add(total.count),
                sent: sum.sent.saturating_add(total.sent),
                answered: sum.answered.saturating_add(total.answered),
            })
    }
}

const KEPT: usize = 4096;
