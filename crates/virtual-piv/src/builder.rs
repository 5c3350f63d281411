//! Provisioning a card without going through its commands.

use crate::card::SlotKey;
use crate::key::{KeyError, PrivateKey};
use crate::management::ManagementKey;
use crate::secret::Secret;
use crate::{
    Algorithm, Card, ManagementAlgorithm, PinPolicy, Profile, Slot, TouchPolicy, random, tlv,
};

/// How a certificate is kept on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compressed {
    /// As it is.
    No,
    /// With gzip, and the certificate object says so.
    Yes,
    /// With gzip, and the certificate object does not say so, as some cards have it.
    Unsaid,
}

/// Makes a card.
///
/// A certificate needs the card's public key first: build the card, ask
/// [`Card::public_key`], then give it to [`Card::store_certificate`].
#[derive(Debug)]
pub struct Builder {
    profile: Profile,
    serial: Option<u32>,
    pin: String,
    puk: String,
    tries: u8,
    global_pin: Option<String>,
    management: Option<(ManagementAlgorithm, Vec<u8>)>,
    keys: Vec<Provision>,
    holder_objects: bool,
    history: bool,
}

#[derive(Debug)]
struct Provision {
    slot: Slot,
    from: From,
    pin: PinPolicy,
    touch: TouchPolicy,
}

#[derive(Debug)]
enum From {
    Generated(Algorithm),
    Imported(Vec<u8>),
}

/// What a card cannot be made with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// PIN or PUK.
    #[error("a PIN or PUK has six to eight bytes")]
    PinLength,
    /// The management key.
    #[error("this is not a management key of that kind")]
    ManagementKey,
    /// The key in a slot.
    #[error("slot {slot}")]
    Key {
        /// The slot.
        slot: Slot,
        /// What is wrong with its key.
        source: KeyError,
    },
    /// A key of a kind that the profile does not have.
    #[error("the profile has no {algorithm:?}, which slot {slot} should hold")]
    Algorithm {
        /// The slot.
        slot: Slot,
        /// The kind of key.
        algorithm: Algorithm,
    },
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            profile: Profile::NIST,
            serial: None,
            pin: "123456".to_owned(),
            puk: "12345678".to_owned(),
            tries: 3,
            global_pin: None,
            management: None,
            keys: Vec::new(),
            holder_objects: true,
            history: true,
        }
    }
}

impl Builder {
    /// What kind of card it is; [`Profile::NIST`] unless said.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The serial number; drawn unless said.
    #[must_use]
    pub const fn serial(mut self, serial: u32) -> Self {
        self.serial = Some(serial);
        self
    }

    /// The PIN; the factory's `123456` unless said.
    #[must_use]
    pub fn pin(mut self, pin: &str) -> Self {
        pin.clone_into(&mut self.pin);
        self
    }

    /// The PUK; the factory's `12345678` unless said.
    #[must_use]
    pub fn puk(mut self, puk: &str) -> Self {
        puk.clone_into(&mut self.puk);
        self
    }

    /// How often PIN and PUK may be wrong; three times unless said.
    #[must_use]
    pub const fn tries(mut self, tries: u8) -> Self {
        self.tries = tries;
        self
    }

    /// A global PIN, reference `00`, beside the card's own: the discovery object says that it
    /// counts, and that it is the one to ask for.
    #[must_use]
    pub fn global_pin(mut self, pin: &str) -> Self {
        self.global_pin = Some(pin.to_owned());
        self.profile.discovery = self.profile.discovery.map(|_| [0x60, 0x20]);
        self
    }

    /// The management key; the profile's factory key unless said.
    #[must_use]
    pub fn management_key(mut self, algorithm: ManagementAlgorithm, key: &[u8]) -> Self {
        self.management = Some((algorithm, key.to_vec()));
        self
    }

    /// A key made on the card, with the slot's usual policies.
    #[must_use]
    pub fn key(self, slot: Slot, algorithm: Algorithm) -> Self {
        let pin = slot.usual_pin_policy();
        self.key_with(slot, algorithm, pin, TouchPolicy::Never)
    }

    /// A key made on the card, with policies of its own.
    #[must_use]
    pub fn key_with(
        self,
        slot: Slot,
        algorithm: Algorithm,
        pin: PinPolicy,
        touch: TouchPolicy,
    ) -> Self {
        self.provision(slot, From::Generated(algorithm), pin, touch)
    }

    /// A key that was made elsewhere, in PKCS #8 (RFC 5208).
    #[must_use]
    pub fn imported_key(
        self,
        slot: Slot,
        pkcs8: &[u8],
        pin: PinPolicy,
        touch: TouchPolicy,
    ) -> Self {
        self.provision(slot, From::Imported(pkcs8.to_vec()), pin, touch)
    }

