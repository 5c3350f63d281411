//! A card in a file, so that it is the same card the next time.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::attestation::Attestation;
use crate::card::SlotKey;
use crate::key::{KeyError, PrivateKey};
use crate::management::ManagementKey;
use crate::secret::Secret;
use crate::{Card, ManagementAlgorithm, PinPolicy, Profile, ProfileName, Slot, TouchPolicy};

/// Why a card's folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file system failed.
    #[error("{path}")]
    File {
        /// What was read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not what this program writes.
    #[error("{path} does not hold a card: {reason}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is a card already.
    #[error("{0} holds a card already")]
    Taken(PathBuf),
    /// A key could not be written.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A folder that only its owner can read, with one card in it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Names a folder; it need not be there yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Reads the card.
    ///
    /// # Errors
    /// When there is none, or when it is not one that [`Folder::save`] wrote.
    pub fn load(&self) -> Result<Card, StateError> {
        let path = self.0.join(CARD);
        let content = |reason: String| StateError::Content {
            path: path.clone(),
            reason,
        };
        let mut text = String::new();
        File::open(&path)
            .and_then(|file| file.take(LARGEST_FILE).read_to_string(&mut text))
            .map_err(at(&path))?;
        let kept: Kept = serde_json::from_str(&text).map_err(|error| content(error.to_string()))?;
        kept.card().map_err(|what| content(what.to_owned()))
    }

    /// Writes a new card.
    ///
    /// # Errors
    /// When there is one already, or when the file system fails.
    pub fn create(&self, card: &Card) -> Result<(), StateError> {
        if self.0.join(CARD).exists() {
            return Err(StateError::Taken(self.0.clone()));
        }
        self.save(card)
    }

    /// Writes the card over the one that was there, whole or not at all.
    ///
    /// # Errors
    /// When the file system fails.
    pub fn save(&self, card: &Card) -> Result<(), StateError> {
        let text =
            serde_json::to_vec_pretty(&Kept::of(card)?).map_err(|error| StateError::Content {
                path: self.0.join(CARD),
                reason: error.to_string(),
            })?;
        self.write(CARD, &text)
    }

    /// Writes a file beside the card, readable for its owner alone.
    ///
    /// # Errors
    /// When the file system fails.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), StateError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .map_err(at(&self.0))?;
        let (path, partial) = (self.0.join(name), self.0.join(format!("{name}.partial")));
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&partial)
            .and_then(|mut file| {
                file.write_all(content)?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&partial, &path))
            .map_err(at(&path))
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    move |source| StateError::File { path, source }
}

