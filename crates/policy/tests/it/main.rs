//! Decisions over certificates minted here.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot mint its certificates has to stop"
)]

mod bindings;
mod codes;
mod decisions;
mod world;
