//! Readers, and the system's service that speaks to them.

use crate::piv::Unreadable;
use crate::{FailedCall, PivSlot};

/// A card reader, or a USB key that is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Its name, as the card service gives it.
    pub name: String,
    /// What is in it.
    pub state: ReaderState,
}

/// What is in a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReaderState {
    /// No card.
    Empty,
    /// A card that does not answer; often it is the wrong way round.
    Mute,
    /// A card that another program holds for itself.
    InUse {
        /// A running program that is known to do so, where the system shows one.
        by: Option<String>,
    },
    /// A card without the PIV application; a PKCS #11 module may know it.
    OtherCard {
        /// Its answer to reset, by which kinds of cards are known.
        atr: Vec<u8>,
    },
    /// A PIV card, which is also found as a token.
    Piv,
    /// A card that answered with something else.
    Failed(FailedCall),
}

/// A slot of a card whose certificate cannot be read. The card's others can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableSlot {
    /// The reader that the card is in.
    pub reader: String,
    /// The slot.
    pub slot: PivSlot,
    /// What is wrong with it.
    pub why: Unreadable,
}

/// The system's card service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardService {
    /// It answers.
    Running {
        /// The version of its protocol, where it tells one.
        version: Option<String>,
    },
    /// It is not installed.
    NotInstalled,
    /// It is installed, and nothing answers.
    Stopped,
    /// It answers, and does not let this program in: a policy of the system (polkit), as in a
    /// session over the network.
    Denied,
    /// Anything else.
    Failed(FailedCall),
}
