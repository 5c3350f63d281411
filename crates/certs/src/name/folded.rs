//! Names brought into a form in which matching ones have the same bytes: the string preparation of
//! RFC 5280 §7.1 (RFC 4518 §2, for case-insensitive matching).

use std::borrow::Cow;

use der::Tag;
use unicode_normalization::UnicodeNormalization;

use crate::encoding::Element;
use crate::oid::Oid;

/// Adds one relative name. It carries its own length, so the whole of one name is a prefix of
/// another exactly if its relative names are the first ones of the other.
pub(super) fn push(folded: &mut Vec<u8>, attributes: &[(Oid, Element<'_>)]) {
    let mut encoded: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(oid, value)| attribute(oid, value))
        .collect();
    // A relative name is a set: the order in it says nothing.
    encoded.sort_unstable();
    let relative = encoded.concat();
    push_bytes(folded, &relative);
}

fn attribute(oid: &Oid, value: &Element<'_>) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(value.contents.len().saturating_add(32));
    push_bytes(&mut encoded, oid.contents());
    if let Some(text) = text(value) {
        encoded.push(1);
        push_bytes(&mut encoded, fold(&text).as_bytes());
    } else {
        encoded.push(0);
        push_bytes(&mut encoded, value.whole());
    }
    encoded
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    // Lengths come from a certificate, which is far smaller than 4 GB.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

/// The text of a value of one of the string types; `None` of any other value.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is of the DER library, which adds to it"
)]
pub(super) fn text<'a>(value: &Element<'a>) -> Option<Cow<'a, str>> {
    match value.tag {
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::NumericString
        | Tag::VisibleString => std::str::from_utf8(value.contents).ok().map(Cow::Borrowed),
        // What CAs write into it is ISO 8859-1.
        Tag::TeletexString => Some(value.contents.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let (units, rest) = value.contents.as_chunks::<2>();
            if !rest.is_empty() {
                return None;
            }
            let units: Vec<u16> = units.iter().copied().map(u16::from_be_bytes).collect();
            String::from_utf16(&units).ok().map(Cow::Owned)
        }
        _ => None,
    }
}

/// Maps, normalizes and folds a text, and keeps one blank where there were some.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut blank = false;
    let mut push = |character: char| {
        if character == ' ' {
            blank = !folded.is_empty();
        } else {
            if blank {
                folded.push(' ');
                blank = false;
            }
            folded.push(character);
        }
    };
    if text.is_ascii() {
        for byte in text.bytes() {
            if let Some(character) = map(char::from(byte)) {
                push(character.to_ascii_lowercase());
            }
        }
    } else {
        // Upper case first: it joins what lower case keeps apart (ß and ss, ς and σ).
        let characters = text
            .chars()
            .filter_map(map)
            .nfkc()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .nfkc();
        for character in characters {
            push(character);
        }
    }
    folded
}

/// RFC 4518 §2.2: what is mapped to a blank, and what to nothing.
fn map(character: char) -> Option<char> {
    match character {
        '\t'..='\r' | '\u{85}' => Some(' '),
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{1806}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2063}'
        | '\u{206a}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffc}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}' => None,
        other if other.is_whitespace() => Some(' '),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn texts_that_mean_the_same_fold_to_the_same() {
        let same = [
            ("Good CA", "  gOOD   ca "),
            ("Good\tCA", "good ca"),
            ("Stra\u{df}e", "STRASSE"),
            ("Caf\u{e9}", "cafe\u{301}"),
            (
                "\u{3a3}\u{3af}\u{3c3}\u{3c5}\u{3c6}\u{3bf}\u{3c2}",
                "\u{3c3}\u{3af}\u{3c3}\u{3c5}\u{3c6}\u{3bf}\u{3c3}",
            ),
            ("\u{ff27}ood\u{a0}CA", "good ca"),
            ("Go\u{ad}od", "good"),
        ];
        for (one, other) in same {
            assert_eq!(fold(one), fold(other));
        }
    }

    #[test]
    fn texts_that_differ_fold_to_what_differs() {
        assert_ne!(fold("Good CA"), fold("GoodCA"));
        assert_ne!(fold("Good CA 1"), fold("Good CA 11"));
        assert_ne!(fold("Caf\u{e9}"), fold("Cafe"));
    }
}
