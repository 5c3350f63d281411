//! What modules do that the standard does not foresee, or foresees and few expect.

use token::{PinEntry, Scheme, SignError, TokenError, UnlockError, Wait};

use crate::contract::{handshake, verifies};
use crate::softhsm::{KeyKind, PIN, pin};
use crate::wrapper::{look, only, p256, sign_with_pin, with_quirk};

#[test]
fn a_pin_that_is_entered_on_the_reader_is_not_typed_here() {
    with_quirk(
        "quirks::a_pin_that_is_entered_on_the_reader_is_not_typed_here",
        |token| token.identity(&KeyKind::always_asking("rsa:2048"), "01", "key"),
        r#"static RV info(U slot, char *info) {
              RV said = softhsm->call[C_GetTokenInfo](slot, info);
              *(U *)(info + 96) |= 0x100;
              return said;
           }
           static RV login(U session, U user, char *pin, U length) {
               if (pin || length) return 7;
               return softhsm->call[C_Login](session, user, "123456", 6UL);
           }
           static void change(void) {
               list.call[C_GetTokenInfo] = info;
               list.call[C_Login] = login;
           }"#,
        |_, wrapper| {
            let listing = look(wrapper);
            let found = only(&listing);
            assert_eq!(found.pin.entry, PinEntry::OnReader);
            assert_eq!(
                found.token.unlock(pin(PIN)).err(),
                Some(UnlockError::PinOnReader)
            );
            let credential = &found.credentials[0];
            let unlocked = found.token.unlock_without_typing().expect("unlocked");
            // The key asks at the reader each time, so it signs more than once.
            for scheme in &credential.schemes {
                let signature = unlocked
                    .sign_handshake(credential, *scheme, &handshake())
                    .expect("a signature");
                assert!(verifies(credential, *scheme, &signature));
            }
        },
    );
}

#[test]
fn a_key_that_wants_its_pin_on_the_reader_again_says_so() {
    with_quirk(
        "quirks::a_key_that_wants_its_pin_on_the_reader_again_says_so",
        |token| token.identity(&KeyKind::always_asking("rsa:2048"), "01", "key"),
        r#"static RV info(U slot, char *info) {
              RV said = softhsm->call[C_GetTokenInfo](slot, info);
              *(U *)(info + 96) |= 0x100;
              return said;
           }
           static RV login(U session, U user, char *pin, U length) {
               if (pin || length) return 7;
               /* The person types when the test says so. */
               if (user == 2) { int typed = open(BEGUN, O_WRONLY); if (typed >= 0) close(typed); }
               return softhsm->call[C_Login](session, user, "123456", 6UL);
           }
           static void change(void) {
               list.call[C_GetTokenInfo] = info;
               list.call[C_Login] = login;
           }"#,
        |_, wrapper| {
            let listing = look(wrapper);
            let found = only(&listing);
            let credential = &found.credentials[0];
            let mut unlocked = found.token.unlock_without_typing().expect("unlocked");
            let begun = wrapper.begun();
            // The reader gets its PIN once the person was told, and never before.
            unlocked.on_wait(move |wait| {
                assert_eq!(wait, Wait::Reader);
                std::fs::read(&begun).expect("the module waits");
            });
            let scheme = credential.schemes[0];
            let signature = unlocked
                .sign_handshake(credential, scheme, &handshake())
                .expect("a signature");
            assert!(verifies(credential, scheme, &signature));
        },
    );
}

#[test]
fn a_token_that_is_logged_in_already_checks_the_pin_all_the_same() {
    with_quirk(
        "quirks::a_token_that_is_logged_in_already_checks_the_pin_all_the_same",
        p256,
        r"static int foreign = 1;
          static RV login(U session, U user, char *pin, U length) {
              return foreign ? 0x100 : softhsm->call[C_Login](session, user, pin, length);
          }
          static RV logout(U session) { foreign = 0; return 0x101; }
          static void change(void) {
              list.call[C_Login] = login;
              list.call[C_Logout] = logout;
          }",
        |_, wrapper| {
            let listing = look(wrapper);
            let refused = only(&listing).token.unlock(pin("654321")).err();
            assert!(matches!(refused, Some(UnlockError::WrongPin { .. })));
            sign_with_pin(&listing).expect("a signature");
        },
    );
}

