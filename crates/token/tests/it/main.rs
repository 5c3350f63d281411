//! Tokens as the rest of the workspace meets them.
//!
//! What needs SoftHSM is skipped where it is not installed, with the reason printed;
//! `LANYARD_REQUIRE=softhsm` turns skipping into failing. The same goes for pcscd with the virtual
//! reader, and the word `pcscd`.

mod backends;
mod contract;
mod economy;
mod helper;
mod kept;
mod keys;
mod listing;
mod modules;
mod nonsense;
mod pcscd;
mod quirks;
mod readers;
mod settings;
mod softhsm;
mod unlocking;
mod wrapper;
