//! Text and times made fit for a terminal.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Makes text from a certificate, a token or a server harmless: what would move the cursor,
/// colour the screen or turn the direction of writing is shown as `�`.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if moves(c) { '\u{fffd}' } else { c })
        .collect()
}

/// A day, "3 May 2027".
pub(crate) fn day(unix: i64) -> String {
    written(unix, DAY)
}

/// A moment, "3 May 2027 at 18:40 UTC".
pub(crate) fn moment(unix: i64) -> String {
    written(unix, MOMENT)
}

/// A moment for programs, in the form of RFC 3339.
pub(crate) fn rfc3339(unix: i64) -> String {
    OffsetDateTime::from_unix_timestamp(unix)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| unix.to_string())
}

/// Rewrites the RFC 3339 moments in a text as people write them; everything else stays.
pub(crate) fn with_moments(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let bare = word.trim_end_matches([',', ';', '.']);
        let rest = word.get(bare.len()..).unwrap_or_default();
        OffsetDateTime::parse(bare, &Rfc3339).map_or_else(
            |_| word.to_owned(),
            |parsed| format!("{}{rest}", moment(parsed.unix_timestamp())),
        )
    });
    plain(&words.collect::<Vec<_>>().join(" "))
}

/// Puts two spaces before each line.
pub(crate) fn indented(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    let lines = text.lines().map(|line| format!("{margin}{line}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn written(unix: i64, format: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp(unix)
        .ok()
        .and_then(|moment| moment.format(format).ok())
        .unwrap_or_else(|| unix.to_string())
}

/// Says whether a character acts on the terminal rather than showing on it.
fn moves(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

const DAY: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:long] [year]");
const MOMENT: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:long] [year] at [hour]:[minute] UTC");

#[cfg(test)]
mod tests {
    use super::{day, moment, plain, rfc3339, with_moments};

    #[test]
    fn nothing_from_outside_acts_on_the_terminal() {
        assert_eq!(plain("Lee\u{1b}[2J Park\r\n\u{202e}x"), "Lee�[2J Park���x");
        assert_eq!(plain("Zoë Ümlaut 李"), "Zoë Ümlaut 李");
    }

    #[test]
    fn times_are_written_as_people_and_as_programs_read_them() {
        assert_eq!(day(1_790_000_000), "21 September 2026");
        assert_eq!(moment(1_790_000_000), "21 September 2026 at 14:13 UTC");
        assert_eq!(rfc3339(1_790_000_000), "2026-09-21T14:13:20Z");
        assert_eq!(day(i64::MAX), i64::MAX.to_string());
    }

    #[test]
    fn moments_inside_a_text_are_rewritten() {
        let text = "from 2024-11-09T00:00:00Z until 2026-11-09T00:00:00Z, as it says";
        let rewritten = "from 9 November 2024 at 00:00 UTC until 9 November 2026 at 00:00 UTC, \
                         as it says";
        assert_eq!(with_moments(text), rewritten);
        assert_eq!(with_moments("RSA 1024."), "RSA 1024.");
    }
}
