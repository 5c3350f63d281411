//! Every instruction and its status words, in process (SP 800-73pt2-5 §3).

use virtual_piv::{
    Algorithm, Card, Compressed, ManagementAlgorithm, PinPolicy, PinRule, Profile, Slot,
    TouchPolicy,
};

use crate::terminal::{FACTORY_KEY, MANAGEMENT, PIN, Terminal, hex};

#[test]
fn select_takes_the_whole_identifier_and_its_beginnings() {
    for (identifier, status) in [
        ("A000000308000010000100", 0x9000),
        ("A00000030800001000", 0x9000),
        ("A000000308", 0x9000),
        ("A0000003", 0x6A82),
        ("A000000308000010000101", 0x6A82),
        ("A000000397425446590201", 0x6A82),
        ("A00000030800001000010000", 0x6A82),
    ] {
        let mut terminal = Terminal::new(Card::builder());
        terminal.expect(&select(identifier), status);
    }
    let mut terminal = Terminal::new(Card::builder());
    terminal.expect("00A4000005A000000308", 0x6A86);
    terminal.expect("0020008000", 0x6D00);
    let template = terminal.expect(&select("A000000308"), 0x9000);
    assert!(template.starts_with("61"), "{template}");
    assert!(template.contains(&hex(b"Virtual PIV")), "{template}");
}

#[test]
fn classes_and_instructions_that_are_not_piv() {
    let mut terminal = Terminal::selected(Card::builder());
    terminal.expect("80CB3FFF035C017E", 0x6E00);
    terminal.expect("0CCB3FFF035C017E", 0x6882);
    terminal.expect("00010000", 0x6D00);
    terminal.expect("00FD000000", 0x6D00);
    terminal.expect("00", 0x6700);
    terminal.expect("", 0x6700);
    terminal.expect("002000800901", 0x6700);
}

#[test]
fn objects_are_read() {
    let mut terminal = Terminal::selected(Card::builder());
    let discovery = terminal.expect("00CB3FFF035C017E00", 0x9000);
    assert_eq!(discovery, "7E124F0BA0000003080000100001005F2F024000");
    let holder = terminal.expect("00CB3FFF055C035FC10200", 0x9000);
    assert!(holder.starts_with("533B3019D4E739DA"), "{holder}");
    for (command, status) in [
        ("00CB3FFF055C035FC105", 0x6A82),
        ("00CB3FFF045C027F61", 0x6A82),
        ("00CB3FFF055C035FC109", 0x6982),
        ("00CB3FFE055C035FC102", 0x6A86),
        ("00CB3FFF025C00", 0x6A80),
        ("00CB3FFF055D035FC102", 0x6A80),
        ("00CB3FFF065C035FC10200", 0x6A80),
        ("00CB3FFF045C035FC1", 0x6A80),
    ] {
        terminal.expect(command, status);
    }
    terminal.expect(PIN, 0x9000);
    terminal.expect("00CB3FFF055C035FC109", 0x6A82);
}

#[test]
fn objects_are_written_with_the_management_key() {
    let mut terminal = Terminal::selected(Card::builder());
    terminal.expect("00DB3FFF095C035FC10A5302AABB", 0x6982);
    terminal.authenticate(MANAGEMENT);
    terminal.expect("00DB3FFF095C035FC10A5302AABB", 0x9000);
    assert_eq!(terminal.expect("00CB3FFF055C035FC10A", 0x9000), "5302AABB");
    terminal.expect("00DB3FFF075C035FC10A5300", 0x9000);
    terminal.expect("00CB3FFF055C035FC10A", 0x6A82);
    terminal.expect("00DB3FFF065C017E5301AA", 0x6A81);
    terminal.expect("00DB3FFF055C035FC10A", 0x6A80);
    terminal.expect("00DB3FFE095C035FC10A5302AABB", 0x6A86);
}

#[test]
fn an_object_that_is_too_large_is_refused() {
    let mut terminal = Terminal::selected(Card::builder().profile(Profile::YUBIKEY_57));
    terminal.authenticate((0x0A, FACTORY_KEY));
    let put = |length: usize| {
        let content = "00".repeat(length);
        let data = format!("5C035FC10A5382{length:04X}{content}");
        format!("00DB3FFF00{:04X}{data}", data.len() / 2)
    };
    terminal.expect(&put(3052), 0x9000);
    terminal.expect(&put(3053), 0x6A84);
}

