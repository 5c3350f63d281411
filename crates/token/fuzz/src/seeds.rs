//! Writes inputs to begin with: what a virtual card answers, its objects, and every message of the
//! protocol with a helper.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rcgen::{CertificateParams, Issuer, KeyPair, SubjectPublicKeyInfo};
use token::fuzzing::{messages, transcript};
use virtual_piv::Algorithm::{Ed25519, P256, P384, Rsa2048};
use virtual_piv::{Algorithm, Card, Compressed, Profile, Slot};

fn main() -> Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or("corpus".into(), PathBuf::from);
    let cards = [
        (NIST, Profile::NIST, Compressed::No, [P256, Rsa2048]),
        (
            YUBIKEY,
            Profile::YUBIKEY_57,
            Compressed::Yes,
            [P256, Rsa2048],
        ),
        (
            YUBIKEY,
            Profile::YUBIKEY_57,
            Compressed::No,
            [P384, Ed25519],
        ),
        (NEO, Profile::NEO, Compressed::No, [P256, Rsa2048]),
        (
            NIST,
            Profile::GOVERNMENT,
            Compressed::Unsaid,
            [P256, Rsa2048],
        ),
    ];
    for (number, (kind, profile, compressed, keys)) in cards.into_iter().enumerate() {
        let mut card = card(profile, compressed, keys)?;
        talks(&folder, number, kind, &mut card)?;
        objects(&folder, number, &card)?;
    }
    damaged(&folder)?;
    for (number, message) in messages().into_iter().enumerate() {
        seed(&folder, "helper_protocol", &number.to_string(), &message)?;
    }
    Ok(())
}

fn card(profile: Profile, compressed: Compressed, keys: [Algorithm; 2]) -> Result<Card> {
    let [authentication, signature] = keys;
    let builder = Card::builder().profile(profile).serial(12_345_678);
    let mut card = builder
        .key(Slot::Authentication, authentication)
        .key(Slot::Signature, signature)
        .build()?;
    let slots: Vec<Slot> = card.slots().map(|(slot, _)| slot).collect();
    let issuer = Issuer::new(CertificateParams::new(Vec::new())?, KeyPair::generate()?);
    for slot in slots {
        let public = SubjectPublicKeyInfo::from_der(&card.public_key(slot)?)?;
        let params = CertificateParams::new(vec![slot.to_string()])?;
        let certificate = params.signed_by(&public, &issuer)?;
        card.store_certificate(slot, certificate.der(), compressed);
    }
    Ok(card)
}

/// Talks of each kind, with the PIN given before the signatures.
fn talks(folder: &Path, number: usize, kind: u8, card: &mut Card) -> Result<()> {
    for about in [0, 1, 3, 2, 4] {
        for variant in 0..4 {
            let kind = kind.wrapping_add(variant * VARIANT);
            let input = transcript(about, kind, |apdu| card.transmit(apdu));
            seed(
                folder,
                "response",
                &format!("{number}-{about}-{variant}"),
                &input,
            )?;
        }
    }
    // A pad, and what it says.
    let pad = [4, 0, 0, 6, 6, 4, 0x42, 0x33, 0, 6, 0, 2, 0x90, 0];
    seed(folder, "response", "pad", &pad)
}

fn objects(folder: &Path, number: usize, card: &Card) -> Result<()> {
    for tag in (0x5f_c101..=0x5f_c120).chain([0x7e]) {
        let Some(content) = card.object(tag) else {
            continue;
        };
        let name = format!("{number}-{tag:06x}");
        // As GET DATA answers: the object within 53, but for Discovery, which is its own.
        let length = u16::try_from(content.len()).context("no object is that long")?;
        let object = match tag {
            0x7e => content.to_vec(),
            _ => [&[0x53, 0x82], &length.to_be_bytes()[..], content].concat(),
        };
        seed(folder, "tlv", &name, &object)?;
        seed(
            folder,
            "certificate_object",
            &name,
            &[&[0, 0], object.as_slice()].concat(),
        )?;
    }
    Ok(())
}

/// The vectors of the readers' own tests.
fn damaged(folder: &Path) -> Result<()> {
    let objects: [&[u8]; 12] = [
        &[0x5f, 0x2f, 2, 0x40, 0, 0x4f, 1, 9],
        &[0x53, 5, 1, 2],
        &[0x53, 0x82, 1],
        &[0x53, 0x84, 0, 0, 0, 1, 7],
        &[0x53, 0x80, 0, 0],
        &[0x5f, 0xff, 0xff, 0xff, 1],
        &[0x53, 0],
        &[0x53, 10, 0xc1, 1, 2, 0xc2, 1, 3, 0xf3, 0, 0xfe, 0],
        &[0x53, 3, 0xc1, 1, 0xff],
        &[0x7e, 5, 0x5f, 0x2f, 2, 0x60, 0x20],
        &[
            0x7e, 18, 0x4f, 11, 0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0, 0x5f, 0x2f, 2, 0x40, 0,
        ],
        &[1, 1, 0x11, 2, 2, 3, 2, 3, 1, 1, 5, 1, 1, 6, 2, 3, 2],
    ];
    for (number, object) in objects.into_iter().enumerate() {
        let name = format!("test-{number}");
        seed(folder, "tlv", &name, object)?;
        seed(
            folder,
            "certificate_object",
            &name,
            &[&[0, 0], object].concat(),
        )?;
    }
    for (number, how) in [[1, 0], [1, 1], [2, 1], [2, 60], [2, 255], [3, 0], [3, 1]]
        .iter()
        .enumerate()
    {
        let content = [how.as_slice(), &[0xc1; 300]].concat();
        seed(
            folder,
            "certificate_object",
            &format!("how-{number}"),
            &content,
        )?;
    }
    let chains: [&[u8]; 5] = [
        &[
            0, 0, 0, 4, 1, 2, 0x61, 0, 0, 3, 3, 0x61, 1, 0, 3, 4, 0x90, 0,
        ],
        &[0, 1, 0, 2, 0x6c, 3, 0, 5, 5, 7, 1, 0x90, 0],
        &[0, 2, 0, 2, 0x61, 0x10],
        &[0, 2, 0, 2, 0x6c, 0x10],
        &[1, 6, 0, 2, 0x6a, 0x82],
    ];
    for (number, chain) in chains.into_iter().enumerate() {
        seed(folder, "response", &format!("test-{number}"), chain)?;
    }
    Ok(())
}

fn seed(folder: &Path, target: &str, name: &str, input: &[u8]) -> Result<()> {
    let folder = folder.join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), input)?;
    Ok(())
}

/// The rows of the target's table of cards, in the bits above the two flags.
const NIST: u8 = 0;
const YUBIKEY: u8 = 1 << 2;
const NEO: u8 = 2 << 2;
/// As many rows as that table has: the same card, and another of the four commands with a PIN.
const VARIANT: u8 = 6 << 2;
