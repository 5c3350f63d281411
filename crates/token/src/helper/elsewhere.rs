//! Systems on which no helper is started, and so no module is loaded.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Broken, Program};
use crate::pkcs11::message::{Answer, Request};
use crate::{Cause, Pin};

/// A helper that runs, of which there is none.
pub(crate) struct Running(Infallible);

/// A way to end the talk with it.
pub(crate) struct HangUp(Infallible);

impl HangUp {
    pub(crate) fn hang_up(&self) {
        match self.0 {}
    }
}

impl Running {
    /// Says that there is no helper.
    ///
    /// # Errors
    ///
    /// Always: a module is never loaded into this process instead.
    pub(crate) fn start(
        _program: &Program,
        _module: &Path,
        _patience: Duration,
        _until: Instant,
    ) -> Result<Self, Cause> {
        Err(Cause::NotStarted(
            "modules are not supported on this system".to_owned(),
        ))
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        match self.0 {}
    }

    pub(crate) fn hang_up(&self) -> io::Result<HangUp> {
        match self.0 {}
    }

    pub(crate) fn converse(
        &mut self,
        _request: &Request,
        _pin: Option<Pin>,
        _until: Instant,
        _take: impl FnMut(Answer),
    ) -> Result<(), Broken> {
        match self.0 {}
    }

    pub(crate) fn end(self, _broken: Broken, _patience: Duration) -> Cause {
        match self.0 {}
    }
}