#[test]
fn verify_counts_and_blocks() {
    let mut terminal = Terminal::selected(Card::builder());
    for (command, status) in [
        ("00200080", 0x63C3),
        ("0020008008393939393939FFFF", 0x63C2),
        ("00200080", 0x63C2),
        (PIN, 0x9000),
        ("00200080", 0x9000),
        ("0020FF80", 0x9000),
        ("00200080", 0x63C3),
        ("00200000", 0x6A88),
        ("00200081", 0x6A88),
        ("00200180", 0x6A86),
        ("0020FF8001FF", 0x6A86),
        ("0020008007313233343536FF", 0x6A80),
        ("00200080083132333435FFFFFF", 0x6A80),
        ("0020008008313233343536FF37", 0x6A80),
        ("00200080", 0x63C3),
        ("0020008008393939393939FFFF", 0x63C2),
        ("0020008008393939393939FFFF", 0x63C1),
        ("0020008008393939393939FFFF", 0x63C0),
        (PIN, 0x6983),
        ("00200080", 0x6983),
    ] {
        terminal.expect(command, status);
    }
}

#[test]
fn a_wrong_pin_ends_what_was_verified_and_so_does_a_reset() {
    let mut terminal = Terminal::selected(Card::builder());
    terminal.expect(PIN, 0x9000);
    terminal.expect("0020008008393939393939FFFF", 0x63C2);
    assert!(!terminal.card.is_verified());
    terminal.expect(PIN, 0x9000);
    terminal.card.reset();
    assert!(!terminal.card.is_verified());
    terminal.expect("00200080", 0x6D00);
    terminal.expect(&select("A000000308"), 0x9000);
    terminal.expect("00200080", 0x63C3);
}

#[test]
fn cards_differ_in_what_a_select_forgets() {
    for (profile, again, foreign) in [
        (Profile::NIST, true, false),
        (Profile::GOVERNMENT, false, false),
        (Profile::YUBIKEY_57, false, false),
    ] {
        let mut terminal = Terminal::selected(Card::builder().profile(profile.clone()));
        terminal.expect(PIN, 0x9000);
        terminal.expect(&select("A000000308"), 0x9000);
        assert_eq!(terminal.card.is_verified(), again, "{:?}", profile.name);
        terminal.expect(PIN, 0x9000);
        terminal.expect(&select("A0000005272001"), 0x6A82);
        assert_eq!(terminal.card.is_verified(), foreign, "{:?}", profile.name);
    }
}

#[test]
fn cards_differ_in_how_they_count() {
    let mut neo = Terminal::selected(Card::builder().profile(Profile::NEO));
    neo.expect("00200080", 0x6700);
    neo.expect("0020008008393939393939FFFF", 0x6302);
    let mut government = Terminal::selected(Card::builder().profile(Profile::GOVERNMENT));
    government.expect("0020008004FFFFFFFF", 0x63C2);
    government.expect("0020008008393939393939FFFF", 0x63C1);
    government.expect("0020008008393939393939FFFF", 0x6983);
    let any = Profile {
        pin_rule: PinRule::AnyBytes,
        ..Profile::NIST
    };
    let mut letters = Terminal::selected(Card::builder().profile(any).pin("secret"));
    letters.expect("0020008008736563726574FFFF", 0x9000);
    letters.expect("0020008004FFFFFFFF", 0x6700);
}

#[test]
fn a_global_pin_counts_too() {
    let mut terminal = Terminal::selected(Card::builder().global_pin("777777"));
    let discovery = terminal.expect("00CB3FFF035C017E00", 0x9000);
    assert!(discovery.ends_with("5F2F026020"), "{discovery}");
    terminal.expect("00200000", 0x63C3);
    terminal.expect("0020000008393939393939FFFF", 0x63C2);
    terminal.expect("00200080", 0x63C3);
    terminal.expect("0020000008373737373737FFFF", 0x9000);
    assert!(terminal.card.is_verified());
}

