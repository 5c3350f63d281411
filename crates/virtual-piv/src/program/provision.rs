//! `virtual-piv provision`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use pem_rfc7468::LineEnding;

use super::Done;
use crate::attestation::self_issued;
use crate::state::Folder;
use crate::{Algorithm, Card, Compressed, PinPolicy, Profile, ProfileName, Slot, TouchPolicy};

/// Make a card, and write its public keys beside it.
///
/// FOLDER gets `card.json`, which holds everything, and for each key `SLOT.public.pem`, from
/// which an authority can issue a certificate; `virtual-piv provision FOLDER --certificate`
/// puts that onto the card.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Provision {
    /// Where the card is kept, readable for its owner alone.
    folder: PathBuf,
    /// What kind of card: nist, government, yubikey57 or neo.
    #[arg(long, default_value = "yubikey57", value_parser = profile)]
    profile: ProfileName,
    /// The serial number; drawn unless given.
    #[arg(long)]
    serial: Option<u32>,
    /// Six to eight digits.
    #[arg(long, default_value = "123456")]
    pin: String,
    /// Six to eight digits, to unblock the PIN with.
    #[arg(long, default_value = "12345678")]
    puk: String,
    /// A key, as SLOT=KIND[,PIN[,TOUCH]]: slot 9a, 9c, 9d, 9e or 82 to 95; kind rsa2048, rsa3072,
    /// rsa4096, p256, p384 or ed25519; pin never, once or always; touch never, always or cached.
    #[arg(long = "key", value_name = "SLOT=KIND", value_parser = key)]
    keys: Vec<Key>,
    /// A private key that was made elsewhere, as SLOT=FILE: PKCS #8, PEM.
    #[arg(long = "import", value_name = "SLOT=FILE", value_parser = slot_and_file)]
    imports: Vec<(Slot, PathBuf)>,
    /// A certificate, as SLOT=FILE: PEM or DER. With no new key it goes onto the card that
    /// FOLDER holds.
    #[arg(long = "certificate", value_name = "SLOT=FILE", value_parser = slot_and_file)]
    certificates: Vec<(Slot, PathBuf)>,
    /// Keep certificates compressed.
    #[arg(long)]
    compressed: bool,
    /// Give each key a certificate in this name, from an authority that nobody knows.
    #[arg(long, value_name = "NAME")]
    self_issued: Option<String>,
}

#[derive(Clone, Debug)]
struct Key {
    slot: Slot,
    algorithm: Algorithm,
    pin: PinPolicy,
    touch: TouchPolicy,
}

impl Provision {
    pub(super) fn run(self) -> Done {
        let folder = Folder::new(&self.folder);
        let adds = self.keys.is_empty() && self.imports.is_empty();
        let mut card = if adds && !self.certificates.is_empty() {
            folder.load()?
        } else {
            let card = self.card()?;
            folder.create(&card)?;
            card
        };
        let compressed = if self.compressed {
            Compressed::Yes
        } else {
            Compressed::No
        };
        let slots: Vec<Slot> = card.slots().map(|(slot, _)| slot).collect();
        for slot in slots {
            let public = card.public_key(slot)?;
            let pem = pem_rfc7468::encode_string("PUBLIC KEY", LineEnding::LF, &public)?;
            folder.write(&format!("{slot}.public.pem"), pem.as_bytes())?;
            if let Some(name) = &self.self_issued {
                let der = self_issued(name, &public)?;
                card.store_certificate(slot, &der, compressed);
                let pem = pem_rfc7468::encode_string("CERTIFICATE", LineEnding::LF, &der)?;
                folder.write(&format!("{slot}.certificate.pem"), pem.as_bytes())?;
            }
        }
        for (slot, file) in &self.certificates {
            let der = der(&fs::read(file)?)?;
            card.store_certificate(*slot, &der, compressed);
        }
        folder.save(&card)?;
        Ok(())
    }

    fn card(&self) -> Result<Card, Box<dyn std::error::Error>> {
        let mut builder = Card::builder()
            .profile(Profile::named(self.profile))
            .pin(&self.pin)
            .puk(&self.puk);
        if let Some(serial) = self.serial {
            builder = builder.serial(serial);
        }
        for key in &self.keys {
            builder = builder.key_with(key.slot, key.algorithm, key.pin, key.touch);
        }
        for (slot, file) in &self.imports {
            let pkcs8 = der(&fs::read(file)?)?;
            let pin = slot.usual_pin_policy();
            builder = builder.imported_key(*slot, &pkcs8, pin, TouchPolicy::Never);
        }
        Ok(builder.build()?)
    }
}

fn der(file: &[u8]) -> Result<Vec<u8>, pem_rfc7468::Error> {
    if file.starts_with(b"-----") {
        pem_rfc7468::decode_vec(file).map(|(_, der)| der)
    } else {
        Ok(file.to_vec())
    }
}

/// Reads a word as the names in a card's file are read.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    let value = serde_json::Value::String(text.to_owned());
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn profile(text: &str) -> Result<ProfileName, String> {
    word(text)
}

fn key(text: &str) -> Result<Key, String> {
    let (slot, rest) = text.split_once('=').ok_or("write SLOT=KIND")?;
    let slot: Slot = slot.parse().map_err(|error| format!("{error}"))?;
    let mut words = rest.split(',');
    let algorithm = word(words.next().unwrap_or_default())?;
    let pin = words.next().map_or(Ok(slot.usual_pin_policy()), word)?;
    let touch = words.next().map_or(Ok(TouchPolicy::Never), word)?;
    match words.next() {
        Some(extra) => Err(format!("`{extra}` is too much")),
        None => Ok(Key {
            slot,
            algorithm,
            pin,
            touch,
        }),
    }
}

fn slot_and_file(text: &str) -> Result<(Slot, PathBuf), String> {
    let (slot, file) = text.split_once('=').ok_or("write SLOT=FILE")?;
    let slot = slot.parse().map_err(|error| format!("{error}"))?;
    Ok((slot, file.into()))
}
