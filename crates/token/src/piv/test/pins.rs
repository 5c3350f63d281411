//! PINs: their tries, changing them, and getting a blocked one back.

use virtual_piv::{Algorithm, Card, PinRule, Profile, Slot};

use super::memory::{PIN, Rig, WRONG_PIN, pin};
use crate::{ChangePinError, Puk, UnblockError, UnlockError};

#[test]
fn tries_are_counted_down_and_the_last_is_announced() {
    let rig = card();
    let found = rig.token();
    for (left, last) in [(2, false), (1, true)] {
        let refused = found.token.unlock(pin(WRONG_PIN)).err();
        assert_eq!(
            refused,
            Some(UnlockError::WrongPin {
                tries_left: Some(left),
                last_try: last
            })
        );
        let state = found.token.pin_state().expect("the card is there");
        assert_eq!((state.tries, state.last_try), (Some(left), last));
    }
    assert_eq!(
        found.token.unlock(pin(WRONG_PIN)).err(),
        Some(UnlockError::Locked)
    );
    let state = found.token.pin_state().expect("the card is there");
    assert!(state.blocked);
    assert_eq!(
        found.token.unlock(pin(PIN)).err(),
        Some(UnlockError::Locked)
    );
}

#[test]
fn old_cards_that_count_in_their_own_way_are_understood() {
    let rig = Rig::new(Profile::NEO, &[(Slot::Authentication, Algorithm::P256)]);
    let found = rig.token();
    // Asking may cost a try there.
    assert_eq!(found.pin.tries, None);
    let refused = found.token.unlock(pin(WRONG_PIN)).err();
    let expected = UnlockError::WrongPin {
        tries_left: Some(2),
        last_try: false,
    };
    assert_eq!(refused, Some(expected));
}

#[test]
fn a_pin_of_the_wrong_length_is_never_sent() {
    // This card counts everything.
    let rig = Rig::new(
        Profile::GOVERNMENT,
        &[(Slot::Authentication, Algorithm::P256)],
    );
    let found = rig.token();
    rig.count();
    for text in [
        "12345",
        "123456789",
        "cccccccccccccccccccccccccccccccccccccccccccc",
    ] {
        let refused = found.token.unlock(pin(text)).err();
        assert_eq!(refused, Some(UnlockError::Length { min: 6, max: 8 }));
    }
    assert_eq!(rig.count().0, 0);
    assert_eq!(rig.tries(), 3);
}

#[test]
fn a_pin_is_changed() {
    let rig = card();
    let found = rig.token();
    let manage = found.token.pin_management().expect("PIV has it");
    let wrong = manage.change_pin(pin(WRONG_PIN), pin("999999"));
    assert_eq!(
        wrong,
        Err(ChangePinError::WrongPin {
            tries_left: Some(2)
        })
    );
    let short = manage.change_pin(pin(PIN), pin("99999"));
    assert_eq!(short, Err(ChangePinError::Length { min: 6, max: 8 }));
    assert_eq!(manage.change_pin(pin(PIN), pin("999999")), Ok(()));
    assert!(!rig.card.with(|card| card.is_verified()));
    found.token.unlock(pin("999999")).expect("the new PIN");
    assert_eq!(rig.tries(), 3);
}

#[test]
fn a_pin_that_the_card_does_not_take_is_refused_by_name() {
    let mut profile = Profile::NIST;
    profile.pin_rule = PinRule::Digits;
    let rig = Rig::of(
        Card::builder()
            .profile(profile)
            .key(Slot::Authentication, Algorithm::P256),
    );
    let found = rig.token();
    let manage = found.token.pin_management().expect("PIV has it");
    let refused = manage.change_pin(pin(PIN), pin("letters"));
    assert_eq!(refused, Err(ChangePinError::PolicyRefused));
}

#[test]
fn a_blocked_pin_is_set_anew_with_the_puk() {
    let rig = card();
    let found = rig.token();
    rig.card.with(|card| card.leave_pin_tries(0));
    let manage = found.token.pin_management().expect("PIV has it");
    assert_eq!(
        manage.change_pin(pin(PIN), pin("999999")),
        Err(ChangePinError::Blocked)
    );
    let wrong = manage.unblock(puk("00000000"), pin("999999"));
    assert_eq!(
        wrong,
        Err(UnblockError::WrongPuk {
            tries_left: Some(2)
        })
    );
    assert_eq!(manage.unblock(puk("12345678"), pin("999999")), Ok(()));
    found.token.unlock(pin("999999")).expect("the new PIN");
    rig.card.with(|card| card.leave_puk_tries(0));
    let lost = manage.unblock(puk("12345678"), pin("111111"));
    assert_eq!(lost, Err(UnblockError::Blocked));
}

#[test]
fn a_card_with_a_global_pin_too_is_given_its_own() {
    let builder = Card::builder().key(Slot::Authentication, Algorithm::P256);
    let rig = Rig::of(builder.pin("111111").global_pin("222222"));
    let found = rig.token();
    found.token.unlock(pin("111111")).expect("the right PIN");
}

fn card() -> Rig {
    Rig::new(Profile::NIST, &[(Slot::Authentication, Algorithm::P256)])
}

fn puk(text: &str) -> Puk {
    Puk::new(text.to_owned()).expect("a PUK")
}
