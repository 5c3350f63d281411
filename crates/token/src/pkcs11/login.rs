//! Logging in and out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;

use super::library::Library;
use super::message::{Address, UnlockId};
use super::scan;
use super::slot::{self, Found};
use crate::{FailedCall, Pin, PinEntry, PinState, UnlockError, clock};

/// The logins of one module that somebody holds a guard for.
#[derive(Default)]
pub(super) struct Logins {
    count: u64,
    live: HashMap<UnlockId, Login>,
}

/// One login.
///
/// PKCS #11 logs a process in to a token, not a session (§5.6.8), so a token has one login at most:
/// a second unlock of it ends the first.
pub(super) struct Login {
    pub(super) slot: Slot,
    /// Keeps the login: a token logs out with its last session.
    session: Session,
    /// Whether the token was logged in to at all; some ask for nothing.
    logged_in: bool,
    pub(super) secret: Secret,
}

/// Whether a login still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// In this slot, as the session sees it at this moment.
    Yes(Slot),
    /// The token is there and locked: another program locked it, or it was out of its reader.
    Locked,
    /// The token is gone.
    Removed,
}

/// How the PIN of a key that wants it before each use is given again.
pub(super) enum Secret {
    /// It was typed, and is kept until it is used or this instant comes.
    Typed(Pin, Instant),
    /// It is entered on the reader.
    OnReader,
    /// It is gone, or never was.
    None,
}

impl Logins {
    /// Has a token check a PIN.
    ///
    /// # Errors
    ///
    /// What the token says, or why it was not asked.
    pub(super) fn log_in(
        &mut self,
        library: &Library,
        token: &Address,
        pin: Option<Pin>,
    ) -> Result<UnlockId, UnlockError> {
        let found = slot::find(library, token)
            .map_err(UnlockError::Other)?
            .ok_or(UnlockError::Removed)?;
        let state = scan::state(&found.info);
        check(&state, pin.as_ref())?;
        self.end_all_of(found.slot);
        let session = library
            .context
            .open_ro_session(found.slot)
            .map_err(|error| failure(library, found.slot, &error, Function::OpenSession))?;
        let logged_in = pin.is_some() || state.entry != PinEntry::NotNeeded;
        if logged_in {
            log_in(&session, pin.as_ref())
                .map_err(|error| refusal(&error, library, &found, &state))?;
        }
        self.count += 1;
        let unlock = UnlockId(self.count);
        let login = Login {
            slot: found.slot,
            session,
            logged_in,
            secret: match pin {
                Some(pin) => Secret::Typed(pin, clock::now() + KEPT),
                None if state.entry == PinEntry::OnReader => Secret::OnReader,
                None => Secret::None,
            },
        };
        self.live.insert(unlock, login);
        Ok(unlock)
    }

    /// Logs out. A login that has ended already is no failure.
    pub(super) fn log_out(&mut self, unlock: UnlockId) {
        if let Some(login) = self.live.remove(&unlock) {
            login.end();
        }
    }

    /// Logs out of every token.
    pub(super) fn end_all(&mut self) {
        for (_, login) in self.live.drain() {
            login.end();
        }
    }

    pub(super) fn live(&mut self, unlock: UnlockId) -> Option<&mut Login> {
        self.live.get_mut(&unlock)
    }

    /// When the next PIN has to be wiped.
    pub(super) fn next_wipe(&self) -> Option<Instant> {
        self.live
            .values()
            .filter_map(|login| match &login.secret {
                Secret::Typed(_, until) => Some(*until),
                Secret::OnReader | Secret::None => None,
            })
            .min()
    }

    /// Wipes each PIN whose time is over.
    pub(super) fn wipe_pins(&mut self, now: Instant) {
        for login in self.live.values_mut() {
            if matches!(&login.secret, Secret::Typed(_, until) if *until <= now) {
                login.secret = Secret::None;
            }
        }
    }

    fn end_all_of(&mut self, slot: Slot) {
        let ended: Vec<UnlockId> = self
            .live
            .iter()
            .filter(|(_, login)| login.slot == slot)
            .map(|(unlock, _)| *unlock)
            .collect();
        for unlock in ended {
            self.log_out(unlock);
        }
    }
}

impl Login {
    /// Asks the session, whose handle ends with the token's stay in its slot, so that another card
    /// in the same slot is never taken for this one.
    pub(super) fn holds(&self, library: &Library) -> Holds {
        let public = |state| matches!(state, SessionState::RoPublic | SessionState::RwPublic);
        match self.session.get_session_info() {
            Ok(info) if self.logged_in && public(info.session_state()) => Holds::Locked,
            Ok(info) => Holds::Yes(info.slot_id()),
            Err(_) if slot::is_there(library, self.slot) => Holds::Locked,
            Err(_) => Holds::Removed,
        }
    }

    /// The PIN has served: one signature needs it at most once.
    pub(super) fn wipe_pin(&mut self) {
        if matches!(self.secret, Secret::Typed(..)) {
            self.secret = Secret::None;
        }
    }

    fn end(self) {
        // The session's end logs out as well; a token that is gone needs neither.
        let _ = self.session.logout();
    }
}

