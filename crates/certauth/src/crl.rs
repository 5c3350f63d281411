//! What tells of revocations: CRLs, fetched ahead of need, one at a time each, and kept; and OCSP
//! responders' answers.
//!
//! Only addresses that an administrator configured are fetched, never one that a certificate
//! names, and never on a request's way when it can be ahead of it.

pub(crate) use self::fetch::{Fetched, Validators};
pub use self::fetch::{Fetcher, NoFetcher};
pub(crate) use self::list::{Age, age, facts, read, without_base};
pub(crate) use self::responses::Responses;
pub(crate) use self::watched::{Means, Need, Watched};

mod fetch;
mod list;
mod responses;
mod schedule;
mod watched;
