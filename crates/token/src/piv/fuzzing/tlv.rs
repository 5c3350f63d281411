//! Data objects.

use crate::fuzzing::Outcome;
use crate::piv::tlv::{Tlv, find, objects, write};

/// Reads data objects, and those within them.
pub fn tlv(input: &[u8]) -> Outcome {
    let read: Vec<Tlv<'_>> = objects(input).collect();
    let mut end = 0;
    for object in &read {
        // An object lies after the one before it, and within the input.
        let start = offset(input, object.value);
        let header = if object.tag > 0xffff {
            4
        } else if object.tag > 0xff {
            3
        } else {
            2
        };
        assert!(start >= end + header, "objects overlap");
        end = start + object.value.len();
        assert!(end <= input.len(), "an object ends outside");
        let first = read.iter().find(|other| other.tag == object.tag);
        assert_eq!(find(input, object.tag), first.map(|first| first.value));
        if object.value.len() < input.len() {
            tlv(object.value);
        }
    }
    written_again(&read);
    match read.len() {
        0 => Outcome::Refused,
        _ => Outcome::Read,
    }
}

/// What was read, written in the one way that this crate writes, reads the same.
fn written_again(read: &[Tlv<'_>]) {
    let short: Vec<(u8, &[u8])> = read
        .iter()
        .filter_map(|object| Some((u8::try_from(object.tag).ok()?, object.value)))
        .collect();
    let written: Vec<u8> = short
        .iter()
        .flat_map(|(tag, value)| write(*tag, value))
        .collect();
    let again: Vec<(u32, &[u8])> = objects(&written)
        .map(|object| (object.tag, object.value))
        .collect();
    let expected: Vec<(u32, &[u8])> = short
        .iter()
        .map(|(tag, value)| (u32::from(*tag), *value))
        .collect();
    assert_eq!(again, expected);
}

fn offset(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - whole.as_ptr().addr()
}
