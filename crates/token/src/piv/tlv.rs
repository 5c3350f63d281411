//! A reader of BER-TLV as cards send it (ISO/IEC 7816-4 §5.2.2), for bytes that nobody vouches for.

/// One data object and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u32,
    pub(crate) value: &'a [u8],
}

/// The data objects that stand side by side in some bytes. It ends at the first that is cut short.
#[derive(Debug, Clone)]
pub(crate) struct Objects<'a>(&'a [u8]);

/// The objects in these bytes.
pub(crate) fn objects(bytes: &[u8]) -> Objects<'_> {
    Objects(bytes)
}

/// The value of the first object with this tag.
pub(crate) fn find(bytes: &[u8], tag: u32) -> Option<&[u8]> {
    objects(bytes)
        .find(|object| object.tag == tag)
        .map(|object| object.value)
}

impl<'a> Iterator for Objects<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        // Zeros and ones before a tag are padding (ISO/IEC 7816-4 §5.2.2.1).
        let padding = self.0.iter().take_while(|byte| **byte == 0).count();
        let read = self.0.get(padding..).and_then(first);
        let (object, rest) = read.map_or((None, &[][..]), |(object, rest)| (Some(object), rest));
        self.0 = rest;
        object
    }
}

fn first(bytes: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (tag, bytes) = tag(bytes)?;
    let (length, bytes) = length(bytes)?;
    let (value, rest) = bytes.split_at_checked(length)?;
    Some((Tlv { tag, value }, rest))
}

/// One to three bytes, read as one number: `5F2F` is `0x5F2F`.
fn tag(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let mut tag = u32::from(*first);
    if first & 0x1f == 0x1f {
        for _ in 0..2 {
            let (next, after) = rest.split_first()?;
            tag = tag << 8 | u32::from(*next);
            rest = after;
            if next & 0x80 == 0 {
                return Some((tag, rest));
            }
        }
        return None;
    }
    Some((tag, rest))
}

/// One byte up to 127, else the number of bytes that follow, of which a card needs three at most.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return Some((usize::from(*first), rest));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=3).contains(&count) {
        return None;
    }
    let (digits, rest) = rest.split_at_checked(count)?;
    let length = digits
        .iter()
        .fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
    Some((length, rest))
}

/// Writes one data object with a tag of one byte.
pub(crate) fn write(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut object = vec![tag];
    let length = value.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let digits = length.get(zeros..).unwrap_or_default();
    match u8::try_from(digits.len()) {
        Ok(count) if value.len() > 0x7f => {
            object.push(0x80 | count);
            object.extend_from_slice(digits);
        }
        Ok(_) | Err(_) => object.push(digits.first().copied().unwrap_or(0)),
    }
    object.extend_from_slice(value);
    object
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_of_one_and_two_bytes_are_read() {
        let bytes = [0x5f, 0x2f, 2, 0x40, 0, 0x4f, 1, 9];
        assert_eq!(find(&bytes, 0x5f2f), Some(&[0x40, 0][..]));
        assert_eq!(find(&bytes, 0x4f), Some(&[9][..]));
        assert_eq!(find(&bytes, 0x40), None);
    }

    #[test]
    fn an_object_that_is_cut_short_is_none() {
        assert_eq!(find(&[0x53, 5, 1, 2], 0x53), None);
        assert_eq!(find(&[0x53, 0x82, 1], 0x53), None);
        assert_eq!(find(&[0x53, 0x84, 0, 0, 0, 1, 7], 0x53), None);
        assert_eq!(find(&[0x53, 0x80, 0, 0], 0x53), None);
        assert_eq!(find(&[0x53], 0x53), None);
        assert_eq!(find(&[0x5f, 0xff, 0xff, 0xff, 1], 0x53), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_end(bytes in any::<Vec<u8>>()) {
            let values: usize = objects(&bytes).map(|object| object.value.len()).sum();
            prop_assert!(values <= bytes.len());
        }

        #[test]
        fn what_is_written_is_read(tag in 1_u8..0x1f, length in 0_usize..70_000) {
            let value = vec![7; length];
            let object = write(tag, &value);
            prop_assert_eq!(find(&object, u32::from(tag)), Some(value.as_slice()));
        }
    }
}
