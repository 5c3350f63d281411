//! The contract of a token, for any token: each function takes one and holds it to a promise.
//!
//! A backend proves itself by calling [`hold`] with a token that has at least one certificate and
//! a private key beside it. The crate's own tests take this file in too, for cards in process.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use token::{Credential, Fingerprint, Pin, PrivateKey, Scheme, SignError, Token, UnlockError};

/// A token and what is known of it.
pub(crate) struct Subject<'a> {
    pub(crate) token: &'a dyn Token,
    pub(crate) pin: &'a str,
    /// Of an allowed length.
    pub(crate) wrong_pin: &'a str,
}

/// Holds a token to the whole contract.
pub(crate) fn hold(subject: &Subject<'_>) {
    certificates_are_listed_without_a_pin(subject);
    a_pin_of_the_wrong_length_costs_no_try(subject);
    a_wrong_pin_is_refused_and_the_right_one_then_works(subject);
    a_pin_is_checked_even_when_the_token_is_unlocked(subject);
    every_offered_scheme_is_signed_for(subject);
    only_handshakes_are_signed(subject);
    a_scheme_that_is_not_offered_is_refused(subject);
}

fn certificates_are_listed_without_a_pin(subject: &Subject<'_>) {
    let credentials = subject.token.credentials().expect("the token is there");
    assert!(!credentials.is_empty());
    for credential in credentials {
        assert_eq!(credential.token, subject.token.describe());
        assert_eq!(
            credential.fingerprint,
            Fingerprint::of(&credential.certificate)
        );
    }
}

fn a_pin_of_the_wrong_length_costs_no_try(subject: &Subject<'_>) {
    let before = subject.token.pin_state().expect("the token is there");
    let short = "1".repeat(before.min_length - 1);
    assert_eq!(
        subject.token.unlock(pin(&short)).err(),
        Some(UnlockError::Length {
            min: before.min_length,
            max: before.max_length
        })
    );
    let after = subject.token.pin_state().expect("the token is there");
    assert_eq!(before, after);
}

fn a_wrong_pin_is_refused_and_the_right_one_then_works(subject: &Subject<'_>) {
    let refused = subject.token.unlock(pin(subject.wrong_pin)).err();
    assert!(matches!(refused, Some(UnlockError::WrongPin { .. })));
    subject
        .token
        .unlock(pin(subject.pin))
        .expect("the right PIN");
}

fn a_pin_is_checked_even_when_the_token_is_unlocked(subject: &Subject<'_>) {
    let unlocked = subject
        .token
        .unlock(pin(subject.pin))
        .expect("the right PIN");
    let refused = subject.token.unlock(pin(subject.wrong_pin)).err();
    assert!(matches!(refused, Some(UnlockError::WrongPin { .. })));
    drop(unlocked);
    subject
        .token
        .unlock(pin(subject.pin))
        .expect("the right PIN");
}

fn every_offered_scheme_is_signed_for(subject: &Subject<'_>) {
    for credential in subject.token.credentials().expect("the token is there") {
        if credential.private_key == PrivateKey::Absent {
            continue;
        }
        for scheme in &credential.schemes {
            let unlocked = subject
                .token
                .unlock(pin(subject.pin))
                .expect("the right PIN");
            let signature = unlocked
                .sign_handshake(&credential, *scheme, &handshake())
                .unwrap_or_else(|error| panic!("{scheme}: {error}"));
            assert!(verifies(&credential, *scheme, &signature), "{scheme}");
        }
    }
}

fn only_handshakes_are_signed(subject: &Subject<'_>) {
    let (credential, scheme) = one(subject);
    let unlocked = subject
        .token
        .unlock(pin(subject.pin))
        .expect("the right PIN");
    let refused = unlocked.sign_handshake(&credential, scheme, b"I owe you 100 pounds");
    assert_eq!(refused, Err(SignError::NotAHandshake));
}

fn a_scheme_that_is_not_offered_is_refused(subject: &Subject<'_>) {
    let (credential, _) = one(subject);
    let unlocked = subject
        .token
        .unlock(pin(subject.pin))
        .expect("the right PIN");
    for scheme in Scheme::ALL {
        if !credential.schemes.contains(&scheme) {
            assert_eq!(
                unlocked.sign_handshake(&credential, scheme, &handshake()),
                Err(SignError::UnsupportedScheme { scheme })
            );
        }
    }
}

fn one(subject: &Subject<'_>) -> (Credential, Scheme) {
    let credentials = subject.token.credentials().expect("the token is there");
    let credential = credentials.into_iter().find(Credential::can_sign);
    let credential = credential.expect("a certificate with a key");
    let scheme = *credential.schemes.first().expect("a scheme");
    (credential, scheme)
}

fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned()).expect("a PIN")
}

/// What a TLS 1.3 client signs, over a transcript hash of our choice.
pub(crate) fn handshake() -> Vec<u8> {
    let mut message = vec![b' '; 64];
    message.extend_from_slice(b"TLS 1.3, client CertificateVerify\0");
    message.extend_from_slice(&[7; 32]);
    message
}

/// Whether a signature over [`handshake`] is one by the certificate's key.
pub(crate) fn verifies(credential: &Credential, scheme: Scheme, signature: &[u8]) -> bool {
    let algorithm: &dyn VerificationAlgorithm = match scheme {
        Scheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Scheme::RsaPkcs1Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Scheme::RsaPkcs1Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Scheme::RsaPssRsaeSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        Scheme::RsaPssRsaeSha384 => &signature::RSA_PSS_2048_8192_SHA384,
        Scheme::RsaPssRsaeSha512 => &signature::RSA_PSS_2048_8192_SHA512,
        Scheme::EcdsaSecp256r1Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
        Scheme::EcdsaSecp384r1Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
        Scheme::EcdsaSecp521r1Sha512 => &signature::ECDSA_P521_SHA512_ASN1,
        Scheme::Ed25519 => &signature::ED25519,
    };
    let (_, certificate) =
        x509_parser::parse_x509_certificate(&credential.certificate).expect("a certificate");
    let key = certificate.public_key().subject_public_key.data.to_vec();
    UnparsedPublicKey::new(algorithm, key)
        .verify(&handshake(), signature)
        .is_ok()
}
