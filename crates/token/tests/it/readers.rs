//! PIV cards through a real card service, and readers as they come and go.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use token::{
    CardService, Change, Found, Pin, ReaderState, Readers, Settings, SignError, TokenError,
    TokenHost, TokenKind, UnlockError, Watch,
};
use virtual_piv::service::{Hold, ReaderName};
use virtual_piv::{Algorithm, Card, FaultKind, Profile, Slot, When, instruction};

use crate::contract::{handshake, verifies};
use crate::pcscd::{self, Rig, one_key, with_card};
use crate::settings;

#[test]
fn a_card_is_listed_with_its_reader_and_the_service() {
    with_card(
        "readers::a_card_is_listed_with_its_reader_and_the_service",
        ReaderName::Virtual,
        p256,
        |rig| {
            let listing = Rig::listing();
            let Some(CardService::Running { version }) = listing.card_service else {
                panic!("{:?}", listing.card_service);
            };
            assert!(version.is_some_and(|version| version.starts_with("4.")));
            let states: Vec<&ReaderState> =
                listing.readers.iter().map(|reader| &reader.state).collect();
            assert!(states.contains(&&ReaderState::Piv), "{states:?}");
            assert_eq!(listing.tokens.len(), 1);
            rig.card.pull();
            assert!(rig.card.is_missed(PATIENCE));
            let emptied = Rig::listing();
            assert!(emptied.tokens.is_empty());
        },
    );
}

#[test]
fn the_same_certificate_by_two_ways_is_shown_once_and_directly() {
    let Some(opensc) = pcscd::module(&["opensc-pkcs11.so"]) else {
        return pcscd::skipped("OpenSC's module is not installed");
    };
    with_card(
        "readers::the_same_certificate_by_two_ways_is_shown_once_and_directly",
        ReaderName::Virtual,
        p256,
        |_| {
            let both = TokenHost::new(Settings {
                readers: Readers::All,
                ..settings::only([opensc.clone()])
            });
            let listing = both.enumerate();
            assert_eq!(listing.loaded.len(), 1, "{:?}", listing.failed);
            assert_eq!(listing.loaded[0].tokens, 1);
            assert_eq!(listing.tokens.len(), 1);
            let kind = &listing.tokens[0].description.kind;
            assert!(matches!(kind, TokenKind::Piv { .. }), "{kind:?}");
        },
    );
}

#[test]
fn a_card_is_pulled_and_comes_back_and_works() {
    with_card(
        "readers::a_card_is_pulled_and_comes_back_and_works",
        ReaderName::Virtual,
        p256,
        |rig| {
            let found = Rig::token();
            let credential = &found.credentials[0];
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            let sign = || unlocked.sign_handshake(credential, credential.schemes[0], &handshake());
            rig.card.pull();
            assert_eq!(sign(), Err(SignError::Removed), "before it is missed");
            assert!(rig.card.is_missed(PATIENCE));
            assert_eq!(sign(), Err(SignError::Removed));
            assert_eq!(found.token.pin_state(), Err(TokenError::Removed));
            rig.card.insert();
            assert!(rig.card.is_seen(PATIENCE));
            assert_eq!(sign(), Err(SignError::Removed));
            let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
            let signature = unlocked
                .sign_handshake(credential, credential.schemes[0], &handshake())
                .expect("a signature");
            assert!(verifies(credential, credential.schemes[0], &signature));
            drop(unlocked);
            assert!(!rig.card.with(|card| card.is_verified()));
            assert_eq!(rig.card.with(|card| card.pin_tries()), 3);
        },
    );
}

#[test]
fn another_programs_reset_and_select_are_recovered_from() {
    with_card(
        "readers::another_programs_reset_and_select_are_recovered_from",
        ReaderName::Virtual,
        p256,
        |rig| {
            let found = Rig::token();
            let credential = &found.credentials[0];
            for disturb in [reset as fn(&Rig), select_another_application] {
                let unlocked = found.token.unlock(pin(PIN)).expect("the right PIN");
                disturb(rig);
                let signature = unlocked
                    .sign_handshake(credential, credential.schemes[0], &handshake())
                    .expect("a signature");
                assert!(verifies(credential, credential.schemes[0], &signature));
            }
            assert_eq!(rig.card.with(|card| card.pin_tries()), 3);
        },
    );
}

