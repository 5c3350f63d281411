//! Where judges may differ from `certs`, and what decides it.

use crate::run::Case;

/// A difference that is written down.
#[derive(Debug)]
pub struct Difference {
    /// Its name.
    pub name: &'static str,
    /// Who differs from us.
    pub judge: &'static str,
    /// What decides it: the sentence of a standard, or the rule of the directory.
    pub decides: &'static str,
    /// Whether the case shows it.
    holds: fn(&Case) -> bool,
}

/// The first difference that explains why this judge does not agree with us.
pub fn find(judge: &str, case: &Case) -> Option<&'static Difference> {
    ALL.iter()
        .find(|difference| difference.judge == judge && (difference.holds)(case))
}

/// Every difference that is written down.
pub const ALL: &[Difference] = &[];
