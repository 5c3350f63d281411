//! Looking into every reader, all at the same time.

use std::ffi::CString;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ::pcsc::{Context, State};

use crate::pcsc::{self, PcscPort};
use crate::piv::transport::Port;
use crate::piv::{self, Seen};
use crate::{Found, Reader, ReaderState};

/// Says what the card service is, what each reader holds, and which tokens there are.
///
/// It returns when every card has answered or its deadline has passed.
pub(crate) fn scan(deadline: Duration, found: &(dyn Fn(Found) + Sync)) {
    let context = pcsc::establish();
    let service = pcsc::diagnose(context.as_ref().map(|_| ()).map_err(|error| *error));
    found(Found::CardService(service));
    let Ok(context) = context else { return };
    let readers = pcsc::readers(&context).unwrap_or_default();
    thread::scope(|looking| {
        for reader in readers.into_iter().take(MOST_READERS) {
            if let Some(state) = without_asking(&context, &reader) {
                let name = pcsc::name(&reader);
                found(Found::Reader(Reader { name, state }));
                continue;
            }
            looking.spawn(|| look(reader, deadline, found));
        }
    });
}

/// What is in a reader, where the card needs not be asked.
pub(crate) fn without_asking(context: &Context, reader: &CString) -> Option<ReaderState> {
    match pcsc::state(context, reader) {
        Ok((state, _)) => of_flags(state),
        Err(error) => Some(ReaderState::Failed(pcsc::failed(
            error,
            "SCardGetStatusChange",
        ))),
    }
}

/// What the flags of a reader say. `None` is a card to be asked.
pub(crate) fn of_flags(flags: State) -> Option<ReaderState> {
    if flags.contains(State::MUTE) {
        Some(ReaderState::Mute)
    } else if flags.contains(State::PRESENT) {
        None
    } else {
        Some(ReaderState::Empty)
    }
}

fn look(reader: CString, deadline: Duration, found: &(dyn Fn(Found) + Sync)) {
    say(piv::look(&port(reader), deadline), found);
}

/// The way to the card in a reader.
pub(crate) fn port(reader: CString) -> Arc<dyn Port> {
    Arc::new(PcscPort::new(reader))
}

/// Says what was seen of a reader: the reader, then the token.
pub(crate) fn say(seen: Seen, found: &(dyn Fn(Found) + Sync)) {
    let Seen {
        reader,
        token,
        unreadable,
    } = seen;
    found(Found::Reader(reader));
    for slot in unreadable {
        found(Found::Unreadable(slot));
    }
    if let Some(token) = token {
        found(Found::Token(token));
    }
}

/// More than anybody plugs in; a driver gone wrong may list more.
const MOST_READERS: usize = 32;
