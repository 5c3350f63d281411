//! The card: its memory, and what it does with one command after the other.

mod authenticate;
mod exchange;
mod keys;
mod objects;
mod pins;
mod select;
mod yubikey;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

pub use self::exchange::Alteration;
pub(crate) use self::exchange::Step;
use self::exchange::{Chain, Exact, PendingTouch};
pub(crate) use self::objects::certificate_object;
use crate::attestation::Attestation;
use crate::key::{KeyError, PrivateKey};
use crate::log::Log;
use crate::management::ManagementKey;
use crate::secret::Secret;
use crate::{PinPolicy, Profile, Slot, Status, TouchPolicy};

/// A PIV card in memory.
///
/// It starts as a card that has just got power: nothing selected, no PIN verified.
pub struct Card {
    pub(crate) profile: Profile,
    pub(crate) serial: u32,
    pub(crate) objects: BTreeMap<u32, Vec<u8>>,
    pub(crate) keys: BTreeMap<Slot, SlotKey>,
    pub(crate) pin: Secret,
    pub(crate) puk: Secret,
    pub(crate) global_pin: Option<Secret>,
    pub(crate) management: ManagementKey,
    pub(crate) attestation: Option<Attestation>,
    pub(crate) log: Log,
    pub(crate) revision: u64,
    session: Session,
    clock: Duration,
    touched_at: Option<Duration>,
}

/// A private key in its slot.
#[derive(Debug)]
pub(crate) struct SlotKey {
    pub(crate) key: PrivateKey,
    pub(crate) pin: PinPolicy,
    pub(crate) touch: TouchPolicy,
    pub(crate) generated: bool,
}

/// What a reset forgets.
#[derive(Debug, Default)]
struct Session {
    selected: bool,
    /// The PIV or the global PIN was right.
    verified: bool,
    /// It was right, and what "PIN always" asks for still holds.
    fresh: bool,
    management: ManagementState,
    chain: Option<Chain>,
    rest: Option<Vec<u8>>,
    exact: Option<Exact>,
    touch: Option<PendingTouch>,
    alteration: Option<Alteration>,
}

/// How far the client has proved that it has the management key.
#[derive(Debug, Default, PartialEq, Eq)]
enum ManagementState {
    #[default]
    Unproven,
    /// The card waits for this witness, decrypted.
    Witness(Vec<u8>),
    /// The card waits for this challenge, encrypted.
    Challenge(Vec<u8>),
    Proven,
}

/// Whether somebody touched the card in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// Somebody did.
    Yes,
    /// Nobody did.
    No,
}

/// What the insides of one command come to.
enum Done {
    /// The data to answer with `9000`.
    Answer(Vec<u8>),
    /// A signature that waits for a touch.
    Touch { slot: Slot, work: Work },
}

/// What to do with a private key once everything is satisfied.
#[derive(Debug)]
enum Work {
    Sign(Vec<u8>),
    Agree(Vec<u8>),
}

type Outcome = Result<Done, Status>;

impl Card {
    pub(crate) fn blank(profile: Profile, serial: u32) -> Self {
        Self {
            management: ManagementKey::factory(profile.management),
            profile,
            serial,
            objects: BTreeMap::new(),
            keys: BTreeMap::new(),
            pin: Secret::new(FACTORY_PIN, FACTORY_TRIES),
            puk: Secret::new(FACTORY_PUK, FACTORY_TRIES),
            global_pin: None,
            attestation: None,
            log: Log::default(),
            revision: 0,
            session: Session::default(),
            clock: Duration::ZERO,
            touched_at: None,
        }
    }

    /// Begins a card with this profile's memory empty.
    #[must_use]
    pub fn builder() -> crate::Builder {
        crate::Builder::default()
    }

