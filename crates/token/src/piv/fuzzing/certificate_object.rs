//! The data objects of a card.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Fingerprint;
use crate::fuzzing::Outcome;
use crate::piv::objects::{
    DISCOVERY, LONGEST, Unreadable, certificate, key_history, pin_reference,
};
use crate::piv::slot::PivSlot;
use crate::piv::{sign, tlv};
use crate::public_key::PublicKey;

/// Reads objects as they are, wrapped as a card wraps them, and compressed. The first byte says
/// which.
pub fn certificate_object(input: &[u8]) -> Outcome {
    let Some(([how, more], content)) = input.split_first_chunk() else {
        return Outcome::Refused;
    };
    match how % 4 {
        0 => any(content),
        1 => any(&wrapped(content, Some(*more))),
        2 => packed(content, *more),
        _ => any(&tlv::write(
            if more & 1 == 0 { 0x53 } else { DISCOVERY[0] },
            content,
        )),
    }
}

fn any(object: &[u8]) -> Outcome {
    let history = key_history(object).map(|slots| retired(&slots));
    let _ = pin_reference(object);
    match certificate(object) {
        Ok(Some(certificate)) => {
            held(&certificate);
            Outcome::Read
        }
        Ok(None) | Err(Unreadable::Damaged | Unreadable::TooLong | Unreadable::Compression) => {
            history.unwrap_or(Outcome::Refused)
        }
    }
}

/// A history names slots of retired keys alone, in order, and no more than there are.
fn retired(slots: &[PivSlot]) -> Outcome {
    let all: Vec<PivSlot> = PivSlot::all_retired().collect();
    assert!(all.starts_with(slots));
    Outcome::Read
}

/// A certificate is within its bound, is read whatever it is, and kept again is the same.
fn held(found: &[u8]) {
    assert!((1..=LONGEST).contains(&found.len()), "{}", found.len());
    let key = PublicKey::of(found);
    let _ = sign::schemes(&key.algorithm);
    let _ = Fingerprint::of(found);
    assert_eq!(key.has_modulus(&key.identity), !key.identity.is_empty());
    assert_eq!(key.has_point(&key.identity), !key.identity.is_empty());
    if !found.starts_with(&[0x1f, 0x8b]) {
        let again = certificate(&wrapped(found, None));
        assert_eq!(again.as_ref().map(Option::as_deref), Ok(Some(found)));
    }
}

/// What was compressed in earnest comes out as it was, or is too long: up to 255 times the input,
/// so that a small object stands for a large one.
fn packed(content: &[u8], times: u8) -> Outcome {
    let long = content.repeat(usize::from(times));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&long).expect("memory takes it");
    let packed = encoder.finish().expect("memory takes it");
    let read = certificate(&wrapped(&packed, Some(1)));
    let expected = match long.len() {
        _ if packed.len() > LONGEST => Err(Unreadable::TooLong),
        0 => Err(Unreadable::Compression),
        1..=LONGEST => Ok(Some(long)),
        _ => Err(Unreadable::TooLong),
    };
    assert_eq!(read, expected);
    match read {
        Ok(_) => Outcome::Read,
        Err(Unreadable::Damaged | Unreadable::TooLong | Unreadable::Compression) => {
            Outcome::Refused
        }
    }
}

/// A certificate object as SP 800-73pt1-5 appendix A has it.
fn wrapped(certificate: &[u8], flags: Option<u8>) -> Vec<u8> {
    let mut content = tlv::write(0x70, certificate);
    if let Some(flags) = flags {
        content.extend(tlv::write(0x71, &[flags]));
    }
    content.extend([0xfe, 0]);
    tlv::write(0x53, &content)
}
