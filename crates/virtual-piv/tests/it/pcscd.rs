//! The private pcscd and the card in it.

use std::process::{Command, Output};
use std::time::Duration;

use virtual_piv::service::{Hold, ReaderName, Service};
use virtual_piv::{Algorithm, Card, FaultKind, Profile, Slot, Status, When, instruction};

use crate::requires;

#[test]
fn a_card_is_seen_by_its_answer_to_reset() {
    let Some(service) = requires::service(ReaderName::Virtual, &["opensc-tool"]) else {
        return;
    };
    let card = Card::builder().build().expect("a card").share();
    let _reader = service.insert(&card).expect("the card is seen");
    let atr = card.with(|card| card.atr());
    let shown = run(&service, "opensc-tool", &["--atr"]);
    let expected: Vec<String> = atr.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(shown.trim(), expected.join(":"));
}

#[test]
fn a_pulled_card_is_missed_and_one_that_is_inserted_again_is_found() {
    let Some(mut service) = requires::service(ReaderName::Virtual, &["opensc-tool"]) else {
        return;
    };
    let card = Card::builder().build().expect("a card").share();
    let _reader = service.insert(&card).expect("the card is seen");
    card.pull();
    assert!(card.is_missed(PATIENCE));
    card.insert();
    assert!(card.is_seen(PATIENCE));
    assert!(run(&service, "opensc-tool", &["--atr"]).contains("3b:"));
    service.crash();
    assert!(
        !try_run(&service, "opensc-tool", &["--atr"])
            .status
            .success()
    );
    assert!(card.is_missed(PATIENCE));
    service.resume().expect("pcscd starts again");
    assert!(card.is_seen(PATIENCE));
    assert!(run(&service, "opensc-tool", &["--atr"]).contains("3b:"));
    service.stop();
    service.resume().expect("pcscd starts again");
}

#[test]
fn another_program_resets_the_card_and_another_holds_it() {
    let Some(service) = requires::service(ReaderName::Virtual, &["yubico-piv-tool", "perl"]) else {
        return;
    };
    let card = Card::builder()
        .profile(Profile::NIST)
        .key(Slot::Authentication, Algorithm::P256)
        .build()
        .expect("a card")
        .share();
    let _reader = service.insert(&card).expect("the card is seen");
    let holder = service.hold_by_another_program(Hold::Transaction);
    card.with(|card| {
        card.transmit(&[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8, 0]);
        card.transmit(b"\x00\x20\x00\x80\x08123456\xFF\xFF");
    });
    drop(holder.expect("the card"));
    assert!(
        card.with(|card| card.is_verified()),
        "it was left as it was"
    );
    service.reset_by_another_program().expect("a reset");
    assert!(!card.with(|card| card.is_verified()));
    let holder = service
        .hold_by_another_program(Hold::Alone)
        .expect("the card");
    let status = ["-r", "Virtual", "-a", "status"];
    let refused = try_run(&service, "yubico-piv-tool", &status);
    assert!(!refused.status.success(), "{refused:?}");
    drop(holder);
    run(&service, "yubico-piv-tool", &status);
}

#[test]
fn whoever_comes_while_another_program_has_a_transaction_waits() {
    let Some(service) = requires::service(ReaderName::Virtual, &["opensc-tool", "perl"]) else {
        return;
    };
    let card = Card::builder().build().expect("a card").share();
    let _reader = service.insert(&card).expect("the card is seen");
    let holder = service
        .hold_by_another_program(Hold::Transaction)
        .expect("the card");
    card.with(Card::clear_log);
    let select = ["-s", "00:A4:04:00:05:A0:00:00:03:08:00"];
    let waits = [&["1", "opensc-tool"][..], &select].concat();
    assert!(!try_run(&service, "timeout", &waits).status.success());
    let selects = || card.with(|card| card.log().of(instruction::SELECT).count);
    assert_eq!(selects(), 0);
    drop(holder);
    run(&service, "opensc-tool", &select);
    assert!(selects() > 0);
}

#[test]
fn faults_reach_a_client_through_the_reader() {
    let Some(service) = requires::service(ReaderName::Virtual, &["opensc-tool"]) else {
        return;
    };
    let card = Card::builder().build().expect("a card").share();
    let _reader = service.insert(&card).expect("the card is seen");
    let select = ["-s", "00:A4:04:00:05:A0:00:00:03:08:00"];
    let odd = When::instruction(instruction::SELECT);
    card.arm(odd.clone().p1(4).after(1000).fault(FaultKind::Removed));
    let run_select = || try_run(&service, "opensc-tool", &select);
    let shown = String::from_utf8_lossy(&run_select().stdout).into_owned();
    assert!(shown.contains("SW1=0x90, SW2=0x00"), "{shown}");
    assert_eq!(card.disarm(), 1);
    // OpenSC selects PIV twice while it looks at the card; the third is the one it was told to.
    let selects = card.with(|card| card.log().of(instruction::SELECT).count);
    for (kind, expected) in [
        (FaultKind::Status(Status::new(0x6A88)), "SW1=0x6A, SW2=0x88"),
        (FaultKind::SharingViolation, "SW1=0x6F, SW2=0x00"),
        (FaultKind::Reset, "SW1=0x90, SW2=0x00"),
    ] {
        card.arm(odd.clone().after(selects - 1).fault(kind));
        let shown = String::from_utf8_lossy(&run_select().stdout).into_owned();
        assert!(shown.contains(expected), "{shown}");
        assert_eq!(card.disarm(), 0);
    }
    card.arm(odd.after(selects - 1).fault(FaultKind::RemovedAfterwards));
    assert!(!run_select().status.success());
    assert!(!card.is_present());
}

#[test]
fn a_silent_card_keeps_its_client_waiting_until_it_speaks() {
    let Some(service) = requires::service(ReaderName::Virtual, &["opensc-tool"]) else {
        return;
    };
    let card = Card::builder().build().expect("a card").share();
    let _reader = service.insert(&card).expect("the card is seen");
    card.arm(When::next().fault(FaultKind::Silent));
    let mut waiting = Command::new("opensc-tool")
        .arg("--name")
        .envs([service.variable()])
        .spawn()
        .expect("opensc-tool starts");
    assert!(card.is_silent(PATIENCE));
    assert!(waiting.try_wait().expect("it runs").is_none());
    assert!(card.speak());
    assert!(waiting.wait().expect("it ends").success());
}

/// What a client says on its standard output, having succeeded.
pub(crate) fn run(service: &Service, program: &str, arguments: &[&str]) -> String {
    let output = try_run(service, program, arguments);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What came of a client.
pub(crate) fn try_run(service: &Service, program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .envs([service.variable()])
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

const PATIENCE: Duration = Duration::from_secs(10);
