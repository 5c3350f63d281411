//! Loads PKCS #11 modules in processes of their own.
//!
//! A module is foreign code that may crash, hang or print, and that is later given a PIN. So each
//! one is loaded in a helper: this very executable, started again ([`run_if_asked`]) with an empty
//! environment, spoken to over a socket that the module does not know of, and ended when it does
//! not answer in time. Whatever becomes of it costs one row of a listing.

mod program;
pub(crate) mod protocol;

#[cfg(unix)]
mod confine;
#[cfg(not(unix))]
mod elsewhere;
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) mod fuzzing;
#[cfg(unix)]
mod printed;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod serve;

#[cfg(not(unix))]
pub(crate) use elsewhere::{HangUp, Running};
#[cfg(unix)]
pub(crate) use process::{HangUp, Running};
pub use program::Program;

/// Becomes the helper when this process was started as one, and never returns then.
///
/// It is the first call of `main` in each executable that uses tokens, before options are read,
/// windows are opened or threads are started. It looks at two things: the first argument and
/// whether the descriptor of the protocol is there. In an ordinary process it opens the executable,
/// so that a helper that starts later is the same program even when an update has replaced the
/// file.
pub fn run_if_asked() {
    #[cfg(unix)]
    {
        if program::is_asked_for()
            && let Some(socket) = confine::take_socket()
        {
            serve::serve(socket);
        }
        program::remember();
    }
}

/// Why the talk with a helper ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Its time is over.
    TimedOut,
    /// It is gone, or the socket was closed from here.
    Ended,
    /// It said what nobody asked.
    Garbled,
    /// What it should be told is longer than a message may be.
    TooLong,
}
