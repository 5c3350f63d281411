//! The contract of a token, kept by a PIV card in a reader.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::card::{self, About, Holds, Looked};
use super::error::CardError;
use super::patience::{Overdue, Progress, bounded};
use super::pin::{self, LONGEST, SHORTEST};
use super::session::{Proof, Session};
use super::transport::{Fault, Link, Port, within};
use crate::pcsc::holder;
use crate::{
    ChangePinError, Credential, Pin, PinManagement, PinState, Puk, Token, TokenDescription,
    TokenError, UnblockError, UnlockError, Unlocked,
};

/// A PIV card in a reader.
///
/// It is connected to only while something is done with it, so that a program that wants it for
/// itself can have it in between.
pub(super) struct PivToken(Arc<Inner>);

struct Inner {
    port: Arc<dyn Port>,
    seen: Mutex<Seen>,
}

/// The card as it was looked at last.
struct Seen {
    insertion: Option<u64>,
    looked: Looked,
}

impl PivToken {
    pub(super) fn new(port: Arc<dyn Port>, insertion: Option<u64>, looked: Looked) -> Self {
        Self(Arc::new(Inner {
            port,
            seen: Mutex::new(Seen { insertion, looked }),
        }))
    }

    fn begin(&self, proof: Proof, patience: Duration) -> Result<Unlocked, UnlockError> {
        let inner = Arc::clone(&self.0);
        let session = bounded(patience, move |progress| {
            let (link, about) = inner.connect(progress)?;
            Session::begin(link, about, proof, progress)
        });
        Ok(Unlocked::new(session??))
    }
}

impl Inner {
    /// Connects to the card, and makes sure that it is the one that was looked at: a PIN must not
    /// go to another that was put in its place. Only after the reader was emptied does that take
    /// any command.
    fn connect(&self, progress: &Progress) -> Result<(Box<dyn Link>, About), CardError> {
        let mut link = self.port.connect()?;
        let insertion = self.port.insertion();
        let mut seen = self.seen();
        if insertion.is_none() || insertion != seen.insertion {
            let looked = self.look(link.as_mut(), progress)?;
            if !is_same_card(&looked, &seen.looked) {
                return Err(Fault::Removed.into());
            }
            *seen = Seen { insertion, looked };
        }
        let about = seen.looked.about;
        drop(seen);
        Ok((link, about))
    }

    fn look(&self, link: &mut dyn Link, progress: &Progress) -> Result<Looked, CardError> {
        let atr = link.atr().to_vec();
        let look = |link: &mut dyn Link| {
            within(link, |channel| {
                progress.begin()?;
                card::look(channel, &atr, self.port.name())
            })
        };
        let holds = match look(link) {
            Err(CardError::Fault(Fault::Reset)) => look(link),
            first => first,
        };
        match holds? {
            Holds::Piv(looked) => Ok(*looked),
            Holds::Other => Err(Fault::Removed.into()),
        }
    }

