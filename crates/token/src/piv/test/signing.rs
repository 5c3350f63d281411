//! Signing with the virtual card.

use std::sync::mpsc;
use std::time::Duration;

use virtual_piv::{Algorithm, PinPolicy, Profile, Slot, Touch, TouchPolicy};

use super::contract::{self, Subject, handshake, verifies};
use super::memory::{PIN, Rig, WRONG_PIN, pin};
use crate::{KeyAlgorithm, SignError, UnlockError, Wait};

#[test]
fn virtual_cards_keep_the_contract() {
    let all = [
        (Slot::Authentication, Algorithm::Rsa2048),
        (Slot::Signature, Algorithm::P256),
        (Slot::KeyManagement, Algorithm::P384),
        (Slot::CardAuthentication, Algorithm::P256),
    ];
    for profile in [
        Profile::NIST,
        Profile::GOVERNMENT,
        Profile::YUBIKEY_57,
        Profile::NEO,
    ] {
        let has = |algorithm| profile.algorithms.contains(&algorithm);
        let keys: Vec<_> = all.into_iter().filter(|(_, key)| has(*key)).collect();
        // The contract gives two wrong PINs, each followed by the right one.
        let rig = Rig::new(profile, &keys);
        let found = rig.token();
        assert_eq!(found.credentials.len(), keys.len());
        contract::hold(&Subject {
            token: found.token.as_ref(),
            pin: PIN,
            wrong_pin: WRONG_PIN,
        });
        assert!(!rig.card.with(|card| card.is_verified()));
    }
}

#[test]
fn every_kind_of_key_signs_in_every_slot_it_can_be_in() {
    for (slot, algorithm, expected) in [
        (
            Slot::Authentication,
            Algorithm::Rsa3072,
            KeyAlgorithm::Rsa { bits: 3072 },
        ),
        (
            Slot::Signature,
            Algorithm::Rsa2048,
            KeyAlgorithm::Rsa { bits: 2048 },
        ),
        (
            Slot::retired(1).expect("82"),
            Algorithm::P384,
            KeyAlgorithm::P384,
        ),
        (
            Slot::retired(20).expect("95"),
            Algorithm::Ed25519,
            KeyAlgorithm::Ed25519,
        ),
    ] {
        let rig = Rig::new(Profile::YUBIKEY_57, &[(slot, algorithm)]);
        let (found, credential) = rig.only_credential();
        assert_eq!(credential.algorithm, expected);
        for scheme in &credential.schemes {
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            let signature = unlocked
                .sign_handshake(&credential, *scheme, &handshake())
                .unwrap_or_else(|error| panic!("{slot} {scheme}: {error}"));
            assert!(verifies(&credential, *scheme, &signature));
        }
    }
}

#[test]
fn the_card_is_left_without_the_pin() {
    let rig = Rig::new(Profile::NIST, &[(Slot::Authentication, Algorithm::P256)]);
    let found = rig.token();
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    assert!(rig.card.with(|card| card.is_verified()));
    drop(unlocked);
    assert!(!rig.card.with(|card| card.is_verified()));
}

#[test]
fn a_key_that_always_wants_the_pin_signs_once_and_then_needs_it_again() {
    let rig = Rig::new(Profile::NIST, &[(Slot::Signature, Algorithm::P256)]);
    let (found, credential) = rig.only_credential();
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    let sign = || unlocked.sign_handshake(&credential, credential.schemes[0], &handshake());
    assert!(verifies(
        &credential,
        credential.schemes[0],
        &sign().expect("a signature")
    ));
    assert_eq!(sign(), Err(SignError::PinNeededAgain));
}

#[test]
fn a_key_whose_policy_was_guessed_wrong_signs_all_the_same() {
    // 9A that always wants the PIN, on a device that does not say so.
    let mut profile = Profile::YUBIKEY_57;
    profile.yubikey = profile.yubikey.map(|mut yubikey| {
        yubikey.metadata = false;
        yubikey.version = [5, 2, 7];
        yubikey
    });
    let builder = virtual_piv::Card::builder().profile(profile).key_with(
        Slot::Authentication,
        Algorithm::P256,
        PinPolicy::Always,
        TouchPolicy::Never,
    );
    let rig = Rig::of(builder);
    let (found, credential) = rig.only_credential();
    assert_eq!(credential.pin, crate::PinPolicy::Unknown);
    // Somebody else signs in between, which uses the one PIN up.
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    let sign = || unlocked.sign_handshake(&credential, credential.schemes[0], &handshake());
    sign().expect("a signature");
    assert_eq!(sign(), Err(SignError::PinNeededAgain));
    assert_eq!(rig.tries(), 3);
}

