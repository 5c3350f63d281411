//! Certificate revocation lists: fetched ahead of need, one at a time each, and kept.
//!
//! Only addresses that an administrator configured are fetched, never one that a certificate
//! names, and never on a request's way when it can be ahead of it.

pub use self::fetch::{Fetcher, NoFetcher};
pub(crate) use self::list::List;
pub(crate) use self::watched::{Means, Need, Watched};

mod fetch;
mod list;
mod schedule;
mod watched;
