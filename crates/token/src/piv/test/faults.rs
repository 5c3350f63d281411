//! Every command of a sign-in, each meeting every trouble: a named error or none, a card that works
//! afterwards, and no try of the PIN lost.

use std::fmt::Debug;

use virtual_piv::{Algorithm, Profile, Slot};

use super::contract::{handshake, verifies};
use super::memory::{PIN, Rig, Trouble, pin};
use crate::{ReaderState, SignError, UnlockError};

#[test]
fn a_listing_that_meets_trouble_names_it_and_the_next_one_works() {
    let rig = card(Algorithm::Rsa2048, Slot::Authentication);
    rig.count();
    rig.token();
    let (commands, _) = rig.count();
    for at in 0..commands {
        for kind in ALL {
            rig.trouble(at, kind);
            let seen = rig.look();
            assert!(!rig.is_troubled(), "{at} {kind:?} did not happen");
            let state = seen.reader.state;
            match kind {
                Trouble::Removed | Trouble::RemovedAfterwards => {
                    assert_eq!(state, ReaderState::Empty, "{at}");
                }
                // It is looked at once more.
                Trouble::Reset => assert_eq!(state, ReaderState::Piv, "{at}"),
                Trouble::InUse => {
                    assert!(matches!(state, ReaderState::InUse { .. }), "{at} {state:?}");
                }
                // What can be read then is read.
                Trouble::OtherApplication => {}
                Trouble::Garbage => {
                    assert!(matches!(state, ReaderState::Failed(_)), "{at} {state:?}");
                }
                Trouble::Silence => assert_eq!(state, ReaderState::Mute, "{at}"),
            }
            rig.insert();
            assert_eq!(rig.token().credentials.len(), 1, "{at} {kind:?}");
        }
    }
}

#[test]
fn an_unlock_that_meets_trouble_names_it_and_loses_no_try() {
    let rig = card(Algorithm::P256, Slot::Authentication);
    let found = rig.token();
    rig.count();
    drop(found.token.unlock(pin(PIN)).expect("the right PIN"));
    let (commands, _) = rig.count();
    for at in 0..commands {
        for kind in ALL {
            rig.trouble(at, kind);
            let unlocked = found.token.unlock(pin(PIN)).map(drop);
            assert!(!rig.is_troubled(), "{at} {kind:?} did not happen");
            named(at, kind, unlocked.as_ref().err(), |error| match kind {
                Trouble::Removed | Trouble::RemovedAfterwards => *error == UnlockError::Removed,
                Trouble::Reset => *error == UnlockError::Interrupted,
                Trouble::InUse => matches!(error, UnlockError::InUse { .. }),
                Trouble::OtherApplication | Trouble::Garbage | Trouble::Silence => {
                    matches!(error, UnlockError::Other(failed) if failed.to_string().contains(' '))
                }
            });
            rig.insert();
            found
                .token
                .unlock(pin(PIN))
                .unwrap_or_else(|error| panic!("{at} {kind:?}: {error}"));
            assert_eq!(rig.tries(), 3, "{at} {kind:?}");
        }
    }
}

#[test]
fn a_signature_that_meets_trouble_is_made_all_the_same_or_names_it_and_loses_no_try() {
    for (algorithm, slot) in [
        (Algorithm::Rsa2048, Slot::Authentication),
        (Algorithm::P256, Slot::Authentication),
        (Algorithm::P256, Slot::Signature),
    ] {
        let rig = card(algorithm, slot);
        let (found, credential) = rig.only_credential();
        let scheme = credential.schemes[0];
        let unlock = || found.token.unlock(pin(PIN)).expect("the right PIN");
        let unlocked = unlock();
        rig.count();
        unlocked
            .sign_handshake(&credential, scheme, &handshake())
            .expect("a signature");
        let (commands, _) = rig.count();
        drop(unlocked);
        for at in 0..commands {
            for kind in ALL {
                let unlocked = unlock();
                rig.trouble(at, kind);
                let signed = unlocked.sign_handshake(&credential, scheme, &handshake());
                assert!(!rig.is_troubled(), "{slot} {at} {kind:?} did not happen");
                if let Ok(signature) = &signed {
                    assert!(verifies(&credential, scheme, signature));
                }
                // A reset, and another program's SELECT, are recovered from.
                let recovers = match kind {
                    Trouble::Reset => true,
                    Trouble::OtherApplication => slot == Slot::Authentication || at == 0,
                    Trouble::Removed
                    | Trouble::RemovedAfterwards
                    | Trouble::InUse
                    | Trouble::Garbage
                    | Trouble::Silence => false,
                };
                assert_eq!(signed.is_ok(), recovers, "{slot} {at} {kind:?}: {signed:?}");
                named(at, kind, signed.as_ref().err(), |error| match kind {
                    Trouble::Removed | Trouble::RemovedAfterwards => *error == SignError::Removed,
                    Trouble::InUse => matches!(error, SignError::InUse { .. }),
                    Trouble::Garbage => {
                        matches!(error, SignError::Malformed | SignError::Other(_))
                    }
                    Trouble::Reset | Trouble::OtherApplication | Trouble::Silence => {
                        matches!(error, SignError::Other(_))
                    }
                });
                drop(unlocked);
                rig.insert();
                let unlocked = unlock();
                unlocked
                    .sign_handshake(&credential, scheme, &handshake())
                    .unwrap_or_else(|error| panic!("{slot} {at} {kind:?}: {error}"));
                drop(unlocked);
                assert_eq!(rig.tries(), 3, "{slot} {at} {kind:?}");
                assert!(!rig.card.with(|card| card.is_verified()));
            }
        }
    }
}

#[test]
fn a_guard_of_a_card_that_was_pulled_never_signs_again() {
    let rig = card(Algorithm::P256, Slot::Authentication);
    let (found, credential) = rig.only_credential();
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    rig.trouble(0, Trouble::Removed);
    let sign = || unlocked.sign_handshake(&credential, credential.schemes[0], &handshake());
    assert_eq!(sign(), Err(SignError::Removed));
    rig.insert();
    assert_eq!(sign(), Err(SignError::Removed));
}

fn named<E: Debug>(at: usize, kind: Trouble, error: Option<&E>, fits: impl Fn(&E) -> bool) {
    if let Some(error) = error {
        assert!(fits(error), "{at} {kind:?}: {error:?}");
    }
}

fn card(algorithm: Algorithm, slot: Slot) -> Rig {
    Rig::new(Profile::NIST, &[(slot, algorithm)])
}

const ALL: [Trouble; 7] = [
    Trouble::Removed,
    Trouble::RemovedAfterwards,
    Trouble::Reset,
    Trouble::InUse,
    Trouble::OtherApplication,
    Trouble::Garbage,
    Trouble::Silence,
];
