//! Modules that answer nonsense: it is bounded, and becomes a row or an error.

use token::{Cause, Ending, SignError};

use crate::softhsm::KeyKind;
use crate::wrapper::{look, only, p256, sign_with_pin, with_quirk};

#[test]
fn an_absurd_number_of_slots_is_one_row() {
    with_quirk(
        "nonsense::an_absurd_number_of_slots_is_one_row",
        p256,
        r"static RV slots(int with, U *ids, U *count) { *count = 1UL << 62; return 0; }
          static void change(void) { list.call[C_GetSlotList] = slots; }",
        |_, wrapper| {
            let listing = look(wrapper);
            assert!(matches!(
                listing.failed[0].cause,
                Cause::Stopped {
                    ending: Ending::Exit(101),
                    ..
                }
            ));
        },
    );
}

#[test]
fn more_memory_than_a_module_may_take_is_one_row() {
    with_quirk(
        "nonsense::more_memory_than_a_module_may_take_is_one_row",
        p256,
        r"static RV slots(int with, U *ids, U *count) { *count = ids ? 0 : 1UL << 31; return 0; }
          static void change(void) { list.call[C_GetSlotList] = slots; }",
        |_, wrapper| {
            let listing = look(wrapper);
            assert!(matches!(
                listing.failed[0].cause,
                Cause::Stopped {
                    ending: Ending::Signal(6),
                    ..
                }
            ));
        },
    );
}

#[test]
fn an_attribute_of_absurd_length_is_left_out() {
    with_quirk(
        "nonsense::an_attribute_of_absurd_length_is_left_out",
        p256,
        r"static RV get(U session, U object, struct attribute *wanted, U count) {
              RV said = softhsm->call[C_GetAttributeValue](session, object, wanted, count);
              if (wanted->type == 0x11) wanted->length = 1UL << 40;
              return said;
          }
          static void change(void) { list.call[C_GetAttributeValue] = get; }",
        |_, wrapper| {
            let listing = look(wrapper);
            assert_eq!(listing.failed, []);
            assert!(only(&listing).credentials.is_empty());
        },
    );
}

#[test]
fn objects_without_end_are_counted() {
    with_quirk(
        "nonsense::objects_without_end_are_counted",
        p256,
        r"static RV find(U session, U *objects, U most, U *count) {
              static U known;
              RV said = softhsm->call[C_FindObjects](session, objects, most, count);
              if (*count) known = *objects;
              for (U i = 0; i < most; i++) objects[i] = known;
              *count = most;
              return said;
          }
          static void change(void) { list.call[C_FindObjects] = find; }",
        |_, wrapper| {
            let listing = look(wrapper);
            let found = only(&listing);
            let read = found.token.credentials().expect("it answers");
            assert_eq!(read.len(), 256);
            // One certificate all the same.
            assert_eq!(found.credentials.len(), 1);
        },
    );
}

#[test]
fn more_than_a_message_holds_is_one_row() {
    with_quirk(
        "nonsense::more_than_a_message_holds_is_one_row",
        p256,
        r"static RV find(U session, U *objects, U most, U *count) {
              static U known;
              RV said = softhsm->call[C_FindObjects](session, objects, most, count);
              if (*count) known = *objects;
              for (U i = 0; i < most; i++) objects[i] = known;
              *count = most;
              return said;
          }
          static RV get(U session, U object, struct attribute *wanted, U count) {
              if (wanted->type != 0x11)
                  return softhsm->call[C_GetAttributeValue](session, object, wanted, count);
              if (wanted->value) memset(wanted->value, 0x30, 60000);
              wanted->length = 60000;
              return 0;
          }
          static void change(void) {
              list.call[C_FindObjects] = find;
              list.call[C_GetAttributeValue] = get;
          }",
        |_, wrapper| {
            let listing = look(wrapper);
            let Cause::Slot { failed, .. } = &listing.failed[0].cause else {
                panic!("a row for the slot, not {:?}", listing.failed);
            };
            assert_eq!(
                failed.code,
                "more than one list holds (a frame that is too long)"
            );
            assert_eq!(listing.loaded.len(), 1);
        },
    );
}

#[test]
fn a_signature_of_the_wrong_length_is_malformed() {
    with_quirk(
        "nonsense::a_signature_of_the_wrong_length_is_malformed",
        |token| token.identity(&KeyKind::of("rsa:2048"), "01", "key"),
        r"static U lengths[] = {255, 0, 1UL << 40}, next;
          static RV sign(U session, char *data, U count, char *signature, U *length) {
              RV said = softhsm->call[C_Sign](session, data, count, signature, length);
              *length = lengths[next++];
              return said;
          }
          static void change(void) { list.call[C_Sign] = sign; }",
        |_, wrapper| {
            let listing = look(wrapper);
            for _ in 0..3 {
                assert_eq!(sign_with_pin(&listing), Err(SignError::Malformed));
            }
        },
    );
}
