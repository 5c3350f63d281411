//! Ctrl-C and its like: the command ends, and leaves the terminal as it found it.

/// The terminal's settings, put back when dropped: a hidden prompt changes them, and a signal must
/// not leave a person typing blind.
pub(crate) struct Restored {
    #[cfg(unix)]
    found: Option<rustix::termios::Termios>,
}

impl Restored {
    #[cfg(unix)]
    pub(crate) fn when_dropped() -> Self {
        Self {
            found: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn when_dropped() -> Self {
        Self {}
    }
}

impl Drop for Restored {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(found) = &self.found {
            use rustix::termios::{OptionalActions, tcsetattr};
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, found);
        }
    }
}

/// Waits until somebody wants the command to stop.
#[cfg(unix)]
pub(crate) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
        // The system then ends the process by itself.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// Waits until somebody wants the command to stop.
#[cfg(not(unix))]
pub(crate) async fn asked_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
