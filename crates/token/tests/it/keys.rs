//! Every kind of key, and every way to have it sign.

use aws_lc_rs::signature::Ed25519KeyPair;
use rcgen::KeyPair;
use token::{Credential, KeyAlgorithm, Scheme, SignError};

use crate::contract::{handshake, verifies};
use crate::softhsm::{self, KeyKind, PIN, Rig, pin};

const ALL_RSA: [Scheme; 6] = [
    Scheme::RsaPssRsaeSha256,
    Scheme::RsaPssRsaeSha384,
    Scheme::RsaPssRsaeSha512,
    Scheme::RsaPkcs1Sha256,
    Scheme::RsaPkcs1Sha384,
    Scheme::RsaPkcs1Sha512,
];

#[test]
fn rsa_2048_signs() {
    let name = "keys::rsa_2048_signs";
    kind(
        name,
        "rsa:2048",
        &KeyAlgorithm::Rsa { bits: 2048 },
        &ALL_RSA,
    );
}

#[test]
fn rsa_3072_signs() {
    let name = "keys::rsa_3072_signs";
    kind(
        name,
        "rsa:3072",
        &KeyAlgorithm::Rsa { bits: 3072 },
        &ALL_RSA,
    );
}

#[test]
fn rsa_4096_signs() {
    let name = "keys::rsa_4096_signs";
    kind(
        name,
        "rsa:4096",
        &KeyAlgorithm::Rsa { bits: 4096 },
        &ALL_RSA,
    );
}

#[test]
fn p256_signs() {
    let offered = [Scheme::EcdsaSecp256r1Sha256];
    kind(
        "keys::p256_signs",
        "EC:prime256v1",
        &KeyAlgorithm::P256,
        &offered,
    );
}

#[test]
fn p384_signs() {
    imported(
        "keys::p384_signs",
        || KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("a key"),
        &KeyAlgorithm::P384,
        &[Scheme::EcdsaSecp384r1Sha384],
    );
}

#[test]
fn ed25519_signs() {
    // SoftHSM reads the form of RFC 5208, which has no room for the public key.
    let generate = || {
        let key = Ed25519KeyPair::generate().expect("a key");
        let pkcs8 = key.to_pkcs8v1().expect("a key");
        KeyPair::try_from(pkcs8.as_ref()).expect("the same key")
    };
    imported(
        "keys::ed25519_signs",
        generate,
        &KeyAlgorithm::Ed25519,
        &[Scheme::Ed25519],
    );
}

#[test]
fn p521_signs() {
    let offered = [Scheme::EcdsaSecp521r1Sha512];
    kind(
        "keys::p521_signs",
        "EC:secp521r1",
        &KeyAlgorithm::P521,
        &offered,
    );
}

#[test]
fn without_the_pss_mechanisms_raw_rsa_makes_pss() {
    only_mechanisms(
        "keys::without_the_pss_mechanisms_raw_rsa_makes_pss",
        "CKM_RSA_X_509",
        &ALL_RSA[..3],
    );
}

#[test]
fn a_hashing_pss_mechanism_makes_pss() {
    only_mechanisms(
        "keys::a_hashing_pss_mechanism_makes_pss",
        "CKM_SHA384_RSA_PKCS_PSS",
        &[Scheme::RsaPssRsaeSha384],
    );
}

#[test]
fn a_token_without_pss_offers_none() {
    only_mechanisms(
        "keys::a_token_without_pss_offers_none",
        "CKM_RSA_PKCS",
        &ALL_RSA[3..],
    );
}

#[test]
fn a_hashing_pkcs1_mechanism_makes_pkcs1() {
    only_mechanisms(
        "keys::a_hashing_pkcs1_mechanism_makes_pkcs1",
        "CKM_SHA256_RSA_PKCS",
        &[Scheme::RsaPkcs1Sha256],
    );
}

#[test]
fn a_key_that_always_wants_the_pin_signs_once_with_the_one_typed() {
    softhsm::with_token(
        "keys::a_key_that_always_wants_the_pin_signs_once_with_the_one_typed",
        |token| {
            token.identity(&KeyKind::always_asking("rsa:2048"), "01", "rsa");
            token.identity(&KeyKind::always_asking("EC:prime256v1"), "02", "p256");
        },
        |rig| {
            let found = rig.token();
            assert_eq!(found.credentials.len(), 2);
            for credential in &found.credentials {
                for scheme in &credential.schemes {
                    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
                    let sign = || unlocked.sign_handshake(credential, *scheme, &handshake());
                    let signature = sign().expect("the PIN is given again by itself");
                    assert!(verifies(credential, *scheme, &signature));
                    // It was wiped with the signature it was for.
                    assert_eq!(sign(), Err(SignError::PinNeededAgain));
                }
            }
        },
    );
}

fn kind(name: &str, kind: &'static str, algorithm: &KeyAlgorithm, offered: &[Scheme]) {
    softhsm::with_token(
        name,
        |token| token.identity(&KeyKind::of(kind), "01", "key"),
        |rig| {
            let (_, credential) = rig.only_credential();
            assert_eq!(credential.algorithm, *algorithm);
            signs_all(rig, &credential, offered);
        },
    );
}

fn imported(
    name: &str,
    generate: impl FnOnce() -> KeyPair,
    algorithm: &KeyAlgorithm,
    offered: &[Scheme],
) {
    softhsm::with_token(
        name,
        |token| token.imported(&generate(), "01", "key"),
        |rig| {
            let (_, credential) = rig.only_credential();
            assert_eq!(credential.algorithm, *algorithm);
            signs_all(rig, &credential, offered);
        },
    );
}

fn only_mechanisms(name: &str, mechanisms: &str, offered: &[Scheme]) {
    softhsm::with_token(
        name,
        |token| {
            token.identity(&KeyKind::of("rsa:2048"), "01", "key");
            token.configure(mechanisms);
        },
        |rig| {
            let (_, credential) = rig.only_credential();
            signs_all(rig, &credential, offered);
        },
    );
}

fn signs_all(rig: &Rig, credential: &Credential, offered: &[Scheme]) {
    assert_eq!(credential.schemes, offered);
    let found = rig.token();
    let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
    for scheme in offered {
        let signature = unlocked
            .sign_handshake(credential, *scheme, &handshake())
            .unwrap_or_else(|error| panic!("{scheme}: {error}"));
        assert!(verifies(credential, *scheme, &signature), "{scheme}");
    }
}