/// The card as the file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    profile: ProfileName,
    discovery: Option<[u8; 2]>,
    serial: u32,
    pin: KeptSecret,
    puk: KeptSecret,
    global_pin: Option<KeptSecret>,
    management: KeptManagement,
    keys: BTreeMap<Slot, KeptKey>,
    /// By tag, in hexadecimal.
    objects: BTreeMap<String, Bytes>,
    attestation: Option<KeptAttestation>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptSecret {
    value: [u8; 8],
    total: u8,
    left: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptManagement {
    algorithm: ManagementAlgorithm,
    key: Bytes,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptKey {
    pkcs8: Bytes,
    pin: PinPolicy,
    touch: TouchPolicy,
    generated: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptAttestation {
    pkcs8: Bytes,
    certificate: Bytes,
}

/// Bytes that the file has in Base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct Bytes(Vec<u8>);

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

impl TryFrom<String> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl KeptSecret {
    fn of(secret: &Secret) -> Self {
        Self {
            value: secret.value(),
            total: secret.total(),
            left: secret.left(),
        }
    }

    fn secret(&self) -> Secret {
        let mut secret = Secret::new(self.value, self.total);
        secret.leave(self.left);
        secret
    }
}

impl Kept {
    fn of(card: &Card) -> Result<Self, KeyError> {
        let keys = card
            .keys
            .iter()
            .map(|(slot, held)| {
                let kept = KeptKey {
                    pkcs8: Bytes(held.key.to_pkcs8()?),
                    pin: held.pin,
                    touch: held.touch,
                    generated: held.generated,
                };
                Ok((*slot, kept))
            })
            .collect::<Result<_, KeyError>>()?;
        Ok(Self {
            profile: card.profile.name,
            discovery: card.profile.discovery,
            serial: card.serial,
            pin: KeptSecret::of(&card.pin),
            puk: KeptSecret::of(&card.puk),
            global_pin: card.global_pin.as_ref().map(KeptSecret::of),
            management: KeptManagement {
                algorithm: card.management.algorithm,
                key: Bytes(card.management.bytes().to_vec()),
            },
            keys,
            objects: card
                .objects
                .iter()
                .map(|(tag, content)| (format!("{tag:06X}"), Bytes(content.clone())))
                .collect(),
            attestation: card
                .attestation
                .as_ref()
                .map(|attestation| KeptAttestation {
                    pkcs8: Bytes(attestation.key_pkcs8()),
                    certificate: Bytes(attestation.certificate().to_vec()),
                }),
        })
    }

    fn card(self) -> Result<Card, &'static str> {
        let mut profile = Profile::named(self.profile);
        profile.discovery = self.discovery;
        let mut card = Card::blank(profile, self.serial);
        card.pin = self.pin.secret();
        card.puk = self.puk.secret();
        card.global_pin = self.global_pin.as_ref().map(KeptSecret::secret);
        card.management = ManagementKey::new(self.management.algorithm, &self.management.key.0)
            .ok_or("its management key")?;
        for (slot, kept) in self.keys {
            let held = SlotKey {
                key: PrivateKey::from_pkcs8(&kept.pkcs8.0).map_err(|_| "a private key")?,
                pin: kept.pin,
                touch: kept.touch,
                generated: kept.generated,
            };
            card.keys.insert(slot, held);
        }
        for (tag, content) in self.objects {
            let tag = u32::from_str_radix(&tag, 16).map_err(|_| "an object's tag")?;
            card.objects.insert(tag, content.0);
        }
        if let Some(kept) = self.attestation {
            let attestation = Attestation::from_parts(&kept.pkcs8.0, kept.certificate.0);
            card.attestation = Some(attestation.map_err(|_| "the attestation key")?);
        }
        Ok(card)
    }
}

const CARD: &str = "card.json";
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::{Algorithm, Compressed};

    #[test]
    fn a_card_is_the_same_after_it_was_kept() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(place.path().join("card"));
        let mut card = Card::builder()
            .profile(Profile::YUBIKEY_57)
            .serial(7)
            .pin("654321")
            .global_pin("111111")
            .key(Slot::Authentication, Algorithm::P256)
            .key_with(
                Slot::Signature,
                Algorithm::Ed25519,
                PinPolicy::Always,
                TouchPolicy::Cached,
            )
            .build()
            .expect("a card");
        card.store_certificate(Slot::Authentication, &[0x30, 0x00], Compressed::No);
        card.leave_pin_tries(1);
        card.transmit(&[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8]);
        card.transmit(&[0, 0xF9, 0x9A, 0, 0]);
        folder.create(&card).expect("the card is kept");
        let again = folder.load().expect("the card is read");
        assert_eq!(
            serde_json::to_value(Kept::of(&again).expect("kept")).expect("JSON"),
            serde_json::to_value(Kept::of(&card).expect("kept")).expect("JSON"),
        );
        let mode = |path: &Path| {
            fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode()
        };
        assert_eq!(mode(&place.path().join("card")) & 0o777, 0o700);
        assert_eq!(mode(&place.path().join("card/card.json")) & 0o777, 0o600);
        assert!(matches!(folder.create(&card), Err(StateError::Taken(_))));
    }

    #[test]
    fn what_is_not_a_card_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(place.path());
        assert!(matches!(folder.load(), Err(StateError::File { .. })));
        folder.write(CARD, b"{}").expect("a file");
        assert!(matches!(folder.load(), Err(StateError::Content { .. })));
    }
}
