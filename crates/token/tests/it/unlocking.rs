//! PINs, and what ends a login.

use token::{PrivateKey, SignError, TokenError, UnlockError};

use crate::contract::handshake;
use crate::softhsm::{self, KeyKind, PIN, Rig, WRONG_PIN, pin};

#[test]
fn a_wrong_pin_is_told_with_what_the_token_says() {
    softhsm::with_token(
        "unlocking::a_wrong_pin_is_told_with_what_the_token_says",
        |_| {},
        |rig| {
            let found = rig.token();
            assert!(!found.pin.low);
            let refused = found.token.unlock(pin(WRONG_PIN)).err();
            // SoftHSM has no number to give and never blocks.
            assert_eq!(
                refused,
                Some(UnlockError::WrongPin {
                    tries_left: None,
                    last_try: false
                })
            );
            assert!(found.token.pin_state().expect("the token is there").low);
            found.token.unlock(pin(PIN)).expect("the right PIN");
            assert!(!found.token.pin_state().expect("the token is there").low);
        },
    );
}

#[test]
fn a_token_that_wants_a_typed_pin_is_not_unlocked_without_one() {
    softhsm::with_token(
        "unlocking::a_token_that_wants_a_typed_pin_is_not_unlocked_without_one",
        |_| {},
        |rig| {
            let refused = rig.token().token.unlock_without_typing().err();
            assert_eq!(refused, Some(UnlockError::PinNeeded));
        },
    );
}

#[test]
fn dropping_the_guard_logs_out() {
    with_key("unlocking::dropping_the_guard_logs_out", |rig| {
        let (found, _) = rig.only_credential();
        let shown = || found.token.credentials().expect("the token is there")[0].private_key;
        assert_eq!(shown(), PrivateKey::Presumed);
        let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
        assert_eq!(shown(), PrivateKey::Seen);
        drop(unlocked);
        assert_eq!(shown(), PrivateKey::Presumed);
    });
}

#[test]
fn a_second_unlock_ends_the_first() {
    with_key("unlocking::a_second_unlock_ends_the_first", |rig| {
        let (found, credential) = rig.only_credential();
        let scheme = credential.schemes[0];
        let first = found.token.unlock(pin(PIN)).expect("the right PIN");
        let second = found.token.unlock(pin(PIN)).expect("the right PIN");
        assert_eq!(
            first.sign_handshake(&credential, scheme, &handshake()),
            Err(SignError::LockedAgain)
        );
        // The first guard's end does not log the second out.
        drop(first);
        second
            .sign_handshake(&credential, scheme, &handshake())
            .expect("the second is the one that counts");
    });
}

#[test]
fn a_guard_signs_on_another_thread() {
    with_key("unlocking::a_guard_signs_on_another_thread", |rig| {
        let (found, credential) = rig.only_credential();
        let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
        let signed = std::thread::spawn(move || {
            unlocked.sign_handshake(&credential, credential.schemes[0], &handshake())
        });
        signed
            .join()
            .expect("the thread ends")
            .expect("a signature");
    });
}

#[test]
fn an_unlocked_guard_prints_nothing_of_itself() {
    with_key(
        "unlocking::an_unlocked_guard_prints_nothing_of_itself",
        |rig| {
            let unlocked = rig.token().token.unlock(pin(PIN)).expect("the right PIN");
            assert_eq!(format!("{unlocked:?}"), "Unlocked(***)");
        },
    );
}

#[test]
fn a_token_that_is_gone_is_removed_and_not_an_error_of_the_module() {
    with_key(
        "unlocking::a_token_that_is_gone_is_removed_and_not_an_error_of_the_module",
        |rig| {
            let found = rig.token();
            std::fs::remove_dir_all(rig.folder.join("tokens")).expect("the token's files");
            // SoftHSM notices when it lists its slots again.
            rig.listing();
            assert_eq!(found.token.credentials(), Err(TokenError::Removed));
            assert_eq!(found.token.pin_state(), Err(TokenError::Removed));
            assert_eq!(
                found.token.unlock(pin(PIN)).err(),
                Some(UnlockError::Removed)
            );
        },
    );
}

fn with_key(name: &str, test: impl FnOnce(&Rig)) {
    softhsm::with_token(
        name,
        |token| token.identity(&KeyKind::of("EC:prime256v1"), "01", "key"),
        test,
    );
}
