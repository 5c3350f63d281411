//! Writes DER, and on request what is almost DER: a generator of broken certificates needs a writer
//! that does not object.

/// One element: tag, length in the fewest bytes, and the parts as its content.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let digits: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(digits.len()).expect("a length has at most eight bytes"));
            out.extend(digits);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// SEQUENCE of the elements.
pub fn sequence<T: AsRef<[u8]>>(elements: &[T]) -> Vec<u8> {
    constructed(0x30, elements)
}

/// SET of the elements, in the order given.
pub fn set<T: AsRef<[u8]>>(elements: &[T]) -> Vec<u8> {
    constructed(0x31, elements)
}

/// A constructed element with any tag.
pub fn constructed<T: AsRef<[u8]>>(tag: u8, elements: &[T]) -> Vec<u8> {
    let parts: Vec<&[u8]> = elements.iter().map(AsRef::as_ref).collect();
    tlv(tag, &parts)
}

/// OBJECT IDENTIFIER from its dotted form.
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted
        .split('.')
        .map(|arc| arc.parse().expect("an arc is a number"))
        .collect();
    let [first, second, rest @ ..] = arcs.as_slice() else {
        panic!("an object identifier has two arcs at least");
    };
    let mut content = base128(first * 40 + second);
    for arc in rest {
        content.extend(base128(*arc));
    }
    tlv(0x06, &[&content])
}

fn base128(mut number: u64) -> Vec<u8> {
    let mut digits = vec![(number & 0x7f) as u8];
    number >>= 7;
    while number > 0 {
        digits.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    digits.reverse();
    digits
}

/// INTEGER of a number that is not negative, from big-endian bytes.
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    match digits.first() {
        None => tlv(0x02, &[&[0]]),
        Some(first) if first & 0x80 != 0 => tlv(0x02, &[&[0], &digits]),
        Some(_) => tlv(0x02, &[&digits]),
    }
}

/// INTEGER of a small number.
pub fn number(value: u64) -> Vec<u8> {
    integer(&value.to_be_bytes())
}

/// The content of a small INTEGER, for an implicit tag.
pub fn tagged_number(tag: u8, value: u64) -> Vec<u8> {
    let mut element = number(value);
    element[0] = tag;
    element
}

/// BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(0x01, &[&[if value { 0xff } else { 0 }]])
}

/// OCTET STRING.
pub fn octets(content: &[u8]) -> Vec<u8> {
    tlv(0x04, &[content])
}

/// BIT STRING of whole bytes.
pub fn bits(content: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], content])
}

/// BIT STRING of named bits, the first one the most significant, without trailing zeros (X.690
/// §11.2.2).
pub fn named_bits(mask: u16) -> Vec<u8> {
    if mask == 0 {
        return tlv(0x03, &[&[0]]);
    }
    let unused = mask.trailing_zeros();
    let bytes = mask.to_be_bytes();
    let (unused, content) = if unused >= 8 {
        (unused - 8, &bytes[..1])
    } else {
        (unused, &bytes[..])
    };
    tlv(
        0x03,
        &[&[u8::try_from(unused).expect("below eight")], content],
    )
}

/// `UTCTime` or `GeneralizedTime` as RFC 5280 §4.1.2.5 wants it for the year.
pub fn time(unix: i64) -> Vec<u8> {
    let moment = moment(unix);
    let text = digits(moment);
    if (1950..2050).contains(&moment.year()) {
        tlv(0x17, &[&text.as_bytes()[2..]])
    } else {
        tlv(0x18, &[text.as_bytes()])
    }
}

/// `GeneralizedTime` for any year.
pub fn generalized_time(unix: i64) -> Vec<u8> {
    tlv(0x18, &[digits(moment(unix)).as_bytes()])
}

fn moment(unix: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(unix).expect("a year of four digits")
}

fn digits(moment: time::OffsetDateTime) -> String {
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_der() {
        assert_eq!(tlv(0x04, &[&[7; 200]])[..4], [0x04, 0x81, 200, 7]);
        assert_eq!(oid("2.5.29.32.0"), [6, 4, 0x55, 0x1d, 0x20, 0]);
        assert_eq!(
            oid("1.2.840.10045.2.1"),
            [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]
        );
        assert_eq!(number(0), [2, 1, 0]);
        assert_eq!(number(128), [2, 2, 0, 128]);
        assert_eq!(named_bits(0x0600), [3, 2, 1, 6]);
        assert_eq!(named_bits(0x8080), [3, 3, 7, 0x80, 0x80]);
        assert_eq!(time(1_790_066_460), *b"\x17\x0d260922084100Z");
        assert_eq!(
            time(2_600_000_000),
            *b"\x18\x0f20520522141320Z"[..].to_vec()
        );
    }
}
