//! The virtual card in process: a port without a reader. It exists in tests alone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, SubjectPublicKeyInfo};
use virtual_piv::{
    Algorithm, Builder, Card, Compressed, Interruption, PinPolicy, Profile, Shared, Slot,
    TouchPolicy,
};

use crate::piv::transport::{Channel, Fault, Link, Port, Protocol};
use crate::piv::{self, Seen};
use crate::{Credential, FoundToken, Pin};

/// A virtual card, and the token that this crate makes of it.
pub(super) struct Rig {
    pub(super) card: Shared,
    pub(super) port: Arc<MemoryPort>,
}

impl Rig {
    /// A card with these keys, each with a certificate beside it.
    pub(super) fn new(profile: Profile, keys: &[(Slot, Algorithm)]) -> Self {
        let mut builder = Card::builder().profile(profile).serial(12_345_678);
        for (slot, algorithm) in keys {
            builder = builder.key(*slot, *algorithm);
        }
        Self::of(builder)
    }

    /// A card as it was built, with a certificate for each key.
    pub(super) fn of(builder: Builder) -> Self {
        let mut card = builder.build().expect("a card");
        let slots: Vec<Slot> = card.slots().map(|(slot, _)| slot).collect();
        for slot in slots {
            let certificate = certificate(&card, slot);
            card.store_certificate(slot, &certificate, Compressed::No);
        }
        let card = card.share();
        let port = Arc::new(MemoryPort {
            card: card.clone(),
            moved: AtomicU64::new(1),
            trouble: Arc::default(),
            pad: false,
        });
        Self { card, port }
    }

    /// A YubiKey whose key in 9A wants what is said.
    pub(super) fn yubikey(algorithm: Algorithm, pin: PinPolicy, touch: TouchPolicy) -> Self {
        let builder = Card::builder().profile(Profile::YUBIKEY_57);
        Self::of(builder.key_with(Slot::Authentication, algorithm, pin, touch))
    }

    pub(super) fn look(&self) -> Seen {
        let port: Arc<dyn Port> = self.port.clone();
        piv::look(&port, Duration::from_mins(1))
    }

    pub(super) fn token(&self) -> FoundToken {
        let seen = self.look();
        seen.token
            .unwrap_or_else(|| panic!("no token: {:?}", seen.reader))
    }

    /// The token and its one certificate.
    pub(super) fn only_credential(&self) -> (FoundToken, Credential) {
        let token = self.token();
        let [credential] = token.credentials.as_slice() else {
            panic!("{:?}", token.credentials);
        };
        let credential = credential.clone();
        (token, credential)
    }

    pub(super) fn pull(&self) {
        self.card.pull();
        self.port.moved.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn insert(&self) {
        if !self.card.is_present() {
            self.card.insert();
            self.port.moved.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Has the command APDU with this number, counted from zero, end in trouble, once.
    pub(super) fn trouble(&self, at: usize, kind: Trouble) {
        *self.port.trouble.lock().expect("no test panics here") = Some((at, kind));
    }

    /// Whether the trouble is still to come.
    pub(super) fn is_troubled(&self) -> bool {
        let trouble = self.port.trouble.lock().expect("no test panics here");
        trouble.is_some()
    }

    /// How many command APDUs the card was sent, and how many bytes both ways, since the last time
    /// that was asked.
    pub(super) fn count(&self) -> (usize, usize) {
        self.card.with(|card| {
            let whole = card.log().whole();
            card.clear_log();
            (whole.count, whole.sent + whole.answered)
        })
    }

    pub(super) fn tries(&self) -> u8 {
        self.card.with(|card| card.pin_tries())
    }
}

/// What happens at a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The card is pulled before it does anything.
    Removed,
    /// The card is pulled once it has done what it was told.
    RemovedAfterwards,
    /// The card is reset before it does anything.
    Reset,
    /// Another program holds the card.
    InUse,
    /// Another program has selected another application, and the card answers as it is then.
    OtherApplication,
    /// The card answers nonsense.
    Garbage,
    /// The card answers nothing, and the reader gives up.
    Silence,
}

/// A certificate for the key in a slot.
pub(super) fn certificate(card: &Card, slot: Slot) -> Vec<u8> {
    let public = card.public_key(slot).expect("the slot has a key");
    let public = SubjectPublicKeyInfo::from_der(&public).expect("a public key");
    let issuer = KeyPair::generate().expect("a key for the CA");
    let params = CertificateParams::new(Vec::new()).expect("no names");
    let issuer = rcgen::Issuer::new(params, issuer);
    let params = CertificateParams::new(vec![slot.to_string()]).expect("a name");
    let certificate = params.signed_by(&public, &issuer).expect("signed");
    certificate.der().to_vec()
}

pub(super) fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned()).expect("a PIN")
}

