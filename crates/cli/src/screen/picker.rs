//! The certificates to choose from, as a numbered list.

use sign_in::view::{CertificateRow, Picker, Unusable};

use crate::plain::{day, indented, plain};
use crate::words;

/// Draws the picker: what fits, numbered, grouped by token; then what does not, and why.
pub(crate) fn picker(shown: &Picker) -> String {
    let mut blocks = vec![words::certificates_for(&shown.host)];
    let mut number = 0;
    for group in &shown.groups {
        let mut lines = vec![words::token(&group.token)];
        for row in &group.rows {
            number += 1;
            lines.push(format!("{number:>3}  {}", who(row)));
            lines.push(indented(&about(row), 5));
        }
        blocks.push(lines.join("\n"));
    }
    if number == 0 {
        let nothing = shown.unusable.is_empty();
        let words = if nothing {
            words::NO_CERTIFICATES
        } else {
            words::NONE_USABLE
        };
        blocks.push(words.to_owned());
    }
    if !shown.unusable.is_empty() {
        blocks.push(not_usable(&shown.unusable));
    }
    let readers: Vec<String> = shown.readers.iter().map(words::cards::reader).collect();
    if !readers.is_empty() {
        blocks.push(readers.join("\n"));
    }
    let failures = shown.failures.iter();
    let failures: Vec<String> = failures
        .map(|failure| words::module_failed(&failure.module, &failure.cause))
        .collect();
    if !failures.is_empty() {
        blocks.push(failures.join("\n"));
    }
    blocks.join("\n\n")
}

/// The certificates at hand by fingerprint, for the option that names one.
pub(crate) fn by_fingerprint(shown: &Picker) -> String {
    let fits = rows(shown).into_iter().map(|row| (row, String::new()));
    let others = shown.unusable.iter().filter(|entry| entry.can_send);
    let others = others.map(|entry| (&entry.row, words::why_not(&entry.reason)));
    let mut lines = vec![words::certificates_for(&shown.host)];
    for (row, why) in fits.chain(others) {
        lines.push(
            format!("  {}  {}  {why}", plain(&row.sha256), who(row))
                .trim_end()
                .to_owned(),
        );
    }
    if lines.len() == 1 {
        lines.push(format!("  {}", words::NO_CERTIFICATES));
    }
    lines.join("\n")
}

/// The rows that can be chosen, in the order of their numbers.
pub(crate) fn rows(shown: &Picker) -> Vec<&CertificateRow> {
    shown.groups.iter().flat_map(|group| &group.rows).collect()
}

/// The number of the row that is marked.
pub(crate) fn preset(shown: &Picker) -> Option<usize> {
    let marked = shown.selected.as_deref()?;
    let at = rows(shown)
        .iter()
        .position(|row| row.sha256 == marked && !row.gone)?;
    Some(at + 1)
}

fn not_usable(unusable: &[Unusable]) -> String {
    let mut lines = vec![format!("{} ({})", words::NOT_USABLE_HERE, unusable.len())];
    for entry in unusable {
        lines.push(format!("  -  {}, {}", who(&entry.row), plain(&entry.token)));
        lines.push(indented(&words::why_not(&entry.reason), 5));
    }
    let sendable: Vec<String> = unusable
        .iter()
        .filter(|entry| entry.can_send)
        .map(|entry| {
            format!(
                "     {}  {}",
                plain(&entry.row.sha256),
                plain(&entry.row.name)
            )
        })
        .collect();
    if !sendable.is_empty() {
        lines.push(format!("  {}", words::SEND_ANYWAY));
        lines.extend(sendable);
    }
    lines.join("\n")
}

fn who(row: &CertificateRow) -> String {
    let name = plain(&row.name);
    match &row.address {
        Some(address) if *address != row.name => format!("{name}  {}", plain(address)),
        Some(_) | None => name,
    }
}

fn about(row: &CertificateRow) -> String {
    let mut facts = vec![
        words::until(&day(row.not_after)),
        words::issued_by(&plain(&row.issuer)),
    ];
    facts.extend(row.slot.iter().map(|slot| plain(slot)));
    facts.push(plain(&row.details.key));
    let mut lines = vec![facts.join(", ")];
    if row.gone {
        lines.push(words::TOKEN_REMOVED.to_owned());
    }
    lines.extend(row.warning.iter().map(words::warning));
    lines.join("\n")
}
