//! Walking DER with the `der` crate, one element after the other, without an object for each.

use der::asn1::AnyRef;
use der::{Decode, Encode, Reader as _, SliceReader, Tag, TagNumber};
use time::{Date, Month};

use crate::time::Time;

/// The elements of a constructed value, in their order.
pub(crate) struct Fields<'a> {
    reader: SliceReader<'a>,
}

impl<'a> Fields<'a> {
    /// Walks what stands inside a value.
    pub(crate) fn of(contents: &'a [u8]) -> Result<Self, der::Error> {
        Ok(Self {
            reader: SliceReader::new(contents)?,
        })
    }

    /// Walks the elements of the SEQUENCE that `bytes` are, whole and alone.
    pub(crate) fn of_sequence(bytes: &'a [u8]) -> Result<Self, der::Error> {
        let mut outer = Self::of(bytes)?;
        let contents = outer.take(Tag::Sequence)?;
        outer.end()?;
        Self::of(contents)
    }

    /// How many bytes of the contents lie before the next element.
    pub(crate) fn position(&self) -> u32 {
        self.reader.position().into()
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.reader.is_finished()
    }

    /// The next element; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<AnyRef<'a>>, der::Error> {
        if self.reader.is_finished() {
            return Ok(None);
        }
        AnyRef::decode(&mut self.reader).map(Some)
    }

    /// The contents of the next element, which has to have this tag.
    pub(crate) fn take(&mut self, tag: Tag) -> Result<&'a [u8], der::Error> {
        let header = der::Header::decode(&mut self.reader)?;
        if header.tag() != tag {
            return Err(header.tag().unexpected_error(Some(tag)).to_error());
        }
        self.reader.read_slice(header.length())
    }

    /// The contents of the next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<&'a [u8]>, der::Error> {
        if self.reader.is_finished() || Tag::peek(&self.reader)? != tag {
            return Ok(None);
        }
        self.take(tag).map(Some)
    }

    /// The next element with its header.
    pub(crate) fn whole(&mut self) -> Result<&'a [u8], der::Error> {
        self.reader.tlv_bytes()
    }

    /// The next element as a time; none if it is something else, or nothing is left.
    pub(crate) fn optional_time(&mut self) -> Result<Option<Time>, der::Error> {
        for tag in [Tag::UtcTime, Tag::GeneralizedTime] {
            if let Some(text) = self.optional(tag)? {
                return time(tag, text)
                    .map(Some)
                    .ok_or_else(|| tag.value_error().to_error());
            }
        }
        Ok(None)
    }

    /// The next element as a time.
    pub(crate) fn time(&mut self) -> Result<Time, der::Error> {
        self.optional_time()?
            .ok_or_else(|| Tag::GeneralizedTime.value_error().to_error())
    }

    /// The next element as a time of the one form that OCSP allows.
    pub(crate) fn generalized_time(&mut self) -> Result<Time, der::Error> {
        let text = self.take(Tag::GeneralizedTime)?;
        time(Tag::GeneralizedTime, text)
            .ok_or_else(|| Tag::GeneralizedTime.value_error().to_error())
    }

    /// Sees to it that nothing follows.
    pub(crate) fn end(self) -> Result<(), der::Error> {
        self.reader.finish()
    }
}

/// One extension (RFC 5280 §4.2), of a list, an entry or a response.
pub(crate) struct Extension<'a> {
    pub(crate) oid: der::asn1::ObjectIdentifier,
    pub(crate) critical: bool,
    /// The contents of the OCTET STRING.
    pub(crate) value: &'a [u8],
}

impl<'a> Extension<'a> {
    /// Reads the next extension of `Extensions ::= SEQUENCE OF Extension`; none at the end.
    pub(crate) fn next(all: &mut Fields<'a>) -> Result<Option<Self>, der::Error> {
        let Some(contents) = all.optional(Tag::Sequence)? else {
            return match all.next()? {
                None => Ok(None),
                Some(other) => Err(der::Tagged::tag(&other)
                    .unexpected_error(Some(Tag::Sequence))
                    .to_error()),
            };
        };
        let mut fields = Fields::of(contents)?;
        let oid = der::asn1::ObjectIdentifier::from_bytes(fields.take(Tag::ObjectIdentifier)?)
            .map_err(|_| Tag::ObjectIdentifier.value_error().to_error())?;
        let critical = match fields.optional(Tag::Boolean)? {
            Some(value) => boolean(value)?,
            None => false,
        };
        let value = fields.take(Tag::OctetString)?;
        fields.end()?;
        Ok(Some(Self {
            oid,
            critical,
            value,
        }))
    }
}

/// DER knows two contents of a BOOLEAN (X.690 §11.1).
pub(crate) fn boolean(contents: &[u8]) -> Result<bool, der::Error> {
    match contents {
        [0] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(Tag::Boolean.value_error().to_error()),
    }
}

