//! Cards that say what a test wants: one that answers from a list, and the virtual card without a
//! reader between.

#[path = "../../tests/it/contract.rs"]
mod contract;
mod economy;
mod faults;
mod listing;
mod memory;
mod pins;
mod script;
mod signing;

pub(super) use script::Script;