#[test]
fn pin_and_puk_are_changed() {
    let mut terminal = Terminal::selected(Card::builder());
    let (old, new) = ("313233343536FFFF", "363534333231FFFF");
    let (puk, other) = ("3132333435363738", "3837363534333231");
    for (command, status) in [
        (format!("0024008010{new}{old}"), 0x63C2),
        (format!("0024008010{old}{new}"), 0x9000),
        (format!("0024008010{new}3132FFFFFFFFFFFF"), 0x6A80),
        (format!("0024008008{new}"), 0x6700),
        (format!("0024018010{new}{old}"), 0x6A86),
        (format!("0024008210{new}{old}"), 0x6A88),
        (format!("0020008008{new}"), 0x9000),
        (format!("0024008110{puk}{other}"), 0x9000),
        (format!("002C008010{puk}{old}"), 0x63C2),
        (format!("002C008010{other}{old}"), 0x9000),
        (format!("0020008008{old}"), 0x9000),
        (format!("002C008110{other}{old}"), 0x6A88),
        (format!("002C018010{other}{old}"), 0x6A86),
        (format!("002C008008{other}"), 0x6700),
    ] {
        terminal.expect(&command, status);
    }
    terminal.card.leave_puk_tries(1);
    terminal.expect(&format!("002C008010{puk}{old}"), 0x63C0);
    terminal.expect(&format!("002C008010{other}{old}"), 0x6983);
}

#[test]
fn the_management_key_is_proved_in_both_ways_and_in_all_kinds() {
    for algorithm in [
        ManagementAlgorithm::TripleDes,
        ManagementAlgorithm::Aes128,
        ManagementAlgorithm::Aes192,
        ManagementAlgorithm::Aes256,
    ] {
        let key: Vec<u8> = (1..=8).cycle().take(algorithm.key_length()).collect();
        let builder = || Card::builder().management_key(algorithm, &key);
        let identifier = algorithm.identifier();
        let mut terminal = Terminal::selected(builder());
        terminal.authenticate((identifier, &key));
        terminal.expect("00DB3FFF095C035FC10A5302AABB", 0x9000);
        let mut terminal = Terminal::selected(builder());
        terminal.authenticate_mutually((identifier, &key));
        terminal.expect("00DB3FFF095C035FC10A5302AABB", 0x9000);
        let wrong: Vec<u8> = (2..=9).cycle().take(algorithm.key_length()).collect();
        let mut terminal = Terminal::selected(builder());
        assert_eq!(terminal.try_to_authenticate((identifier, &wrong)), 0x6982);
        terminal.expect("00DB3FFF095C035FC10A5302AABB", 0x6982);
    }
    let mut terminal = Terminal::selected(Card::builder());
    terminal.expect("00870C9B047C028100", 0x6A86);
    terminal.expect("0087089B047C028300", 0x6A80);
    terminal.expect("0087089B027C00", 0x6A80);
    let blank = "00".repeat(16);
    terminal.expect(&format!("0087089B147C128210{blank}"), 0x6985);
}

#[test]
fn a_challenge_counts_once() {
    let mut terminal = Terminal::selected(Card::builder());
    terminal.authenticate(MANAGEMENT);
    let again = terminal.last_proof.clone();
    terminal.expect(&again, 0x6985);
    terminal.expect("00DB3FFF095C035FC10A5302AABB", 0x6982);
}

#[test]
fn a_signature_has_what_its_slot_asks_for() {
    let sign = |slot: &str| format!("008711{slot}267C2482008120{}", "11".repeat(32));
    let retired = Slot::retired(1).expect("a slot");
    let builder = || {
        Card::builder()
            .key(Slot::Authentication, Algorithm::P256)
            .key(Slot::Signature, Algorithm::P256)
            .key(Slot::CardAuthentication, Algorithm::P256)
            .key(retired, Algorithm::P256)
    };
    let mut terminal = Terminal::selected(builder());
    for (command, status) in [
        (sign("9A"), 0x6982),
        (sign("9C"), 0x6982),
        (sign("82"), 0x6982),
        (sign("9E"), 0x9000),
        (PIN.to_owned(), 0x9000),
        (sign("9C"), 0x9000),
        (sign("9C"), 0x6982),
        (sign("9A"), 0x9000),
        (sign("9A"), 0x9000),
        (sign("82"), 0x9000),
        (PIN.to_owned(), 0x9000),
        ("00CB3FFF035C017E00".to_owned(), 0x9000),
        (sign("9C"), 0x6982),
        (sign("9A"), 0x9000),
        (sign("9D"), 0x6A86),
        (sign("99"), 0x6A86),
        (sign("9A").replacen("8711", "8714", 1), 0x6A86),
        (sign("9A").replacen("8711", "8707", 1), 0x6A86),
        (
            "0087119A267C2481208200".to_owned() + &"11".repeat(32),
            0x6A80,
        ),
        (format!("0087119A247C228120{}", "11".repeat(32)), 0x6A80),
        ("0087119A067C0482008100".to_owned(), 0x6A80),
        (format!("0087119A277C2582008121{}", "11".repeat(33)), 0x6A80),
        ("0087119A027B00".to_owned(), 0x6A80),
    ] {
        terminal.expect(&command, status);
    }
    let mut yubikey = Terminal::selected(builder().profile(Profile::YUBIKEY_57));
    yubikey.expect(PIN, 0x9000);
    yubikey.expect("00CB3FFF035C017E00", 0x9000);
    yubikey.expect(&sign("9C"), 0x9000);
    yubikey.expect(&sign("9C"), 0x6982);
    yubikey.expect(&sign("9D"), 0x6A80);
}

