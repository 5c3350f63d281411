//! Reading DER (X.690 §10) strictly: an element's length is minimal, nothing follows where nothing
//! may follow, and an element is what the standard says stands there. What a lenient reader passes
//! over, two readers may take for two different certificates.

use der::{Decode, Header, Length, Reader, SliceReader, Tag, TagNumber};

use crate::oid::Oid;

/// Why bytes are not the DER that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotDer(pub(crate) &'static str);

/// One element: its tag, its contents, and where it stands in the bytes that were read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    /// Offset of the tag.
    start: usize,
    whole: &'a [u8],
    pub(crate) contents: &'a [u8],
}

/// Elements that stand one after the other.
///
/// Reading a list is these few functions over and over, so they are asked to be inlined where they
/// are called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements<'a> {
    /// Those that were not read yet.
    rest: &'a [u8],
    /// Offset of the first byte of `rest`.
    start: usize,
}

impl<'a> Elements<'a> {
    /// The elements of `bytes`.
    #[inline]
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, NotDer> {
        Self::at(bytes, 0)
    }

    #[inline]
    fn at(bytes: &'a [u8], start: usize) -> Result<Self, NotDer> {
        u32::try_from(bytes.len()).map_err(|_| NotDer("it is too long"))?;
        Ok(Self { rest: bytes, start })
    }

    /// Whether none is left.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever it is.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Element<'a>, NotDer> {
        const TOO_LONG: NotDer = NotDer("an element is longer than what holds it");
        let Start {
            tag,
            header,
            length,
        } = match Start::of_short(self.rest) {
            Some(start) => start,
            None => Start::of_any(self.rest)?,
        };
        #[cfg(test)]
        counted::one();
        let end = header.checked_add(length).ok_or(TOO_LONG)?;
        let (whole, rest) = self.rest.split_at_checked(end).ok_or(TOO_LONG)?;
        let contents = whole.get(header..).ok_or(TOO_LONG)?;
        let element = Element {
            tag,
            start: self.start,
            whole,
            contents,
        };
        self.rest = rest;
        self.start = self.start.saturating_add(end);
        Ok(element)
    }

    /// The next element, which has this tag.
    #[inline]
    pub(crate) fn expect(
        &mut self,
        tag: Tag,
        otherwise: &'static str,
    ) -> Result<Element<'a>, NotDer> {
        self.next_if(tag)?.ok_or(NotDer(otherwise))
    }

    /// The next element if it has this tag.
    #[inline]
    pub(crate) fn next_if(&mut self, tag: Tag) -> Result<Option<Element<'a>>, NotDer> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut ahead = *self;
        let element = ahead.next()?;
        if element.tag != tag {
            return Ok(None);
        }
        *self = ahead;
        Ok(Some(element))
    }

    /// Refuses what is left.
    #[inline]
    pub(crate) fn end(&self) -> Result<(), NotDer> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(NotDer("elements follow where none may follow"))
        }
    }
}

/// An element's tag and length, and how many bytes those two take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Start {
    tag: Tag,
    header: usize,
    length: usize,
}

impl Start {
    /// One byte for the tag and one for the length, as nearly every element of a list has them: a
    /// list has millions, and they are what reading it takes. Of the rest nothing is said.
    #[inline]
    fn of_short(bytes: &[u8]) -> Option<Self> {
        let [tag, length @ ..=0x7f, ..] = bytes else {
            return None;
        };
        let tag = match tag {
            0x02 => Tag::Integer,
            0x04 => Tag::OctetString,
            0x06 => Tag::ObjectIdentifier,
            0x0a => Tag::Enumerated,
            0x17 => Tag::UtcTime,
            0x18 => Tag::GeneralizedTime,
            0x30 => Tag::Sequence,
            _ => return None,
        };
        Some(Self {
            tag,
            header: 2,
            length: usize::from(*length),
        })
    }

    /// Whatever DER has.
    fn of_any(bytes: &[u8]) -> Result<Self, NotDer> {
        const FAULT: NotDer = NotDer("an element has no valid tag and length");
        let mut reader = SliceReader::new(bytes).map_err(|_| FAULT)?;
        let header = Header::decode(&mut reader).map_err(|_| FAULT)?;
        let length = |length: Length| usize::try_from(length).map_err(|_| FAULT);
        Ok(Self {
            tag: header.tag(),
            header: length(reader.position())?,
            length: length(header.length())?,
        })
    }
}

