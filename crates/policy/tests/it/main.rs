//! Decisions over certificates minted here.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot mint its certificates has to stop"
)]

mod bindings;
mod codes;
mod conditional_access;
mod decisions;
mod directory;
mod lacking;
mod mint;
mod names;
mod properties;
mod ratings;
mod scopes;
mod strengths;
mod user_ids;
mod what_if;
mod world;
