//! Certificates to choose from, and what becomes of them.

use sign_in::intent::Intent;
use sign_in::view::{Method, ModuleFailure, Screen};
use sign_in::{Answer, Effect, Event, Memory, Remembered};

use super::{at_the_method, at_the_picker, password_wanted, use_certificate};
use crate::world::{DAY, LEE, NOW, SERVER, asks, candidate, token};

#[test]
fn a_remembered_certificate_is_marked_and_comes_first() {
    let remembered = Remembered {
        server: SERVER.into(),
        username: LEE.into(),
        sha256: "lee-old-00000000".into(),
    };
    let mut run = at_the_method(Memory {
        certificates: vec![remembered],
        ..Memory::default()
    });
    run.on(Event::Wants(Intent::ChooseMethod {
        method: Method::Certificate,
    }));
    let attempt = run.attempt();
    run.on(Event::Answered {
        attempt,
        answer: Answer::Certificate {
            host: "c.example".into(),
        },
    });
    let probe = run.attempt();
    let mut old = candidate("lee-old");
    old.row.not_after = NOW + 40 * DAY;
    run.on(Event::TokenFound {
        token: token(vec![candidate("lee"), old]),
    });
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows")
    };
    assert!(
        picker.searching && picker.groups.is_empty(),
        "rows wait for the probe"
    );
    run.on(Event::Probed {
        attempt: probe,
        outcome: Ok(asks()),
    });
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows")
    };
    let names: Vec<_> = picker.groups[0]
        .rows
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    assert_eq!(names, ["lee-old", "lee"]);
    assert_eq!(picker.selected.as_deref(), Some("lee-old-00000000"));
}

#[test]
fn a_certificate_that_names_the_account_is_marked_before_one_that_lasts_longer() {
    let mut run = at_the_method(Memory::default());
    run.on(Event::Wants(Intent::ChooseMethod {
        method: Method::Certificate,
    }));
    let attempt = run.attempt();
    run.on(Event::Answered {
        attempt,
        answer: Answer::Certificate {
            host: "c.example".into(),
        },
    });
    let probe = run.attempt();
    let mut sam = candidate("sam");
    sam.row.not_after += DAY;
    run.on(Event::Probed {
        attempt: probe,
        outcome: Ok(asks()),
    });
    run.on(Event::TokenFound {
        token: token(vec![sam, candidate("lee")]),
    });
    let attempt = run.watch;
    run.on(Event::TokensRead { attempt });
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows")
    };
    assert_eq!(picker.selected.as_deref(), Some("lee-00000000"));
}

#[test]
fn a_certificate_is_remembered_only_when_the_server_took_it() {
    let mut run = at_the_picker(Memory::default());
    let remember = Intent::UseCertificate {
        sha256: "lee-00000000".into(),
        remember: true,
        anyway: false,
    };
    run.on(Event::Wants(remember));
    run.on(Event::PinEntered);
    let attempt = run.attempt();
    run.on(Event::Unlocked { attempt });
    assert!(
        !run.effects
            .iter()
            .any(|e| matches!(e, Effect::RememberCertificate { .. }))
    );
    run.on(Event::Answered {
        attempt,
        answer: password_wanted(vec![Method::Certificate]),
    });
    assert_eq!(
        run.effects,
        [Effect::RememberCertificate {
            server: SERVER.into(),
            username: LEE.into(),
            sha256: "lee-00000000".into()
        }]
    );
}

#[test]
fn a_certificate_that_does_not_fit_is_sent_only_when_the_person_insists() {
    let mut run = at_the_picker(Memory::default());
    run.on(use_certificate("old"));
    assert!(matches!(run.view().screen, Screen::Picker(_)));
    let anyway = Intent::UseCertificate {
        sha256: "old-00000000".into(),
        remember: false,
        anyway: true,
    };
    run.on(Event::Wants(anyway));
    assert!(matches!(run.view().screen, Screen::Pin(_)));
}

#[test]
fn a_certificate_without_a_key_is_never_sent() {
    let mut run = at_the_picker(Memory::default());
    let anyway = Intent::UseCertificate {
        sha256: "ca-00000000".into(),
        remember: false,
        anyway: true,
    };
    run.on(Event::Wants(anyway));
    assert!(matches!(run.view().screen, Screen::Picker(_)));
}

#[test]
fn a_failed_module_costs_one_row() {
    let mut run = at_the_picker(Memory::default());
    run.on(Event::Wants(Intent::LookAgain));
    let attempt = run.attempt();
    let failure = ModuleFailure {
        module: "acme".into(),
        cause: "it did not answer".into(),
    };
    run.on(Event::ModuleFailed {
        failure: failure.clone(),
    });
    run.on(Event::TokensRead { attempt });
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows")
    };
    assert_eq!(picker.failures, [failure]);
    assert!(!picker.groups.is_empty());
}