#[test]
fn a_card_that_another_program_holds_is_named_and_waited_for() {
    with_card(
        "readers::a_card_that_another_program_holds_is_named_and_waited_for",
        ReaderName::Virtual,
        p256,
        |_| {
            let found = Rig::token();
            let holder = hold();
            let refused = found.token.unlock(pin(PIN)).err();
            assert!(
                matches!(refused, Some(UnlockError::InUse { .. })),
                "{refused:?}"
            );
            let listing = Rig::listing();
            let in_use = |state: &ReaderState| matches!(state, ReaderState::InUse { .. });
            assert!(
                listing.readers.iter().any(|reader| in_use(&reader.state)),
                "{:?}",
                listing.readers
            );
            // It is let go while somebody waits for it.
            let (released, release) = mpsc::channel();
            let freeing = std::thread::spawn(move || {
                drop(holder);
                released.send(()).expect("the test waits");
            });
            release.recv().expect("it was released");
            found.token.unlock(pin(PIN)).expect("the right PIN");
            freeing.join().expect("it ended");
        },
    );
}

#[test]
fn a_card_in_another_programs_transaction_is_waited_for_no_longer_than_the_deadline() {
    with_card(
        "readers::a_card_in_another_programs_transaction_is_waited_for_no_longer_than_the_deadline",
        ReaderName::Virtual,
        p256,
        |rig| {
            let holder = rig
                .service
                .hold_by_another_program(Hold::Transaction)
                .expect("perl holds");
            let host = TokenHost::new(Settings {
                readers: Readers::All,
                deadline: Duration::from_millis(300),
                ..Settings::only([])
            });
            let in_use = |state: &ReaderState| matches!(state, ReaderState::InUse { .. });
            let listing = host.enumerate();
            assert!(
                listing.readers.iter().any(|reader| in_use(&reader.state)),
                "{:?}",
                listing.readers
            );
            drop(holder);
            assert_eq!(Rig::listing().tokens.len(), 1);
        },
    );
}

#[test]
fn a_card_service_that_dies_and_comes_back_is_survived() {
    with_card(
        "readers::a_card_service_that_dies_and_comes_back_is_survived",
        ReaderName::Virtual,
        p256,
        |rig| {
            let found = Rig::token();
            let mut watch = Rig::host().watch();
            wait_for_token(&mut watch);
            rig.service.crash();
            wait_for(&mut watch, |change| {
                matches!(
                    change,
                    Change::Appeared(Found::CardService(
                        CardService::Stopped | CardService::NotInstalled
                    ))
                )
            });
            let gone = found.token.pin_state();
            assert!(gone.is_err(), "{gone:?}");
            rig.service.resume().expect("pcscd starts again");
            wait_for_token(&mut watch);
            found.token.unlock(pin(PIN)).expect("the right PIN");
        },
    );
}

#[test]
fn what_comes_and_goes_is_told() {
    with_card(
        "readers::what_comes_and_goes_is_told",
        ReaderName::Virtual,
        p256,
        |rig| {
            let mut watch = Rig::host().watch();
            wait_for_token(&mut watch);
            let mut slowest = (Duration::ZERO, Duration::ZERO);
            for _ in 0..3 {
                rig.card.pull();
                assert!(rig.card.is_missed(PATIENCE));
                let pulled = now();
                wait_for(&mut watch, |change| matches!(change, Change::Gone(_)));
                slowest.0 = slowest.0.max(pulled.elapsed());
                rig.card.insert();
                assert!(rig.card.is_seen(PATIENCE));
                let inserted = now();
                wait_for_token(&mut watch);
                slowest.1 = slowest.1.max(inserted.elapsed());
            }
            say(&format!(
                "removal told after {:?}, insertion after {:?}",
                slowest.0, slowest.1
            ));
            drop(watch);
        },
    );
}

