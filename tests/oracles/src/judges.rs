//! Whoever gives an opinion on a path.

pub mod certval;
pub mod openssl;
pub mod ours;

use std::collections::BTreeSet;
use std::fmt;

use crate::mint::Minted;

/// What a judge says of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// It holds; with its user-constrained-policy-set where the judge tells it (RFC 5280 §6.1.5
    /// (g)), of which anyPolicy is one.
    Holds(Option<BTreeSet<String>>),
    /// It does not, and why, in the judge's own words.
    Fails(String),
}

impl Opinion {
    /// Whether the path holds.
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Holds(_))
    }

    /// Whether it fails in these words.
    pub fn says(&self, words: &str) -> bool {
        matches!(self, Self::Fails(reason) if reason.contains(words))
    }
}

impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds(None) => f.write_str("holds"),
            Self::Holds(Some(policies)) => write!(f, "holds for {policies:?}"),
            Self::Fails(reason) => write!(f, "fails: {reason}"),
        }
    }
}

/// A path: numbers in the pool, the issuing authority first and the anchor last.
pub type Path = Vec<usize>;

/// Every path from the leaf to an anchor by name alone, the shortest first. A path has no name and
/// key twice: what one with a loop could show, the path without the loop shows.
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

/// As many of them as are wanted. Where there are more, those in which a name stands twice are left
/// out first: they hold where one of their other orders does, and all orders would have to be seen.
pub fn few(mut paths: Vec<Path>, minted: &Minted, most: usize) -> Vec<Path> {
    if paths.len() > most {
        paths.retain(|path| !names_repeat(path, minted));
        paths.truncate(most);
    }
    paths
}

/// Whether two authorities of a path have one name.
pub fn names_repeat(path: &Path, minted: &Minted) -> bool {
    let names: Vec<usize> = path
        .iter()
        .map(|number| minted.pool[*number].subject)
        .collect();
    (1..names.len()).any(|number| names[..number].contains(&names[number]))
}
