//! How few commands a card is sent.

use virtual_piv::{Algorithm, Profile, Slot};

use super::contract::handshake;
use super::memory::{PIN, Rig, pin};

/// Each command of these counts is needed: `SELECT`; the four certificates, of which one comes in
/// parts of 256 bytes; the key history; the tries left. Then `SELECT`, because a PIN is given only
/// to an application that was selected in the same transaction; `VERIFY`; and the signature, before
/// which 9C wants the PIN once more, and which RSA takes and gives in two parts.
#[test]
fn listing_and_signing_take_no_more_commands_than_the_card_needs() {
    for (slot, algorithm, parts, unlock, sign) in [
        (Slot::Authentication, Algorithm::Rsa2048, 3, 2, 3),
        (Slot::Authentication, Algorithm::P256, 2, 2, 1),
        (Slot::Signature, Algorithm::P256, 2, 2, 3),
    ] {
        let rig = Rig::new(Profile::NIST, &[(slot, algorithm)]);
        rig.count();
        let (found, credential) = rig.only_credential();
        let (listed, _) = rig.count();
        assert!(
            listed <= 1 + 3 + parts + 1 + 1,
            "{slot} {algorithm:?}: {listed}"
        );
        let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
        assert_eq!(rig.count().0, unlock, "{slot} {algorithm:?}");
        unlocked
            .sign_handshake(&credential, credential.schemes[0], &handshake())
            .expect("a signature");
        assert_eq!(rig.count().0, sign, "{slot} {algorithm:?}");
        drop(unlocked);
        assert_eq!(rig.count().0, 0, "clearing the PIN takes no command");
    }
}