impl<'a> Element<'a> {
    /// The one element that `bytes` hold.
    pub(crate) fn only(bytes: &'a [u8], tag: Tag, otherwise: &'static str) -> Result<Self, NotDer> {
        let mut elements = Elements::of(bytes)?;
        let element = elements.expect(tag, otherwise)?;
        elements.end()?;
        Ok(element)
    }

    /// The elements inside.
    #[inline]
    pub(crate) fn inside(&self) -> Result<Elements<'a>, NotDer> {
        let header = self.whole.len().saturating_sub(self.contents.len());
        Elements::at(self.contents, self.start.saturating_add(header))
    }

    /// The element as it stands, tag and length included.
    pub(crate) fn whole(&self) -> &'a [u8] {
        self.whole
    }

    /// Where it stands, tag and length included.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start.saturating_add(self.whole.len())
    }

    /// Where its contents stand.
    pub(crate) fn contents_range(&self) -> std::ops::Range<usize> {
        let end = self.start.saturating_add(self.whole.len());
        end.saturating_sub(self.contents.len())..end
    }

    /// A BOOLEAN: FF or 00 and nothing else (X.690 §11.1).
    pub(crate) fn boolean(&self) -> Result<bool, NotDer> {
        match self.contents {
            [0xff] => Ok(true),
            [0x00] => Ok(false),
            _ => Err(NotDer("a BOOLEAN is neither 00 nor FF")),
        }
    }

    /// An INTEGER in the fewest bytes (X.690 §8.3.2).
    pub(crate) fn integer(&self) -> Result<&'a [u8], NotDer> {
        match self.contents {
            [] => Err(NotDer("an INTEGER has no bytes")),
            [0x00, next, ..] if next & 0x80 == 0 => Err(NotDer("an INTEGER has too many bytes")),
            [0xff, next, ..] if next & 0x80 != 0 => Err(NotDer("an INTEGER has too many bytes")),
            bytes => Ok(bytes),
        }
    }

    /// An INTEGER (0..MAX) that counts; what is beyond 32 bits counts as the most.
    pub(crate) fn count(&self) -> Result<u32, NotDer> {
        let bytes = self.integer()?;
        if bytes.first().is_some_and(|first| first & 0x80 != 0) {
            return Err(NotDer("a number that counts is negative"));
        }
        let digits = bytes.strip_prefix(&[0]).unwrap_or(bytes);
        if digits.len() > 4 {
            return Ok(u32::MAX);
        }
        Ok(digits
            .iter()
            .fold(0, |sum: u32, digit| (sum << 8) | u32::from(*digit)))
    }

    /// An OBJECT IDENTIFIER.
    pub(crate) fn oid(&self) -> Result<Oid, NotDer> {
        Oid::from_contents(self.contents).ok_or(NotDer("an OBJECT IDENTIFIER is not one"))
    }

    /// A BIT STRING: its bytes and how many bits at the end are unused, which are zero (X.690 §11.2).
    pub(crate) fn bits(&self) -> Result<(&'a [u8], u8), NotDer> {
        const FAULT: NotDer = NotDer("a BIT STRING is not one");
        let (unused, bytes) = self.contents.split_first().ok_or(FAULT)?;
        let padding = match bytes.last() {
            Some(last) if *unused < 8 => u16::from(*last) & ((1_u16 << *unused) - 1),
            None if *unused == 0 => 0,
            Some(_) | None => return Err(FAULT),
        };
        if padding != 0 {
            return Err(NotDer("the unused bits of a BIT STRING are not zero"));
        }
        Ok((bytes, *unused))
    }

    /// A BIT STRING of whole bytes.
    pub(crate) fn octets_in_bits(&self) -> Result<&'a [u8], NotDer> {
        match self.bits()? {
            (bytes, 0) => Ok(bytes),
            _ => Err(NotDer("a BIT STRING is not of whole bytes")),
        }
    }

    /// A text in ASCII without NUL, as `IA5String` has it in names.
    pub(crate) fn ia5(&self) -> Result<&'a str, NotDer> {
        if self.contents.is_ascii() && !self.contents.contains(&0) {
            std::str::from_utf8(self.contents).map_err(|_| NotDer("a text is not in IA5String"))
        } else {
            Err(NotDer("a text is not in IA5String"))
        }
    }
}

