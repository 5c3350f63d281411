//! Answers to commands: status words, chains of `61xx` and `6Cxx`, and what they hold.

use super::script::{Answers, Script, answers, part};
use crate::fuzzing::Outcome;
use crate::piv::apdu::{Command, Instruction, LONGEST_ANSWER, MOST_PARTS, exchange};
use crate::piv::card::{self, Holds, Looked};
use crate::piv::error::CardError;
use crate::piv::objects::{LONGEST, PinReference};
use crate::piv::pin;
use crate::piv::pin_pad::{self, PinPad};
use crate::piv::quirks::Quirks;
use crate::piv::sign::{self, Input};
use crate::piv::slot::PivSlot;
use crate::piv::transport::{Fault, Protocol};
use crate::{
    ChangePinError, KeyAlgorithm, PinEntry, ReaderState, SignError, TokenError, UnblockError,
    UnlockError,
};

/// Talks to a card that answers with the input: its first byte says what about, the second with
/// what kind of card, the rest what it answers.
pub fn response(input: &[u8]) -> Outcome {
    let Some(([about, kind], script)) = input.split_first_chunk() else {
        return Outcome::Refused;
    };
    let mut said = answers(script, kind & ENDLESS != 0);
    talk(*about, *kind, &mut said)
}

/// The input by which such a talk is had again, from one with a card that answers.
pub fn transcript(about: u8, kind: u8, mut card: impl FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut input = vec![about, kind];
    let mut said = |apdu: &[u8]| {
        let answer = if apdu.is_empty() {
            Vec::new()
        } else {
            card(apdu)
        };
        input.extend(part(&answer));
        Ok(answer)
    };
    talk(about, kind, &mut said);
    input
}

fn talk<'a>(about: u8, kind: u8, said: &'a mut Answers<'a>) -> Outcome {
    let protocol = match kind & T0 {
        0 => Protocol::T1,
        _ => Protocol::T0,
    };
    let mut script = Script::new(protocol, said);
    let choice = usize::from(kind >> 2);
    match about % 5 {
        0 => ask(&mut script, choice),
        1 => look(&mut script, choice),
        2 => sign(&mut script, choice),
        3 => give_pin(&mut script, choice),
        _ => use_pad(&mut script),
    }
}

/// An answer has an end and a longest length, whatever the card announces, and holds nothing that
/// the card did not say.
fn ask(script: &mut Script<'_>, choice: usize) -> Outcome {
    let (command, pieces) = match choice % 2 {
        0 => (
            Command::asking(Instruction::GetVersion, 0, 0, Vec::new()),
            1,
        ),
        _ => (
            Command::asking(Instruction::GeneralAuthenticate, 7, 0x9a, vec![5; 600]),
            3,
        ),
    };
    let outcome = exchange(script, &command);
    assert!(script.sent < pieces + MOST_PARTS);
    match outcome {
        Ok(response) => {
            assert!(response.data.len() <= LONGEST_ANSWER);
            assert!(response.data.len() + 2 <= script.answered);
            let tries = response.status.tries_left();
            assert!(tries.is_none_or(|tries| tries < 16));
            match response.accepted(Instruction::GetVersion) {
                Ok(_) => Outcome::Read,
                Err(error) => refused(&error),
            }
        }
        Err(error) => refused(&error),
    }
}

fn look(script: &mut Script<'_>, choice: usize) -> Outcome {
    let (atr, reader) = KINDS[choice % KINDS.len()];
    let outcome = card::look(script, atr, reader);
    assert!(script.sent <= MOST_COMMANDS * MOST_PARTS);
    assert_eq!(script.secrets, 0, "looking gives no PIN");
    match outcome {
        Ok(Holds::Piv(looked)) => {
            shown(&looked);
            Outcome::Read
        }
        Ok(Holds::Other) => Outcome::Refused,
        Err(error) => refused(&error),
    }
}