    /// Does one thing with the PIN on record and leaves the card without it.
    fn manage<E: From<CardError>>(
        &self,
        progress: &Progress,
        work: impl FnOnce(&mut dyn super::transport::Channel, About) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut link, about) = self.connect(progress)?;
        let outcome = within(link.as_mut(), |channel| {
            let begun = progress.begin().map_err(CardError::from);
            begun.map_err(Managed::Card)?;
            card::select(channel).map_err(Managed::Card)?;
            work(channel, about).map_err(Managed::Other)
        });
        link.reset();
        outcome.map_err(|error| match error {
            Managed::Card(error) => error.into(),
            Managed::Other(error) => error,
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Token for PivToken {
    fn describe(&self) -> TokenDescription {
        self.0.seen().looked.description.clone()
    }

    fn credentials(&self) -> Result<Vec<Credential>, TokenError> {
        let inner = Arc::clone(&self.0);
        let read = bounded(READING, move |progress| {
            let mut link = inner.port.connect()?;
            let insertion = inner.port.insertion();
            let looked = inner.look(link.as_mut(), progress)?;
            let mut seen = inner.seen();
            // The same card may have other certificates by now; another card has another name.
            let may_be_other = insertion.is_none() || insertion != seen.insertion;
            if may_be_other && !is_same_card(&looked, &seen.looked) {
                return Err(CardError::from(Fault::Removed));
            }
            let credentials = looked.credentials.clone();
            *seen = Seen { insertion, looked };
            Ok(credentials)
        });
        Ok(read??)
    }

    fn pin_state(&self) -> Result<PinState, TokenError> {
        let inner = Arc::clone(&self.0);
        let asked = bounded(READING, move |progress| {
            let (mut link, about) = inner.connect(progress)?;
            let ask = |link: &mut dyn Link| {
                within(link, |channel| {
                    progress.begin()?;
                    card::pin_state_again(channel, about)
                })
            };
            match ask(link.as_mut()) {
                Err(CardError::Fault(Fault::Reset)) => ask(link.as_mut()),
                first => first,
            }
        });
        Ok(asked??)
    }

    fn unlock(&self, pin: Pin) -> Result<Unlocked, UnlockError> {
        if self.0.seen().looked.about.pad.is_some() {
            return Err(UnlockError::PinOnReader);
        }
        let block = pin.piv_block().ok_or(UnlockError::Length {
            min: SHORTEST,
            max: LONGEST,
        })?;
        drop(pin);
        self.begin(Proof::Typed(block), UNLOCKING)
    }

    fn unlock_without_typing(&self) -> Result<Unlocked, UnlockError> {
        let pad = self.0.seen().looked.about.pad;
        let pad = pad.ok_or(UnlockError::PinNeeded)?;
        self.begin(Proof::OnReader(pad), AT_THE_READER)
    }

    fn pin_management(&self) -> Option<&dyn PinManagement> {
        Some(self)
    }
}

impl PinManagement for PivToken {
    fn change_pin(&self, old: Pin, new: Pin) -> Result<(), ChangePinError> {
        let (Some(old), Some(new)) = (old.piv_block(), new.piv_block()) else {
            return Err(ChangePinError::Length {
                min: SHORTEST,
                max: LONGEST,
            });
        };
        let inner = Arc::clone(&self.0);
        bounded(UNLOCKING, move |progress| {
            inner.manage(progress, |channel, about| {
                pin::change(channel, about.reference, &old, &new, about.quirks)
            })
        })?
    }

    fn unblock(&self, puk: Puk, new: Pin) -> Result<(), UnblockError> {
        let (Some(puk), Some(new)) = (puk.piv_block(), new.piv_block()) else {
            return Err(UnblockError::Length {
                min: SHORTEST,
                max: LONGEST,
            });
        };
        let inner = Arc::clone(&self.0);
        bounded(UNLOCKING, move |progress| {
            inner.manage(progress, |channel, about| {
                pin::unblock(channel, about.reference, &puk, &new, about.quirks)
            })
        })?
    }
}

/// By serial number where the card has one, and by its certificates. An empty card without a number
/// could be any.
fn is_same_card(one: &Looked, other: &Looked) -> bool {
    let certificates = |looked: &Looked| -> Vec<_> {
        looked
            .credentials
            .iter()
            .map(|credential| (credential.slot, credential.fingerprint))
            .collect()
    };
    let known = !one.description.serial.is_empty() || !one.credentials.is_empty();
    known && one.description == other.description && certificates(one) == certificates(other)
}

/// How managing a PIN ended: before the command that does it, or by it.
enum Managed<E> {
    Card(CardError),
    Other(E),
}

impl<E> From<Fault> for Managed<E> {
    fn from(fault: Fault) -> Self {
        Self::Card(fault.into())
    }
}

impl From<Overdue> for TokenError {
    fn from(overdue: Overdue) -> Self {
        match overdue {
            Overdue::Waiting => Self::InUse { by: holder::name() },
            Overdue::Silent => Self::Stopped,
        }
    }
}

impl From<Overdue> for UnlockError {
    fn from(overdue: Overdue) -> Self {
        match overdue {
            Overdue::Waiting => Self::InUse { by: holder::name() },
            Overdue::Silent => Self::Stopped,
        }
    }
}

impl From<Overdue> for ChangePinError {
    fn from(overdue: Overdue) -> Self {
        match overdue {
            Overdue::Waiting => Self::InUse { by: holder::name() },
            Overdue::Silent => Self::Stopped,
        }
    }
}

impl From<Overdue> for UnblockError {
    fn from(overdue: Overdue) -> Self {
        match overdue {
            Overdue::Waiting => Self::InUse { by: holder::name() },
            Overdue::Silent => Self::Stopped,
        }
    }
}

const READING: Duration = Duration::from_secs(10);
const UNLOCKING: Duration = Duration::from_secs(30);
const AT_THE_READER: Duration = Duration::from_mins(3);
