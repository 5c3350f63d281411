//! A trace in a terminal: the same lines for the sign-in log and for `certauth explain`.

use certauth::web::words;
use certs::Outcome;
use policy::CheckLine;

/// A check: what, how it came out, and the values that were compared.
pub(super) fn line(check: &CheckLine) -> String {
    let outcome = match check.outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::NotChecked => "not checked",
    };
    let mut line = format!("{}: {outcome}", words::check(check.check).to_lowercase());
    for (word, value) in [
        (" on ", &check.certificate),
        (", expected ", &check.expected),
        (", found ", &check.found),
    ] {
        if let Some(value) = value {
            line.push_str(word);
            line.push_str(value);
        }
    }
    line
}
