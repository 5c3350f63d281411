//! Certificates to choose from, and what becomes of them.

use sign_in::intent::Intent;
use sign_in::view::{Method, ModuleFailure, Screen};
use sign_in::{Answer, Effect, Event, Memory, Remembered};

use super::{at_the_method, at_the_picker, password_wanted, use_certificate};
use crate::world::{Conversation, DAY, LEE, NOW, SERVER, asks, candidate, label, memory, token};

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
    let [probe, reading] = *run.attempts() else {
        panic!("probe and reading run together")
    };
    let mut old = candidate("lee-old");
    old.row.not_after = NOW + 40 * DAY;
    run.on(Event::TokenFound {
        attempt: reading,
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
fn the_rail_shows_what_is_plugged_in_before_anybody_chooses() {
    let mut run = Conversation::start();
    let attempt = run.attempt();
    run.on(Event::Started {
        attempt,
        memory: memory(),
        session: None,
    });
    let attempt = run.attempt();
    assert_eq!(run.effects, [Effect::ReadTokens { attempt }]);
    run.on(Event::TokenFound {
        attempt,
        token: token(vec![candidate("lee")]),
    });
    run.on(Event::TokensRead { attempt });
    assert_eq!(run.view().tokens, [label()]);
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
    let [probe, reading] = *run.attempts() else {
        panic!("probe and reading run together")
    };
    let mut sam = candidate("sam");
    sam.row.not_after += DAY;
    run.on(Event::Probed {
        attempt: probe,
        outcome: Ok(asks()),
    });
    run.on(Event::TokenFound {
        attempt: reading,
        token: token(vec![sam, candidate("lee")]),
    });
    run.on(Event::TokensRead { attempt: reading });
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
fn a_removed_token_keeps_its_place_and_its_rows_are_gone() {
    let mut run = at_the_picker(Memory::default());
    run.on(Event::Wants(Intent::LookAgain));
    let attempt = run.attempt();
    run.on(Event::TokensRead { attempt });
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows")
    };
    assert!(picker.groups[0].rows.iter().all(|row| row.gone));
    assert!(run.view().tokens.is_empty());
    run.on(use_certificate("lee"));
    assert!(
        matches!(run.view().screen, Screen::Picker(_)),
        "what is gone cannot be used"
    );
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
        attempt,
        failure: failure.clone(),
    });
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows")
    };
    assert_eq!(picker.failures, [failure]);
    assert!(!picker.groups.is_empty());
}

#[test]
fn the_same_certificate_in_two_tokens_is_one_entry() {
    let mut run = at_the_picker(Memory::default());
    run.on(Event::Wants(Intent::LookAgain));
    let attempt = run.attempt();
    let first = token(vec![candidate("lee")]);
    let mut second = token(vec![candidate("lee")]);
    second.label.name = "Through another module".into();
    run.on(Event::TokenFound {
        attempt,
        token: first,
    });
    run.on(Event::TokenFound {
        attempt,
        token: second,
    });
    run.on(Event::TokensRead { attempt });
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows")
    };
    let rows = picker.groups.iter().flat_map(|group| &group.rows);
    assert_eq!(rows.filter(|row| row.name == "lee" && !row.gone).count(), 1);
}
