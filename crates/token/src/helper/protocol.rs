//! The bytes between this program and a module's helper.
//!
//! A frame is a length (four bytes, big-endian, of the body alone), a version, a kind and the body.
//! A message's body is a value in postcard's encoding; a PIN's body is the PIN. Both sides are the
//! same executable, yet the module shares the helper's memory, so what comes from there is treated
//! as hostile: lengths are bounded before anything is allocated, and decoding cannot panic.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::pkcs11::message::{Answer, Request};

/// The first bytes of each frame.
pub(crate) const HEADER: usize = 6;
/// The longest body of a message: a token with a hundred certificates has less than a quarter.
pub(crate) const LONGEST_MESSAGE: usize = 1024 * 1024;
/// The longest PIN ([`Pin`](crate::Pin)).
pub(crate) const LONGEST_PIN: usize = 255;

const VERSION: u8 = 1;
const MESSAGE: u8 = 0;
const PIN: u8 = 1;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Pin,
}

/// What a frame's first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    /// The length of the body, which is no longer than frames of this kind may be.
    pub(crate) length: usize,
}

/// Why bytes are no frame or no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum ProtocolError {
    #[error("a frame of a foreign version")]
    Version,
    #[error("a frame of a foreign kind")]
    Kind,
    #[error("a frame that is too long")]
    Length,
    #[error("a message that cannot be read")]
    Message,
}

/// Reads the first bytes of a frame.
///
/// # Errors
///
/// [`ProtocolError`] when no body of ours can follow.
pub(crate) fn read_header(bytes: [u8; HEADER]) -> Result<Header, ProtocolError> {
    let [a, b, c, d, version, kind] = bytes;
    if version != VERSION {
        return Err(ProtocolError::Version);
    }
    let (kind, longest) = match kind {
        MESSAGE => (Kind::Message, LONGEST_MESSAGE),
        PIN => (Kind::Pin, LONGEST_PIN),
        _ => return Err(ProtocolError::Kind),
    };
    let length = u32::from_be_bytes([a, b, c, d]);
    match usize::try_from(length) {
        Ok(length) if length <= longest => Ok(Header { kind, length }),
        Ok(_) | Err(_) => Err(ProtocolError::Length),
    }
}

/// The first bytes of a frame of this kind and length.
///
/// # Errors
///
/// [`ProtocolError::Length`] when the body is too long.
pub(crate) fn write_header(kind: Kind, length: usize) -> Result<[u8; HEADER], ProtocolError> {
    let (kind, longest) = match kind {
        Kind::Message => (MESSAGE, LONGEST_MESSAGE),
        Kind::Pin => (PIN, LONGEST_PIN),
    };
    if length > longest {
        return Err(ProtocolError::Length);
    }
    let length = u32::try_from(length).map_err(|_| ProtocolError::Length)?;
    let [a, b, c, d] = length.to_be_bytes();
    Ok([a, b, c, d, VERSION, kind])
}

/// A message as a whole frame.
///
/// # Errors
///
/// [`ProtocolError::Length`] when it is too long.
pub(crate) fn encode(message: &impl Serialize) -> Result<Vec<u8>, ProtocolError> {
    let body = postcard::to_stdvec(message).map_err(|_| ProtocolError::Message)?;
    let header = write_header(Kind::Message, body.len())?;
    Ok([header.as_slice(), body.as_slice()].concat())
}

/// Reads the body of a question.
///
/// # Errors
///
/// [`ProtocolError::Message`] when it is none, or more than one.
pub(crate) fn decode_request(body: &[u8]) -> Result<Request, ProtocolError> {
    decode(body)
}