#[test]
fn a_card_behind_a_module_is_told_of_when_it_comes() {
    let Some(opensc) = pcscd::module(&["opensc-pkcs11.so"]) else {
        return pcscd::skipped("OpenSC's module is not installed");
    };
    with_card(
        "readers::a_card_behind_a_module_is_told_of_when_it_comes",
        ReaderName::Virtual,
        p256,
        |rig| {
            rig.card.pull();
            assert!(rig.card.is_missed(PATIENCE));
            let mut watch = TokenHost::new(Settings {
                readers: Readers::All,
                ..settings::only([opensc.clone()])
            })
            .watch();
            wait_for(&mut watch, |change| {
                matches!(change, Change::Appeared(Found::Loaded(_)))
            });
            // The application is hidden from us, once, so that the module alone shows the card.
            let select = When::instruction(instruction::SELECT);
            let status = FaultKind::Status(virtual_piv::Status::CONDITIONS_NOT_SATISFIED);
            rig.card.arm(select.fault(status));
            rig.card.insert();
            wait_for(&mut watch, |change| match change {
                Change::Appeared(Found::Token(token)) => {
                    matches!(token.description.kind, TokenKind::Pkcs11 { .. })
                }
                Change::Appeared(_) | Change::Gone(_) | Change::ReaderGone(_) | Change::AllRead => {
                    false
                }
            });
        },
    );
}

#[test]
fn a_reader_without_the_service_says_so() {
    if let Some(missing) = virtual_piv::service::missing() {
        return pcscd::skipped(missing);
    }
    with_card(
        "readers::a_reader_without_the_service_says_so",
        ReaderName::Virtual,
        p256,
        |rig| {
            rig.service.stop();
            let listing = Rig::listing();
            assert_eq!(listing.card_service, Some(CardService::Stopped));
            assert!(listing.tokens.is_empty());
        },
    );
}

#[test]
fn a_yubikey_is_known_by_its_name_and_number() {
    with_card(
        "readers::a_yubikey_is_known_by_its_name_and_number",
        ReaderName::YubiKey,
        || {
            Card::builder()
                .profile(Profile::YUBIKEY_57)
                .serial(7_654_321)
                .key(Slot::Authentication, Algorithm::P256)
        },
        |_| {
            let found = Rig::token();
            assert_eq!(found.description.serial, "7654321");
            assert_eq!(found.description.model, "YubiKey 5.7.1");
        },
    );
}

fn p256() -> virtual_piv::Builder {
    one_key(Slot::Authentication, Algorithm::P256)
}

/// Holds the card as GnuPG's daemon does, until what comes back is dropped.
fn hold() -> pcsc::Card {
    let context = pcsc::Context::establish(pcsc::Scope::User).expect("pcscd answers");
    let readers = context.list_readers_owned().expect("readers");
    readers
        .iter()
        .find_map(|reader| {
            let exclusive = pcsc::ShareMode::Exclusive;
            context
                .connect(reader, exclusive, pcsc::Protocols::ANY)
                .ok()
        })
        .expect("a card")
}

fn reset(rig: &Rig) {
    rig.service
        .reset_by_another_program()
        .expect("opensc-tool resets");
}

fn select_another_application(rig: &Rig) {
    rig.run(
        "opensc-tool",
        &["--send-apdu", "00:A4:04:00:06:D2:76:00:01:24:01"],
    );
    assert!(!rig.card.with(|card| card.is_verified()));
}

fn wait_for_token(watch: &mut Watch) {
    wait_for(watch, |change| {
        matches!(change, Change::Appeared(Found::Token(_)))
    });
}

fn wait_for(watch: &mut Watch, wanted: impl Fn(&Change) -> bool) {
    let mut others = Vec::new();
    while let Some(change) = watch.next_within(PATIENCE) {
        if wanted(&change) {
            return;
        }
        others.push(match change {
            Change::Appeared(Found::Token(token)) => format!("{:?}", token.description),
            Change::Appeared(Found::Reader(reader)) => format!("{reader:?}"),
            Change::Appeared(Found::Failed(failure)) => format!("{failure:?}"),
            Change::Appeared(_) => "something else".to_owned(),
            Change::Gone(token) => format!("gone: {token:?}"),
            Change::ReaderGone(reader) => format!("gone: {reader}"),
            Change::AllRead => "all read".to_owned(),
        });
    }
    panic!("it did not come, but {others:#?}");
}

#[expect(clippy::disallowed_methods, reason = "a test may measure")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "what a test measured is shown")]
fn say(text: &str) {
    println!("{text}");
}

fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned()).expect("a PIN")
}

const PIN: &str = "123456";
const PATIENCE: Duration = Duration::from_secs(20);
