//! How a sign-in ended.

use sign_in::view::{CheckLine, ErrorScreen, SignedIn};

use crate::plain::{day, indented, moment, plain, with_moments};
use crate::words;

/// Draws the session of a person who is in.
pub(crate) fn signed_in(session: &SignedIn, already: bool) -> String {
    let factors: Vec<&str> = session
        .factors
        .iter()
        .map(|factor| words::named(*factor))
        .collect();
    let mut lines = vec![
        words::signed_in(&plain(&session.name), &plain(&session.username), already),
        field(words::ORGANISATION, &plain(&session.tenant)),
        field(words::AT, &plain(&session.server)),
        field(words::STRENGTH, words::strength(session.strength)),
        field(words::FACTORS, &factors.join(", ")),
    ];
    lines.extend(session.certificate.iter().map(|used| {
        let about = words::certificate_used(
            &plain(&used.issuer),
            &day(used.not_after),
            &plain(&used.token),
        );
        field(words::CERTIFICATE, &about)
    }));
    lines.push(field(words::SINCE, &moment(session.since)));
    lines.push(field(words::UNTIL, &moment(session.until)));
    if session.memory_only {
        lines.push(words::MEMORY_ONLY.to_owned());
    }
    lines.extend(session.problem.iter().map(words::problem));
    lines.join("\n")
}

/// Draws a refusal: what happened, what to do, and what was checked.
pub(crate) fn refusal(shown: &ErrorScreen) -> String {
    let mut lines = vec![words::fault(&shown.fault)];
    lines.extend(
        words::code_of(&shown.fault).map(|code| field(words::CODE_NAME, &code.to_string())),
    );
    lines.extend(
        shown
            .correlation_id
            .iter()
            .map(|id| field(words::CORRELATION_ID, &plain(id))),
    );
    lines.push(field(words::TIME, &moment(shown.at)));
    if !shown.checks.is_empty() {
        lines.push(String::new());
        lines.push(words::WHAT_WAS_CHECKED.to_owned());
        lines.extend(shown.checks.iter().map(check));
    }
    if !shown.actions.is_empty() {
        lines.push(String::new());
        lines.push(words::WHAT_TO_DO.to_owned());
        let actions = shown.actions.iter();
        lines.extend(actions.map(|action| format!("  - {}", words::action(*action))));
    }
    lines.join("\n")
}

fn check(line: &CheckLine) -> String {
    let mut text = format!(
        "  {:<12}{:<13}",
        words::check(&line.check),
        words::outcome(line.outcome)
    );
    text.extend(
        line.certificate
            .iter()
            .map(|certificate| plain(certificate)),
    );
    let compared = [
        line.expected
            .as_deref()
            .map(|value| words::expected(&with_moments(value))),
        line.found
            .as_deref()
            .map(|value| words::found(&with_moments(value))),
    ];
    for value in compared.iter().flatten() {
        text = format!("{}\n{}", text.trim_end(), indented(value, 14));
    }
    text.trim_end().to_owned()
}

fn field(name: &str, value: &str) -> String {
    format!("  {name:<16}{value}")
}
