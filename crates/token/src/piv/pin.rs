//! PINs and PUKs on their way to a PIV card, and what it answers (SP 800-73pt2-5 §3.2).

use zeroize::Zeroizing;

use super::apdu::{Command, Instruction, Response, exchange};
use super::error::CardError;
use super::objects::PinReference;
use super::quirks::{Counter, Quirks, Tries};
use super::status::StatusWord;
use super::transport::Channel;
use crate::{ChangePinError, PinEntry, PinState, UnblockError, UnlockError};

/// The shortest PIN of a PIV card, in bytes (SP 800-73pt1-5 §5.1; YubiKeys say the same).
pub(super) const SHORTEST: usize = 6;
/// The longest, which is also what each is padded to.
pub(super) const LONGEST: usize = 8;

/// A PIN or PUK as the card takes it: eight bytes, filled up with `FF`.
pub(crate) type Block = Zeroizing<[u8; LONGEST]>;

/// Fills up a PIN or PUK. One of another length is none, and nothing is sent.
pub(crate) fn block(secret: &[u8]) -> Option<Block> {
    if !(SHORTEST..=LONGEST).contains(&secret.len()) {
        return None;
    }
    let mut block = Zeroizing::new([0xff; LONGEST]);
    for (place, byte) in block.iter_mut().zip(secret) {
        *place = *byte;
    }
    Some(block)
}

/// What a card says when it is given a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    /// Wrong, with as many tries left, where it says so.
    Wrong(Option<u8>),
    Blocked,
    /// Anything else.
    Other(StatusWord),
}

impl Verdict {
    pub(super) fn of(status: StatusWord, quirks: &Quirks) -> Self {
        let plain = match quirks.counter {
            Counter::Plain => status.plain_tries_left(),
            Counter::Standard => None,
        };
        match (status, status.tries_left().or(plain)) {
            (StatusWord::OK, _) => Self::Right,
            (StatusWord::BLOCKED, _) | (_, Some(0)) => Self::Blocked,
            (_, Some(left)) => Self::Wrong(Some(left)),
            // Authentication failed, and no number.
            (StatusWord(0x6300), None) => Self::Wrong(None),
            (other, None) => Self::Other(other),
        }
    }
}

/// `VERIFY` with a PIN. It costs a try when the PIN is wrong.
///
/// # Errors
///
/// A fault of the transport.
pub(super) fn verify(
    channel: &mut dyn Channel,
    reference: PinReference,
    pin: &Block,
    quirks: &Quirks,
) -> Result<Verdict, CardError> {
    let data = Zeroizing::new(pin.to_vec());
    let command = Command::telling(Instruction::Verify, 0, reference.byte(), data);
    let response = exchange(channel, &command)?;
    Ok(Verdict::of(response.status, quirks))
}

/// What is wrong after `VERIFY` that was not right.
pub(super) fn refusal(verdict: Verdict) -> Option<UnlockError> {
    match verdict {
        Verdict::Right => None,
        Verdict::Wrong(tries_left) => Some(UnlockError::WrongPin {
            tries_left,
            last_try: tries_left == Some(1),
        }),
        Verdict::Blocked => Some(UnlockError::Locked),
        Verdict::Other(status) => {
            let error = CardError::refused(Instruction::Verify, status);
            Some(UnlockError::Other(error.failed_call()))
        }
    }
}

/// Asks for the tries left, with an empty `VERIFY`, which costs none.
///
/// A card that has no PIN under this reference says so; then the other may be the one.
///
/// # Errors
///
/// A fault of the transport, or [`StatusWord::REFERENCE_NOT_FOUND`].
pub(super) fn state(
    channel: &mut dyn Channel,
    reference: PinReference,
    quirks: &Quirks,
    entry: PinEntry,
) -> Result<PinState, CardError> {
    if quirks.tries == Tries::NotAsked {
        return Ok(unknown(entry));
    }
    let command = Command::telling(
        Instruction::Verify,
        0,
        reference.byte(),
        Zeroizing::default(),
    );
    let response = exchange(channel, &command)?;
    if response.status == StatusWord::REFERENCE_NOT_FOUND {
        return Err(CardError::refused(Instruction::Verify, response.status));
    }
    Ok(match Verdict::of(response.status, quirks) {
        // Somebody gave the PIN already, or the card does not say: no number is better than a
        // wrong one.
        Verdict::Right | Verdict::Other(_) => unknown(entry),
        Verdict::Wrong(tries) => pin_state(entry, tries, false),
        Verdict::Blocked => pin_state(entry, Some(0), true),
    })
}

