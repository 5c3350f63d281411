//! Every backend, held to the one contract.

use token::TokenHost;
use virtual_piv::service::ReaderName;
use virtual_piv::{Algorithm, Builder, Slot};

use crate::contract::{Subject, hold};
use crate::pcscd::{self, Rig, one_key, with_card};
use crate::settings;
use crate::softhsm::{self, KeyKind, PIN, WRONG_PIN};

#[test]
fn softhsm_keeps_the_contract() {
    softhsm::with_token(
        "backends::softhsm_keeps_the_contract",
        |token| {
            token.identity(&KeyKind::of("rsa:2048"), "01", "rsa");
            token.identity(&KeyKind::of("EC:prime256v1"), "02", "p256");
        },
        |rig| {
            let found = rig.token();
            hold(&Subject {
                token: found.token.as_ref(),
                pin: PIN,
                wrong_pin: WRONG_PIN,
            });
        },
    );
}

#[test]
fn a_card_behind_the_card_service_keeps_the_contract() {
    with_card(
        "backends::a_card_behind_the_card_service_keeps_the_contract",
        ReaderName::Virtual,
        two_keys,
        |rig| {
            hold(&Subject {
                token: Rig::token().token.as_ref(),
                pin: PIN,
                wrong_pin: WRONG_PIN,
            });
            assert!(!rig.card.with(|card| card.is_verified()));
        },
    );
}

#[test]
fn opensc_over_the_same_card_keeps_the_contract() {
    let Some(opensc) = pcscd::module(&["opensc-pkcs11.so"]) else {
        return pcscd::skipped("OpenSC's module is not installed");
    };
    with_card(
        "backends::opensc_over_the_same_card_keeps_the_contract",
        ReaderName::Virtual,
        two_keys,
        |_| holds(opensc.clone(), PIN, WRONG_PIN),
    );
}

/// Any module that the environment names, with the PIN of its first token: for whoever has a card
/// that nobody here has. A wrong PIN of the same length is tried twice, each time before the right
/// one.
#[test]
fn the_module_that_is_named_keeps_the_contract() {
    let Some(module) = std::env::var_os("TEST_PKCS11_MODULE") else {
        return pcscd::skipped_for_want_of("TEST_PKCS11_MODULE");
    };
    let pin = std::env::var("TEST_PKCS11_PIN").expect("TEST_PKCS11_PIN is its PIN");
    let wrong: String = pin
        .chars()
        .map(|digit| if digit == '9' { '8' } else { '9' })
        .collect();
    holds(module.into(), &pin, &wrong);
}

fn holds(module: std::path::PathBuf, pin: &str, wrong_pin: &str) {
    let listing = TokenHost::new(settings::only([module])).enumerate();
    let found = listing
        .tokens
        .first()
        .unwrap_or_else(|| panic!("{:?}", listing.failed));
    hold(&Subject {
        token: found.token.as_ref(),
        pin,
        wrong_pin,
    });
}

fn two_keys() -> Builder {
    one_key(Slot::Authentication, Algorithm::Rsa2048).key(Slot::Signature, Algorithm::P256)
}
