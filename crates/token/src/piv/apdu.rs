//! Commands to a card and its answers (ISO/IEC 7816-4; SP 800-73pt2-5 §3).

use std::fmt;

use zeroize::Zeroizing;

use super::error::CardError;
use super::status::StatusWord;
use super::transport::{Channel, Fault, Protocol};

/// The commands that this crate sends, and no others: nothing here can set retry counters, reset
/// the application or touch its management key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instruction {
    /// `VERIFY` (SP 800-73pt2-5 §3.2.1).
    Verify,
    /// `CHANGE REFERENCE DATA` (§3.2.2).
    ChangeReferenceData,
    /// `RESET RETRY COUNTER` (§3.2.3).
    ResetRetryCounter,
    /// `GENERAL AUTHENTICATE` (§3.2.4).
    GeneralAuthenticate,
    /// `SELECT` (§3.1.1).
    Select,
    /// `GET RESPONSE` (§3.1.4).
    GetResponse,
    /// `GET DATA` (§3.1.2).
    GetData,
    /// `GET METADATA` of YubiKeys since 5.3.
    GetMetadata,
    /// `GET SERIAL` of YubiKeys since 5.
    GetSerial,
    /// `GET VERSION` of YubiKeys.
    GetVersion,
}

impl Instruction {
    const fn code(self) -> u8 {
        match self {
            Self::Verify => 0x20,
            Self::ChangeReferenceData => 0x24,
            Self::ResetRetryCounter => 0x2c,
            Self::GeneralAuthenticate => 0x87,
            Self::Select => 0xa4,
            Self::GetResponse => 0xc0,
            Self::GetData => 0xcb,
            Self::GetMetadata => 0xf7,
            Self::GetSerial => 0xf8,
            Self::GetVersion => 0xfd,
        }
    }

    /// The name that its standard gives it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Verify => "VERIFY",
            Self::ChangeReferenceData => "CHANGE REFERENCE DATA",
            Self::ResetRetryCounter => "RESET RETRY COUNTER",
            Self::GeneralAuthenticate => "GENERAL AUTHENTICATE",
            Self::Select => "SELECT",
            Self::GetResponse => "GET RESPONSE",
            Self::GetData => "GET DATA",
            Self::GetMetadata => "GET METADATA",
            Self::GetSerial => "GET SERIAL",
            Self::GetVersion => "GET VERSION",
        }
    }
}

/// A command. Its data may be a PIN, so it prints as its name and a length, and is wiped.
pub(crate) struct Command {
    instruction: Instruction,
    p1: u8,
    p2: u8,
    data: Zeroizing<Vec<u8>>,
    expects: Expects,
}

/// Whether a command asks for data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expects {
    Data,
    Status,
}

impl Command {
    /// A command whose answer is data.
    pub(crate) fn asking(instruction: Instruction, p1: u8, p2: u8, data: Vec<u8>) -> Self {
        Self {
            instruction,
            p1,
            p2,
            data: Zeroizing::new(data),
            expects: Expects::Data,
        }
    }

    /// A command whose answer is a status word alone.
    pub(crate) fn telling(
        instruction: Instruction,
        p1: u8,
        p2: u8,
        data: Zeroizing<Vec<u8>>,
    ) -> Self {
        Self {
            instruction,
            p1,
            p2,
            data,
            expects: Expects::Status,
        }
    }

    /// The command as short APDUs: one, or a chain of them (ISO/IEC 7816-4 §5.3.3).
    ///
    /// Chaining works on every card and reader; extended length does not, and a card's word that it
    /// does says nothing of the reader.
    pub(crate) fn apdus(&self, protocol: Protocol) -> Vec<Zeroizing<Vec<u8>>> {
        let mut pieces: Vec<&[u8]> = self.data.chunks(LONGEST_PIECE).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        let last = pieces.len().saturating_sub(1);
        pieces
            .into_iter()
            .enumerate()
            .map(|(index, piece)| self.apdu(piece, index == last, protocol))
            .collect()
    }

