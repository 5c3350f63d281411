//! What a listing says of certificates and the keys beside them.

use token::{KeyAlgorithm, PinEntry, PrivateKey, SignError, TokenKind};

use crate::contract::{handshake, verifies};
use crate::softhsm::{self, KeyKind, LABEL, PIN, Rig, pin};

#[test]
fn a_token_is_described_without_padding() {
    softhsm::with_token(
        "listing::a_token_is_described_without_padding",
        |_| {},
        |rig| {
            let found = rig.token();
            assert_eq!(found.description, found.token.describe());
            assert_eq!(found.description.label, LABEL);
            assert_eq!(found.description.model, "SoftHSM v2");
            assert_eq!(found.description.manufacturer, "SoftHSM project");
            assert_eq!(found.description.serial.len(), 16);
            let TokenKind::Pkcs11 { module } = &found.description.kind else {
                panic!("{:?}", found.description.kind);
            };
            assert_eq!(*module, rig.module.canonicalize().expect("the module"));
            assert_eq!(found.pin.entry, PinEntry::Typed);
            assert_eq!(found.pin.tries, None);
            assert!(found.credentials.is_empty());
        },
    );
}

#[test]
fn a_module_says_what_it_is_and_an_uninitialised_slot_is_passed_over() {
    softhsm::with_token(
        "listing::a_module_says_what_it_is_and_an_uninitialised_slot_is_passed_over",
        |_| {},
        |rig| {
            // SoftHSM always has one slot with a token that was never initialised.
            let listing = rig.listing();
            let [module] = listing.loaded.as_slice() else {
                panic!("one module, not {:?}", listing.loaded);
            };
            assert_eq!(module.tokens, 1);
            assert_eq!(module.manufacturer, "SoftHSM");
            assert_eq!(listing.failed, []);
        },
    );
}

#[test]
fn each_token_of_a_module_is_its_own() {
    softhsm::with_token(
        "listing::each_token_of_a_module_is_its_own",
        |token| {
            token.add_token("another card");
            token.identity(&KeyKind::of("EC:prime256v1"), "01", "key");
        },
        |rig| {
            let listing = rig.listing();
            let mut labels: Vec<_> = listing
                .tokens
                .iter()
                .map(|found| (found.description.label.as_str(), found.credentials.len()))
                .collect();
            labels.sort_unstable();
            assert_eq!(labels, [(LABEL, 1), ("another card", 0)]);
        },
    );
}

#[test]
fn a_second_look_sees_the_same_and_loads_nothing_twice() {
    softhsm::with_token(
        "listing::a_second_look_sees_the_same_and_loads_nothing_twice",
        |token| token.identity(&KeyKind::of("EC:prime256v1"), "01", "key"),
        |rig| {
            let first = rig.only_credential().1;
            let second = rig.only_credential().1;
            assert_eq!(first, second);
        },
    );
}

#[test]
fn a_key_is_presumed_before_login_even_without_a_public_key_object() {
    softhsm::with_token(
        "listing::a_key_is_presumed_before_login_even_without_a_public_key_object",
        |token| {
            token.identity(&KeyKind::of("EC:prime256v1"), "01", "key");
            token.delete("pubkey", "01");
        },
        |rig| {
            let (_, credential) = rig.only_credential();
            assert_eq!(credential.private_key, PrivateKey::Presumed);
            assert!(credential.can_sign());
            signs(rig);
        },
    );
}

#[test]
fn a_certificate_without_a_key_says_so_after_login() {
    softhsm::with_token(
        "listing::a_certificate_without_a_key_says_so_after_login",
        |token| {
            token.identity(&KeyKind::of("EC:prime256v1"), "01", "key");
            token.delete("privkey", "01");
        },
        |rig| assert_eq!(sign(rig), Err(SignError::NoPrivateKey)),
    );
}

#[test]
fn a_ca_without_a_key_beside_it_has_none() {
    softhsm::with_token(
        "listing::a_ca_without_a_key_beside_it_has_none",
        |token| token.write_certificate(&token.issuer(), "07", "issuing CA"),
        |rig| {
            let (_, credential) = rig.only_credential();
            assert_eq!(credential.private_key, PrivateKey::Absent);
            assert!(!credential.can_sign());
        },
    );
}

