//! The way to a card: a reader, a connection, and a transaction in which nobody else speaks.
//!
//! The only implementation that a build for people has is PC/SC. Tests of this crate have others,
//! which exist in them alone, so nothing can be set that would make a program talk to a card that
//! is none.

use crate::FailedCall;

/// A reader, by which a card is reached again and again.
pub(crate) trait Port: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// Connects to the card in it, sharing it with others. A card that somebody else holds for
    /// themselves is waited for a little.
    ///
    /// # Errors
    ///
    /// Why there is no card to speak to.
    fn connect(&self) -> Result<Box<dyn Link>, Fault>;

    /// Which insertion of a card this is. It changes when a card is pulled, and stays when it is
    /// reset. `None` where that is not known.
    fn insertion(&self) -> Option<u64>;
}

/// A connection to a card. Dropping it leaves the card as it is.
pub(crate) trait Link: Send {
    /// The answer to reset.
    fn atr(&self) -> &[u8];

    /// Runs some commands in which nobody else can come between.
    ///
    /// # Errors
    ///
    /// Why the transaction could not begin. A card that was reset meanwhile is no error; the
    /// channel says so.
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn Channel)) -> Result<(), Fault>;

    /// Resets the card and disconnects.
    fn reset(self: Box<Self>);
}

/// What can be sent within a transaction.
pub(crate) trait Channel {
    /// The protocol of the connection.
    fn protocol(&self) -> Protocol;

    /// Whether somebody reset the card since the transaction before.
    fn was_reset(&self) -> bool;

    /// Sends one command APDU and takes its response APDU.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Fault>;

    /// What the reader can do by itself, as PC/SC part 10 §2.2 lists it.
    ///
    /// # Errors
    ///
    /// The reader cannot tell, as most cannot.
    fn features(&mut self) -> Result<Vec<u8>, Fault>;

    /// Has the reader do one of those things.
    ///
    /// # Errors
    ///
    /// Why it did not.
    fn control(&mut self, code: u32, data: &[u8]) -> Result<Vec<u8>, Fault>;
}

/// Transmission protocols (ISO/IEC 7816-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    T0,
    T1,
}

/// Why a card cannot be spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The card or the reader is gone.
    Removed,
    /// Somebody reset the card within our transaction, or it reset itself.
    Reset,
    /// Another program holds the card for itself.
    InUse,
    /// The card does not answer.
    Mute,
    /// The system does not let this program use the card.
    Denied,
    /// The system's card service is not there.
    NoService,
    /// Anything else, by the call and its return value.
    Other(FailedCall),
}

impl Fault {
    /// The fault in words, for logs and details.
    pub(crate) fn failed_call(&self) -> FailedCall {
        let code = match self {
            Self::Removed => "that the card was removed",
            Self::Reset => "that the card was reset",
            Self::InUse => "that another program uses the card",
            Self::Mute => "that the card is silent",
            Self::Denied => "that the system does not allow it",
            Self::NoService => "that the card service is not there",
            Self::Other(failed) => return failed.clone(),
        };
        FailedCall {
            call: "the reader".to_owned(),
            code: code.to_owned(),
        }
    }
}

/// Runs some commands in one transaction and hands back what came of them.
///
/// # Errors
///
/// What the commands gave, or why the transaction could not begin.
pub(crate) fn within<T, E: From<Fault>>(
    link: &mut dyn Link,
    work: impl FnOnce(&mut dyn Channel) -> Result<T, E>,
) -> Result<T, E> {
    let mut work = Some(work);
    let mut outcome = None;
    link.transaction(&mut |channel| {
        if let Some(work) = work.take() {
            outcome = Some(work(channel));
        }
    })?;
    outcome.unwrap_or(Err(E::from(Fault::Reset)))
}