    fn provision(mut self, slot: Slot, from: From, pin: PinPolicy, touch: TouchPolicy) -> Self {
        self.keys.push(Provision {
            slot,
            from,
            pin,
            touch,
        });
        self
    }

    /// Leaves out the CHUID and the card capability container, as on a YubiKey from the shop.
    #[must_use]
    pub const fn without_holder_objects(mut self) -> Self {
        self.holder_objects = false;
        self
    }

    /// Leaves out the key history object although there are retired keys, as on many a YubiKey.
    #[must_use]
    pub const fn without_history(mut self) -> Self {
        self.history = false;
        self
    }

    /// Makes the card.
    ///
    /// # Errors
    /// When something that was given cannot be on this card.
    pub fn build(self) -> Result<Card, BuildError> {
        let pad = |text: &str| Secret::pad(text).ok_or(BuildError::PinLength);
        let serial = self
            .serial
            .unwrap_or_else(|| u32::from_be_bytes(random::bytes()) & 0x00FF_FFFF | 0x0100_0000);
        let mut card = Card::blank(self.profile, serial);
        card.pin = Secret::new(pad(&self.pin)?, self.tries);
        card.puk = Secret::new(pad(&self.puk)?, self.tries);
        if let Some(pin) = &self.global_pin {
            card.global_pin = Some(Secret::new(pad(pin)?, self.tries));
        }
        if let Some((algorithm, key)) = self.management {
            card.management =
                ManagementKey::new(algorithm, &key).ok_or(BuildError::ManagementKey)?;
        }
        for provision in self.keys {
            let slot = provision.slot;
            let generated = matches!(provision.from, From::Generated(_));
            let key = match provision.from {
                From::Generated(algorithm) => PrivateKey::generate(algorithm),
                From::Imported(pkcs8) => PrivateKey::from_pkcs8(&pkcs8),
            }
            .map_err(|source| BuildError::Key { slot, source })?;
            let algorithm = key.algorithm();
            if !card.profile.algorithms.contains(&algorithm) {
                return Err(BuildError::Algorithm { slot, algorithm });
            }
            let held = SlotKey {
                key,
                pin: provision.pin,
                touch: provision.touch,
                generated,
            };
            card.keys.insert(slot, held);
        }
        if self.holder_objects {
            card.store_object(CHUID, &holder_identifier());
            card.store_object(CAPABILITIES, &capability_container());
        }
        let retired = card
            .keys
            .keys()
            .filter(|slot| matches!(slot, Slot::Retired(_)))
            .count();
        if self.history && retired > 0 {
            card.store_object(KEY_HISTORY, &key_history(retired));
        }
        Ok(card)
    }
}

/// CHUID (SP 800-73pt1-5 table 9): FASC-N, GUID, expiry, and empty signature and error check.
fn holder_identifier() -> Vec<u8> {
    let mut content = tlv::wrap(0x30, &FASC_N);
    tlv::put(&mut content, 0x34, &random::bytes::<16>());
    tlv::put(&mut content, 0x35, b"20491231");
    tlv::put(&mut content, 0x3E, &[]);
    tlv::put(&mut content, 0xFE, &[]);
    content
}

/// Card capability container (SP 800-73pt1-5 table 8): mandatory and all but empty.
fn capability_container() -> Vec<u8> {
    let identifier = [
        &[0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02][..],
        &random::bytes::<14>(),
    ]
    .concat();
    let mut content = tlv::wrap(0xF0, &identifier);
    tlv::put(&mut content, 0xF1, &[0x21]);
    tlv::put(&mut content, 0xF2, &[0x21]);
    tlv::put(&mut content, 0xF3, &[]);
    tlv::put(&mut content, 0xF4, &[0x00]);
    tlv::put(&mut content, 0xF5, &[0x10]);
    for tag in 0xF6..=0xFD {
        tlv::put(&mut content, tag, &[]);
    }
    tlv::put(&mut content, 0xFE, &[]);
    content
}

/// Key history (SP 800-73pt1-5 table 19): every retired certificate is on the card.
fn key_history(retired: usize) -> Vec<u8> {
    let count = u8::try_from(retired).unwrap_or(20);
    let mut content = tlv::wrap(0xC1, &[count]);
    tlv::put(&mut content, 0xC2, &[0]);
    tlv::put(&mut content, 0xFE, &[]);
    content
}

const CHUID: u32 = 0x005F_C102;
const CAPABILITIES: u32 = 0x005F_C107;
const KEY_HISTORY: u32 = 0x005F_C10C;
/// 9999-9999-999999-0-1 0000000000 3 0000 1, which stands for no agency's person.
const FASC_N: [u8; 25] = [
    0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08,
    0x42, 0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB,
];