#[test]
fn a_key_is_found_by_its_label_where_identifiers_differ() {
    softhsm::with_token(
        "listing::a_key_is_found_by_its_label_where_identifiers_differ",
        |token| {
            token.key(&KeyKind::of("EC:prime256v1"), "09", "another");
            token.key(&KeyKind::of("EC:prime256v1"), "01", "key");
            token.certificate("01", "02", "key");
        },
        signs,
    );
}

#[test]
fn a_key_is_found_by_itself_where_nothing_else_fits() {
    softhsm::with_token(
        "listing::a_key_is_found_by_itself_where_nothing_else_fits",
        |token| {
            token.key(&KeyKind::of("EC:prime256v1"), "09", "another");
            token.key(&KeyKind::of("EC:prime256v1"), "01", "key");
            token.certificate("01", "02", "a name of its own");
        },
        signs,
    );
}

#[test]
fn an_rsa_key_is_found_by_itself_without_its_public_key_object() {
    softhsm::with_token(
        "listing::an_rsa_key_is_found_by_itself_without_its_public_key_object",
        |token| {
            token.key(&KeyKind::of("rsa:2048"), "01", "key");
            token.certificate("01", "", "a name of its own");
            token.delete("pubkey", "01");
        },
        signs,
    );
}

#[test]
fn a_key_of_another_kind_with_the_same_identifier_is_not_used() {
    // A mechanism for the wrong kind of key would end the process.
    softhsm::with_token(
        "listing::a_key_of_another_kind_with_the_same_identifier_is_not_used",
        |token| {
            token.key(&KeyKind::of("rsa:2048"), "01", "key");
            let certificate = token.issue("01");
            token.delete("privkey", "01");
            token.delete("pubkey", "01");
            token.key(&KeyKind::of("EC:prime256v1"), "01", "key");
            token.write_certificate(&certificate, "01", "key");
        },
        |rig| {
            let (_, credential) = rig.only_credential();
            assert_eq!(credential.algorithm, KeyAlgorithm::Rsa { bits: 2048 });
            assert_eq!(sign(rig), Err(SignError::NoPrivateKey));
        },
    );
}

#[test]
fn a_key_that_is_not_the_certificates_is_noticed() {
    softhsm::with_token(
        "listing::a_key_that_is_not_the_certificates_is_noticed",
        |token| {
            token.key(&KeyKind::of("EC:prime256v1"), "01", "key");
            let certificate = token.issue("01");
            token.delete("privkey", "01");
            token.delete("pubkey", "01");
            token.key(&KeyKind::of("EC:prime256v1"), "01", "key");
            token.write_certificate(&certificate, "01", "key");
        },
        |rig| assert_eq!(sign(rig), Err(SignError::KeyMismatch)),
    );
}

#[test]
fn of_several_certificates_with_one_identifier_each_signs_with_the_key() {
    softhsm::with_token(
        "listing::of_several_certificates_with_one_identifier_each_signs_with_the_key",
        |token| {
            token.identity(&KeyKind::of("rsa:2048"), "01", "first");
            token.certificate("01", "01", "renewed");
        },
        |rig| {
            let found = rig.token();
            assert_eq!(found.credentials.len(), 2);
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            for credential in &found.credentials {
                let scheme = credential.schemes[0];
                unlocked
                    .sign_handshake(credential, scheme, &handshake())
                    .expect("a signature");
            }
        },
    );
}

#[test]
fn rubbish_in_a_certificate_object_harms_nothing() {
    softhsm::with_token(
        "listing::rubbish_in_a_certificate_object_harms_nothing",
        |token| {
            token.identity(&KeyKind::of("EC:prime256v1"), "01", "key");
            // DER that ends too soon, behind a subject and issuer that can still be read.
            let mut broken = token.issue("01");
            let serial = broken.len() - 8;
            broken[serial..].fill(0xff);
            token.write_certificate(&broken, "02", "broken");
        },
        |rig| {
            assert_eq!(rig.token().credentials.len(), 2);
        },
    );
}

fn signs(rig: &Rig) {
    let (_, credential) = rig.only_credential();
    let signature = sign(rig).expect("a signature");
    assert!(verifies(&credential, credential.schemes[0], &signature));
}

fn sign(rig: &Rig) -> Result<Vec<u8>, SignError> {
    let (found, credential) = rig.only_credential();
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    unlocked.sign_handshake(&credential, credential.schemes[0], &handshake())
}
