//! Cards that say what a test wants.

mod script;

pub(super) use script::Script;
