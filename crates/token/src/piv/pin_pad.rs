//! Readers with a pad of their own, on which the PIN is typed (PC/SC part 10).
//!
//! The PIN never reaches the computer: the reader is given the command and fills it in.

use super::apdu::Instruction;
use super::error::CardError;
use super::objects::PinReference;
use super::pin::{LONGEST, SHORTEST};
use super::status::StatusWord;
use super::transport::{Channel, Fault};
use crate::{FailedCall, UnlockError};

/// The control code by which a reader checks a PIN typed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PinPad(u32);

impl PinPad {
    /// The pad of a reader that has one (`FEATURE_VERIFY_PIN_DIRECT`, PC/SC part 10 §2.3).
    pub(super) fn of(features: &[u8]) -> Option<Self> {
        features
            .chunks_exact(FEATURE_LENGTH)
            .find_map(|feature| match feature {
                [VERIFY_PIN_DIRECT, 4, a, b, c, d] => {
                    Some(Self(u32::from_be_bytes([*a, *b, *c, *d])))
                }
                _ => None,
            })
    }

    /// Has the person type the PIN. It blocks until they are done, or the reader gives up.
    ///
    /// # Errors
    ///
    /// A fault of the transport, or an answer without a status word.
    pub(super) fn verify(
        self,
        channel: &mut dyn Channel,
        reference: PinReference,
    ) -> Result<StatusWord, CardError> {
        let answer = channel.control(self.0, &pin_verify(reference))?;
        match answer.as_slice() {
            [.., high, low] => Ok(StatusWord(u16::from_be_bytes([*high, *low]))),
            [] | [_] => Err(CardError::malformed(Instruction::Verify)),
        }
    }
}

/// What a reader's own status words mean, which are not the card's (PC/SC part 10 §2.5.2).
pub(super) fn refusal(status: StatusWord) -> Option<UnlockError> {
    match status {
        // Nothing was typed in time.
        StatusWord(0x6400) => Some(UnlockError::Other(FailedCall {
            call: "the reader's PIN pad".to_owned(),
            code: "that nothing was typed in time".to_owned(),
        })),
        StatusWord(0x6401) => Some(UnlockError::Cancelled),
        StatusWord(0x6403) => Some(UnlockError::Length {
            min: SHORTEST,
            max: LONGEST,
        }),
        StatusWord(_) => None,
    }
}

/// `PIN_VERIFY` of PC/SC part 10 §2.5.2, for a PIV PIN: ASCII digits in a block of eight bytes.
fn pin_verify(reference: PinReference) -> Vec<u8> {
    // bTimerOut and bTimerOut2: the reader's own.
    const TIMES: [u8; 2] = [0, 0];
    // bmFormatString: bytes, left justified, ASCII. bmPINBlockString: eight bytes without a length
    // in them. bmPINLengthFormat: none before them either.
    const FORMAT: [u8; 3] = [0x82, 0x08, 0x00];
    // wPINMaxExtraDigit, little endian: the longest, then the shortest.
    const LENGTHS: [u8; 2] = [8, 6];
    // bEntryValidationCondition: the person confirms.
    const CONFIRMED: [u8; 1] = [0x02];
    // bNumberMessage, wLangId (English), bMsgIndex: the reader's "enter PIN".
    const MESSAGE: [u8; 4] = [1, 0x09, 0x04, 0];
    const PROLOGUE: [u8; 3] = [0; 3];
    // ulDataLength, little endian.
    const LENGTH: [u8; 4] = [13, 0, 0, 0];

    let mut structure = [
        TIMES.as_slice(),
        &FORMAT,
        &LENGTHS,
        &CONFIRMED,
        &MESSAGE,
        &PROLOGUE,
        &LENGTH,
    ]
    .concat();
    structure.extend([0x00, 0x20, 0x00, reference.byte(), 8]);
    structure.extend([0xff; 8]);
    structure
}

/// What the features of this reader are; most have none and say so with an error.
///
/// # Errors
///
/// That the card is gone, which concerns whoever asked.
pub(super) fn find(channel: &mut dyn Channel) -> Result<Option<PinPad>, CardError> {
    match channel.features() {
        Ok(features) => Ok(PinPad::of(&features)),
        Err(Fault::Removed) => Err(CardError::Fault(Fault::Removed)),
        Err(
            Fault::Reset
            | Fault::InUse
            | Fault::Mute
            | Fault::Denied
            | Fault::NoService
            | Fault::Other(_),
        ) => Ok(None),
    }
}

const VERIFY_PIN_DIRECT: u8 = 0x06;
const FEATURE_LENGTH: usize = 6;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_feature_is_found_among_others() {
        let features = [0x12, 4, 0, 0, 0, 9, 0x06, 4, 0x42, 0x33, 0, 6];
        assert_eq!(PinPad::of(&features), Some(PinPad(0x4233_0006)));
        assert_eq!(PinPad::of(&features[..6]), None);
    }

    #[test]
    fn the_structure_is_that_of_the_standard() {
        let structure = pin_verify(PinReference::Application);
        // Nineteen bytes of description, then the command.
        assert_eq!(structure.len(), 19 + 13);
        assert_eq!(structure[5..7], [8, 6]);
        assert_eq!(structure[15..19], [13, 0, 0, 0]);
        assert_eq!(structure[19..24], [0, 0x20, 0, 0x80, 8]);
    }

    proptest! {
        #[test]
        fn any_features_are_read(bytes in any::<Vec<u8>>()) {
            let _ = PinPad::of(&bytes);
        }
    }
}
