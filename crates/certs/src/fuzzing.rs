//! What reads hostile bytes, as the fuzz targets call it and as their corpora are replayed: each
//! takes any bytes and panics where something does not hold that always should. It exists in tests
//! and fuzzers alone.

mod certificate;
mod crl;
#[cfg(test)]
mod hostile;
mod input;
mod mint;
mod ocsp;
mod path;
mod seeds;

pub use certificate::certificate;
pub use crl::{crl, crl_seeds};
pub use ocsp::{ocsp, ocsp_seeds};
pub use path::path;
pub use seeds::path_seeds;

/// What came of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was accepted.
    Accepted,
    /// It was refused.
    Refused,
}

#[cfg(test)]
mod tests;