#[test]
fn a_typed_pin_that_nothing_checks_is_refused() {
    with_quirk(
        "quirks::a_typed_pin_that_nothing_checks_is_refused",
        p256,
        r"static RV login(U session, U user, char *pin, U length) { return 0x100; }
          static void change(void) { list.call[C_Login] = login; }",
        |_, wrapper| {
            let refused = only(&look(wrapper)).token.unlock(pin(PIN)).err();
            let Some(UnlockError::Other(failed)) = refused else {
                panic!("the call's own answer, not {refused:?}");
            };
            assert_eq!(
                failed.to_string(),
                "C_Login answered CKR_USER_ALREADY_LOGGED_IN"
            );
        },
    );
}

#[test]
fn a_vague_error_of_a_token_that_is_gone_means_that_it_is_gone() {
    with_quirk(
        "quirks::a_vague_error_of_a_token_that_is_gone_means_that_it_is_gone",
        p256,
        r"static int gone;
          static RV slots(int with, U *ids, U *count) {
              if (gone) { *count = 0; return 0; }
              return softhsm->call[C_GetSlotList](with, ids, count);
          }
          static RV sign() { gone = 1; return 0x30; }
          static void change(void) {
              list.call[C_GetSlotList] = slots;
              list.call[C_Sign] = sign;
          }",
        |_, wrapper| {
            let listing = look(wrapper);
            assert_eq!(sign_with_pin(&listing), Err(SignError::Removed));
            assert_eq!(only(&listing).token.credentials(), Err(TokenError::Removed));
        },
    );
}

#[test]
fn a_vague_error_of_a_token_that_is_there_is_told_as_it_is() {
    with_quirk(
        "quirks::a_vague_error_of_a_token_that_is_there_is_told_as_it_is",
        p256,
        r"static RV sign() { return 0x30; }
          static void change(void) { list.call[C_Sign] = sign; }",
        |_, wrapper| {
            let refused = sign_with_pin(&look(wrapper));
            let Err(SignError::Other(failed)) = refused else {
                panic!("the call's own answer, not {refused:?}");
            };
            assert_eq!(failed.to_string(), "C_Sign answered CKR_DEVICE_ERROR");
        },
    );
}

#[test]
fn a_token_that_somebody_else_locked_says_so() {
    with_quirk(
        "quirks::a_token_that_somebody_else_locked_says_so",
        p256,
        r"static RV info(U session, U *info) {
              RV said = softhsm->call[C_GetSessionInfo](session, info);
              info[1] = 0;
              return said;
          }
          static void change(void) { list.call[C_GetSessionInfo] = info; }",
        |_, wrapper| {
            assert_eq!(sign_with_pin(&look(wrapper)), Err(SignError::LockedAgain));
        },
    );
}

#[test]
fn slot_numbers_that_move_mislead_nobody() {
    with_quirk(
        "quirks::slot_numbers_that_move_mislead_nobody",
        p256,
        r"static U moved;
          static RV slots(int with, U *ids, U *count) {
              if (!ids) moved++;
              RV said = softhsm->call[C_GetSlotList](with, ids, count);
              for (U i = 0; ids && i < *count; i++) ids[i] += moved;
              return said;
          }
          static RV token(U slot, void *info) {
              return softhsm->call[C_GetTokenInfo](slot - moved, info);
          }
          static RV session(U slot, U flags, void *data, void *notify, U *session) {
              return softhsm->call[C_OpenSession](slot - moved, flags, data, notify, session);
          }
          static RV mechanisms(U slot, void *all, U *count) {
              return softhsm->call[C_GetMechanismList](slot - moved, all, count);
          }
          static RV mechanism(U slot, U one, void *info) {
              return softhsm->call[C_GetMechanismInfo](slot - moved, one, info);
          }
          static RV about(U session, U *info) {
              RV said = softhsm->call[C_GetSessionInfo](session, info);
              info[0] += moved;
              return said;
          }
          static void change(void) {
              list.call[C_GetSlotList] = slots;
              list.call[C_GetTokenInfo] = token;
              list.call[C_OpenSession] = session;
              list.call[C_GetMechanismList] = mechanisms;
              list.call[C_GetMechanismInfo] = mechanism;
              list.call[C_GetSessionInfo] = about;
          }",
        |_, wrapper| {
            let listing = look(wrapper);
            let found = only(&listing);
            let credential = &found.credentials[0];
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            // Another look moves the numbers while the token is unlocked.
            assert_eq!(look(wrapper).tokens.len(), 1);
            unlocked
                .sign_handshake(credential, credential.schemes[0], &handshake())
                .expect("a signature");
        },
    );
}

