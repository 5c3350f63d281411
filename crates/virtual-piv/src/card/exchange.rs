//! From bytes to a command and from data to bytes: chaining, GET RESPONSE, lengths
//! (ISO/IEC 7816-4 §5.3, SP 800-73pt2-5 §2.4).

use super::{Card, Done, Touched, Work};
use crate::apdu::{Command, instruction};
use crate::log::Entry;
use crate::{Slot, Status};

/// What a command APDU leads to.
pub(crate) enum Step {
    Answer(Vec<u8>),
    /// [`Card::finish_touch`] gives the answer.
    AwaitsTouch,
}

/// The pieces of a command so far.
#[derive(Debug)]
pub(super) struct Chain {
    instruction: u8,
    parameters: u16,
    data: Vec<u8>,
}

/// An answer that is kept until the client asks for its exact length.
#[derive(Debug)]
pub(super) struct Exact {
    command: Vec<u8>,
    length: usize,
    answer: Vec<u8>,
}

/// A signature that waits for a touch.
#[derive(Debug)]
pub(super) struct PendingTouch {
    slot: Slot,
    work: Work,
    entry: Entry,
    command: Vec<u8>,
}

/// The data of an answer, or data with a status of their own.
type Altered = Result<Vec<u8>, (Vec<u8>, Status)>;

/// How an answer is spoilt on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// So many bytes are missing at the end; the status says that all is well.
    Truncate(usize),
    /// The outermost length claims so many bytes more than there are.
    ClaimLonger(usize),
    /// So many zeros follow.
    Append(usize),
    /// The answer comes in pieces of this size, with `61xx` between them.
    Pieces(usize),
    /// `6Cxx` first, and the answer when the command comes again with that length.
    AskExactly,
    /// This instead, with this status.
    Replace(Vec<u8>, Status),
}

impl Card {
    /// Carries out one command APDU up to the point where a touch is needed.
    pub(crate) fn begin(&mut self, bytes: &[u8]) -> Step {
        self.session.touch = None;
        let command = match Command::parse(bytes) {
            Ok(command) => command,
            Err(status) => {
                let header = |place: usize| bytes.get(place).copied().unwrap_or(0);
                let entry = Entry::new(header(1), header(2), header(3), 0, bytes.len());
                return Step::Answer(self.record(entry, &[], status));
            }
        };
        let mut entry = Entry::new(
            command.instruction,
            command.p1,
            command.p2,
            command.data.len(),
            bytes.len(),
        );
        entry.chained = command.is_chained();
        if let Some(kept) = self.session.exact.take() {
            let again = same_command(&kept.command, bytes);
            if again && command.expected == Some(kept.length) {
                return Step::Answer(self.send(entry, kept.answer, command.expected));
            }
        }
        match self.accept(&command) {
            Ok(Done::Answer(data)) => {
                let altered = self.alter(data, command.expected, bytes);
                Step::Answer(self.answer(entry, altered, command.expected))
            }
            Ok(Done::Touch { slot, work }) => {
                self.session.touch = Some(PendingTouch {
                    slot,
                    work,
                    entry,
                    command: bytes.to_vec(),
                });
                Step::AwaitsTouch
            }
            Err(status) => {
                self.session.alteration = None;
                Step::Answer(self.record(entry, &[], status))
            }
        }
    }

    /// Ends the command that waits for a touch.
    pub(crate) fn finish_touch(&mut self, touched: Touched) -> Vec<u8> {
        let Some(pending) = self.session.touch.take() else {
            return Status::CONDITIONS_NOT_SATISFIED
                .value()
                .to_be_bytes()
                .to_vec();
        };
        let done = match touched {
            Touched::No => Err(self.profile.no_touch),
            Touched::Yes => {
                self.touched_at = Some(self.clock);
                self.work(pending.slot, &pending.work)
            }
        };
        match done {
            Ok(data) => {
                let expected = Command::parse(&pending.command)
                    .ok()
                    .and_then(|command| command.expected);
                let altered = self.alter(data, expected, &pending.command);
                self.answer(pending.entry, altered, expected)
            }
            Err(status) => {
                self.session.alteration = None;
                self.record(pending.entry, &[], status)
            }
        }
    }

    fn accept(&mut self, command: &Command<'_>) -> Result<Done, Status> {
        match command.class {
            0x00 | 0x10 => {}
            0x0C | 0x1C => return Err(Status::NO_SECURE_MESSAGING),
            _ => return Err(Status::NO_CLASS),
        }
        if command.extended && !self.profile.extended_length {
            return Err(Status::WRONG_LENGTH);
        }
        if command.instruction == instruction::GET_RESPONSE {
            self.session.chain = None;
            self.session.fresh &= !self.always_is_direct();
            let rest = self.session.rest.take();
            return rest
                .map(Done::Answer)
                .ok_or(Status::CONDITIONS_NOT_SATISFIED);
        }
        self.session.rest = None;
        let chain = self.session.chain.take().filter(|chain| {
            chain.instruction == command.instruction && chain.parameters == command.parameters()
        });
        let mut data = chain.map(|chain| chain.data).unwrap_or_default();
        data.extend_from_slice(command.data);
        if data.len() > LONGEST_COMMAND {
            return Err(Status::WRONG_LENGTH);
        }
        if command.is_chained() {
            if !self.profile.chaining {
                return Err(Status::NO_CHAINING);
            }
            self.session.chain = Some(Chain {
                instruction: command.instruction,
                parameters: command.parameters(),
                data,
            });
            return Ok(Done::Answer(Vec::new()));
        }
        self.carry_out(command, &data)
    }