/// What a device says of its PIN in metadata, whether or not somebody gave it already.
pub(super) fn told(entry: PinEntry, left: u8, factory: bool) -> PinState {
    PinState {
        factory,
        ..pin_state(entry, Some(left), left == 0)
    }
}

/// Nothing is known but where the PIN is entered.
pub(super) fn unknown(entry: PinEntry) -> PinState {
    pin_state(entry, None, false)
}

fn pin_state(entry: PinEntry, tries: Option<u8>, blocked: bool) -> PinState {
    PinState {
        entry,
        tries,
        low: tries.is_some_and(|left| left < USUAL_TRIES),
        last_try: tries == Some(1),
        blocked,
        factory: false,
        min_length: SHORTEST,
        max_length: LONGEST,
    }
}

/// `CHANGE REFERENCE DATA`. It costs a try when the old PIN is wrong.
///
/// # Errors
///
/// What the card says.
pub(super) fn change(
    channel: &mut dyn Channel,
    reference: PinReference,
    old: &Block,
    new: &Block,
    quirks: &Quirks,
) -> Result<(), ChangePinError> {
    let status = replace(
        channel,
        Instruction::ChangeReferenceData,
        reference,
        old,
        new,
    )?;
    match Verdict::of(status, quirks) {
        Verdict::Right => Ok(()),
        Verdict::Wrong(tries_left) => Err(ChangePinError::WrongPin { tries_left }),
        Verdict::Blocked => Err(ChangePinError::Blocked),
        Verdict::Other(status) if is_policy(status) => Err(ChangePinError::PolicyRefused),
        Verdict::Other(status) => {
            let error = CardError::refused(Instruction::ChangeReferenceData, status);
            Err(ChangePinError::Other(error.failed_call()))
        }
    }
}

/// `RESET RETRY COUNTER`: a new PIN against the PUK. It costs a try of the PUK when that is wrong.
///
/// # Errors
///
/// What the card says.
pub(super) fn unblock(
    channel: &mut dyn Channel,
    reference: PinReference,
    puk: &Block,
    new: &Block,
    quirks: &Quirks,
) -> Result<(), UnblockError> {
    let status = replace(channel, Instruction::ResetRetryCounter, reference, puk, new)?;
    match Verdict::of(status, quirks) {
        Verdict::Right => Ok(()),
        Verdict::Wrong(tries_left) => Err(UnblockError::WrongPuk { tries_left }),
        Verdict::Blocked => Err(UnblockError::Blocked),
        Verdict::Other(status) if is_policy(status) => Err(UnblockError::PolicyRefused),
        Verdict::Other(status) => {
            let error = CardError::refused(Instruction::ResetRetryCounter, status);
            Err(UnblockError::Other(error.failed_call()))
        }
    }
}

fn replace(
    channel: &mut dyn Channel,
    instruction: Instruction,
    reference: PinReference,
    proof: &Block,
    new: &Block,
) -> Result<StatusWord, CardError> {
    let mut data = Zeroizing::new(Vec::with_capacity(2 * LONGEST));
    data.extend_from_slice(proof.as_slice());
    data.extend_from_slice(new.as_slice());
    let command = Command::telling(instruction, 0, reference.byte(), data);
    let Response { status, .. } = exchange(channel, &command)?;
    Ok(status)
}

/// A PIN too simple or of the wrong characters: `6A80`, on YubiKeys with PIN complexity `6985`.
fn is_policy(status: StatusWord) -> bool {
    matches!(status, StatusWord::BAD_DATA | StatusWord::CONDITIONS)
}

/// Cards give three tries, most of them; fewer left means that some were used.
const USUAL_TRIES: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_filled_up_with_ff() {
        let padded = block(b"123456").expect("six digits");
        assert_eq!(padded.as_slice(), b"123456\xff\xff");
        assert!(block(b"12345").is_none());
        assert!(block(b"123456789").is_none());
    }

    #[test]
    fn answers_to_a_pin_are_told_apart() {
        let standard = Quirks::of(&[], "", "");
        let neo = Quirks::of(b"YubikeyNEO", "", "");
        for (status, quirks, expected) in [
            (0x9000, standard, Verdict::Right),
            (0x63c2, standard, Verdict::Wrong(Some(2))),
            (0x63c0, standard, Verdict::Blocked),
            (0x6983, standard, Verdict::Blocked),
            (0x6300, standard, Verdict::Wrong(None)),
            (0x6302, standard, Verdict::Other(StatusWord(0x6302))),
            (0x6302, neo, Verdict::Wrong(Some(2))),
            (0x6300, neo, Verdict::Blocked),
            (0x6d00, standard, Verdict::Other(StatusWord(0x6d00))),
        ] {
            assert_eq!(Verdict::of(StatusWord(status), quirks), expected);
        }
    }
}