    fn apdu(&self, piece: &[u8], last: bool, protocol: Protocol) -> Zeroizing<Vec<u8>> {
        // Room for all of it at once: a vector that grows leaves copies behind.
        let mut apdu = Zeroizing::new(Vec::with_capacity(piece.len().saturating_add(6)));
        let class = if last { 0 } else { CHAINED };
        apdu.extend_from_slice(&[class, self.instruction.code(), self.p1, self.p2]);
        if let (Ok(length), false) = (u8::try_from(piece.len()), piece.is_empty()) {
            apdu.push(length);
            apdu.extend_from_slice(piece);
        }
        // T=0 has no room for data and an expected length in one command (ISO/IEC 7816-3 §12.2.5).
        let fits = piece.is_empty() || protocol == Protocol::T1;
        if last && self.expects == Expects::Data && fits {
            apdu.push(0);
        }
        apdu
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.data.len() {
            0 => f.write_str(self.instruction.name()),
            length => write!(f, "{} ({length} bytes)", self.instruction.name()),
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A whole answer: all its parts put together, and the last status word.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) data: Vec<u8>,
    pub(crate) status: StatusWord,
}

impl Response {
    /// The data of an answer that is `9000`.
    ///
    /// # Errors
    ///
    /// [`CardError::Refused`] with the command and its status word.
    pub(crate) fn accepted(self, instruction: Instruction) -> Result<Vec<u8>, CardError> {
        if self.status == StatusWord::OK {
            Ok(self.data)
        } else {
            Err(CardError::refused(instruction, self.status))
        }
    }
}

/// Sends a command and collects its answer, in as many parts as the card makes of it.
///
/// # Errors
///
/// The transport's fault, or [`CardError::Malformed`] for an answer without a status word, longer
/// than anything a PIV card holds, or without an end.
pub(crate) fn exchange(
    channel: &mut dyn Channel,
    command: &Command,
) -> Result<Response, CardError> {
    let instruction = command.instruction;
    let mut apdus = command.apdus(channel.protocol()).into_iter();
    let mut apdu = apdus.next().ok_or(CardError::malformed(instruction))?;
    for next in apdus {
        let (_, status) = transmit(channel, &apdu, instruction)?;
        if status != StatusWord::OK {
            let data = Vec::new();
            return Ok(traced(command, Response { data, status }));
        }
        apdu = next;
    }
    let mut data = Vec::new();
    let mut corrected = false;
    for _ in 0..MOST_PARTS {
        let (part, status) = transmit(channel, &apdu, instruction)?;
        if data.len().saturating_add(part.len()) > LONGEST_ANSWER {
            return Err(CardError::malformed(instruction));
        }
        match status.high() {
            // `61 00` announces 256 bytes or more, which is also what a length of zero asks for.
            0x61 => {
                data.extend_from_slice(&part);
                apdu = Zeroizing::new(vec![0, Instruction::GetResponse.code(), 0, 0, status.low()]);
                corrected = false;
            }
            // A command that asks for no data has no length to be wrong, and may hold a PIN, which
            // is sent once: each time may cost a try. A length that the card named is not wrong a
            // second time, and a key is not used again and again.
            0x6c if command.expects == Expects::Data && !corrected => {
                corrected = true;
                replace_expected_length(&mut apdu, status.low());
            }
            _ => {
                data.extend_from_slice(&part);
                return Ok(traced(command, Response { data, status }));
            }
        }
    }
    Err(CardError::malformed(instruction))
}

/// `6Cxx` names the length to ask for in the same command.
fn replace_expected_length(apdu: &mut Vec<u8>, length: u8) {
    let data = apdu.get(4).copied().map_or(0, usize::from);
    let with_length = match apdu.len() {
        0..=4 => 4,
        5 => 5,
        _ => data.saturating_add(6),
    };
    if apdu.len() == with_length && apdu.len() > 4 {
        apdu.pop();
    }
    apdu.push(length);
}

fn transmit(
    channel: &mut dyn Channel,
    apdu: &[u8],
    instruction: Instruction,
) -> Result<(Vec<u8>, StatusWord), CardError> {
    let mut answer = channel
        .transmit(apdu)
        .map_err(|fault| CardError::Fault(fault.during(instruction.name())))?;
    let (Some(low), Some(high)) = (answer.pop(), answer.pop()) else {
        return Err(CardError::malformed(instruction));
    };
    Ok((answer, StatusWord(u16::from_be_bytes([high, low]))))
}

fn traced(command: &Command, response: Response) -> Response {
    tracing::trace!(%command, status = %response.status, length = response.data.len(), "APDU");
    response
}

impl Fault {
    /// Says in which command the fault was met, where the fault says no more than that.
    fn during(self, command: &str) -> Self {
        match self {
            Self::Other(mut failed) => {
                failed.call = format!("{command} ({})", failed.call);
                Self::Other(failed)
            }
            Self::Removed
            | Self::Reset
            | Self::InUse
            | Self::Mute
            | Self::Denied
            | Self::NoService => self,
        }
    }
}

const CHAINED: u8 = 0x10;
const LONGEST_PIECE: usize = 255;
/// A certificate object, its tags, and some room (SP 800-73pt1-5 appendix A gives 3,000 bytes).
pub(super) const LONGEST_ANSWER: usize = 20 * 1024;
/// As many parts as the longest answer has in pieces of 128 bytes.
pub(super) const MOST_PARTS: usize = 160;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::piv::test::Script;

    #[test]
    fn a_command_with_data_prints_its_length_alone() {
        let pin = Zeroizing::new(b"123456\xff\xff".to_vec());
        let command = Command::telling(Instruction::Verify, 0, 0x80, pin);
        assert_eq!(command.to_string(), "VERIFY (8 bytes)");
        assert_eq!(format!("{command:?}"), "VERIFY (8 bytes)");
    }