    fn carry_out(&mut self, command: &Command<'_>, data: &[u8]) -> Result<Done, Status> {
        let parameters = command.parameters();
        let uses_freshness = matches!(
            command.instruction,
            instruction::VERIFY | instruction::GENERAL_AUTHENTICATE
        );
        if !uses_freshness && self.always_is_direct() {
            self.session.fresh = false;
        }
        if command.instruction == instruction::SELECT {
            return self.select(parameters, data).map(Done::Answer);
        }
        if !self.session.selected {
            return Err(Status::NO_INSTRUCTION);
        }
        match command.instruction {
            instruction::VERIFY => self.verify(command.p1, command.p2, data),
            instruction::CHANGE_REFERENCE_DATA => self.change_reference_data(parameters, data),
            instruction::RESET_RETRY_COUNTER => self.reset_retry_counter(parameters, data),
            instruction::GENERATE => self.generate(command.p1, command.p2, data),
            instruction::GENERAL_AUTHENTICATE => {
                return self.general_authenticate(command.p1, command.p2, data);
            }
            instruction::GET_DATA => self.get_data(parameters, data),
            instruction::PUT_DATA => self.put_data(parameters, data),
            _ => self.yubikeys_own(command, data),
        }
        .map(Done::Answer)
    }

    fn alter(&mut self, mut data: Vec<u8>, expected: Option<usize>, bytes: &[u8]) -> Altered {
        match self.session.alteration.take() {
            None => Ok(data),
            Some(Alteration::Truncate(missing)) => {
                data.truncate(data.len().saturating_sub(missing));
                Ok(data)
            }
            Some(Alteration::ClaimLonger(more)) => Ok(claim_longer(&data, more)),
            Some(Alteration::Append(more)) => {
                data.resize(data.len().saturating_add(more.min(LONGEST_ANSWER)), 0);
                Ok(data)
            }
            Some(Alteration::Pieces(size)) => {
                let rest = data.split_off(size.min(data.len()));
                if rest.is_empty() {
                    return Ok(data);
                }
                let status = Status::more(rest.len().min(size));
                self.session.rest = Some(rest);
                self.session.alteration = Some(Alteration::Pieces(size));
                Err((data, status))
            }
            Some(Alteration::AskExactly) => {
                let length = data.len().min(256);
                if data.is_empty() || expected == Some(length) {
                    return Ok(data);
                }
                self.session.exact = Some(Exact {
                    command: bytes.to_vec(),
                    length,
                    answer: data,
                });
                Err((Vec::new(), Status::exact(length)))
            }
            Some(Alteration::Replace(data, status)) => Err((data, status)),
        }
    }

    fn answer(&mut self, entry: Entry, altered: Altered, expected: Option<usize>) -> Vec<u8> {
        match altered {
            Ok(data) => self.send(entry, data, expected),
            Err((data, status)) => self.record(entry, &data, status),
        }
    }

    /// Sends what fits and keeps the rest for GET RESPONSE.
    ///
    /// A command without Le gets an answer all the same, as clients of real cards expect.
    fn send(&mut self, entry: Entry, mut data: Vec<u8>, expected: Option<usize>) -> Vec<u8> {
        let limit = match expected {
            Some(length) if length > 256 => length,
            Some(length) => length.min(self.profile.piece),
            None => self.profile.piece,
        };
        let rest = data.split_off(limit.min(data.len()));
        if rest.is_empty() {
            return self.record(entry, &data, Status::DONE);
        }
        let status = Status::more(rest.len());
        self.session.rest = Some(rest);
        self.record(entry, &data, status)
    }

    fn record(&mut self, entry: Entry, data: &[u8], status: Status) -> Vec<u8> {
        self.log.record(entry, data.len(), status);
        let mut answer = data.to_vec();
        answer.extend(status.value().to_be_bytes());
        answer
    }
}

/// Whether two commands differ in Le at most.
fn same_command(first: &[u8], second: &[u8]) -> bool {
    match (Command::parse(first), Command::parse(second)) {
        (Ok(first), Ok(second)) => {
            first.class == second.class
                && first.instruction == second.instruction
                && first.parameters() == second.parameters()
                && first.data == second.data
        }
        (Ok(_) | Err(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

/// Writes the outermost object again with a length that is too great.
fn claim_longer(data: &[u8], more: usize) -> Vec<u8> {
    let mut reader = crate::tlv::Reader::new(data);
    let Some((tag, content)) = reader.next() else {
        return data.to_vec();
    };
    let claimed = content.len().saturating_add(more.min(LONGEST_ANSWER));
    let mut spoilt = crate::tlv::wrap(tag, &vec![0; claimed]);
    spoilt.truncate(spoilt.len().saturating_sub(claimed));
    spoilt.extend_from_slice(content);
    spoilt
}

/// The largest object and its tags fit.
const LONGEST_COMMAND: usize = 16 * 1024;
const LONGEST_ANSWER: usize = 1024 * 1024;
