//! The one place of this crate that reads a clock.

use std::time::Instant;

/// The present, for deadlines and for wiping a PIN in time. No date is ever taken from it.
#[expect(
    clippy::disallowed_methods,
    reason = "deadlines and the end of a PIN's time are counted here alone"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
