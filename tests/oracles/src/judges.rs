//! Whoever gives an opinion on a case.

pub mod certval;
pub mod openssl;
pub mod ours;

use std::collections::BTreeSet;

use crate::mint::Minted;

/// What a judge says of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Whether any path holds.
    pub accepted: bool,
    /// The user-constrained-policy-set of the path that holds, where the judge tells it (RFC 5280
    /// §6.1.6); none for one that holds anyPolicy.
    pub policies: Option<BTreeSet<String>>,
    /// Why each path does not hold, in the judge's own words.
    pub reasons: Vec<String>,
}

impl Opinion {
    /// Whether a reason has these words.
    pub fn says(&self, words: &str) -> bool {
        self.reasons.iter().any(|reason| reason.contains(words))
    }
}

/// A path: numbers in the pool, the issuing authority first and the anchor last.
pub type Path = Vec<usize>;

/// Every path from the leaf to an anchor by name alone: judges that do not search, or do not search
/// on after a failure, are asked of each. A path has no name and key twice (X.509 §10.2 has no use
/// for one, and what it could show, the path without the loop shows).
pub fn paths(minted: &Minted) -> Vec<Path> {
    let mut found = Vec::new();
    let mut open: Vec<Path> = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let wanted = match path.last() {
            Some(last) => minted.pool[*last].issuer,
            None => minted.leaf.issuer,
        };
        for (number, authority) in minted.pool.iter().enumerate() {
            let seen = path.iter().any(|other| {
                let other = &minted.pool[*other];
                other.subject == authority.subject && other.key == authority.key
            });
            if seen || authority.subject != wanted {
                continue;
            }
            let mut longer = path.clone();
            longer.push(number);
            if authority.trusted {
                found.push(longer);
            } else {
                open.push(longer);
            }
        }
    }
    found.sort_by_key(|path| (path.len(), path.clone()));
    found
}