/// The bytes of an INTEGER that is not negative, without the zero byte of the sign.
///
/// At most 20 octets, as serial numbers and CRL numbers have (RFC 5280 §4.1.2.2, §5.2.3).
pub(crate) fn unsigned(contents: &[u8]) -> Result<&[u8], der::Error> {
    let fault = || Tag::Integer.value_error().to_error();
    match contents {
        [] => Err(fault()),
        [first, second, ..] if *first == 0 && *second < 0x80 => Err(fault()),
        [first, ..] if *first >= 0x80 => Err(fault()),
        [0, rest @ ..] if rest.len() <= 20 => Ok(rest),
        all if all.len() <= 20 => Ok(all),
        _ => Err(fault()),
    }
}

/// The bytes of a BIT STRING that ends on a whole byte, as signatures do.
pub(crate) fn whole_bytes(contents: &[u8]) -> Result<&[u8], der::Error> {
    match contents {
        [0, bytes @ ..] => Ok(bytes),
        _ => Err(Tag::BitString.value_error().to_error()),
    }
}

/// Writes one element.
pub(crate) fn element(tag: Tag, parts: &[&[u8]]) -> Result<Vec<u8>, der::Error> {
    AnyRef::new(tag, &parts.concat())?.to_der()
}

/// The tag `[number]` of a context, constructed.
pub(crate) const fn constructed(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

/// The tag `[number]` of a context, primitive.
pub(crate) const fn primitive(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(number),
    }
}

/// A time with seconds and in UTC, as DER and RFC 5280 §4.1.2.5 want it.
fn time(tag: Tag, text: &[u8]) -> Option<Time> {
    let (text, zone) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let digits = if tag == Tag::UtcTime { 12 } else { 14 };
    if zone != b"Z" || text.len() != digits || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pair = |pair: &[u8]| match pair {
        [tens, ones] => tens
            .saturating_sub(b'0')
            .checked_mul(10)?
            .checked_add(ones.saturating_sub(b'0')),
        _ => None,
    };
    let (year, rest) = if tag == Tag::UtcTime {
        let (year, rest) = text.split_at_checked(2)?;
        let year = i32::from(pair(year)?);
        let century = if year < 50 { 2000 } else { 1900 };
        (year.checked_add(century)?, rest)
    } else {
        let (century, rest) = text.split_at_checked(2)?;
        let century = i32::from(pair(century)?).checked_mul(100)?;
        let (year, rest) = rest.split_at_checked(2)?;
        (century.checked_add(i32::from(pair(year)?))?, rest)
    };
    let mut pairs = rest.chunks(2).map(pair);
    let mut next = || pairs.next().flatten();
    let date = Date::from_calendar_date(year, Month::try_from(next()?).ok()?, next()?).ok()?;
    let moment = date.with_hms(next()?, next()?, next()?).ok()?;
    Some(Time::from_unix(moment.assume_utc().unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use der::Tag;

    use super::{time, unsigned};

    #[test]
    fn times_are_read_with_seconds_and_in_utc_only() {
        let read = |tag, text: &str| time(tag, text.as_bytes()).map(|time| time.to_string());
        let known = [
            (Tag::UtcTime, "260922084100Z", "2026-09-22T08:41:00Z"),
            (Tag::UtcTime, "500101000000Z", "1950-01-01T00:00:00Z"),
            (
                Tag::GeneralizedTime,
                "20500101120001Z",
                "2050-01-01T12:00:01Z",
            ),
        ];
        for (tag, text, expected) in known {
            assert_eq!(read(tag, text).as_deref(), Some(expected));
        }
        let refused = [
            "",
            "Z",
            "2609220841Z",
            "260922084100",
            "261322084100Z",
            "260231084100Z",
            "260922246000Z",
            "260922084100+0100",
            "2609220841000Z",
            "26092208410aZ",
        ];
        for text in refused {
            assert_eq!(read(Tag::UtcTime, text), None, "{text}");
        }
        for text in ["20500101120001.5Z", "205001011200Z", "0500101120001Z"] {
            assert_eq!(read(Tag::GeneralizedTime, text), None, "{text}");
        }
    }

    #[test]
    fn an_integer_is_minimal_not_negative_and_at_most_20_octets() {
        assert_eq!(unsigned(&[0]).ok(), Some(&[][..]));
        assert_eq!(unsigned(&[0, 0x80]).ok(), Some(&[0x80][..]));
        assert!(unsigned(&[0x7f; 20]).is_ok());
        for refused in [&[][..], &[0x80], &[0, 1], &[0x7f; 21]] {
            assert!(unsigned(refused).is_err(), "{refused:?}");
        }
    }
}
