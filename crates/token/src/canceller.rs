//! Ending a wait from another thread.

use std::fmt;
use std::sync::Arc;

/// Ends what an [`Unlocked`](crate::Unlocked) guard waits for.
///
/// It may go to another thread and outlive the guard, when it does nothing.
#[derive(Clone)]
pub struct Canceller(Arc<dyn Fn() + Send + Sync>);

impl Canceller {
    pub(crate) fn new(cancel: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(cancel))
    }

    /// Ends the signature that is being waited for, and refuses every later one of the same guard:
    /// they fail with [`SignError::Cancelled`](crate::SignError::Cancelled).
    pub fn cancel(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canceller")
    }
}
