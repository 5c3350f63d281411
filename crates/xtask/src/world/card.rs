//! The demo's card: a PIV card in memory, in a reader that only this world's programs see.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use aws_lc_rs::digest;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, RsaKeySize};
use time::OffsetDateTime;
use virtual_piv::service::{ReaderName, Service};
use virtual_piv::vpcd::Reader;
use virtual_piv::{Card, Compressed, PinPolicy, Profile, Shared, Slot, TouchPolicy};

use super::World;
use super::files;
use super::people::{self, Holder};
use super::pki::{self, Pki};
use super::token::KeyKind;

/// A key that a card is to hold, with a certificate that names Lee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its slot.
    pub slot: Slot,
    /// Its kind.
    pub kind: KeyKind,
    /// When it wants to be touched.
    pub touch: TouchPolicy,
}

impl Key {
    /// A key that is never touched.
    #[must_use]
    pub const fn untouched(slot: Slot, kind: KeyKind) -> Self {
        Self {
            slot,
            kind,
            touch: TouchPolicy::Never,
        }
    }
}

/// A certificate on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCard {
    /// Its slot.
    pub slot: Slot,
    /// Its SHA-256, lowercase hexadecimal.
    pub sha256: String,
    /// Its file, PEM.
    pub certificate: PathBuf,
}

/// A card with its certificates, not yet in a reader.
#[derive(Debug)]
pub struct PivCard {
    shared: Shared,
    certificates: Vec<OnCard>,
}

impl PivCard {
    /// Makes Lee's card, or takes up the one whose keys and certificates lie in the folder.
    ///
    /// # Errors
    ///
    /// When the folder cannot be used, or the profile cannot hold such a key.
    pub fn of_lee(
        folder: &Path,
        profile: Profile,
        keys: &[Key],
        pki: &Pki,
        now: i64,
    ) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let now = OffsetDateTime::from_unix_timestamp(now)?;
        let mut builder = Card::builder()
            .profile(profile)
            .serial(SERIAL)
            .pin(PIN)
            .puk(PUK);
        let mut stored = Vec::new();
        for key in keys {
            let pair = pair(folder, *key)?;
            let certificate = certificate(folder, *key, &pair, pki, now)?;
            let pin = match key.slot {
                Slot::Signature => PinPolicy::Always,
                Slot::CardAuthentication => PinPolicy::Never,
                Slot::Authentication | Slot::KeyManagement | Slot::Retired(_) => PinPolicy::Once,
            };
            builder = builder.imported_key(key.slot, &pair.serialize_der(), pin, key.touch);
            stored.push((key.slot, certificate));
        }
        let mut card = builder.build().context("the card cannot be made")?;
        let mut certificates = Vec::new();
        for (slot, certificate) in stored {
            let der = der(&files::read(&certificate)?)?;
            card.store_certificate(slot, &der, Compressed::No);
            certificates.push(OnCard {
                slot,
                sha256: people::hex(digest::digest(&digest::SHA256, &der).as_ref()),
                certificate,
            });
        }
        Ok(Self {
            shared: card.share(),
            certificates,
        })
    }

    /// Puts the card into a reader of its own.
    ///
    /// # Errors
    ///
    /// When this machine has no pcscd, or gives it no place of its own.
    pub fn plug_in(self) -> Result<Plugged> {
        let service = Service::start(ReaderName::YubiKey)?;
        let reader = service
            .insert(&self.shared)
            .context("the card does not reach its reader")?;
        Ok(Plugged {
            reader: Some(reader),
            service,
            shared: self.shared,
            certificates: self.certificates,
        })
    }
}

/// A card in a reader. Dropping it takes the reader away with everything that served it.
#[derive(Debug)]
pub struct Plugged {
    /// Dropped first: it speaks through the service.
    reader: Option<Reader>,
    service: Service,
    shared: Shared,
    certificates: Vec<OnCard>,
}

impl Plugged {
    /// The card, to be pulled, touched and made to fail.
    #[must_use]
    pub fn card(&self) -> &Shared {
        &self.shared
    }

    /// The service that holds the reader, to be stopped and started.
    pub fn service(&mut self) -> &mut Service {
        &mut self.service
    }

