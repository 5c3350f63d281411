//! Paths and lists minted here and judged by the crate.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot mint its certificates has to stop"
)]

mod algorithms;
mod bounds;
mod bridges;
mod mint;
mod names;
mod paths;
mod pki;
mod pkits;
mod policies;
mod pss;
mod reading;
mod revocation;
mod revocation_deltas;
mod revocation_entries;
mod revocation_mint;
mod revocation_ocsp;
mod revocation_policy;
mod revocation_responders;
mod revocation_scopes;
mod shapes;
mod strict;
