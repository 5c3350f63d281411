//! What the tests mint and start.

pub(crate) mod client;
pub(crate) mod crl;
pub(crate) mod ocsp;
pub(crate) mod pki;
pub(crate) mod shelf;
pub(crate) mod site;