    #[test]
    fn long_data_is_chained_and_the_last_piece_asks_for_the_answer() {
        let command = Command::asking(Instruction::GeneralAuthenticate, 7, 0x9a, vec![5; 266]);
        let apdus = command.apdus(Protocol::T1);
        assert_eq!(apdus.len(), 2);
        assert_eq!(apdus[0][..5], [0x10, 0x87, 7, 0x9a, 255]);
        assert_eq!(apdus[0].len(), 260);
        assert_eq!(apdus[1][..5], [0, 0x87, 7, 0x9a, 11]);
        assert_eq!(apdus[1].len(), 5 + 11 + 1);
        assert_eq!(apdus[1].last(), Some(&0));
    }

    #[test]
    fn t0_takes_no_expected_length_beside_data() {
        let command = Command::asking(Instruction::GetData, 0x3f, 0xff, vec![0x5c, 1, 0x7e]);
        assert_eq!(command.apdus(Protocol::T0)[0].len(), 8);
        assert_eq!(command.apdus(Protocol::T1)[0].len(), 9);
    }

    #[test]
    fn parts_are_fetched_until_the_end() {
        let mut script = Script::new(&[
            (&[0, 0xfd, 0, 0, 0], &[1, 2, 0x61, 0x00]),
            (&[0, 0xc0, 0, 0, 0], &[3, 0x61, 0x01]),
            (&[0, 0xc0, 0, 0, 1], &[4, 0x90, 0x00]),
        ]);
        let response = exchange(&mut script, &version()).expect("an answer");
        assert_eq!(response.data, [1, 2, 3, 4]);
        assert_eq!(response.status, StatusWord::OK);
    }

    #[test]
    fn the_length_that_a_card_wants_is_asked_for() {
        let mut script = Script::new(&[
            (&[0, 0xfd, 0, 0, 0], &[0x6c, 0x03]),
            (&[0, 0xfd, 0, 0, 3], &[5, 7, 1, 0x90, 0x00]),
        ]);
        let response = exchange(&mut script, &version()).expect("an answer");
        assert_eq!(response.data, [5, 7, 1]);
    }

    #[test]
    fn a_pin_is_not_sent_again_for_another_length() {
        let pin = Zeroizing::new(b"123456\xff\xff".to_vec());
        let command = Command::telling(Instruction::Verify, 0, 0x80, pin);
        let apdus = command.apdus(Protocol::T1);
        let mut script = Script::new(&[(&apdus[0], &[0x6c, 0x03])]);
        let response = exchange(&mut script, &command).expect("an answer");
        assert_eq!(response.status, StatusWord(0x6c03));
    }

    #[test]
    fn an_answer_without_end_is_malformed() {
        let mut endless = Script::repeating(&[0x61, 0x10]);
        assert!(matches!(
            exchange(&mut endless, &version()),
            Err(CardError::Malformed { .. })
        ));
    }

    #[test]
    fn a_length_is_corrected_once_for_each_part() {
        let mut script = Script::new(&[
            (&[0, 0xfd, 0, 0, 0], &[0x6c, 0x02]),
            (&[0, 0xfd, 0, 0, 2], &[0x6c, 0x02]),
        ]);
        let response = exchange(&mut script, &version()).expect("an answer");
        assert_eq!(response.status, StatusWord(0x6c02));

        let mut script = Script::new(&[
            (&[0, 0xfd, 0, 0, 0], &[0x6c, 0x02]),
            (&[0, 0xfd, 0, 0, 2], &[1, 2, 0x61, 0x09]),
            (&[0, 0xc0, 0, 0, 9], &[0x6c, 0x01]),
            (&[0, 0xc0, 0, 0, 1], &[3, 0x90, 0x00]),
        ]);
        let response = exchange(&mut script, &version()).expect("an answer");
        assert_eq!(response.data, [1, 2, 3]);
    }

    #[test]
    fn an_answer_longer_than_any_object_is_malformed() {
        let part = |status: [u8; 2]| [&[0; 256], status.as_slice()].concat();
        let whole = |parts: usize| {
            let mut answers = vec![part([0x61, 0]); parts - 1];
            answers.push(part([0x90, 0]));
            exchange(&mut Script::answering(answers), &version())
        };
        assert!(whole(LONGEST_ANSWER / 256).is_ok());
        assert!(matches!(
            whole(LONGEST_ANSWER / 256 + 1),
            Err(CardError::Malformed { .. })
        ));
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(
            answers in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..40)
        ) {
            let mut script = Script::answering(answers);
            if let Ok(response) = exchange(&mut script, &version()) {
                prop_assert!(response.data.len() <= LONGEST_ANSWER);
            }
        }

        #[test]
        fn any_data_is_whole_after_chaining(data in proptest::collection::vec(any::<u8>(), 1..2000)) {
            let command = Command::asking(Instruction::GeneralAuthenticate, 7, 0x9a, data.clone());
            let apdus = command.apdus(Protocol::T0);
            let whole: Vec<u8> = apdus.iter().flat_map(|apdu| apdu[5..].to_vec()).collect();
            prop_assert_eq!(whole, data);
            let (last, before) = apdus.split_last().expect("one at least");
            prop_assert_eq!(last[0], 0);
            prop_assert!(before.iter().all(|apdu| apdu[0] == CHAINED));
        }
    }

    fn version() -> Command {
        Command::asking(Instruction::GetVersion, 0, 0, Vec::new())
    }
}