#[test]
fn touch_is_asked_for_and_remembered_for_fifteen_seconds() {
    use std::time::Duration;
    use virtual_piv::Touch;
    let card = Card::builder()
        .profile(Profile::YUBIKEY_57)
        .key_with(
            Slot::Authentication,
            Algorithm::P256,
            PinPolicy::Never,
            TouchPolicy::Cached,
        )
        .key_with(
            Slot::KeyManagement,
            Algorithm::P256,
            PinPolicy::Never,
            TouchPolicy::Always,
        )
        .build()
        .expect("a card")
        .share();
    let sign = |slot: &str| {
        let command = format!("008711{slot}267C2482008120{}", "11".repeat(32));
        card.transmit(&crate::terminal::bytes(&command))
            .expect("an answer")
    };
    card.transmit(&crate::terminal::bytes(&select("A000000308")))
        .expect("an answer");
    card.set_touch(Touch::Never);
    assert_eq!(sign("9A"), [0x69, 0x82]);
    card.set_touch(Touch::AtOnce);
    assert!(sign("9A").ends_with(&[0x90, 0x00]));
    card.set_touch(Touch::Never);
    assert!(sign("9A").ends_with(&[0x90, 0x00]));
    assert_eq!(sign("9D"), [0x69, 0x82]);
    card.with(|card| card.elapse(Duration::from_secs(15)));
    assert_eq!(sign("9A"), [0x69, 0x82]);
}

#[test]
fn commands_come_in_pieces_and_answers_leave_in_pieces() {
    let builder = || {
        Card::builder().key_with(
            Slot::Authentication,
            Algorithm::Rsa2048,
            PinPolicy::Never,
            TouchPolicy::Never,
        )
    };
    let block = format!("00{}", "11".repeat(255));
    let data = format!("7C8201068200818201 00{block}").replace(' ', "");
    let (first, second) = data.split_at(510);
    let pieces = [
        format!("1087079AFF{first}"),
        format!("0087079A{:02X}{second}00", second.len() / 2),
    ];
    let mut terminal = Terminal::selected(builder());
    assert_eq!(terminal.expect(&pieces[0], 0x9000), "");
    let begun = terminal.expect(&pieces[1], 0x6108);
    assert_eq!(begun.len(), 512);
    let rest = terminal.expect("00C0000008", 0x9000);
    terminal.expect("00C0000008", 0x6985);
    let extended = format!("0087079A00010A{data}0000");
    let whole = terminal.expect(&extended, 0x9000);
    assert_eq!(begun + &rest, whole);
    // A piece of another command ends a chain, and so does a SELECT.
    terminal.expect(&pieces[0], 0x9000);
    terminal.expect("00CB3FFF035C017E00", 0x9000);
    terminal.expect(&pieces[1], 0x6A80);
    let none = Profile {
        chaining: false,
        extended_length: false,
        ..Profile::NIST
    };
    let mut terminal = Terminal::selected(builder().profile(none));
    terminal.expect(&pieces[0], 0x6884);
    terminal.expect(&extended, 0x6700);
}

#[test]
fn certificates_are_kept_as_asked() {
    let mut terminal = Terminal::selected(Card::builder());
    let der = [0x30, 0x03, 0x02, 0x01, 0x05];
    for (compressed, info, inflated) in [
        (Compressed::No, "00", false),
        (Compressed::Yes, "01", true),
        (Compressed::Unsaid, "00", true),
    ] {
        terminal
            .card
            .store_certificate(Slot::Authentication, &der, compressed);
        let object = terminal.expect("00CB3FFF055C035FC10500", 0x9000);
        assert!(object.ends_with(&format!("7101{info}FE00")), "{object}");
        assert_eq!(object.contains("1F8B08"), inflated, "{object}");
    }
}

fn select(identifier: &str) -> String {
    format!("00A40400{:02X}{identifier}00", identifier.len() / 2)
}
