//! Yubico's own clients take the card for a YubiKey: `yubico-piv-tool` and ykcs11.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use pem_rfc7468::LineEnding;
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PublicKeyData};
use tempfile::TempDir;
use virtual_piv::service::{ReaderName, Service};
use virtual_piv::{
    Algorithm, Card, Compressed, ManagementAlgorithm, Profile, Shared, Slot, instruction,
};

use crate::pcscd::{run, try_run};
use crate::{certificates, requires};

#[test]
fn it_generates_certifies_and_signs() {
    let Some((service, card, place)) = yubikey() else {
        return;
    };
    let _reader = service.insert(&card).expect("the card is seen");
    for (kind, slot, name) in [
        ("ECCP256", "9a", Slot::Authentication),
        ("RSA2048", "9c", Slot::Signature),
        ("ECCP384", "95", Slot::retired(20).expect("a slot")),
    ] {
        let (public, certificate) = (place.file("public.pem"), place.file("certificate.pem"));
        tool(
            &service,
            &["-a", "generate", "-s", slot, "-A", kind, "-o", &public],
        );
        let shown = pem_rfc7468::decode_vec(&fs::read(&public).expect("a file"))
            .expect("PEM")
            .1;
        let held = card.with(|card| card.public_key(name)).expect("a key");
        assert_eq!(shown, held, "{kind}");
        let issued = card.with(|card| certificates::issue(card, name, "Lee"));
        let pem = pem_rfc7468::encode_string("CERTIFICATE", LineEnding::LF, &issued);
        fs::write(&certificate, pem.expect("PEM")).expect("a file");
        tool(
            &service,
            &["-a", "import-certificate", "-s", slot, "-i", &certificate],
        );
        let tested = [
            "-a",
            "verify-pin",
            "-P",
            "123456",
            "-a",
            "test-signature",
            "-s",
            slot,
            "-i",
            &certificate,
        ];
        let said = try_run(&service, TOOL, &tested);
        let said = String::from_utf8_lossy(&said.stderr).into_owned()
            + &String::from_utf8_lossy(&said.stdout);
        assert!(said.contains("Successful"), "{kind}: {said}");
    }
}

#[test]
fn it_imports_keys_that_were_made_elsewhere() {
    let Some((service, card, place)) = yubikey() else {
        return;
    };
    let _reader = service.insert(&card).expect("the card is seen");
    for (pair, slot, name) in [
        (
            KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key"),
            "9d",
            Slot::KeyManagement,
        ),
        (
            KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key"),
            "9e",
            Slot::CardAuthentication,
        ),
    ] {
        let file = place.file("private.pem");
        fs::write(&file, pair.serialize_pem()).expect("a file");
        tool(&service, &["-a", "import-key", "-s", slot, "-i", &file]);
        let held = card.with(|card| card.public_key(name)).expect("a key");
        assert_eq!(held, pair.subject_public_key_info());
    }
}

#[test]
fn it_attests_only_keys_that_were_made_on_the_card() {
    let Some((service, card, place)) = yubikey() else {
        return;
    };
    let _reader = service.insert(&card).expect("the card is seen");
    tool(
        &service,
        &[
            "-a",
            "generate",
            "-s",
            "9a",
            "-A",
            "ECCP256",
            "-o",
            &place.file("p"),
        ],
    );
    let attested = run(
        &service,
        TOOL,
        &["-r", "Yubico", "-a", "attest", "-s", "9a"],
    );
    let der = pem_rfc7468::decode_vec(attested.as_bytes()).expect("PEM").1;
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).expect("a certificate");
    let public = card
        .with(|card| card.public_key(Slot::Authentication))
        .expect("a key");
    assert_eq!(certificate.public_key().raw, public);
    let arc = "1.3.6.1.4.1.41482.3.";
    let said = |what: &str| {
        certificate
            .extensions()
            .iter()
            .find(|extension| extension.oid.to_string() == format!("{arc}{what}"))
            .map(|extension| extension.value.to_vec())
    };
    assert_eq!(said("3"), Some(vec![5, 7, 1]));
    assert_eq!(said("7"), Some(vec![0x02, 0x04, 0x00, 0xBC, 0x61, 0x4E]));
    assert_eq!(said("8"), Some(vec![2, 1]));
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key");
    fs::write(place.file("private.pem"), pair.serialize_pem()).expect("a file");
    tool(
        &service,
        &[
            "-a",
            "import-key",
            "-s",
            "9a",
            "-i",
            &place.file("private.pem"),
        ],
    );
    let refused = try_run(
        &service,
        TOOL,
        &["-r", "Yubico", "-a", "attest", "-s", "9a"],
    );
    assert!(!refused.status.success());
}