/// Reads the body of an answer.
///
/// # Errors
///
/// [`ProtocolError::Message`] when it is none, or more than one.
pub(crate) fn decode_answer(body: &[u8]) -> Result<Answer, ProtocolError> {
    decode(body)
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, ProtocolError> {
    if body.len() > LONGEST_MESSAGE {
        return Err(ProtocolError::Length);
    }
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        Ok(_) | Err(_) => Err(ProtocolError::Message),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pkcs11::message::{Address, Job, SeenCertificate, SeenToken, UnlockId};
    use crate::{Cause, FailedCall, PinEntry, PinState, PrivateKey, Scheme, UnlockError};

    #[test]
    fn a_foreign_version_kind_or_length_is_refused() {
        let good = write_header(Kind::Message, 7).expect("a short message");
        assert_eq!(
            read_header(good),
            Ok(Header {
                kind: Kind::Message,
                length: 7
            })
        );
        let [a, b, c, d, version, kind] = good;
        let foreign = [a, b, c, d, version + 1, kind];
        assert_eq!(read_header(foreign), Err(ProtocolError::Version));
        let foreign = [a, b, c, d, version, 2];
        assert_eq!(read_header(foreign), Err(ProtocolError::Kind));
        let long = [0, 16, 0, 1, version, kind];
        assert_eq!(read_header(long), Err(ProtocolError::Length));
        let long_pin = [0, 0, 1, 0, version, PIN];
        assert_eq!(read_header(long_pin), Err(ProtocolError::Length));
    }

    #[test]
    fn nothing_too_long_is_written() {
        let certificates = vec![seen(vec![0; 64 * 1024]); 17];
        let answer = Answer::Credentials(Ok(certificates));
        assert_eq!(encode(&answer), Err(ProtocolError::Length));
        assert_eq!(write_header(Kind::Pin, 256), Err(ProtocolError::Length));
    }

    #[test]
    fn one_message_is_one_message() {
        let frame = encode(&Request::Scan).expect("a short message");
        let body = &frame[HEADER..];
        assert_eq!(decode_request(body), Ok(Request::Scan));
        let two = [body, body].concat();
        assert_eq!(decode_request(&two), Err(ProtocolError::Message));
        assert_eq!(decode_request(&[]), Err(ProtocolError::Message));
    }

    proptest! {
        #[test]
        fn a_header_survives(length in 0..=LONGEST_MESSAGE) {
            let written = write_header(Kind::Message, length).expect("within the bound");
            let header = Header { kind: Kind::Message, length };
            prop_assert_eq!(read_header(written), Ok(header));
        }

        #[test]
        fn any_header_is_bounded(bytes in any::<[u8; HEADER]>()) {
            if let Ok(header) = read_header(bytes) {
                prop_assert!(header.length <= LONGEST_MESSAGE);
                prop_assert_eq!(write_header(header.kind, header.length), Ok(bytes));
            }
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
            let _ = decode_answer(&bytes);
            let _ = decode_request(&bytes);
        }

        #[test]
        fn a_broken_answer_is_read_or_refused(
            answer in answers(),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let frame = encode(&answer).expect("a short message");
            let mut body = frame.get(HEADER..).expect("a body").to_vec();
            let at = at.index(body.len());
            body[at] = byte;
            let _ = decode_answer(&body);
            // A whole message is never the beginning of itself.
            prop_assert!(decode_answer(&frame[HEADER..frame.len() - 1]).is_err());
        }

        #[test]
        fn an_answer_survives(answer in answers()) {
            let frame = encode(&answer).expect("a short message");
            prop_assert_eq!(decode_answer(&frame[HEADER..]), Ok(answer));
        }

        #[test]
        fn a_request_survives(request in requests()) {
            let frame = encode(&request).expect("a short message");
            prop_assert_eq!(decode_request(&frame[HEADER..]), Ok(request));
        }
    }

    fn requests() -> impl Strategy<Value = Request> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..300);
        let schemes = proptest::sample::select(Scheme::ALL.to_vec());
        prop_oneof![
            bytes().prop_map(|module| Request::Load { module }),
            Just(Request::Scan),
            addresses().prop_map(|token| Request::Credentials { token }),
            addresses().prop_map(|token| Request::PinState { token }),
            (addresses(), any::<bool>())
                .prop_map(|(token, typed)| Request::Unlock { token, typed }),
            (any::<u64>(), bytes(), any::<String>(), bytes(), schemes).prop_map(
                |(unlock, certificate, label, message, scheme)| Request::Sign {
                    unlock: UnlockId(unlock),
                    job: Job {
                        certificate,
                        label,
                        key_id: message.clone(),
                        scheme,
                        message,
                    },
                }
            ),
            any::<u64>().prop_map(|unlock| Request::Lock {
                unlock: UnlockId(unlock)
            }),
        ]
    }

    fn answers() -> impl Strategy<Value = Answer> {
        let bytes = || proptest::collection::vec(any::<u8>(), 1..300);
        let failed = |(call, code)| FailedCall { call, code };
        prop_oneof![
            Just(Answer::Loaded(Ok(()))),
            any::<String>().prop_map(|why| Answer::Loaded(Err(Cause::NotLoadable(why)))),
            (addresses(), bytes()).prop_map(|(address, der)| {
                Answer::Token(Box::new(SeenToken {
                    address,
                    pin: pin_state(),
                    certificates: vec![seen(der)],
                }))
            }),
            (any::<u64>(), any::<(String, String)>()).prop_map(move |(slot, words)| {
                Answer::SlotFailed {
                    slot,
                    failed: failed(words),
                }
            }),
            bytes().prop_map(|signature| Answer::Signed(Ok(signature))),
            any::<Option<u8>>().prop_map(|tries_left| {
                Answer::Unlocked(Err(UnlockError::WrongPin {
                    tries_left,
                    last_try: false,
                }))
            }),
        ]
    }

    fn addresses() -> impl Strategy<Value = Address> {
        (any::<[String; 4]>(), any::<u64>()).prop_map(|(names, slot)| {
            let [label, serial, model, manufacturer] = names;
            Address {
                label,
                serial,
                model,
                manufacturer,
                slot,
            }
        })
    }

    fn seen(der: Vec<u8>) -> SeenCertificate {
        SeenCertificate {
            der,
            label: "label".to_owned(),
            key_id: vec![1],
            private_key: PrivateKey::Presumed,
            schemes: vec![Scheme::Ed25519],
        }
    }

    fn pin_state() -> PinState {
        PinState {
            entry: PinEntry::Typed,
            tries: Some(3),
            low: true,
            last_try: false,
            blocked: false,
            factory: false,
            min_length: 4,
            max_length: 255,
        }
    }
}
