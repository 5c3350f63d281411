use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use certs::Time;

/// Tells the time; the system's, or one that a test sets.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Time + Send + Sync>);

impl Clock {
    /// The system's clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the server that reads the clock"
    )]
    pub fn system() -> Self {
        Self::from_fn(|| {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
        })
    }

    /// A clock that asks `tell`.
    pub fn from_fn(tell: impl Fn() -> Time + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// The current time.
    pub fn now(&self) -> Time {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Clock").field(&self.now().unix()).finish()
    }
}
