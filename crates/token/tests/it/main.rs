//! Tokens as the rest of the workspace meets them.
//!
//! What needs SoftHSM is skipped where it is not installed, with the reason printed;
//! `LANYARD_REQUIRE=softhsm` turns skipping into failing.

mod contract;
mod helper;
mod kept;
mod keys;
mod listing;
mod modules;
mod nonsense;
mod quirks;
mod settings;
mod softhsm;
mod unlocking;
mod wrapper;
