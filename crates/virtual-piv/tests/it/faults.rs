//! What goes wrong on request, in process.

use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use virtual_piv::{
    Algorithm, Alteration, Card, FaultKind, Interruption, PinPolicy, Profile, Shared, Slot, Status,
    Touch, TouchPolicy, When, instruction,
};

use crate::terminal::{PIN, bytes};

#[test]
fn each_interruption_happens_once_and_where_it_was_asked_for() {
    for (kind, expected) in [
        (FaultKind::Removed, Interruption::Removed),
        (FaultKind::RemovedAfterwards, Interruption::Removed),
        (FaultKind::Reset, Interruption::Reset),
        (FaultKind::SharingViolation, Interruption::SharingViolation),
    ] {
        let card = card();
        send(&card, SELECT);
        card.arm(When::instruction(instruction::VERIFY).after(1).fault(kind));
        assert_eq!(send(&card, "00200080"), "63C3");
        assert_eq!(card.transmit(&bytes(PIN)), Err(expected));
        assert_eq!(card.is_present(), expected != Interruption::Removed);
        card.insert();
        send(&card, SELECT);
        assert_eq!(send(&card, PIN), "9000");
    }
}

#[test]
fn a_command_that_was_not_answered_was_done_or_not() {
    let wrong = bytes("0020008008393939393939FFFF");
    for (kind, left) in [
        (FaultKind::Removed, 3),
        (FaultKind::RemovedAfterwards, 2),
        (FaultKind::Reset, 3),
    ] {
        let card = card();
        send(&card, SELECT);
        card.arm(When::next().fault(kind));
        assert!(card.transmit(&wrong).is_err());
        assert_eq!(card.with(|card| card.pin_tries()), left);
    }
}

#[test]
fn a_transaction_meets_faults_of_its_own() {
    let card = card();
    card.arm(When::claim().after(1).fault(FaultKind::SharingViolation));
    card.arm(When::claim().after(2).fault(FaultKind::Reset));
    assert_eq!(card.claim(), Ok(()));
    assert_eq!(card.claim(), Err(Interruption::SharingViolation));
    assert_eq!(card.claim(), Err(Interruption::Reset));
    assert_eq!(card.claim(), Ok(()));
    card.pull();
    assert_eq!(card.claim(), Err(Interruption::Removed));
}

#[test]
fn answers_are_replaced_and_spoilt() {
    let discovery = "00CB3FFF035C017E00";
    let whole = "7E124F0BA0000003080000100001005F2F0240009000";
    let alter = FaultKind::Alter;
    for (kind, answer) in [
        (FaultKind::Status(Status::new(0x6985)), "6985"),
        (
            alter(Alteration::Truncate(2)),
            "7E124F0BA0000003080000100001005F2F029000",
        ),
        (
            alter(Alteration::ClaimLonger(3)),
            "7E154F0BA0000003080000100001005F2F0240009000",
        ),
        (
            alter(Alteration::Append(2)),
            "7E124F0BA0000003080000100001005F2F02400000009000",
        ),
        (
            alter(Alteration::Replace(vec![0xAB], Status::DONE)),
            "AB9000",
        ),
        (FaultKind::ForeignSelect, "6D00"),
    ] {
        let card = card();
        send(&card, SELECT);
        card.arm(When::object(0x7E).fault(kind));
        assert_eq!(send(&card, "00CB3FFF055C035FC105"), "6A82");
        assert_eq!(send(&card, discovery), answer);
        send(&card, SELECT);
        assert_eq!(send(&card, discovery), whole);
    }
}

#[test]
fn an_answer_comes_in_pieces_of_any_size() {
    let card = card();
    send(&card, SELECT);
    card.arm(When::next().fault(FaultKind::Alter(Alteration::Pieces(8))));
    assert_eq!(send(&card, "00CB3FFF035C017E00"), "7E124F0BA00000036108");
    assert_eq!(
        send(&card, "00C0000008"),
        "08000010000100 5F6104".replace(' ', "")
    );
    assert_eq!(send(&card, "00C0000004"), "2F0240009000");
}

#[test]
fn a_length_is_asked_for_exactly() {
    let card = card();
    send(&card, SELECT);
    card.arm(When::next().fault(FaultKind::Alter(Alteration::AskExactly)));
    assert_eq!(send(&card, "00CB3FFF035C017E00"), "6C14");
    assert_eq!(
        send(&card, "00CB3FFF035C017E14"),
        "7E124F0BA0000003080000100001005F2F0240009000"
    );
    assert_eq!(card.disarm(), 0);
}

#[test]
fn a_signature_in_pieces_is_spoilt_whole() {
    let card = card();
    send(&card, SELECT);
    card.arm(
        When::instruction(instruction::GENERAL_AUTHENTICATE)
            .fault(FaultKind::Alter(Alteration::Truncate(1))),
    );
    let data = format!("7C2482008120{}", "11".repeat(32));
    let (first, second) = data.split_at(20);
    assert_eq!(send(&card, &format!("1087119E0A{first}")), "9000");
    let answer = send(&card, &format!("0087119E1C{second}00"));
    assert!(answer.ends_with("9000"));
    let claimed = usize::from(bytes(&answer)[1]);
    assert_eq!(bytes(&answer).len(), 2 + claimed + 2 - 1);
}

