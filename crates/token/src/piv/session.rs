//! A PIV card that has accepted a PIN.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::card::{self, About};
use super::error::CardError;
use super::patience::Progress;
use super::pin::{self, Block, Verdict};
use super::pin_pad::{self, PinPad};
use super::sign::Input;
use super::slot::PivSlot;
use super::status::StatusWord;
use super::transport::{Channel, Fault, Link, within};
use crate::unlocked::Signing;
use crate::wait::Expected;
use crate::{Credential, PinPolicy, PrivateKey, Scheme, SignError, UnlockError, clock};

/// A connection to a card that has accepted a PIN. Dropping it resets the card.
///
/// The reset costs no command, clears the PIN state of every card whatever application is selected,
/// and works after a command that was left half-way; `VERIFY` with `P1` `FF` is one command more
/// and unknown to older cards. Other programs see the card reset and have to give their PIN again.
pub(super) struct Session {
    link: Mutex<Option<Box<dyn Link>>>,
    about: About,
    secret: Arc<Secret>,
    /// Nobody waits for the signature any more, so the card is not asked again.
    given_up: AtomicBool,
    /// Its end ends the thread that wipes the PIN.
    _timer: Sender<()>,
}

/// What proves the person to the card.
pub(super) enum Proof {
    Typed(Block),
    OnReader(PinPad),
}

impl Session {
    /// Gives a PIN to a card, exactly once.
    ///
    /// `SELECT` stands before it in the same transaction, always: another program may have selected
    /// another application meanwhile, and that must not be given the PIN.
    ///
    /// # Errors
    ///
    /// What the card answered, or why it was not asked.
    pub(super) fn begin(
        mut link: Box<dyn Link>,
        about: About,
        proof: Proof,
        progress: &Progress,
    ) -> Result<Self, UnlockError> {
        let secret = Secret(Mutex::new(Kept::from(proof)));
        let sent = Cell::new(false);
        let mut give = || {
            within(link.as_mut(), |channel| {
                progress.begin().map_err(CardError::Fault)?;
                card::select(channel)?;
                sent.set(true);
                secret.give(channel, about)
            })
        };
        let mut verdict = give();
        if verdict == Err(Refusal::Card(CardError::Fault(Fault::Reset))) && !sent.get() {
            // The card was reset before it heard of the PIN.
            verdict = give();
        }
        match verdict {
            Ok(()) => {
                let secret = Arc::new(secret);
                Ok(Self {
                    link: Mutex::new(Some(link)),
                    about,
                    _timer: secret.wiped_in(KEPT),
                    secret,
                    given_up: AtomicBool::new(false),
                })
            }
            Err(Refusal::Card(error)) => Err(error.into()),
            Err(Refusal::Pin(verdict)) => {
                Err(pin::refusal(verdict).unwrap_or(UnlockError::Interrupted))
            }
            Err(Refusal::Pad(status)) => {
                Err(pin_pad::refusal(status).unwrap_or(UnlockError::Cancelled))
            }
            Err(Refusal::Gone) => Err(UnlockError::PinNeeded),
            Err(Refusal::GivenUp) => Err(UnlockError::Cancelled),
        }
    }

