//! What shows of a card before any PIN.

use virtual_piv::{Algorithm, Card, Compressed, PinPolicy, Profile, Slot, TouchPolicy};

use super::memory::{Rig, certificate, pin};
use crate::{
    PinEntry, PivSlot, PrivateKey, ReaderState, TokenError, TokenKind, UnlockError, Unreadable,
};

#[test]
fn a_card_is_described_and_its_slots_are_named() {
    let rig = Rig::new(
        Profile::YUBIKEY_57,
        &[(Slot::Authentication, Algorithm::P256)],
    );
    let (found, credential) = rig.only_credential();
    assert_eq!(found.description.model, "YubiKey 5.7.1");
    assert_eq!(found.description.serial, "12345678");
    assert_eq!(
        found.description.kind,
        TokenKind::Piv {
            reader: "In process 00 00".to_owned()
        }
    );
    assert_eq!(credential.label, "PIV Authentication (9A)");
    assert_eq!(credential.slot, Some(PivSlot::AUTHENTICATION));
    assert_eq!(credential.private_key, PrivateKey::Seen);
    assert_eq!(found.pin.tries, Some(3));
    assert_eq!((found.pin.min_length, found.pin.max_length), (6, 8));
    assert_eq!(found.pin.entry, PinEntry::Typed);
}

#[test]
fn policies_come_from_metadata_or_from_the_standard() {
    let rig = Rig::yubikey(Algorithm::P256, PinPolicy::Never, TouchPolicy::Cached);
    let (_, credential) = rig.only_credential();
    assert_eq!(credential.pin, crate::PinPolicy::Never);
    assert_eq!(credential.touch, crate::TouchPolicy::Cached);
    let rig = Rig::new(Profile::NIST, &[(Slot::Signature, Algorithm::P256)]);
    let (_, credential) = rig.only_credential();
    assert_eq!(credential.pin, crate::PinPolicy::Always);
    assert_eq!(credential.touch, crate::TouchPolicy::Unknown);
    assert_eq!(credential.private_key, PrivateKey::Presumed);
}

#[test]
fn retired_slots_are_found_with_a_key_history_and_without() {
    let keys = [
        (Slot::Authentication, Algorithm::P256),
        (Slot::retired(1).expect("82"), Algorithm::P256),
        (Slot::retired(2).expect("83"), Algorithm::P256),
    ];
    let with_history = Rig::new(Profile::NIST, &keys);
    assert_eq!(with_history.token().credentials.len(), 3);
    let mut builder = Card::builder()
        .profile(Profile::YUBIKEY_57)
        .without_history();
    for (slot, algorithm) in keys {
        builder = builder.key(slot, algorithm);
    }
    let probed = Rig::of(builder.key(Slot::retired(20).expect("95"), Algorithm::P256));
    let slots: Vec<String> = probed
        .token()
        .credentials
        .iter()
        .filter_map(|credential| credential.slot)
        .map(|slot| slot.to_string())
        .collect();
    assert_eq!(slots, ["9A", "82", "83", "95"]);
}

#[test]
fn compressed_certificates_are_inflated() {
    for compressed in [Compressed::Yes, Compressed::Unsaid] {
        let rig = Rig::new(Profile::NIST, &[(Slot::Authentication, Algorithm::P256)]);
        let expected = rig.card.with(|card| {
            let der = certificate(card, Slot::Authentication);
            card.store_certificate(Slot::Authentication, &der, compressed);
            der
        });
        assert_eq!(rig.only_credential().1.certificate, expected);
    }
}

#[test]
fn a_damaged_slot_is_named_and_the_others_are_listed() {
    let keys = [
        (Slot::Authentication, Algorithm::P256),
        (Slot::Signature, Algorithm::P256),
    ];
    let rig = Rig::new(Profile::NIST, &keys);
    rig.card
        .with(|card| card.store_object(0x5f_c10a, &[0x70, 0x82, 0x10, 0x00, 1, 2, 3]));
    let seen = rig.look();
    assert_eq!(seen.token.expect("a token").credentials.len(), 1);
    let [unreadable] = seen.unreadable.as_slice() else {
        panic!("{:?}", seen.unreadable);
    };
    assert_eq!(unreadable.slot, PivSlot::SIGNATURE);
    assert_eq!(unreadable.why, Unreadable::Damaged);
}

#[test]
fn a_reader_without_a_card_is_empty() {
    let rig = Rig::new(Profile::NIST, &[]);
    rig.pull();
    assert_eq!(rig.look().reader.state, ReaderState::Empty);
}

#[test]
fn another_card_in_the_same_reader_is_not_given_the_pin() {
    let rig = Rig::new(Profile::NIST, &[(Slot::Authentication, Algorithm::P256)]);
    let found = rig.token();
    rig.pull();
    let other = Rig::new(Profile::NIST, &[(Slot::Authentication, Algorithm::P256)]);
    rig.card
        .with(|card| other.card.with(|other| std::mem::swap(card, other)));
    rig.insert();
    assert_eq!(
        found.token.unlock(pin("654321")).err(),
        Some(UnlockError::Removed)
    );
    assert_eq!(found.token.pin_state(), Err(TokenError::Removed));
    assert_eq!(rig.tries(), 3);
}

#[test]
fn the_same_card_is_known_again_after_it_was_pulled() {
    let rig = Rig::new(Profile::NIST, &[(Slot::Authentication, Algorithm::P256)]);
    let found = rig.token();
    rig.pull();
    assert_eq!(found.token.pin_state(), Err(TokenError::Removed));
    rig.insert();
    assert_eq!(found.token.credentials().as_ref(), Ok(&found.credentials));
    found.token.unlock(pin("123456")).expect("the right PIN");
}
