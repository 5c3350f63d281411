use std::fmt;
use std::str::FromStr;

/// An object identifier, kept as it is encoded (X.690 §8.19), so that comparing two is comparing
/// bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Box<[u8]>);

impl Oid {
    /// Reads the contents of an OBJECT IDENTIFIER.
    pub(crate) fn from_contents(contents: &[u8]) -> Option<Self> {
        Self::are_contents(contents).then(|| Self(contents.into()))
    }

    /// Whether the bytes are the contents of an OBJECT IDENTIFIER.
    pub(crate) fn are_contents(contents: &[u8]) -> bool {
        let mut begins = true;
        for byte in contents {
            // Each arc is in the fewest bytes: none begins with 80.
            if begins && *byte == 0x80 {
                return false;
            }
            begins = byte & 0x80 == 0;
        }
        // The last byte ends its arc; without a byte there is none.
        begins && !contents.is_empty() && contents.len() <= MOST_BYTES
    }

    /// anyPolicy, 2.5.29.32.0 (RFC 5280 §4.2.1.4).
    #[must_use]
    pub fn any_policy() -> Self {
        Self(crate::certificate::ANY_POLICY.into())
    }

    /// The contents of its encoding.
    pub(crate) fn contents(&self) -> &[u8] {
        &self.0
    }

    /// Whether its encoding has these contents.
    pub(crate) fn is(&self, contents: &[u8]) -> bool {
        *self.0 == *contents
    }
}

/// Prints the dotted form.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for arc in self.0.split_inclusive(|byte| byte & 0x80 == 0) {
            if first {
                let value = decimal(arc);
                // The first two arcs share one number: 40 times the first, and the second.
                match value.parse::<u128>() {
                    Ok(value) if value < 40 => write!(f, "0.{value}")?,
                    Ok(value) if value < 80 => write!(f, "1.{}", value.saturating_sub(40))?,
                    Ok(value) => write!(f, "2.{}", value.saturating_sub(80))?,
                    Err(_) => write!(f, "2.({value} - 80)")?,
                }
                first = false;
            } else {
                write!(f, ".{}", decimal(arc))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads the dotted form; each arc has at most 128 bits.
impl FromStr for Oid {
    type Err = NotAnOid;

    fn from_str(text: &str) -> Result<Self, NotAnOid> {
        let mut arcs = text.split('.').map(|arc| {
            let digits = !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
            let plain = digits && (arc == "0" || !arc.starts_with('0'));
            plain
                .then(|| arc.parse::<u128>().ok())
                .flatten()
                .ok_or(NotAnOid)
        });
        let first = arcs.next().ok_or(NotAnOid)??;
        let second = arcs.next().ok_or(NotAnOid)??;
        if first > 2 || (first < 2 && second >= 40) {
            return Err(NotAnOid);
        }
        let joined = second.checked_add(first * 40).ok_or(NotAnOid)?;
        let mut contents = Vec::new();
        push_arc(&mut contents, joined);
        for arc in arcs {
            push_arc(&mut contents, arc?);
        }
        Self::from_contents(&contents).ok_or(NotAnOid)
    }
}

/// The text is no object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an object identifier is written as numbers with dots between them, as in 2.5.29.32")]
pub struct NotAnOid;

fn push_arc(contents: &mut Vec<u8>, arc: u128) {
    let digits = (128 - arc.leading_zeros()).div_ceil(7).max(1);
    for digit in (0..digits).rev() {
        let seven = u8::try_from((arc >> (7 * digit)) & 0x7f).unwrap_or(0);
        contents.push(if digit == 0 { seven } else { seven | 0x80 });
    }
}

/// An arc in decimal; one of more than 128 bits as `0x` and its sevens.
fn decimal(arc: &[u8]) -> String {
    let mut value: u128 = 0;
    for byte in arc {
        match value.checked_mul(128) {
            Some(shifted) => value = shifted | u128::from(byte & 0x7f),
            None => return format!("0x{}", crate::name::hex(arc)),
        }
    }
    value.to_string()
}

/// More than any identifier in use has.
const MOST_BYTES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_and_printed_in_dotted_form() {
        for text in [
            "2.5.29.32.0",
            "0.9.2342.19200300.100.1.25",
            "1.3.6.1.4.1.311.20.2.3",
            "2.16.840.1.101.3.2.1.48.1",
            "2.25.329800735698586629295641978511506172918",
            "2.999.1",
        ] {
            assert_eq!(
                text.parse::<Oid>().map(|oid| oid.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in ["", "1", "3.1", "1.40", "1.3.", "1.03", "1.-3", "1.3.x"] {
            assert_eq!(text.parse::<Oid>(), Err(NotAnOid), "{text}");
        }
    }

    #[test]
    fn an_arc_has_one_encoding() {
        assert!(Oid::from_contents(&[0x55, 0x80, 0x01]).is_none());
        assert!(Oid::from_contents(&[0x55, 0x81]).is_none());
        assert!(Oid::from_contents(&[]).is_none());
        assert!(Oid::from_contents(&[0x55, 0x1d]).is_some());
    }
}