    /// One try to sign, within one transaction.
    ///
    /// The key is asked at once, unless it is known to want the PIN. When it refuses, the PIN state
    /// may have been lost to another program's `SELECT` or reset: then the application is selected
    /// and the PIN, which this card has accepted before, given again, once.
    fn attempt(
        &self,
        channel: &mut dyn Channel,
        key: &Key,
        input: &Input,
    ) -> Result<Vec<u8>, Refusal> {
        let mut refused = None;
        if !channel.was_reset() && key.pin != PinPolicy::Always {
            let asked = clock::now();
            match input.sign(channel, key.slot) {
                Ok(signature) => return Ok(signature),
                Err(error @ CardError::Refused { .. }) if was_waiting(&error, asked) => {
                    return Err(error.into());
                }
                Err(error @ CardError::Refused { .. }) => refused = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        if key.pin != PinPolicy::Never && self.secret.is_gone() {
            // There is nothing to give, so what the key said stands.
            let about_pin = refused
                .as_ref()
                .is_none_or(|error| error.status() == Some(StatusWord::SECURITY_STATUS));
            return Err(match refused {
                Some(error) if !about_pin => error.into(),
                Some(_) | None => Refusal::Gone,
            });
        }
        if self.given_up.load(Ordering::Acquire) {
            return Err(Refusal::GivenUp);
        }
        card::select(channel)?;
        if key.pin != PinPolicy::Never {
            self.secret.give(channel, self.about)?;
        }
        Ok(input.sign(channel, key.slot)?)
    }

    fn link(&self) -> MutexGuard<'_, Option<Box<dyn Link>>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signing for Session {
    fn sign(
        &self,
        credential: &Credential,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        let key = Key::of(credential)?;
        let input = Input::new(scheme, &credential.algorithm, message)?;
        let mut link = self.link();
        let connected = link.as_deref_mut().ok_or(SignError::Removed)?;
        let began = clock::now();
        let mut outcome = within(connected, |channel| self.attempt(channel, &key, &input));
        if outcome == Err(Refusal::Card(CardError::Fault(Fault::Reset))) {
            outcome = within(connected, |channel| self.attempt(channel, &key, &input));
        }
        if outcome == Err(Refusal::Card(CardError::Fault(Fault::Removed))) {
            // What is put into the reader next may be another card.
            *link = None;
        }
        drop(link);
        self.secret.wipe();
        outcome.map_err(|refusal| match refusal {
            Refusal::Card(error) if was_waiting(&error, began) => SignError::NotTouched,
            Refusal::Card(error) => error.into(),
            Refusal::Pin(Verdict::Other(status)) => {
                CardError::refused(super::apdu::Instruction::Verify, status).into()
            }
            Refusal::Pin(_) => SignError::WrongPin,
            Refusal::Pad(_) | Refusal::GivenUp => SignError::Cancelled,
            Refusal::Gone => SignError::PinNeededAgain,
        })
    }

    fn cancel(&self) {
        self.given_up.store(true, Ordering::Release);
    }

    fn expects(&self, credential: &Credential) -> Expected {
        let key = Key::of(credential);
        if self.secret.is_on_reader() && key.is_ok_and(|key| key.pin == PinPolicy::Always) {
            Expected::Reader
        } else {
            Expected::Touch(credential.touch)
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.secret.wipe();
        if let Some(link) = self.link().take() {
            link.reset();
        }
    }
}

/// The key to sign with.
struct Key {
    slot: PivSlot,
    pin: PinPolicy,
}

impl Key {
    fn of(credential: &Credential) -> Result<Self, SignError> {
        let there = credential.private_key != PrivateKey::Absent;
        let slot = credential
            .slot
            .filter(|_| there)
            .ok_or(SignError::NoPrivateKey)?;
        let pin = match credential.pin {
            // The standard's rule is the best guess, and a wrong one is recovered from.
            PinPolicy::Unknown => slot.pin_policy(),
            known @ (PinPolicy::Never | PinPolicy::Once | PinPolicy::Always) => known,
        };
        Ok(Self { slot, pin })
    }
}

/// A key that wants a touch and gets none answers after its time with the same words as one that
/// wants a PIN, which answers at once.
fn was_waiting(error: &CardError, since: Instant) -> bool {
    let status = error.status();
    let about_touch =
        status == Some(StatusWord::SECURITY_STATUS) || status == Some(StatusWord::CONDITIONS);
    about_touch && clock::now().duration_since(since) >= LONGER_THAN_A_REFUSAL
}

/// Why a step with a card went no further.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Card(CardError),
    /// The PIN was not accepted.
    Pin(Verdict),
    /// The reader's pad gave no PIN.
    Pad(StatusWord),
    /// The PIN is needed and has been wiped.
    Gone,
    /// The person has given up.
    GivenUp,
}

impl From<CardError> for Refusal {
    fn from(error: CardError) -> Self {
        Self::Card(error)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Card(CardError::Fault(fault))
    }
}

/// The PIN, until it has served or its time is over.
struct Secret(Mutex<Kept>);

enum Kept {
    Typed(Block),
    OnReader(PinPad),
    Gone,
}

impl From<Proof> for Kept {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Typed(block) => Self::Typed(block),
            Proof::OnReader(pad) => Self::OnReader(pad),
        }
    }
}

impl Secret {
    fn give(&self, channel: &mut dyn Channel, about: About) -> Result<(), Refusal> {
        let (verdict, at_pad) = match &*self.kept() {
            Kept::Typed(block) => {
                let verdict = pin::verify(channel, about.reference, block, about.quirks)?;
                (verdict, None)
            }
            Kept::OnReader(pad) => {
                let status = pad.verify(channel, about.reference)?;
                (Verdict::of(status, about.quirks), Some(status))
            }
            Kept::Gone => return Err(Refusal::Gone),
        };
        match (verdict, at_pad) {
            (Verdict::Right, _) => Ok(()),
            (Verdict::Other(_), Some(status)) if pin_pad::refusal(status).is_some() => {
                Err(Refusal::Pad(status))
            }
            (verdict, _) => Err(Refusal::Pin(verdict)),
        }
    }

    fn is_gone(&self) -> bool {
        matches!(*self.kept(), Kept::Gone)
    }

    fn is_on_reader(&self) -> bool {
        matches!(*self.kept(), Kept::OnReader(_))
    }

    /// Forgets a typed PIN. One that is typed on the reader was never known.
    fn wipe(&self) {
        let mut kept = self.kept();
        if matches!(*kept, Kept::Typed(_)) {
            *kept = Kept::Gone;
        }
    }

    /// Wipes the PIN after a while, unless what is handed back is dropped before.
    fn wiped_in(self: &Arc<Self>, while_: Duration) -> Sender<()> {
        let (timer, ends) = mpsc::channel();
        let secret = Arc::clone(self);
        let started = thread::Builder::new()
            .name("wipe".to_owned())
            .spawn(move || {
                if ends.recv_timeout(while_) == Err(RecvTimeoutError::Timeout) {
                    secret.wipe();
                }
            });
        if started.is_err() {
            // A PIN that nobody would wipe is not kept.
            self.wipe();
        }
        timer
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const KEPT: Duration = Duration::from_mins(1);
/// Cards refuse within milliseconds and wait for a touch for many seconds.
const LONGER_THAN_A_REFUSAL: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_wiped_when_its_time_is_over() {
        let block = pin::block(b"123456").expect("a PIN");
        let secret = Arc::new(Secret(Mutex::new(Kept::Typed(block))));
        let timer = secret.wiped_in(Duration::ZERO);
        // The thread lets go of the secret when it is done.
        while Arc::strong_count(&secret) > 1 {
            thread::yield_now();
        }
        assert!(secret.is_gone());
        drop(timer);
    }

    #[test]
    fn a_pin_is_kept_while_its_time_lasts() {
        let block = pin::block(b"123456").expect("a PIN");
        let secret = Arc::new(Secret(Mutex::new(Kept::Typed(block))));
        drop(secret.wiped_in(KEPT));
        while Arc::strong_count(&secret) > 1 {
            thread::yield_now();
        }
        assert!(!secret.is_gone());
    }
}
