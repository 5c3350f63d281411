//! PIV cards, spoken to directly (SP 800-73-5).
//!
//! Nothing here can destroy: the commands that set numbers of tries, reset the application or touch
//! its management key do not exist ([`apdu::Instruction`]).

mod apdu;
mod card;
mod error;
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) mod fuzzing;
mod objects;
mod patience;
mod pin;
mod pin_pad;
mod quirks;
mod session;
mod sign;
mod slot;
mod status;
#[cfg(test)]
mod test;
mod tlv;
mod token;
pub(crate) mod transport;
mod yubikey;

use std::sync::Arc;
use std::time::Duration;

pub use objects::Unreadable;
pub(crate) use pin::block;
pub use slot::PivSlot;

use self::card::Holds;
use self::error::CardError;
use self::patience::{Overdue, Progress};
use self::token::PivToken;
use self::transport::{Fault, Port, within};
use crate::pcsc::holder;
use crate::{FoundToken, Reader, ReaderState, UnreadableSlot};

/// What a reader turned out to hold.
pub(crate) struct Seen {
    pub(crate) reader: Reader,
    pub(crate) token: Option<FoundToken>,
    pub(crate) unreadable: Vec<UnreadableSlot>,
}

/// Looks at the card in a reader, for no longer than this.
pub(crate) fn look(port: &Arc<dyn Port>, patience: Duration) -> Seen {
    let theirs = Arc::clone(port);
    let nothing = |state| Seen {
        reader: Reader {
            name: port.name().to_owned(),
            state,
        },
        token: None,
        unreadable: Vec::new(),
    };
    match patience::bounded(patience, move |progress| look_into(&theirs, progress)) {
        Ok(Ok(seen)) => seen,
        Ok(Err(error)) => nothing(error.into()),
        Err(Overdue::Waiting) => nothing(ReaderState::InUse { by: holder::name() }),
        Err(Overdue::Silent) => nothing(ReaderState::Mute),
    }
}

fn look_into(port: &Arc<dyn Port>, progress: &Progress) -> Result<Seen, CardError> {
    let mut link = port.connect()?;
    let insertion = port.insertion();
    let atr = link.atr().to_vec();
    let reader = |state| Reader {
        name: port.name().to_owned(),
        state,
    };
    let mut look = || {
        within(link.as_mut(), |channel| {
            progress.begin()?;
            card::look(channel, &atr, port.name())
        })
    };
    let holds = match look() {
        Err(CardError::Fault(Fault::Reset)) => look(),
        first => first,
    };
    let looked = match holds? {
        Holds::Piv(looked) => looked,
        Holds::Other => {
            return Ok(Seen {
                reader: reader(ReaderState::OtherCard { atr }),
                token: None,
                unreadable: Vec::new(),
            });
        }
    };
    let unreadable = looked.unreadable.iter().map(|(slot, why)| UnreadableSlot {
        reader: port.name().to_owned(),
        slot: *slot,
        why: *why,
    });
    Ok(Seen {
        reader: reader(ReaderState::Piv),
        unreadable: unreadable.collect(),
        token: Some(FoundToken {
            description: looked.description.clone(),
            pin: looked.pin.clone(),
            credentials: looked.credentials.clone(),
            token: Arc::new(PivToken::new(Arc::clone(port), insertion, *looked)),
        }),
    })
}
