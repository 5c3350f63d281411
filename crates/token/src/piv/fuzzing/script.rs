//! A card whose every answer is hostile, and which takes note of what it is sent.

use crate::FailedCall;
use crate::piv::transport::{Channel, Fault, Protocol};

/// Whatever answers commands.
pub(super) type Answers<'a> = dyn FnMut(&[u8]) -> Result<Vec<u8>, Fault> + 'a;

/// A channel to it.
pub(super) struct Script<'a> {
    protocol: Protocol,
    answers: &'a mut Answers<'a>,
    /// How many commands there were.
    pub(super) sent: usize,
    /// How many of them had a PIN or PUK in them.
    pub(super) secrets: usize,
    /// How many bytes it answered.
    pub(super) answered: usize,
}

impl<'a> Script<'a> {
    pub(super) fn new(protocol: Protocol, answers: &'a mut Answers<'a>) -> Self {
        Self {
            protocol,
            answers,
            sent: 0,
            secrets: 0,
            answered: 0,
        }
    }

    fn answer(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Fault> {
        let answer = (self.answers)(apdu)?;
        self.answered += answer.len();
        Ok(answer)
    }
}

impl Channel for Script<'_> {
    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn was_reset(&self) -> bool {
        false
    }

    /// Holds what is sent to the form of a short APDU (ISO/IEC 7816-3 §12.1.3) and to the commands
    /// that this crate has.
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Fault> {
        let [class, instruction, _, _, rest @ ..] = apdu else {
            panic!("a command of {} bytes", apdu.len());
        };
        assert!(matches!(class, 0x00 | 0x10), "class {class:02X}");
        assert!(KNOWN.contains(instruction), "{instruction:02X}");
        match rest {
            [] | [_] => {}
            [length, data @ ..] => {
                let length = usize::from(*length);
                assert!(length > 0 && (length..=length + 1).contains(&data.len()));
            }
        }
        self.sent += 1;
        self.secrets += usize::from(WITH_SECRETS.contains(instruction) && rest.len() > 1);
        self.answer(apdu)
    }

    fn features(&mut self) -> Result<Vec<u8>, Fault> {
        self.answer(&[])
    }

    fn control(&mut self, _code: u32, _data: &[u8]) -> Result<Vec<u8>, Fault> {
        self.secrets += 1;
        self.answer(&[])
    }
}

/// Reads answers out of an input: two bytes of length and the answer, as far as there are bytes.
/// Lengths beyond any answer stand for faults. Afterwards the card is silent, or says its last
/// answer for ever.
pub(super) fn answers(
    mut input: &[u8],
    endless: bool,
) -> impl FnMut(&[u8]) -> Result<Vec<u8>, Fault> {
    let mut last = None;
    move |_| {
        let Some(([high, low], rest)) = input.split_first_chunk() else {
            return last.clone().filter(|_| endless).unwrap_or(Err(Fault::Mute));
        };
        let length = u16::from_be_bytes([*high, *low]);
        let answer = if length < FIRST_FAULT {
            let length = usize::from(length % LONGEST_PART).min(rest.len());
            let (answer, rest) = rest.split_at(length);
            input = rest;
            Ok(answer.to_vec())
        } else {
            input = rest;
            Err(fault(length))
        };
        last = Some(answer.clone());
        answer
    }
}

/// An answer as [`answers`] reads it.
pub(super) fn part(answer: &[u8]) -> Vec<u8> {
    let length = u16::try_from(answer.len()).unwrap_or(u16::MAX);
    assert!(length < LONGEST_PART, "no answer is that long");
    [&length.to_be_bytes(), answer].concat()
}

fn fault(number: u16) -> Fault {
    match number % 4 {
        0 => Fault::Removed,
        1 => Fault::Reset,
        2 => Fault::Mute,
        _ => Fault::Other(FailedCall {
            call: "SCardTransmit".to_owned(),
            code: "that it failed".to_owned(),
        }),
    }
}

const FIRST_FAULT: u16 = 0xff00;
/// Longer than the longest answer of one part, 256 bytes and the status word: a driver may say
/// anything.
const LONGEST_PART: u16 = 600;
const KNOWN: [u8; 10] = [0x20, 0x24, 0x2c, 0x87, 0xa4, 0xc0, 0xcb, 0xf7, 0xf8, 0xfd];
const WITH_SECRETS: [u8; 3] = [0x20, 0x24, 0x2c];
