//! `lanyard list`: the certificates at hand, read without any PIN.

use client::Device;
use client::candidate::{Candidate, Token};
use serde_json::{Value, json};
use sign_in::view::ModuleFailure;

use crate::outcome::{Outcome, Trouble};
use crate::plain::{day, plain, rfc3339};
use crate::{terminal, words};

/// Lists them.
pub(crate) async fn run(device: &Device, as_json: bool) -> Result<Outcome, Trouble> {
    let (tokens, failures) = device.certificates().await;
    if as_json {
        terminal::print_json(&json(&tokens, &failures));
    } else {
        terminal::print(&text(&tokens));
        for failure in &failures {
            terminal::say(&words::module_failed(&failure.module, &failure.cause));
        }
    }
    if tokens.is_empty() && !failures.is_empty() {
        return Ok(Outcome::Unreachable);
    }
    Ok(Outcome::Done)
}

fn text(tokens: &[Token]) -> String {
    if tokens.iter().all(|token| token.candidates.is_empty()) {
        return words::NO_CERTIFICATES.to_owned();
    }
    let blocks = tokens.iter().map(|token| {
        let mut lines = vec![words::token(&token.label)];
        lines.extend(token.candidates.iter().map(certificate));
        lines.join("\n")
    });
    blocks.collect::<Vec<_>>().join("\n\n")
}

fn certificate(candidate: &Candidate) -> String {
    let row = &candidate.row;
    let details = &row.details;
    let names: Vec<String> = details
        .principal_names
        .iter()
        .chain(&details.emails)
        .map(|name| plain(name))
        .collect();
    let validity = format!("{} – {}", day(row.not_before), day(row.not_after));
    let mut fields = vec![
        (words::SUBJECT, plain(&details.subject)),
        (words::NAMES, names.join(", ")),
        (words::ISSUER, plain(&details.issuer)),
        (words::VALID, validity),
        (words::KEY, plain(&details.key)),
        (words::PURPOSES, plain(&details.purposes.join(", "))),
        (words::POLICIES, plain(&details.policies.join(", "))),
        (words::SHA256, plain(&row.sha256)),
    ];
    if !candidate.has_key {
        fields.push((words::NOTE, words::NO_KEY.to_owned()));
    } else if !candidate.readable {
        fields.push((words::NOTE, words::UNREADABLE.to_owned()));
    }
    let title = match row.slot.as_deref() {
        Some(slot) if slot != row.name => format!("  {} [{}]", plain(&row.name), plain(slot)),
        Some(_) | None => format!("  {}", plain(&row.name)),
    };
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let fields = fields.map(|(name, value)| format!("    {name:<10}{value}"));
    std::iter::once(title)
        .chain(fields)
        .collect::<Vec<_>>()
        .join("\n")
}

fn json(tokens: &[Token], failures: &[ModuleFailure]) -> Value {
    let certificates = tokens.iter().flat_map(|token| {
        token.candidates.iter().map(|candidate| {
            let row = &candidate.row;
            json!({
                "token": {
                    "name": token.label.name,
                    "model": token.label.model,
                    "serial": token.label.serial,
                    "tries_left": token.label.tries_left,
                    "blocked": token.label.blocked,
                },
                "label": row.slot,
                "name": row.name,
                "subject": row.details.subject,
                "principal_names": row.details.principal_names,
                "emails": row.details.emails,
                "issuer": row.details.issuer,
                "serial": row.details.serial,
                "not_before": rfc3339(row.not_before),
                "not_after": rfc3339(row.not_after),
                "key": row.details.key,
                "purposes": row.details.purposes,
                "policies": row.details.policies,
                "sha256": row.sha256,
                "has_key": candidate.has_key,
            })
        })
    });
    let failures = failures
        .iter()
        .map(|failure| json!({ "module": failure.module, "cause": failure.cause }));
    json!({
        "certificates": certificates.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use client::candidate::{PinRules, Token, TokenId};
    use sign_in::view::ModuleFailure;
    use sign_in::view::{PinEntry, Through};

    use super::{json, text};
    use crate::screen::examples;

    fn token() -> Token {
        Token {
            id: TokenId(1),
            through: Through::Module,
            label: examples::token(),
            pin: PinRules {
                shortest: 4,
                longest: 64,
                digits_only: false,
                last_try: false,
                factory_pin: false,
                entry: PinEntry::Typed,
            },
            candidates: vec![
                examples::candidate("Lee Park"),
                examples::candidate("Sam Ortiz"),
            ],
        }
    }

    #[test]
    fn certificates_are_listed_with_everything_that_tells_them_apart() {
        insta::assert_snapshot!("list", text(&[token()]));
    }

    #[test]
    fn programs_get_the_same_as_json() {
        let failure = ModuleFailure {
            module: "acme".to_owned(),
            cause: "no answer".to_owned(),
        };
        let value = json(&[token()], &[failure]);
        let pretty = serde_json::to_string_pretty(&value).expect("it is JSON");
        insta::assert_snapshot!("list_json", pretty);
    }

    #[test]
    fn nothing_at_hand_says_what_to_do() {
        insta::assert_snapshot!("list_empty", text(&[]));
    }
}
