//! Tags and lengths, as PIV nests them (ISO/IEC 7816-4 §5.2, SP 800-73pt1-5 §3).

/// Reads one data object after the other.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next tag with its content; nothing at the end, and nothing for what cannot be read.
    pub(crate) fn next(&mut self) -> Option<(u32, &'a [u8])> {
        let (tag, rest) = tag(self.0)?;
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Every data object of a template, or nothing if any of it cannot be read.
pub(crate) fn all(bytes: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    let mut reader = Reader::new(bytes);
    let mut found = Vec::new();
    while !reader.is_empty() {
        found.push(reader.next()?);
    }
    Some(found)
}

/// The content of the first data object with this tag.
pub(crate) fn find<'a>(objects: &[(u32, &'a [u8])], tag: u32) -> Option<&'a [u8]> {
    objects
        .iter()
        .find(|(found, _)| *found == tag)
        .map(|(_, content)| *content)
}

/// The content of a message that is one data object with this tag and nothing else.
pub(crate) fn only(bytes: &[u8], tag: u32) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes);
    let (found, content) = reader.next()?;
    (found == tag && reader.is_empty()).then_some(content)
}

/// Appends one data object.
pub(crate) fn put(out: &mut Vec<u8>, tag: u32, content: &[u8]) {
    let bytes = tag.to_be_bytes();
    let zeros = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
    out.extend(bytes.iter().skip(zeros));
    put_length(out, content.len());
    out.extend_from_slice(content);
}

/// One data object.
pub(crate) fn wrap(tag: u32, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len().saturating_add(8));
    put(&mut out, tag, content);
    out
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    if let Ok(short @ 0..=0x7F) = u8::try_from(length) {
        out.push(short);
        return;
    }
    let bytes = length.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let kept = bytes.len().saturating_sub(zeros);
    out.push(0x80 | u8::try_from(kept).unwrap_or(0x7F));
    out.extend(bytes.iter().skip(zeros));
}

fn tag(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let mut tag = u32::from(first);
    if first & 0x1F == 0x1F {
        // Two more bytes at most: PIV has none longer.
        for more in 0..3 {
            let (&next, after) = rest.split_first()?;
            if more == 2 {
                return None;
            }
            tag = tag << 8 | u32::from(next);
            rest = after;
            if next & 0x80 == 0 {
                break;
            }
        }
    }
    Some((tag, rest))
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..=0x7F => Some((usize::from(first), rest)),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x0F))?;
            let length = bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            Some((length, rest))
        }
        0x80 | 0x84..=0xFF => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            tag in prop_oneof![Just(0x53), Just(0x7C), Just(0x5F50), Just(0x7F49), Just(0x82)],
            content in proptest::collection::vec(any::<u8>(), 0..70_000),
        ) {
            let written = wrap(tag, &content);
            prop_assert_eq!(only(&written, tag), Some(content.as_slice()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(found) = all(&bytes) {
                let sum: usize = found.iter().map(|(_, content)| content.len()).sum();
                prop_assert!(sum <= bytes.len());
            }
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        assert_eq!(all(&[0x53, 0x02, 0x00]), None);
        assert_eq!(all(&[0x53, 0x82, 0x01]), None);
        assert_eq!(all(&[0x53, 0x80]), None);
        assert_eq!(all(&[0x5F]), None);
    }
}
