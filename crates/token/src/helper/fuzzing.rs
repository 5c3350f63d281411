//! The protocol with a module's helper in both directions, for a fuzz target: it takes any bytes
//! and panics where something does not hold that always should.

use std::fmt::Debug;
use std::io::Read as _;
use std::time::Duration;

use serde::Serialize;

use super::Broken;
use super::process::{MOST_ANSWERS, hear};
use super::protocol::{
    HEADER, Kind, LONGEST_PIN, ProtocolError, decode_answer, decode_request, encode, write_header,
};
use super::serve::read_one;
use crate::fuzzing::Outcome;
use crate::pkcs11::message::{
    About, Address, Answer, Job, Request, SeenCertificate, SeenToken, UnlockId,
};
use crate::{
    Cause, Ending, FailedCall, PinEntry, PinState, PrivateKey, Scheme, SignError, TokenError,
    UnlockError,
};

/// Reads a message, or a stream of frames as the helper or its parent reads it. The first byte says
/// which.
pub fn helper_protocol(input: &[u8]) -> Outcome {
    let Some((how, bytes)) = input.split_first() else {
        return Outcome::Refused;
    };
    match how % 4 {
        REQUEST => message(bytes, decode_request),
        ANSWER => {
            if let Ok(answer) = decode_answer(bytes) {
                told(&answer);
            }
            message(bytes, decode_answer)
        }
        TO_HELPER => to_helper(bytes),
        _ => to_parent(bytes, usize::from(how / 4)),
    }
}

/// What was read is written in no more bytes and reads the same: one more where a duration's
/// nanoseconds held whole seconds, which are carried.
fn message<T: Debug + PartialEq + Serialize>(
    body: &[u8],
    decode: fn(&[u8]) -> Result<T, ProtocolError>,
) -> Outcome {
    let Ok(read) = decode(body) else {
        return Outcome::Refused;
    };
    let frame = encode(&read).expect("it was short enough to be read");
    let written = frame.get(HEADER..).unwrap_or_default();
    assert!(written.len() <= body.len() + 1);
    assert_eq!(decode(written).as_ref(), Ok(&read));
    Outcome::Read
}

/// Every failure is said in words, whatever numbers are in it.
fn told(answer: &Answer) {
    let said = match answer {
        Answer::Loaded(Err(cause)) | Answer::Done(Err(cause)) => cause.to_string(),
        Answer::SlotFailed { failed, .. } => failed.to_string(),
        Answer::Credentials(Err(error)) | Answer::PinState(Err(error)) => error.to_string(),
        Answer::Unlocked(Err(error)) => error.to_string(),
        Answer::Signed(Err(error)) => error.to_string(),
        Answer::Loaded(Ok(()))
        | Answer::Token(_)
        | Answer::Done(Ok(_))
        | Answer::Credentials(Ok(_))
        | Answer::PinState(Ok(_))
        | Answer::Unlocked(Ok(_))
        | Answer::Signed(Ok(_))
        | Answer::Locked => return,
    };
    assert!(!said.is_empty());
}

/// The helper reads questions one after the other, each within its bytes, a PIN with those alone
/// that have one.
fn to_helper(mut bytes: &[u8]) -> Outcome {
    let mut outcome = Outcome::Refused;
    let mut left = bytes.len();
    while let Some(incoming) = read_one(&mut bytes) {
        assert!(bytes.len() + HEADER < left);
        left = bytes.len();
        let typed = matches!(incoming.request, Request::Unlock { typed: true, .. });
        assert_eq!(incoming.pin.is_some(), typed);
        let length = incoming.pin.map_or(1, |pin| pin.len());
        assert!((1..=LONGEST_PIN).contains(&length));
        outcome = Outcome::Read;
    }
    outcome
}

/// The parent takes answers to its question alone, and not for ever.
fn to_parent(mut bytes: &[u8], question: usize) -> Outcome {
    let questions = requests();
    let Some(question) = questions.get(question % questions.len()) else {
        return Outcome::Refused;
    };
    let fill = |buffer: &mut [u8]| bytes.read_exact(buffer).map_err(|_| Broken::Ended);
    let mut heard = 0;
    let outcome = hear(question, fill, |answer| {
        assert!(question.takes(&answer).is_some());
        heard += 1;
    });
    assert!(heard <= MOST_ANSWERS);
    match outcome {
        Ok(()) => Outcome::Read,
        Err(broken) => {
            assert_ne!(broken, Broken::TimedOut, "nothing waits");
            Outcome::Refused
        }
    }
}

