use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

impl Time {
    /// The moment that lies `seconds` after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The moment `seconds` later; earlier for a negative number. It stays at the ends of the range.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// Prints RFC 3339 in UTC, `2026-09-22T08:41:00Z`; the bare seconds beyond the year 9999.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp(self.0)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok());
        match text {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} s", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn a_time_prints_as_rfc_3339_and_never_fails() {
        assert_eq!(
            Time::from_unix(1_790_066_460).to_string(),
            "2026-09-22T08:41:00Z"
        );
        assert_eq!(
            Time::from_unix(i64::MAX).to_string(),
            format!("{} s", i64::MAX)
        );
        assert_eq!(Time::from_unix(i64::MAX).plus(1), Time::from_unix(i64::MAX));
    }
}
