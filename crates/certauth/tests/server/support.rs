//! What the tests mint and start.

pub(crate) mod client;
pub(crate) mod pki;
pub(crate) mod site;
