//! CA scoping: which groups may use the certificates under which CA.

use std::collections::HashMap;

use certs::{Certificate, Check, Line, Trace, hex};

use super::{AuthorityScope, is_member};
use crate::account::Account;
use crate::code;

/// The scope rules by the CA's subject key identifier.
#[derive(Debug, Default)]
pub(crate) struct Scopes(HashMap<Vec<u8>, Vec<AuthorityScope>>);

/// What the scope rules say of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scoped {
    /// No rule concerns a CA of the path.
    Open,
    /// The account is in the group of this CA, named by its subject key identifier in hex.
    By(String),
    /// Rules concern CAs of the path, and the account is in none of their groups.
    Outside,
}

impl Scopes {
    pub(crate) fn new(rules: &[AuthorityScope]) -> Self {
        let mut scopes: HashMap<Vec<u8>, Vec<AuthorityScope>> = HashMap::new();
        for rule in rules {
            // A rule that names no CA could not be kept; the importer refuses it.
            if let Some(key) = bytes(&rule.subject_key_identifier) {
                scopes.entry(key).or_default().push(rule.clone());
            }
        }
        Self(scopes)
    }

    /// Walks from the issuing CA to the anchor, until the account is in a group of a CA.
    pub(crate) fn judge(
        &self,
        authorities: &[Certificate],
        leaf: &Certificate,
        account: &Account,
        trace: &mut Trace,
    ) -> Scoped {
        if self.0.is_empty() {
            return Scoped::Open;
        }
        let mut concerned = false;
        for authority in authorities {
            let Some(key) = authority.subject_key_identifier() else {
                continue;
            };
            for rule in self.0.get(key).into_iter().flatten() {
                concerned = true;
                let member = is_member(account, &rule.group);
                let hex_key = hex(key);
                let line = if member {
                    Line::passed(Check::Scope)
                } else {
                    Line::not_checked(Check::Scope)
                };
                trace.push(
                    line.on(authority.subject().short())
                        .expected(format!("a member of the group {}", rule.group))
                        .found(format!(
                            "{}, scoped by the CA with the key identifier {}",
                            if member { "a member" } else { "no member" },
                            hex_key
                        ))
                        .for_administrators(),
                );
                if member {
                    return Scoped::By(hex_key);
                }
            }
        }
        if !concerned {
            return Scoped::Open;
        }
        trace.push(
            Line::failed(Check::Scope, code::OUTSIDE_SCOPE)
                .on(leaf.subject())
                .expected("a certificate of a CA that is meant for this account")
                .found(leaf.issuer()),
        );
        Scoped::Outside
    }
}

/// Reads hex digits of either case.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits.filter(|digits| !digits.is_empty())?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| {
        digits
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [high, low] => Some(high << 4 | low),
                _ => None,
            })
            .collect()
    })
}