/// An input for each message there is, and for a talk of each kind.
pub fn messages() -> Vec<Vec<u8>> {
    let frame = |message: Result<Vec<u8>, ProtocolError>| message.expect("a short message");
    let one = |how: u8, frame: &[u8]| [&[how], frame.get(HEADER..).unwrap_or_default()].concat();
    let mut inputs = Vec::new();
    let mut questions = vec![TO_HELPER];
    for request in requests() {
        let framed = frame(encode(&request));
        inputs.push(one(REQUEST, &framed));
        questions.extend_from_slice(&framed);
        if matches!(request, Request::Unlock { typed: true, .. }) {
            questions.extend(write_header(Kind::Pin, 6).expect("a short PIN"));
            questions.extend(b"123456");
        }
    }
    inputs.push(questions);
    for answer in answers() {
        let framed = frame(encode(&answer));
        inputs.push(one(ANSWER, &framed));
        for (number, request) in (0_u8..).zip(requests()) {
            if request.takes(&answer).is_some() {
                let mut talk = vec![4 * number + TO_PARENT];
                talk.extend_from_slice(&framed);
                if request == Request::Scan {
                    talk.extend(frame(encode(&Answer::Done(Ok(about())))));
                }
                inputs.push(talk);
            }
        }
    }
    inputs
}

fn requests() -> Vec<Request> {
    let token = address();
    let unlock = UnlockId(7);
    let job = Job {
        certificate: vec![0x30, 3, 2, 1, 5],
        label: "PIV Authentication".to_owned(),
        key_id: vec![1],
        scheme: Scheme::EcdsaSecp256r1Sha256,
        message: vec![0x20; 64],
    };
    vec![
        Request::Scan,
        Request::Load {
            module: b"/usr/lib/module.so".to_vec(),
        },
        Request::Credentials {
            token: token.clone(),
        },
        Request::PinState {
            token: token.clone(),
        },
        Request::Unlock {
            token: token.clone(),
            typed: true,
        },
        Request::Unlock {
            token,
            typed: false,
        },
        Request::Sign { unlock, job },
        Request::Lock { unlock },
    ]
}

fn answers() -> Vec<Answer> {
    let failed = FailedCall {
        call: "C_Sign".to_owned(),
        code: "CKR_DEVICE_ERROR".to_owned(),
    };
    let certificate = SeenCertificate {
        der: vec![0x30, 3, 2, 1, 5],
        label: "certificate".to_owned(),
        key_id: vec![1],
        private_key: PrivateKey::Presumed,
        schemes: Scheme::ALL.to_vec(),
    };
    let token = SeenToken {
        address: address(),
        pin: pin_state(),
        certificates: vec![certificate.clone(), certificate.clone()],
    };
    vec![
        Answer::Loaded(Ok(())),
        Answer::Loaded(Err(Cause::NotLoadable("no such symbol".to_owned()))),
        Answer::Loaded(Err(Cause::Slot {
            slot: 3,
            failed: failed.clone(),
        })),
        Answer::Loaded(Err(Cause::TimedOut {
            after: Duration::from_millis(1500),
            printed: "slow".to_owned(),
        })),
        Answer::Done(Err(Cause::Stopped {
            ending: Ending::Signal(11),
            printed: String::new(),
        })),
        Answer::Token(Box::new(token)),
        Answer::SlotFailed {
            slot: 1,
            failed: failed.clone(),
        },
        Answer::Done(Ok(about())),
        Answer::Credentials(Ok(vec![certificate])),
        Answer::Credentials(Err(TokenError::InUse {
            by: Some("gpg-agent".to_owned()),
        })),
        Answer::PinState(Ok(pin_state())),
        Answer::PinState(Err(TokenError::Other(failed.clone()))),
        Answer::Unlocked(Ok(UnlockId(u64::MAX))),
        Answer::Unlocked(Err(UnlockError::WrongPin {
            tries_left: Some(2),
            last_try: false,
        })),
        Answer::Unlocked(Err(UnlockError::Length { min: 4, max: 255 })),
        Answer::Signed(Ok(vec![0x30; 70])),
        Answer::Signed(Err(SignError::UnsupportedScheme {
            scheme: Scheme::Ed25519,
        })),
        Answer::Signed(Err(SignError::Other(failed))),
        Answer::Locked,
    ]
}

fn address() -> Address {
    Address {
        label: "token".to_owned(),
        serial: "12345678".to_owned(),
        model: "SoftHSM v2".to_owned(),
        manufacturer: "SoftHSM project".to_owned(),
        slot: 0x2a5f_1234,
    }
}

fn pin_state() -> PinState {
    PinState {
        entry: PinEntry::Typed,
        tries: Some(3),
        low: false,
        last_try: false,
        blocked: false,
        factory: false,
        min_length: 4,
        max_length: 255,
    }
}

fn about() -> About {
    About {
        description: "Implementation of PKCS11".to_owned(),
        manufacturer: "SoftHSM".to_owned(),
        version: "2.6".to_owned(),
    }
}

const REQUEST: u8 = 0;
const ANSWER: u8 = 1;
const TO_HELPER: u8 = 2;
const TO_PARENT: u8 = 3;