    /// Carries out one command APDU, whatever its bytes, and gives the response APDU: at least
    /// the two bytes of the status. A touch that is asked for is given at once.
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        match self.begin(command) {
            Step::Answer(answer) => answer,
            Step::AwaitsTouch => self.finish_touch(Touched::Yes),
        }
    }

    /// Takes power away and gives it back: everything but the memory is forgotten.
    pub fn reset(&mut self) {
        self.session = Session::default();
    }

    /// The answer to reset.
    #[must_use]
    pub fn atr(&self) -> Vec<u8> {
        self.profile.atr()
    }

    /// Lets time pass, on which a cached touch depends.
    pub fn elapse(&mut self, time: Duration) {
        self.clock = self.clock.saturating_add(time);
    }

    /// What kind of card this is.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The serial number.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// What the card was asked so far.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Forgets what the card was asked so far, so that a test counts from here.
    pub fn clear_log(&mut self) {
        self.log = Log::default();
    }

    /// The public key in a slot, as a certificate has it (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// When the slot is empty.
    pub fn public_key(&self, slot: Slot) -> Result<Vec<u8>, KeyError> {
        let key = self.keys.get(&slot).ok_or(KeyError::Unreadable)?;
        key.key.subject_public_key_info()
    }

    /// The slots that hold a key.
    pub fn slots(&self) -> impl Iterator<Item = (Slot, crate::Algorithm)> {
        self.keys
            .iter()
            .map(|(slot, key)| (*slot, key.key.algorithm()))
    }

    /// Puts a certificate beside the key, as it is or compressed.
    pub fn store_certificate(&mut self, slot: Slot, der: &[u8], compressed: crate::Compressed) {
        self.objects.insert(
            slot.certificate_object(),
            certificate_object(der, compressed),
        );
        self.changed();
    }

    /// Puts any bytes into an object; hostile ones too. With no bytes the object is gone.
    pub fn store_object(&mut self, tag: u32, content: &[u8]) {
        if content.is_empty() {
            self.objects.remove(&tag);
        } else {
            self.objects.insert(tag, content.to_vec());
        }
        self.changed();
    }

    /// What an object holds, without the card's rules about who may read it.
    #[must_use]
    pub fn object(&self, tag: u32) -> Option<&[u8]> {
        self.objects.get(&tag).map(Vec::as_slice)
    }

    /// Puts another key of the same kind into a slot and leaves the certificate, so that the two
    /// do not fit.
    ///
    /// # Errors
    /// When the slot is empty.
    pub fn mismatch(&mut self, slot: Slot) -> Result<(), KeyError> {
        let held = self.keys.get_mut(&slot).ok_or(KeyError::Unreadable)?;
        held.key = PrivateKey::generate(held.key.algorithm())?;
        self.changed();
        Ok(())
    }

    /// How many tries the PUK has left.
    #[must_use]
    pub const fn puk_tries(&self) -> u8 {
        self.puk.left()
    }

    /// How many tries the PIN has left.
    #[must_use]
    pub const fn pin_tries(&self) -> u8 {
        self.pin.left()
    }

    /// Sets how many tries the PIN has left, as if somebody had guessed before; none blocks it.
    pub fn leave_pin_tries(&mut self, left: u8) {
        self.pin.leave(left);
        self.session.verified = false;
        self.session.fresh = false;
        self.changed();
    }

    /// Sets how many tries the PUK has left; none blocks it.
    pub fn leave_puk_tries(&mut self, left: u8) {
        self.puk.leave(left);
        self.changed();
    }

    /// Counts changes of what survives a reset, so that a file can follow.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether the PIN counts as verified: what a client that logs out must have ended.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.session.verified
    }

    /// Changes the next answer on its way out.
    pub(crate) fn alter_next(&mut self, alteration: Alteration) {
        self.session.alteration = Some(alteration);
    }

    fn changed(&mut self) {
        self.revision = self.revision.saturating_add(1);
    }
}

/// Neither keys nor what was sent, which may be a PIN.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("profile", &self.profile.name)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

pub(crate) const FACTORY_PIN: [u8; 8] = *b"123456\xFF\xFF";
pub(crate) const FACTORY_PUK: [u8; 8] = *b"12345678";
pub(crate) const FACTORY_TRIES: u8 = 3;