#[test]
fn a_certificate_beside_another_key_is_noticed() {
    let rig = Rig::new(Profile::NIST, &[(Slot::Authentication, Algorithm::P256)]);
    let (found, credential) = rig.only_credential();
    rig.card
        .with(|card| card.mismatch(Slot::Authentication))
        .expect("another key");
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    let signed = unlocked.sign_handshake(&credential, credential.schemes[0], &handshake());
    assert_eq!(signed, Err(SignError::KeyMismatch));
}

#[test]
fn a_touch_that_is_known_is_told_before_it_comes() {
    let rig = Rig::yubikey(Algorithm::P256, PinPolicy::Once, TouchPolicy::Always);
    rig.card.set_touch(Touch::WhenTold);
    let (found, credential) = rig.only_credential();
    assert_eq!(credential.touch, crate::TouchPolicy::Always);
    let mut unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    let card = rig.card.clone();
    unlocked.on_wait(move |wait| {
        assert_eq!(wait, Wait::Touch { certain: true });
        assert!(card.awaits_touch(PATIENCE));
        assert!(card.touch());
    });
    let signature = unlocked
        .sign_handshake(&credential, credential.schemes[0], &handshake())
        .expect("it was touched");
    assert!(verifies(&credential, credential.schemes[0], &signature));
}

#[test]
fn a_touch_can_be_given_up_and_the_card_is_clean_afterwards() {
    let rig = Rig::yubikey(Algorithm::P256, PinPolicy::Once, TouchPolicy::Always);
    rig.card.set_touch(Touch::WhenTold);
    let (found, credential) = rig.only_credential();
    let mut unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    let (canceller, card) = (unlocked.canceller(), rig.card.clone());
    unlocked.on_wait(move |_| {
        assert!(card.awaits_touch(PATIENCE));
        canceller.cancel();
    });
    let signed = unlocked.sign_handshake(&credential, credential.schemes[0], &handshake());
    assert_eq!(signed, Err(SignError::Cancelled));
    drop(unlocked);
    // The card goes on waiting; when it is done it is reset, and works.
    assert!(rig.card.let_touch_time_out());
    rig.card.set_touch(Touch::AtOnce);
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    unlocked
        .sign_handshake(&credential, credential.schemes[0], &handshake())
        .expect("a signature");
    assert_eq!(rig.tries(), 3);
}

#[test]
fn a_touch_that_does_not_come_is_named_and_costs_no_pin() {
    let rig = Rig::yubikey(Algorithm::P256, PinPolicy::Once, TouchPolicy::Always);
    rig.card.set_touch(Touch::WhenTold);
    let (found, credential) = rig.only_credential();
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    let card = rig.card.clone();
    // A real one waits for fifteen seconds; what counts is that it took longer than a refusal.
    let (_keep, never) = mpsc::channel::<()>();
    let waited = std::thread::spawn(move || {
        assert!(card.awaits_touch(PATIENCE));
        let _ = never.recv_timeout(Duration::from_millis(2100));
        card.set_touch(Touch::Never);
        assert!(card.let_touch_time_out());
    });
    rig.count();
    let signed = unlocked.sign_handshake(&credential, credential.schemes[0], &handshake());
    assert_eq!(signed, Err(SignError::NotTouched));
    waited.join().expect("the card waited");
    // The key was asked once, and the PIN not given again.
    assert_eq!(rig.count().0, 1);
}

#[test]
fn a_pin_typed_on_the_reader_unlocks() {
    let mut rig = Rig::new(Profile::NIST, &[(Slot::Signature, Algorithm::P256)]);
    std::sync::Arc::get_mut(&mut rig.port)
        .expect("it is ours")
        .pad = true;
    let (found, credential) = rig.only_credential();
    assert_eq!(found.pin.entry, crate::PinEntry::OnReader);
    assert_eq!(
        found.token.unlock(pin(PIN)).err(),
        Some(UnlockError::PinOnReader)
    );
    let mut unlocked = found
        .token
        .unlock_without_typing()
        .expect("it was typed there");
    let (told, heard) = mpsc::channel();
    unlocked.on_wait(move |wait| told.send(wait).expect("the test listens"));
    unlocked
        .sign_handshake(&credential, credential.schemes[0], &handshake())
        .expect("it was typed again");
    assert_eq!(heard.try_recv(), Ok(Wait::Reader));
}

const PATIENCE: Duration = Duration::from_mins(1);
