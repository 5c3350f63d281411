//! Readers and the cards in them, as PC/SC tells of them.

use std::ffi::CString;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ::pcsc::{Context, PNP_NOTIFICATION, ReaderState as Status, State};

use super::modules::Modules;
use super::{Change, End, tell};
use crate::piv::{self, Seen};
use crate::{CardService, Found, Reader, ReaderState, TokenDescription, TokenHost, cards, pcsc};

/// Tells what comes and goes until the end.
pub(super) fn watch(
    host: &TokenHost,
    modules: &Arc<Modules>,
    sender: &Sender<Change>,
    end: &Arc<End>,
) {
    let mut readers = Readers {
        host,
        modules,
        sender,
        service: None,
        watched: Vec::new(),
        introduced: false,
    };
    while !end.is_over() {
        match pcsc::establish() {
            Ok(context) => {
                readers.service_is(pcsc::diagnose(Ok(())));
                end.wake(&context);
                let error = readers.follow(&context, end);
                tracing::debug!(?error, "the card service went away");
                readers.all_gone();
            }
            Err(error) => readers.service_is(pcsc::diagnose(Err(error))),
        }
        readers.introduce_modules();
        end.pause(UNTIL_THE_SERVICE_IS_ASKED_AGAIN);
    }
}

struct Readers<'a> {
    host: &'a TokenHost,
    modules: &'a Arc<Modules>,
    sender: &'a Sender<Change>,
    service: Option<CardService>,
    watched: Vec<Watched>,
    /// Whether modules were looked at for the first time.
    introduced: bool,
}

/// One reader.
struct Watched {
    reader: CString,
    status: Status,
    /// How often cards had come and gone when it was looked at.
    seen: Option<u32>,
    holds: Arc<Mutex<Holds>>,
}

/// What a reader holds, as far as it was told. Whoever tells holds the lock, so that what is told
/// comes in the order in which it happened.
#[derive(Default)]
struct Holds {
    /// Counts the looks, so that one that was overtaken tells nothing.
    look: u64,
    token: Option<TokenDescription>,
    in_use: bool,
}

impl Readers<'_> {
    /// Follows the readers until the service goes away or the watch ends.
    fn follow(&mut self, context: &Context, end: &End) -> Option<::pcsc::Error> {
        let mut plug = Status::new(PNP_NOTIFICATION(), State::UNAWARE);
        while !end.is_over() {
            if let Err(error) = self.list(context) {
                return Some(error);
            }
            if self.watched.is_empty() {
                self.introduce_modules();
            }
            let mut states = vec![plug];
            for watched in &mut self.watched {
                let name = watched.reader.clone();
                let empty = Status::new(name, State::UNAWARE);
                states.push(std::mem::replace(&mut watched.status, empty));
            }
            let waited = context.get_status_change(UNTIL_READERS_ARE_LISTED_AGAIN, &mut states);
            let mut states = states.into_iter();
            plug = states
                .next()
                .unwrap_or_else(|| Status::new(PNP_NOTIFICATION(), State::UNAWARE));
            plug.sync_current_state();
            for (watched, status) in self.watched.iter_mut().zip(states) {
                watched.status = status;
            }
            match waited {
                Ok(()) => {
                    self.look_at_changes();
                    self.introduce_modules();
                }
                // Nothing happened, the end came, or a reader was unplugged since it was listed.
                Err(
                    ::pcsc::Error::Timeout
                    | ::pcsc::Error::Cancelled
                    | ::pcsc::Error::UnknownReader
                    | ::pcsc::Error::ReaderUnavailable,
                ) => {}
                Err(error) => return Some(error),
            }
        }
        None
    }

    /// Notes which readers came and went.
    fn list(&mut self, context: &Context) -> Result<(), ::pcsc::Error> {
        let listed = pcsc::readers(context)?;
        let (kept, gone) = std::mem::take(&mut self.watched)
            .into_iter()
            .partition(|watched| listed.contains(&watched.reader));
        self.watched = kept;
        let changed = !gone.is_empty();
        for watched in gone {
            self.gone(&watched);
        }
        for reader in listed {
            if !self.watched.iter().any(|known| known.reader == reader) {
                self.watched.push(Watched {
                    status: Status::new(reader.clone(), State::UNAWARE),
                    reader,
                    seen: None,
                    holds: Arc::default(),
                });
            }
        }
        if changed {
            self.modules.look_again();
        }
        Ok(())
    }

    fn look_at_changes(&mut self) {
        for watched in &mut self.watched {
            let flags = watched.status.event_state();
            let count = watched.status.event_count();
            watched.status.sync_current_state();
            // A card that somebody let go of can be looked at at last. Other flags, such as that
            // we use it ourselves, are no news.
            let let_go = holds(watched).in_use && !flags.contains(State::EXCLUSIVE);
            if watched.seen == Some(count) && !let_go {
                continue;
            }
            let first = watched.seen.replace(count).is_none();
            match cards::of_flags(flags) {
                Some(state) => {
                    self.modules.shows_nothing(&pcsc::name(&watched.reader));
                    emptied(watched, state, self.sender);
                    if !first {
                        self.modules.look_again();
                    }
                }
                None => look(self.host, self.modules, watched, self.sender),
            }
        }
    }

    fn service_is(&mut self, service: CardService) {
        if self.service.as_ref() != Some(&service) {
            self.service = Some(service.clone());
            tell(self.sender, Change::Appeared(Found::CardService(service)));
        }
    }

    /// Looks at modules for the first time, with or without a card service. A card that is looked
    /// at meanwhile has them looked at again.
    fn introduce_modules(&mut self) {
        if !self.introduced {
            self.introduced = true;
            self.modules.look_again();
        }
    }

    fn all_gone(&mut self) {
        for watched in std::mem::take(&mut self.watched) {
            self.gone(&watched);
        }
        self.modules.look_again();
    }

    fn gone(&self, watched: &Watched) {
        let name = pcsc::name(&watched.reader);
        self.modules.shows_nothing(&name);
        let mut holds = holds(watched);
        holds.look = holds.look.wrapping_add(1);
        if let Some(token) = holds.token.take() {
            tell(self.sender, Change::Gone(token));
        }
        tell(self.sender, Change::ReaderGone(name));
    }
}