    /// Pulls the card out of the reader.
    pub fn pull(&mut self) {
        self.shared.pull();
        self.reader = None;
    }

    /// Puts the card back.
    ///
    /// # Errors
    ///
    /// When the reader does not take it.
    pub fn put_back(&mut self) -> Result<()> {
        // Two readers would pull the card from each other.
        self.reader = None;
        self.reader = Some(
            self.service
                .insert(&self.shared)
                .context("the reader does not take the card")?,
        );
        Ok(())
    }

    /// The certificate in a slot.
    ///
    /// # Panics
    ///
    /// When the card was made without one.
    #[must_use]
    pub fn certificate(&self, slot: Slot) -> &OnCard {
        self.certificates
            .iter()
            .find(|certificate| certificate.slot == slot)
            .expect("the card was made with this certificate")
    }

    /// The variable that leads a program to the reader.
    #[must_use]
    pub fn variable(&self) -> (&'static str, OsString) {
        self.service.variable()
    }
}

impl World {
    /// Gives Lee a card with these keys, in a reader that the programs of this world see.
    ///
    /// # Errors
    ///
    /// When this machine has no pcscd, or gives it no place of its own.
    pub fn plug_in(&mut self, profile: Profile, keys: &[Key]) -> Result<&mut Plugged> {
        let folder = self.options.folder.join("card");
        let card = PivCard::of_lee(&folder, profile, keys, &self.pki, self.kept.made_at)?;
        Ok(self.plugged.insert(card.plug_in()?))
    }

    /// Returns the card in the reader.
    pub fn card(&self) -> Option<&Plugged> {
        self.plugged.as_ref()
    }

    /// Returns the card in the reader, to be pulled and put back.
    pub fn plugged(&mut self) -> Option<&mut Plugged> {
        self.plugged.as_mut()
    }
}

fn pair(folder: &Path, key: Key) -> Result<KeyPair> {
    let file = folder.join(format!("{}.key", key.slot));
    if file.is_file() {
        return KeyPair::from_pem(&files::read(&file)?)
            .with_context(|| format!("{} is not readable", file.display()));
    }
    let pair = match key.kind {
        KeyKind::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        KeyKind::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyKind::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
    }?;
    files::write_secret(&file, pair.serialize_pem())?;
    Ok(pair)
}

fn certificate(
    folder: &Path,
    key: Key,
    pair: &KeyPair,
    pki: &Pki,
    now: OffsetDateTime,
) -> Result<PathBuf> {
    let file = folder.join(format!("{}.pem", key.slot));
    if !file.is_file() {
        let params = people::of_a_card(Holder::LEE, pki::serial_number()?, now)?;
        let certificate = params.signed_by(pair, pki.issuing.issuer())?;
        files::write(&file, certificate.pem())?;
    }
    Ok(file)
}

fn der(pem: &str) -> Result<Vec<u8>> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes())
        .map_err(|error| anyhow::anyhow!("a certificate is not readable: {error}"))?;
    Ok(pem.contents)
}

/// The PIN of the demo's card; not the factory's, which Lanyard warns of.
pub const PIN: &str = "246810";

/// The PUK of the demo's card.
pub const PUK: &str = "97531864";

const SERIAL: u32 = 20_260_922;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_folder_makes_the_same_card() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = crate::clock::unix_now();
        let pki = Pki::mint(&folder.path().join("pki"), now).expect("a PKI");
        let keys = [
            Key::untouched(Slot::Authentication, KeyKind::P256),
            Key::untouched(Slot::Signature, KeyKind::Rsa2048),
        ];
        let card = || {
            let folder = folder.path().join("card");
            PivCard::of_lee(&folder, Profile::YUBIKEY_57, &keys, &pki, now).expect("a card")
        };
        let (first, second) = (card(), card());
        assert_eq!(first.certificates.len(), 2);
        assert_eq!(first.certificates, second.certificates);
        let public = |card: &PivCard| {
            card.shared
                .with(|card| card.public_key(Slot::Authentication).expect("a key"))
        };
        assert_eq!(public(&first), public(&second));
    }
}
