//! The virtual card as its users meet it: in process, and through pcscd by other people's clients.
//!
//! What needs pcscd and the clients is skipped where they are not installed or where the system
//! gives no private network, with the reason printed; `LANYARD_REQUIRE=pcscd` turns skipping into
//! failing.

mod certificates;
mod faults;
mod opensc;
mod pcscd;
mod program;
mod provisioning;
mod requires;
mod tables;
mod terminal;
mod yubico;
