//! Readers and cards through PC/SC, the system's card service.

pub(crate) mod holder;
mod link;
mod service;

use std::ffi::{CStr, CString};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use pcsc::{Context, Protocols, ReaderState, Scope, ShareMode, State};

use self::link::PcscLink;
pub(crate) use self::service::diagnose;
use crate::FailedCall;
use crate::piv::transport::{Fault, Link, Port};

/// Opens a way to the card service.
///
/// # Errors
///
/// What PC/SC says.
pub(crate) fn establish() -> Result<Context, pcsc::Error> {
    Context::establish(Scope::User)
}

/// The readers that are plugged in.
///
/// # Errors
///
/// What PC/SC says. That there are none is no error.
pub(crate) fn readers(context: &Context) -> Result<Vec<CString>, pcsc::Error> {
    match context.list_readers_owned() {
        Err(pcsc::Error::NoReadersAvailable | pcsc::Error::UnknownReader) => Ok(Vec::new()),
        readers => readers,
    }
}

/// A reader's name as people see it.
pub(crate) fn name(reader: &CStr) -> String {
    reader.to_string_lossy().into_owned()
}

/// What a reader says of itself at this moment.
///
/// # Errors
///
/// What PC/SC says.
pub(crate) fn state(context: &Context, reader: &CStr) -> Result<(State, u32), pcsc::Error> {
    let mut states = [ReaderState::new(reader.to_owned(), State::UNAWARE)];
    context.get_status_change(Duration::ZERO, &mut states)?;
    let [state] = &states;
    Ok((state.event_state(), state.event_count()))
}

/// A reader, reached through PC/SC.
pub(crate) struct PcscPort {
    reader: CString,
    name: String,
    watch: Mutex<Sentinel>,
}

/// A context that only watches the insertions in a reader. The card service counts them from zero
/// when it starts, so each new context starts a new era.
#[derive(Default)]
struct Sentinel {
    context: Option<Context>,
    era: u32,
}

impl PcscPort {
    pub(crate) fn new(reader: CString) -> Self {
        Self {
            name: name(&reader),
            reader,
            watch: Mutex::default(),
        }
    }
}

impl Port for PcscPort {
    fn name(&self) -> &str {
        &self.name
    }

    fn connect(&self) -> Result<Box<dyn Link>, Fault> {
        // A context of its own: a card that keeps one waiting must not keep the others.
        let context = establish().map_err(|error| fault(error, "SCardEstablishContext"))?;
        let mut patience = PATIENCE.iter();
        loop {
            let connected = context.connect(&self.reader, ShareMode::Shared, Protocols::ANY);
            match (connected, patience.next()) {
                (Ok(card), _) => return PcscLink::open(card).map(|link| Box::new(link) as _),
                (Err(pcsc::Error::SharingViolation), Some(pause)) => thread::sleep(*pause),
                (Err(error), _) => return Err(fault(error, "SCardConnect")),
            }
        }
    }

    fn insertion(&self) -> Option<u64> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..2 {
            if watch.context.is_none() {
                watch.context = establish().ok();
                watch.era = watch.era.wrapping_add(1);
            }
            let context = watch.context.as_ref()?;
            match state(context, &self.reader) {
                // Some systems do not count.
                Ok((_, 0)) => return None,
                Ok((_, count)) => return Some(u64::from(watch.era) << 32 | u64::from(count)),
                Err(_) => watch.context = None,
            }
        }
        None
    }
}

/// What an error of PC/SC comes to.
pub(crate) fn fault(error: pcsc::Error, call: &str) -> Fault {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the return values of PC/SC are not ours, and most of them never come"
    )]
    match error {
        pcsc::Error::RemovedCard
        | pcsc::Error::NoSmartcard
        | pcsc::Error::ReaderUnavailable
        | pcsc::Error::UnknownReader
        | pcsc::Error::NoReadersAvailable => Fault::Removed,
        pcsc::Error::ResetCard => Fault::Reset,
        pcsc::Error::SharingViolation | pcsc::Error::ServerTooBusy => Fault::InUse,
        pcsc::Error::UnresponsiveCard
        | pcsc::Error::UnpoweredCard
        | pcsc::Error::UnsupportedCard
        | pcsc::Error::ProtoMismatch
        | pcsc::Error::Timeout
        | pcsc::Error::NotTransacted
        | pcsc::Error::CommDataLost => Fault::Mute,
        pcsc::Error::SecurityViolation | pcsc::Error::NoAccess => Fault::Denied,
        pcsc::Error::NoService
        | pcsc::Error::ServiceStopped
        | pcsc::Error::InvalidHandle
        | pcsc::Error::Shutdown => Fault::NoService,
        other => Fault::Other(failed(other, call)),
    }
}

/// The call and its return value.
pub(crate) fn failed(error: pcsc::Error, call: &str) -> FailedCall {
    FailedCall {
        call: call.to_owned(),
        code: format!("{error:?}"),
    }
}

/// How long a card that another program holds for itself is waited for: two seconds in all.
const PATIENCE: [Duration; 6] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(600),
    Duration::from_millis(650),
];