#[test]
fn it_manages_pin_and_puk_and_empties_the_card() {
    let Some((service, card, _place)) = yubikey() else {
        return;
    };
    let _reader = service.insert(&card).expect("the card is seen");
    tool(
        &service,
        &["-a", "change-pin", "-P", "123456", "-N", "654321"],
    );
    tool(&service, &["-a", "verify-pin", "-P", "654321"]);
    let wrong = try_run(
        &service,
        TOOL,
        &["-r", "Yubico", "-a", "verify-pin", "-P", "123456"],
    );
    let complaint = String::from_utf8_lossy(&wrong.stderr);
    assert!(complaint.contains("2 tries left"), "{complaint}");
    card.with(|card| card.leave_pin_tries(0));
    let blocked = try_run(
        &service,
        TOOL,
        &["-r", "Yubico", "-a", "verify-pin", "-P", "654321"],
    );
    let complaint = String::from_utf8_lossy(&blocked.stderr);
    assert!(complaint.contains("blocked"), "{complaint}");
    tool(
        &service,
        &["-a", "unblock-pin", "-P", "12345678", "-N", "111111"],
    );
    tool(
        &service,
        &["-a", "change-puk", "-P", "12345678", "-N", "87654321"],
    );
    let retries = [
        "-a",
        "verify-pin",
        "-P",
        "111111",
        "-a",
        "pin-retries",
        "--pin-retries",
        "8",
        "--puk-retries",
        "5",
    ];
    tool(&service, &retries);
    assert_eq!(
        card.with(|card| (card.pin_tries(), card.puk_tries())),
        (8, 5)
    );
    let refused = try_run(&service, TOOL, &["-r", "Yubico", "-a", "reset"]);
    assert!(!refused.status.success());
    card.with(|card| {
        card.leave_pin_tries(0);
        card.leave_puk_tries(0);
    });
    tool(&service, &["-a", "reset"]);
    tool(&service, &["-a", "verify-pin", "-P", "123456"]);
}

#[test]
fn its_module_signs() {
    let Some((service, card, place)) = yubikey() else {
        return;
    };
    card.with(|card| {
        for (slot, name) in [(Slot::Authentication, "9A"), (Slot::Signature, "9C")] {
            let certificate = certificates::issue(card, slot, name);
            card.store_certificate(slot, &certificate, Compressed::No);
        }
    });
    let _reader = service.insert(&card).expect("the card is seen");
    let module = requires::module(&["libykcs11.so.2", "libykcs11.so"]);
    let message = b"what the server says";
    fs::write(place.file("input"), message).expect("a file");
    fs::write(place.file("hash"), digest(&SHA256, message)).expect("a file");
    let sign = |id: &str, mechanism: &str, input: &str| {
        let (input, output) = (place.file(input), place.file("output"));
        run(
            &service,
            "pkcs11-tool",
            &[
                "--module", &module, "--login", "--pin", "123456", "--sign", "--id", id, "-m",
                mechanism, "-i", &input, "-o", &output,
            ],
        );
        fs::read(output).expect("a signature")
    };
    let public = |slot| card.with(|card| card.public_key(slot)).expect("a key");
    let signature = sign("01", "ECDSA", "hash");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public(Slot::Authentication))
        .verify(message, &signature)
        .expect("the signature holds");
    let signature = sign("02", "SHA256-RSA-PKCS", "input");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public(Slot::Signature))
        .verify(message, &signature)
        .expect("the signature holds");
    assert!(card.with(|card| card.log().of(instruction::METADATA).count) > 0);
}

/// A YubiKey with its management key in Triple DES, which is all that this tool takes.
fn yubikey() -> Option<(Service, Shared, Place)> {
    let service = requires::service(ReaderName::YubiKey, &[TOOL, "pkcs11-tool"])?;
    let factory: Vec<u8> = (1..=8).cycle().take(24).collect();
    let card = Card::builder()
        .profile(Profile::YUBIKEY_57)
        .serial(12_345_678)
        .management_key(ManagementAlgorithm::TripleDes, &factory)
        .key(Slot::Authentication, Algorithm::P256)
        .key(Slot::Signature, Algorithm::Rsa2048)
        .build()
        .expect("a card");
    let place = Place(tempfile::tempdir().expect("a folder"));
    Some((service, card.share(), place))
}

struct Place(TempDir);

impl Place {
    fn file(&self, name: &str) -> String {
        let path: PathBuf = Path::new(self.0.path()).join(name);
        path.to_str().expect("UTF-8").to_owned()
    }
}

fn tool(service: &Service, arguments: &[&str]) {
    run(service, TOOL, &[&["-r", "Yubico"][..], arguments].concat());
}

const TOOL: &str = "yubico-piv-tool";