/// Tells that there is no card to be asked.
fn emptied(watched: &Watched, state: ReaderState, sender: &Sender<Change>) {
    let mut holds = holds(watched);
    holds.look = holds.look.wrapping_add(1);
    holds.in_use = false;
    if let Some(token) = holds.token.take() {
        tell(sender, Change::Gone(token));
    }
    let name = pcsc::name(&watched.reader);
    let reader = Reader { name, state };
    tell(sender, Change::Appeared(Found::Reader(reader)));
}

/// Looks at a card on a thread of its own, and has the modules looked at once it is known.
fn look(host: &TokenHost, modules: &Arc<Modules>, watched: &Watched, sender: &Sender<Change>) {
    let this_look = {
        let mut holds = holds(watched);
        holds.look = holds.look.wrapping_add(1);
        holds.in_use = false;
        if let Some(token) = holds.token.take() {
            tell(sender, Change::Gone(token));
        }
        holds.look
    };
    let port = cards::port(watched.reader.clone());
    let shared = Arc::clone(&watched.holds);
    let (modules, sender) = (Arc::clone(modules), sender.clone());
    let deadline = host.settings().deadline;
    modules.card_is_asked();
    thread::spawn(move || {
        let seen = piv::look(&port, deadline);
        let mut holds = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if holds.look != this_look {
            modules.card_has_answered();
            return;
        }
        let Seen { reader, token, .. } = &seen;
        holds.in_use = matches!(reader.state, ReaderState::InUse { .. });
        if let Some(token) = token {
            holds.token = Some(token.description.clone());
            modules.shows(port.name(), token.credentials.clone());
        } else {
            modules.shows_nothing(port.name());
        }
        let ours = holds.token.is_some();
        cards::say(seen, &|found| tell(&sender, Change::Appeared(found)));
        drop(holds);
        modules.card_has_answered();
        if ours {
            modules.look_again();
        } else {
            modules.look_for_card();
        }
    });
}

fn holds(watched: &Watched) -> MutexGuard<'_, Holds> {
    watched.holds.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Some systems do not tell of readers that come, so they are listed now and then.
const UNTIL_READERS_ARE_LISTED_AGAIN: Duration = Duration::from_secs(1);
const UNTIL_THE_SERVICE_IS_ASKED_AGAIN: Duration = Duration::from_millis(500);