#[test]
fn the_pin_is_blocked_at_a_chosen_command() {
    let card = card();
    send(&card, SELECT);
    card.arm(
        When::instruction(instruction::VERIFY)
            .after(1)
            .fault(FaultKind::BlockPin),
    );
    assert_eq!(send(&card, "00200080"), "63C3");
    assert_eq!(send(&card, PIN), "6983");
}

#[test]
fn a_silent_card_answers_when_told_and_fails_when_pulled() {
    let card = card();
    send(&card, SELECT);
    for pulled in [false, true] {
        card.arm(When::next().fault(FaultKind::Silent));
        let theirs = card.clone();
        let asking = thread::spawn(move || theirs.transmit(&bytes("00200080")));
        assert!(card.is_silent(PATIENCE));
        if pulled {
            card.pull();
        } else {
            assert!(card.speak());
        }
        let answer = asking.join().expect("no panic");
        assert_eq!(answer.is_err(), pulled);
    }
    assert!(!card.speak());
}

#[test]
fn a_slow_touch_is_given_or_not_or_the_card_is_pulled() {
    let card = card();
    card.set_touch(Touch::WhenTold);
    let sign = format!("0087119D267C2482008120{}", "11".repeat(32));
    let acts: [(Act, Option<&str>); 3] = [
        (|card| assert!(card.touch()), Some("9000")),
        (|card| assert!(card.let_touch_time_out()), Some("6982")),
        (Shared::pull, None),
    ];
    for (act, status) in acts {
        send(&card, SELECT);
        let (theirs, command) = (card.clone(), bytes(&sign));
        let signing = thread::spawn(move || theirs.transmit(&command));
        assert!(card.awaits_touch(PATIENCE));
        act(&card);
        let answer = signing.join().expect("no panic");
        match status {
            Some(status) => assert!(answer.expect("an answer").ends_with(&bytes(status))),
            None => assert_eq!(answer, Err(Interruption::Removed)),
        }
    }
    assert!(!card.touch());
}

#[test]
fn the_log_counts_and_keeps_no_data() {
    let card = card();
    send(&card, SELECT);
    send(&card, PIN);
    send(&card, PIN);
    card.with(|card| {
        let verify = card.log().of(instruction::VERIFY);
        assert_eq!((verify.count, verify.sent, verify.answered), (2, 26, 4));
        assert_eq!(card.log().whole().count, 3);
        let shown = format!("{:?}", card.log());
        assert!(!shown.contains("49, 50, 51"), "{shown}");
        assert!(!format!("{card:?}").contains("49, 50, 51"));
    });
}

#[test]
fn a_key_that_does_not_fit_its_certificate() {
    let card = card();
    let key = || {
        card.with(|card| card.public_key(Slot::CardAuthentication))
            .expect("a key")
    };
    let before = key();
    card.with(|card| card.mismatch(Slot::CardAuthentication))
        .expect("another key");
    assert_ne!(key(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_comes_there_is_an_answer(
        commands in proptest::collection::vec(command(), 1..20),
    ) {
        let mut card = Card::builder().profile(Profile::YUBIKEY_57).build().expect("a card");
        card.transmit(&bytes(SELECT));
        for command in commands {
            prop_assert!(card.transmit(&command).len() >= 2);
        }
    }
}

/// Any bytes, and bytes that begin as commands do. No key is generated: the management key is
/// not proved.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let instructions = [
        0x20, 0x24, 0x2C, 0x47, 0x87, 0xA4, 0xC0, 0xCB, 0xDB, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB,
        0xFD, 0xFE, 0xFF,
    ];
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        (
            prop_oneof![Just(0x00), Just(0x10)],
            proptest::sample::select(instructions.to_vec()),
            prop_oneof![
                Just(0x00),
                Just(0x3F),
                Just(0x04),
                Just(0x11),
                Just(0x0A),
                any::<u8>()
            ],
            prop_oneof![Just(0x80), Just(0xFF), Just(0x9A), Just(0x9B), any::<u8>()],
            proptest::collection::vec(
                prop_oneof![Just(0x7C), Just(0x5C), Just(0x82), Just(0x02), any::<u8>()],
                0..40,
            ),
            any::<bool>(),
        )
            .prop_map(|(class, instruction, p1, p2, data, le)| {
                let mut command = vec![class, instruction, p1, p2];
                if !data.is_empty() {
                    command.push(u8::try_from(data.len()).expect("short"));
                    command.extend(data);
                }
                if le {
                    command.push(0);
                }
                command
            }),
    ]
}

/// A YubiKey with a key in 9D that asks for a touch, and one in 9E that asks for nothing.
fn card() -> Shared {
    Card::builder()
        .profile(Profile {
            algorithms: &Algorithm::ALL,
            ..Profile::YUBIKEY_57
        })
        .key_with(
            Slot::KeyManagement,
            Algorithm::P256,
            PinPolicy::Never,
            TouchPolicy::Always,
        )
        .key(Slot::CardAuthentication, Algorithm::P256)
        .build()
        .expect("a card")
        .share()
}

fn send(card: &Shared, command: &str) -> String {
    crate::terminal::hex(&card.transmit(&bytes(command)).expect("an answer"))
}

/// What somebody does to a card that waits for a touch.
type Act = fn(&Shared);

const SELECT: &str = "00A4040005A000000308";
const PATIENCE: Duration = Duration::from_secs(10);
