use std::cmp::Ordering;
use std::fmt;

/// A CRL number (RFC 5280 §5.2.3): up to 20 octets, compared as the integer that it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CrlNumber(Vec<u8>);

impl CrlNumber {
    /// The number of these octets, big-endian; zero bytes at the front do not count.
    pub(crate) fn new(octets: &[u8]) -> Self {
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        Self(octets.get(zeros..).unwrap_or_default().to_vec())
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Prints decimal digits.
impl fmt::Display for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The lowest digit first, each octet multiplied in.
        let mut digits = vec![0_u8];
        for octet in &self.0 {
            let mut carry = u32::from(*octet);
            for digit in &mut digits {
                carry = carry.saturating_add(u32::from(*digit).saturating_mul(256));
                *digit = u8::try_from(carry % 10).unwrap_or_default();
                carry /= 10;
            }
            while carry > 0 {
                digits.push(u8::try_from(carry % 10).unwrap_or_default());
                carry /= 10;
            }
        }
        let text: String = digits
            .iter()
            .rev()
            .filter_map(|digit| char::from_digit(u32::from(*digit), 10))
            .collect();
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::CrlNumber;

    #[test]
    fn numbers_are_compared_as_integers_and_print_as_decimals() {
        let ascending: [(&[u8], &str); 6] = [
            (&[], "0"),
            (&[0, 9], "9"),
            (&[10], "10"),
            (&[1, 0], "256"),
            (&[2, 0], "512"),
            (
                &[0xff; 20],
                "1461501637330902918203684832716283019655932542975",
            ),
        ];
        let numbers = ascending.map(|(octets, _)| CrlNumber::new(octets));
        assert!(numbers.is_sorted_by(|a, b| a < b));
        for (number, (_, text)) in numbers.iter().zip(ascending) {
            assert_eq!(number.to_string(), text);
        }
    }
}