/// What can be said without asking the token, which would cost a try.
fn check(state: &PinState, pin: Option<&Pin>) -> Result<(), UnlockError> {
    if state.blocked {
        return Err(UnlockError::Locked);
    }
    let (min, max) = (state.min_length, state.max_length);
    match (pin, state.entry) {
        (None, PinEntry::Typed) => Err(UnlockError::PinNeeded),
        (Some(_), PinEntry::OnReader) => Err(UnlockError::PinOnReader),
        // Some modules fill in no lengths.
        (Some(pin), _) if min <= max && max > 0 && !(min..=max).contains(&pin.len()) => {
            Err(UnlockError::Length { min, max })
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// Logs in once. Where the token is logged in already, by another program that the module shares its
/// login with, it is logged out first, so that this PIN is the one that is checked.
///
/// A module that will not log out has a person who typed nothing in already. A typed PIN that it
/// never checked is refused: it could be any.
fn log_in(session: &Session, pin: Option<&Pin>) -> Result<(), Error> {
    let already = |answer: &Result<(), Error>| {
        matches!(answer, Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)))
    };
    let mut answer = try_pin(session, UserType::User, pin);
    if already(&answer) {
        // The second try says whether this helped.
        let _ = session.logout();
        answer = try_pin(session, UserType::User, pin);
    }
    if already(&answer) && pin.is_none() {
        return Ok(());
    }
    answer
}

/// Gives a PIN to the token once; without one, the person enters it on the reader.
pub(super) fn try_pin(session: &Session, user: UserType, pin: Option<&Pin>) -> Result<(), Error> {
    match pin {
        Some(pin) => session.login_with_raw(user, &pin.reveal()),
        None => session.login(user, None),
    }
}

fn refusal(error: &Error, library: &Library, found: &Found, before: &PinState) -> UnlockError {
    let Error::Pkcs11(code, _) = error else {
        return failure(library, found.slot, error, Function::Login);
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the return values of PKCS #11 are not ours, and most of them say nothing of PINs"
    )]
    match code {
        RvError::PinIncorrect | RvError::PinInvalid => wrong_pin(library, found),
        RvError::PinLocked => UnlockError::Locked,
        RvError::PinExpired => UnlockError::Expired,
        RvError::PinLenRange => UnlockError::Length {
            min: before.min_length,
            max: before.max_length,
        },
        RvError::UserPinNotInitialized => UnlockError::NoPinSet,
        RvError::FunctionCanceled | RvError::FunctionRejected => UnlockError::Cancelled,
        _ => failure(library, found.slot, error, Function::Login),
    }
}

/// What the token says of its tries after it refused a PIN. That PIN may have blocked it.
fn wrong_pin(library: &Library, found: &Found) -> UnlockError {
    match scan::pin_state(library, found.slot) {
        Ok(state) if state.blocked => UnlockError::Locked,
        Ok(state) => UnlockError::WrongPin {
            tries_left: state.tries,
            last_try: state.last_try,
        },
        Err(_) => UnlockError::WrongPin {
            tries_left: None,
            last_try: false,
        },
    }
}

fn failure(library: &Library, slot: Slot, error: &Error, during: Function) -> UnlockError {
    if slot::is_gone(library, slot, error) {
        UnlockError::Removed
    } else {
        UnlockError::Other(FailedCall::from_error(error, during))
    }
}

const KEPT: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_token_is_not_asked() {
        let state = PinState {
            blocked: true,
            ..typed()
        };
        assert_eq!(
            check(&state, Some(&pin("123456"))),
            Err(UnlockError::Locked)
        );
    }

    #[test]
    fn a_pin_of_the_wrong_length_is_not_tried() {
        let length = UnlockError::Length { min: 6, max: 8 };
        assert_eq!(check(&typed(), Some(&pin("12345"))), Err(length.clone()));
        assert_eq!(check(&typed(), Some(&pin("123456789"))), Err(length));
        assert_eq!(check(&typed(), Some(&pin("12345678"))), Ok(()));
    }

    #[test]
    fn lengths_that_make_no_sense_are_not_held_against_the_pin() {
        let state = PinState {
            min_length: 0,
            max_length: 0,
            ..typed()
        };
        assert_eq!(check(&state, Some(&pin("1"))), Ok(()));
    }

    #[test]
    fn a_pin_is_asked_for_where_it_is_entered() {
        let on_reader = PinState {
            entry: PinEntry::OnReader,
            ..typed()
        };
        assert_eq!(check(&typed(), None), Err(UnlockError::PinNeeded));
        assert_eq!(
            check(&on_reader, Some(&pin("123456"))),
            Err(UnlockError::PinOnReader)
        );
        assert_eq!(check(&on_reader, None), Ok(()));
    }

    fn typed() -> PinState {
        PinState {
            entry: PinEntry::Typed,
            tries: None,
            low: false,
            last_try: false,
            blocked: false,
            factory: false,
            min_length: 6,
            max_length: 8,
        }
    }

    fn pin(text: &str) -> Pin {
        Pin::new(text.to_owned()).expect("a PIN")
    }
}