/// What is shown of a card is bounded, and its label can be printed.
fn shown(looked: &Looked) {
    let label = &looked.description.label;
    assert!(!label.chars().any(char::is_control), "{label:?}");
    assert!((1..=64).contains(&label.chars().count()), "{label:?}");
    let slots = looked.credentials.iter().filter_map(|held| held.slot);
    let mut slots: Vec<PivSlot> = slots
        .chain(looked.unreadable.iter().map(|(slot, _)| *slot))
        .collect();
    let read = slots.len();
    slots.sort_unstable();
    slots.dedup();
    assert_eq!(slots.len(), read, "a slot is shown once");
    for held in &looked.credentials {
        assert!((1..=LONGEST).contains(&held.certificate.len()));
    }
    let pin = &looked.pin;
    assert_eq!(pin.blocked, pin.tries == Some(0));
    assert_eq!(pin.last_try, pin.tries == Some(1));
}

fn sign(script: &mut Script<'_>, choice: usize) -> Outcome {
    let key = &KEYS[choice % KEYS.len()];
    let schemes = sign::schemes(key);
    let scheme = schemes[choice % schemes.len()];
    let input = Input::new(scheme, key, b"message").expect("the key does its schemes");
    match input.sign(script, PivSlot::AUTHENTICATION) {
        Ok(signature) => {
            assert!((1..=LONGEST_ANSWER).contains(&signature.len()));
            Outcome::Read
        }
        Err(error) => refused(&error),
    }
}

/// A secret leaves at most once, whatever the card answers: each time may cost a try.
fn give_pin(script: &mut Script<'_>, choice: usize) -> Outcome {
    let (atr, reader) = KINDS[choice % KINDS.len()];
    let quirks = Quirks::of(atr, reader, "");
    let pin = pin::block(b"123456").expect("six digits");
    let own = PinReference::Application;
    let given = match choice / KINDS.len() % 4 {
        0 => match pin::verify(script, own, &pin, quirks) {
            Ok(verdict) => pin::refusal(verdict).is_none(),
            Err(error) => return refused(&error),
        },
        1 => pin::change(script, own, &pin, &pin, quirks).is_ok(),
        2 => pin::unblock(script, own, &pin, &pin, quirks).is_ok(),
        _ => {
            let state = pin::state(script, own, quirks, PinEntry::Typed);
            assert_eq!(script.secrets, 0, "asking for the tries gives no PIN");
            state.is_ok()
        }
    };
    assert!(
        script.secrets <= 1,
        "a PIN was sent {} times",
        script.secrets
    );
    if given {
        Outcome::Read
    } else {
        Outcome::Refused
    }
}

fn use_pad(script: &mut Script<'_>) -> Outcome {
    let pad: Result<Option<PinPad>, CardError> = pin_pad::find(script);
    let Ok(Some(pad)) = pad else {
        return Outcome::Refused;
    };
    let status = pad.verify(script, PinReference::Application);
    assert_eq!(script.secrets, 1);
    match status {
        Ok(status) => {
            let _ = pin_pad::refusal(status);
            Outcome::Read
        }
        Err(error) => refused(&error),
    }
}

/// Every error says something, to whomever it goes.
fn refused(error: &CardError) -> Outcome {
    assert_ne!(*error, CardError::Fault(Fault::InUse), "nobody said so");
    let said = error.failed_call();
    assert!(!said.call.is_empty() && !said.code.is_empty());
    let error = || error.clone();
    let _ = TokenError::from(error()).to_string();
    let _ = UnlockError::from(error()).to_string();
    let _ = SignError::from(error()).to_string();
    let _ = ChangePinError::from(error()).to_string();
    let _ = UnblockError::from(error()).to_string();
    let _ = ReaderState::from(error());
    Outcome::Refused
}

/// Bits of the second byte; those above choose a kind of card, key or command.
const T0: u8 = 1;
const ENDLESS: u8 = 2;

/// Cards of different rows in the table of quirks: answer to reset and reader.
const KINDS: [(&[u8], &str); 6] = [
    (b"", "Reader 00 00"),
    (b"YubiKey", "Reader 00 00"),
    (b"YubikeyNEO", "Reader 00 00"),
    (b"Yubikey 4", "Reader 00 00"),
    (b"", "Nitrokey 00 00"),
    (b"", "PIVKey 00 00"),
];
const KEYS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::P256,
    KeyAlgorithm::Rsa { bits: 2048 },
    KeyAlgorithm::Ed25519,
    KeyAlgorithm::P384,
    KeyAlgorithm::Rsa { bits: 4096 },
];
/// `SELECT`, version, serial number; an object and metadata of each of 24 slots, the history, and
/// four questions about the PIN.
const MOST_COMMANDS: usize = 3 + 2 * 24 + 1 + 4;