/// The tag `[number]` of a constructed element.
pub(crate) const fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// The tag `[number]` of a primitive element.
pub(crate) const fn context_primitive(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(number),
    }
}

/// How many elements a test's thread has read: what hostile sizes cost, without a clock.
#[cfg(test)]
pub(crate) mod counted {
    use std::cell::Cell;

    thread_local!(static READ: Cell<usize> = const { Cell::new(0) });

    pub(super) fn one() {
        READ.set(READ.get() + 1);
    }

    /// The elements that `work` reads.
    pub(crate) fn during<T>(work: impl FnOnce() -> T) -> (usize, T) {
        let before = READ.get();
        let done = work();
        (READ.get() - before, done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_one_encoding_is_refused() {
        let tables: [(&[u8], &str); 5] = [
            (&[0x30, 0x81, 0x02, 0x05, 0x00], "a length in two bytes"),
            (&[0x30, 0x80, 0x05, 0x00, 0x00, 0x00], "no length"),
            (&[0x30, 0x03, 0x05, 0x00], "a length beyond the end"),
            (&[0x30, 0x02, 0x05, 0x00, 0x00], "a byte behind"),
            (&[0x10, 0x02, 0x05, 0x00], "a SEQUENCE that is primitive"),
        ];
        for (bytes, what) in tables {
            assert!(Element::only(bytes, Tag::Sequence, "").is_err(), "{what}");
        }
        assert!(Element::only(&[0x30, 0x02, 0x05, 0x00], Tag::Sequence, "").is_ok());
    }

    #[test]
    fn the_short_way_says_what_the_long_way_says() {
        let mut short = 0;
        for start in 0..=u16::MAX {
            let bytes = start.to_be_bytes();
            if let Some(read) = Start::of_short(&bytes) {
                assert_eq!(Start::of_any(&bytes), Ok(read), "{bytes:02x?}");
                short += 1;
            }
        }
        assert_eq!(short, 7 * 128);
        assert_eq!(Start::of_short(&[0x30]), None);
    }

    #[test]
    fn places_are_counted_from_the_first_byte() {
        let bytes = [0x30, 0x08, 0x02, 0x01, 0x07, 0x30, 0x03, 0x0c, 0x01, 0x61];
        let outer = Element::only(&bytes, Tag::Sequence, "").unwrap_or_else(|_| unreachable!());
        let mut inside = outer.inside().unwrap_or_else(|_| unreachable!());
        let mut next = || inside.next().unwrap_or_else(|_| unreachable!());
        assert_eq!(next().range(), 2..5);
        let second = next();
        assert_eq!((second.range(), second.contents_range()), (5..10, 7..10));
        let text = second.inside().and_then(|mut inside| inside.next());
        let text = text.unwrap_or_else(|_| unreachable!());
        assert_eq!((text.contents_range(), text.contents), (9..10, &b"a"[..]));
        assert!(inside.is_empty());
    }

    #[test]
    fn values_have_one_encoding_each() {
        let read = |tag: Tag, bytes: &'static [u8]| {
            Element::only(bytes, tag, "").unwrap_or_else(|_| unreachable!())
        };
        assert!(read(Tag::Boolean, &[1, 1, 1]).boolean().is_err());
        assert_eq!(read(Tag::Boolean, &[1, 1, 255]).boolean(), Ok(true));
        assert!(read(Tag::Integer, &[2, 2, 0, 1]).integer().is_err());
        assert!(read(Tag::Integer, &[2, 2, 255, 128]).integer().is_err());
        assert_eq!(read(Tag::Integer, &[2, 2, 0, 128]).count(), Ok(128));
        assert!(read(Tag::Integer, &[2, 1, 128]).count().is_err());
        assert_eq!(
            read(Tag::Integer, &[2, 5, 1, 0, 0, 0, 0]).count(),
            Ok(u32::MAX)
        );
        assert!(read(Tag::BitString, &[3, 2, 1, 1]).bits().is_err());
        assert!(read(Tag::BitString, &[3, 1, 1]).bits().is_err());
        assert!(read(Tag::BitString, &[3, 2, 8, 0]).bits().is_err());
        assert_eq!(
            read(Tag::BitString, &[3, 2, 1, 2]).bits(),
            Ok((&[2][..], 1))
        );
        assert!(read(Tag::Ia5String, &[0x16, 1, 0]).ia5().is_err());
    }
}
