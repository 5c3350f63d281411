//! OpenSC signs with the card: `pkcs11-tool` and its module.

use std::fs;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use virtual_piv::service::{ReaderName, Service};
use virtual_piv::{Algorithm, Card, Compressed, Profile, Shared, Slot};

use crate::pcscd::{run, try_run};
use crate::{certificates, requires};

#[test]
fn it_signs_with_rsa() {
    let Some(service) = requires::service(ReaderName::Virtual, PROGRAMS) else {
        return;
    };
    let card = card(Profile::NIST, Algorithm::Rsa2048, Compressed::No);
    let _reader = service.insert(&card).expect("the card is seen");
    let pkcs1 = sign(&service, MESSAGE, &["--id", "01", "-m", "SHA256-RSA-PKCS"]);
    verify(
        &card,
        Slot::Authentication,
        &RSA_PKCS1_2048_8192_SHA256,
        &pkcs1,
    );
    let pss = sign(
        &service,
        MESSAGE,
        &["--id", "01", "-m", "SHA256-RSA-PKCS-PSS"],
    );
    verify(&card, Slot::Authentication, &RSA_PSS_2048_8192_SHA256, &pss);
}

#[test]
fn it_signs_with_p256_and_reads_a_compressed_certificate() {
    let Some(service) = requires::service(ReaderName::Virtual, PROGRAMS) else {
        return;
    };
    let card = card(Profile::NIST, Algorithm::P256, Compressed::Yes);
    let _reader = service.insert(&card).expect("the card is seen");
    let listed = run(
        &service,
        "pkcs11-tool",
        &["--list-objects", "--type", "cert"],
    );
    assert!(listed.contains("CN=Lee 9A"), "{listed}");
    let hash = digest(&SHA256, MESSAGE);
    let raw = sign(&service, hash.as_ref(), &["--id", "01", "-m", "ECDSA"]);
    verify(&card, Slot::Authentication, &ECDSA_P256_SHA256_FIXED, &raw);
}

#[test]
fn a_signature_in_9c_has_the_pin_directly_before() {
    let Some(service) = requires::service(ReaderName::Virtual, PROGRAMS) else {
        return;
    };
    let card = card(Profile::GOVERNMENT, Algorithm::Rsa2048, Compressed::No);
    let _reader = service.insert(&card).expect("the card is seen");
    card.with(Card::clear_log);
    let pkcs1 = sign(&service, MESSAGE, &["--id", "02", "-m", "SHA256-RSA-PKCS"]);
    verify(&card, Slot::Signature, &RSA_PKCS1_2048_8192_SHA256, &pkcs1);
}

#[test]
fn a_wrong_pin_costs_one_try_and_the_last_blocks() {
    let Some(service) = requires::service(ReaderName::Virtual, PROGRAMS) else {
        return;
    };
    let card = card(Profile::NIST, Algorithm::P256, Compressed::No);
    let _reader = service.insert(&card).expect("the card is seen");
    for left in (0..3).rev() {
        let arguments = ["--login", "--pin", "999999", "--list-objects"];
        let refused = try_run(&service, "pkcs11-tool", &arguments);
        assert!(!refused.status.success());
        assert_eq!(card.with(|card| card.pin_tries()), left);
    }
    let arguments = ["--login", "--pin", "123456", "--list-objects"];
    let refused = try_run(&service, "pkcs11-tool", &arguments);
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(complaint.contains("CKR_PIN_LOCKED"), "{complaint}");
}

/// 9A and 9C with certificates.
fn card(profile: Profile, algorithm: Algorithm, compressed: Compressed) -> Shared {
    let mut card = Card::builder()
        .profile(profile)
        .key(Slot::Authentication, algorithm)
        .key(Slot::Signature, algorithm)
        .build()
        .expect("a card");
    for slot in [Slot::Authentication, Slot::Signature] {
        let certificate = certificates::issue(&card, slot, &format!("Lee {slot}"));
        card.store_certificate(slot, &certificate, compressed);
    }
    card.share()
}

fn sign(service: &Service, input: &[u8], arguments: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("input"), input).expect("the input is written");
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let (input, output) = (text(&path("input")), text(&path("output")));
    let all = [
        &[
            "--login", "--pin", "123456", "--sign", "-i", &input, "-o", &output,
        ][..],
        arguments,
    ]
    .concat();
    run(service, "pkcs11-tool", &all);
    fs::read(path("output")).expect("the signature is read")
}

fn verify(
    card: &Shared,
    slot: Slot,
    algorithm: &'static dyn VerificationAlgorithm,
    signature: &[u8],
) {
    let public = card.with(|card| card.public_key(slot)).expect("a key");
    UnparsedPublicKey::new(algorithm, public)
        .verify(MESSAGE, signature)
        .expect("the signature holds");
}

const MESSAGE: &[u8] = b"what the server says";
const PROGRAMS: &[&str] = &["opensc-tool", "pkcs11-tool"];
