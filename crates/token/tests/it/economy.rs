//! How many command APDUs listing and signing take, beside other people's modules on the same card.

use token::Pin;
use virtual_piv::service::ReaderName;
use virtual_piv::{Algorithm, Builder, Card, Profile, Slot};

use crate::contract::handshake;
use crate::pcscd::{self, Rig, one_key, with_card};

#[test]
fn rsa_2048_in_9a() {
    compared("economy::rsa_2048_in_9a", ReaderName::Virtual, || {
        one_key(Slot::Authentication, Algorithm::Rsa2048)
    });
}

#[test]
fn p256_in_9a() {
    compared("economy::p256_in_9a", ReaderName::Virtual, || {
        one_key(Slot::Authentication, Algorithm::P256)
    });
}

#[test]
fn p256_in_9c() {
    compared("economy::p256_in_9c", ReaderName::Virtual, || {
        one_key(Slot::Signature, Algorithm::P256)
    });
}

#[test]
fn p256_in_9a_of_a_yubikey() {
    compared(
        "economy::p256_in_9a_of_a_yubikey",
        ReaderName::YubiKey,
        || {
            Card::builder()
                .profile(Profile::YUBIKEY_57)
                .key(Slot::Authentication, Algorithm::P256)
        },
    );
}

/// Fewer than half of what a module sends that lists as much, for the listing and for the signature.
fn compared(name: &str, reader: ReaderName, card: fn() -> Builder) {
    let Some(opensc) = pcscd::module(&["opensc-pkcs11.so"]) else {
        return pcscd::skipped("OpenSC's module is not installed");
    };
    with_card(name, reader, card, |rig| {
        rig.count();
        let found = Rig::token();
        let listed = rig.count();
        let credential = &found.credentials[0];
        let unlocked = found
            .token
            .unlock(Pin::new("123456".to_owned()).expect("a PIN"))
            .expect("the right PIN");
        unlocked
            .sign_handshake(credential, credential.schemes[0], &handshake())
            .expect("a signature");
        drop(unlocked);
        let signed = rig.count();
        say(&format!(
            "{name}: APDUs (bytes) to list, to sign in once after that"
        ));
        say(&format!("  directly      {listed:?}, {signed:?}"));
        let whole = (listed.0 + signed.0, listed.1 + signed.1);
        let mut theirs = module(rig, "OpenSC", &opensc);
        if reader == ReaderName::YubiKey {
            // OpenSC looks for no retired keys there, so its listing is not the same.
            let Some(ykcs11) = pcscd::module(&["libykcs11.so.2", "libykcs11.so"]) else {
                return pcscd::skipped("ykcs11 is not installed");
            };
            theirs = module(rig, "ykcs11", &ykcs11);
        }
        // A module's two runs each begin by looking at the card.
        assert!(2 * listed.0 < theirs.0, "{} against {}", listed.0, theirs.0);
        assert!(2 * whole.0 < theirs.1, "{} against {}", whole.0, theirs.1);
    });
}

/// Lists with a module, then signs with it, from nothing each time.
fn module(rig: &Rig, name: &str, module: &std::path::Path) -> (usize, usize) {
    let path = module.to_str().expect("a plain path");
    rig.count();
    rig.run(
        "pkcs11-tool",
        &["--module", path, "--list-objects", "--type", "cert"],
    );
    let listed = rig.count();
    let folder = tempfile::tempdir().expect("a folder");
    let digest = folder.path().join("digest");
    std::fs::write(&digest, [7; 32]).expect("a file");
    let digest = digest.to_str().expect("a plain path");
    let algorithm = rig.card.with(|card| card.slots().next()).expect("a key");
    let (id, mechanism): (&str, &[&str]) = match algorithm {
        (Slot::Signature, _) => ("02", &["ECDSA"]),
        (_, Algorithm::Rsa2048) => ("01", &["RSA-PKCS-PSS", "--hash-algorithm", "SHA256"]),
        (_, _) => ("01", &["ECDSA"]),
    };
    let sign = [
        "--module", path, "--login", "--pin", "123456", "--sign", "--id", id,
    ];
    let input = ["--input-file", digest, "--mechanism"];
    rig.run("pkcs11-tool", &[&sign[..], &input[..], mechanism].concat());
    let signed = rig.count();
    say(&format!(
        "  {name:<12}  {listed:?}, list and sign {signed:?}"
    ));
    (listed.0, signed.0)
}

#[expect(clippy::print_stdout, reason = "what a test measured is shown")]
fn say(text: &str) {
    println!("{text}");
}
