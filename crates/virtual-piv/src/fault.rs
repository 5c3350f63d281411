//! What goes wrong on request, and when.

use crate::apdu::{Command, instruction};
use crate::{Alteration, Status};

/// One thing that goes wrong once, at a chosen command APDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    when: When,
    kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The card is pulled before it answers; what it was asked is not done.
    Removed,
    /// The card does what it was asked, and is pulled before it answers.
    RemovedAfterwards,
    /// Another program has reset the card: what was verified and selected is forgotten. In
    /// process the transport is told; through a reader the card answers as it is then.
    Reset,
    /// Another program has selected another application: what was verified is forgotten, and
    /// the card answers as it is then.
    ForeignSelect,
    /// Another program holds the card. Only in process: a reader's service decides it there.
    SharingViolation,
    /// The card says nothing until it is pulled, or until [`crate::Shared::speak`].
    Silent,
    /// This status, without doing anything.
    Status(Status),
    /// The PIN is blocked, as if somebody had guessed, and then the command is carried out.
    BlockPin,
    /// The answer is spoilt on its way out.
    Alter(Alteration),
}

/// Which command APDU meets the fault: the first that fits, or a later one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    claim: bool,
    instruction: Option<u8>,
    p1: Option<u8>,
    p2: Option<u8>,
    object: Option<u32>,
    skip: usize,
}

/// What happens to a card that a fault may meet.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    /// A transaction begins.
    Claim,
    /// A command APDU arrives.
    Command(&'a [u8]),
}

impl When {
    /// The next command APDU, whatever it is.
    #[must_use]
    pub fn next() -> Self {
        Self::default()
    }

    /// The command APDU with this number, from zero, counted from here.
    #[must_use]
    pub fn nth(number: usize) -> Self {
        Self::next().after(number)
    }

    /// The next with this instruction (see [`crate::instruction`]).
    #[must_use]
    pub fn instruction(instruction: u8) -> Self {
        Self::default().and_instruction(instruction)
    }

    /// The next GET DATA for this object.
    #[must_use]
    pub fn object(tag: u32) -> Self {
        Self::default().and_object(tag)
    }

    /// The next transaction of an in-process transport ([`crate::Shared::claim`]).
    ///
    /// Faults of an answer have no place there and stay armed: silence, statuses, alterations.
    #[must_use]
    pub fn claim() -> Self {
        Self {
            claim: true,
            ..Self::default()
        }
    }

    /// Only with this instruction.
    #[must_use]
    pub const fn and_instruction(mut self, instruction: u8) -> Self {
        self.instruction = Some(instruction);
        self
    }

    /// Only for this object.
    #[must_use]
    pub const fn and_object(mut self, tag: u32) -> Self {
        self.instruction = Some(instruction::GET_DATA);
        self.object = Some(tag);
        self
    }

    /// Only with this first parameter.
    #[must_use]
    pub const fn p1(mut self, p1: u8) -> Self {
        self.p1 = Some(p1);
        self
    }

    /// Only with this second parameter, which names the key or PIN.
    #[must_use]
    pub const fn p2(mut self, p2: u8) -> Self {
        self.p2 = Some(p2);
        self
    }

    /// Not the first that fits, but after so many others.
    #[must_use]
    pub const fn after(mut self, others: usize) -> Self {
        self.skip = others;
        self
    }

    /// What goes wrong then.
    #[must_use]
    pub const fn fault(self, kind: FaultKind) -> Fault {
        Fault { when: self, kind }
    }

    fn fits(&self, event: Event<'_>, whole: bool) -> bool {
        let bytes = match event {
            Event::Claim => return self.claim,
            Event::Command(bytes) => bytes,
        };
        if self.claim {
            return false;
        }
        let byte = |place: usize| bytes.get(place).copied();
        let is = |wanted: Option<u8>, place| wanted.is_none() || wanted == byte(place);
        let chained = byte(0).is_some_and(|class| class & 0x10 != 0);
        is(self.instruction, 1)
            && is(self.p1, 2)
            && is(self.p2, 3)
            && !(whole && chained)
            && self.object.is_none_or(|tag| names(bytes, tag))
    }
}

impl Fault {
    /// What goes wrong.
    #[must_use]
    pub const fn kind(&self) -> &FaultKind {
        &self.kind
    }

    /// Whether this is the moment; counts those that come before it.
    pub(crate) fn is_due(&mut self, event: Event<'_>) -> bool {
        // An answer is spoilt whole: not the empty one to a piece of a command.
        let whole = matches!(self.kind, FaultKind::Alter(_));
        let answers = matches!(
            self.kind,
            FaultKind::Silent | FaultKind::Status(_) | FaultKind::Alter(_)
        );
        if !self.when.fits(event, whole) || (answers && matches!(event, Event::Claim)) {
            return false;
        }
        match self.when.skip.checked_sub(1) {
            Some(left) => {
                self.when.skip = left;
                false
            }
            None => true,
        }
    }
}

fn names(bytes: &[u8], tag: u32) -> bool {
    let Ok(command) = Command::parse(bytes) else {
        return false;
    };
    let big_endian = tag.to_be_bytes();
    crate::tlv::only(command.data, 0x5C)
        .is_some_and(|named| !named.is_empty() && big_endian.ends_with(named))
}