#[test]
fn certificates_that_a_module_makes_up_are_not_asked_for() {
    with_quirk(
        "quirks::certificates_that_a_module_makes_up_are_not_asked_for",
        p256,
        r"static RV find(U session, struct attribute *wanted, U count) {
              int certificates = 0, stored = 0;
              for (U i = 0; i < count; i++) {
                  if (wanted[i].type == 0 && *(U *)wanted[i].value == 1) certificates = 1;
                  if (wanted[i].type == 1 && *(char *)wanted[i].value == 1) stored = 1;
              }
              if (certificates && !stored) return crash();
              return softhsm->call[C_FindObjectsInit](session, wanted, count);
          }
          static void change(void) { list.call[C_FindObjectsInit] = find; }",
        |_, wrapper| {
            let listing = look(wrapper);
            assert_eq!(listing.failed, []);
            assert_eq!(only(&listing).credentials.len(), 1);
        },
    );
}

#[test]
fn a_key_is_used_with_the_mechanisms_it_allows() {
    with_quirk(
        "quirks::a_key_is_used_with_the_mechanisms_it_allows",
        |token| token.identity(&KeyKind::of("rsa:2048"), "01", "key"),
        // CKA_ALLOWED_MECHANISMS with CKM_RSA_X_509 alone, and a crash at any other.
        r"static RV get(U session, U object, struct attribute *wanted, U count) {
              if (wanted->type != 0x40000600)
                  return softhsm->call[C_GetAttributeValue](session, object, wanted, count);
              if (wanted->value) *(U *)wanted->value = 3;
              wanted->length = sizeof(U);
              return 0;
          }
          static RV init(U session, U *mechanism, U key) {
              if (*mechanism != 3) return crash();
              return softhsm->call[C_SignInit](session, mechanism, key);
          }
          static void change(void) {
              list.call[C_GetAttributeValue] = get;
              list.call[C_SignInit] = init;
          }",
        |_, wrapper| {
            let listing = look(wrapper);
            let found = only(&listing);
            let credential = &found.credentials[0];
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            let sign = |scheme| unlocked.sign_handshake(credential, scheme, &handshake());
            let pss = Scheme::RsaPssRsaeSha256;
            assert!(verifies(credential, pss, &sign(pss).expect("a signature")));
            let pkcs1 = Scheme::RsaPkcs1Sha256;
            assert_eq!(
                sign(pkcs1),
                Err(SignError::UnsupportedScheme { scheme: pkcs1 })
            );
        },
    );
}

#[test]
fn a_key_that_wants_the_pin_and_does_not_say_so_gets_it_once() {
    with_quirk(
        "quirks::a_key_that_wants_the_pin_and_does_not_say_so_gets_it_once",
        |token| token.identity(&KeyKind::always_asking("EC:prime256v1"), "01", "key"),
        r"static RV get(U session, U object, struct attribute *wanted, U count) {
              RV said = softhsm->call[C_GetAttributeValue](session, object, wanted, count);
              if (wanted->type == 0x202 && wanted->value) *(char *)wanted->value = 0;
              return said;
          }
          static void change(void) { list.call[C_GetAttributeValue] = get; }",
        |_, wrapper| {
            sign_with_pin(&look(wrapper)).expect("a signature");
        },
    );
}
