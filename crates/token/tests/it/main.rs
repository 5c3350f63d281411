//! Tokens as the rest of the workspace meets them.
//!
//! What needs SoftHSM is skipped where it is not installed, with the reason printed;
//! `LANYARD_REQUIRE=softhsm` turns skipping into failing. The same goes for pcscd with the virtual
//! reader, and the word `pcscd`.

mod backends;
mod contract;
mod economy;
mod kept;
mod keys;
mod listing;
mod modules;
mod pcscd;
mod readers;
mod softhsm;
mod unlocking;