pub(super) const PIN: &str = "123456";
pub(super) const WRONG_PIN: &str = "654321";

/// The way to a virtual card.
pub(super) struct MemoryPort {
    card: Shared,
    /// Counts pulls and insertions, as a card service does.
    moved: AtomicU64,
    trouble: Arc<Mutex<Option<(usize, Trouble)>>>,
    pub(super) pad: bool,
}

impl Port for MemoryPort {
    fn name(&self) -> &'static str {
        "In process 00 00"
    }

    fn connect(&self) -> Result<Box<dyn Link>, Fault> {
        if !self.card.is_present() {
            return Err(Fault::Removed);
        }
        let moved = self.moved.load(Ordering::SeqCst);
        Ok(Box::new(MemoryLink {
            port: Self {
                card: self.card.clone(),
                moved: AtomicU64::new(moved),
                trouble: Arc::clone(&self.trouble),
                pad: self.pad,
            },
            atr: self.card.with(|card| card.atr()),
            was_reset: false,
            dead: false,
        }))
    }

    fn insertion(&self) -> Option<u64> {
        Some(self.moved.load(Ordering::SeqCst))
    }
}

struct MemoryLink {
    port: MemoryPort,
    atr: Vec<u8>,
    was_reset: bool,
    /// The card was pulled since: this connection is of no more use, also when it is back.
    dead: bool,
}

impl Link for MemoryLink {
    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn Channel)) -> Result<(), Fault> {
        if self.dead {
            return Err(Fault::Removed);
        }
        match self.port.card.claim() {
            Ok(()) => {}
            Err(Interruption::Reset) => self.was_reset = true,
            Err(error) => return Err(fault(error)),
        }
        work(self);
        Ok(())
    }

    fn reset(self: Box<Self>) {
        if !self.dead && self.port.card.is_present() {
            self.port.card.with(Card::reset);
        }
    }
}

impl Channel for MemoryLink {
    fn protocol(&self) -> Protocol {
        Protocol::T1
    }

    fn was_reset(&self) -> bool {
        self.was_reset
    }

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Fault> {
        let due = {
            let mut trouble = self.port.trouble.lock().expect("no test panics here");
            match trouble.take() {
                Some((0, kind)) => Some(kind),
                Some((left, kind)) => {
                    *trouble = Some((left - 1, kind));
                    None
                }
                None => None,
            }
        };
        let card = &self.port.card;
        match due {
            Some(Trouble::Removed) => card.pull(),
            Some(Trouble::RemovedAfterwards) => {
                let _ = card.transmit(apdu);
                card.pull();
            }
            Some(Trouble::Reset) => {
                card.with(Card::reset);
                self.was_reset = true;
                return Err(Fault::Reset);
            }
            Some(Trouble::InUse) => return Err(Fault::InUse),
            Some(Trouble::OtherApplication) => {
                let other = [0, 0xa4, 4, 0, 6, 0xd2, 0x76, 0, 1, 0x24, 1];
                let _ = card.transmit(&other);
            }
            Some(Trouble::Garbage) => return Ok(vec![0xff]),
            Some(Trouble::Silence) => return Err(Fault::Mute),
            None => {}
        }
        card.transmit(apdu).map_err(|error| {
            self.dead |= error == Interruption::Removed;
            self.was_reset |= error == Interruption::Reset;
            fault(error)
        })
    }

    fn features(&mut self) -> Result<Vec<u8>, Fault> {
        if self.port.pad {
            Ok(vec![0x06, 4, 0, 0, 0, 6])
        } else {
            Err(Fault::Mute)
        }
    }

    /// The person at the pad types the right PIN.
    fn control(&mut self, _code: u32, structure: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut apdu = structure.get(19..).unwrap_or_default().to_vec();
        for (place, digit) in apdu.iter_mut().skip(5).zip(PIN.bytes()) {
            *place = digit;
        }
        self.transmit(&apdu)
    }
}

fn fault(interruption: Interruption) -> Fault {
    match interruption {
        Interruption::Removed => Fault::Removed,
        Interruption::Reset => Fault::Reset,
        Interruption::SharingViolation => Fault::InUse,
        other => panic!("{other}"),
    }
}
