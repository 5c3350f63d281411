//! Readers and the card service, as the conversation shows them.

use sign_in::view::{self, ModuleFailure};
use token::{CardService, Reader, ReaderState, UnreadableSlot};

/// A reader.
pub(crate) fn reader(reader: &Reader) -> view::Reader {
    view::Reader {
        name: reader.name.clone(),
        state: match &reader.state {
            ReaderState::Empty => view::ReaderState::Empty,
            ReaderState::Piv => view::ReaderState::Read,
            ReaderState::Mute | ReaderState::Failed(_) => view::ReaderState::Mute,
            ReaderState::OtherCard { .. } => view::ReaderState::OtherCard,
            ReaderState::InUse { by } => view::ReaderState::InUse { by: by.clone() },
        },
    }
}

/// The card service.
pub(crate) fn service(service: &CardService) -> view::CardService {
    match service {
        CardService::Running { .. } => view::CardService::Running,
        CardService::NotInstalled => view::CardService::NotInstalled,
        CardService::Stopped => view::CardService::Stopped,
        CardService::Denied => view::CardService::Denied,
        CardService::Failed(call) => view::CardService::Failed {
            cause: call.to_string(),
        },
    }
}

/// A slot that cannot be read is a row like that of a module that fails.
pub(crate) fn unreadable(slot: &UnreadableSlot) -> ModuleFailure {
    ModuleFailure {
        module: format!("{} ({})", slot.reader, slot.slot),
        cause: slot.why.to_string(),
    }
}
