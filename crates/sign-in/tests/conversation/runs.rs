//! Whole runs, as a person and a server would have them.

use sign_in::intent::Intent;
use sign_in::view::{Action, CheckLine, CheckOutcome, Fault, Method, Problem, Screen, SignedIn};
use sign_in::{Answer, AskedFor, Effect, Event, Failure, Memory, Next, Opened, Refusal};

use crate::world::{
    Conversation, DAY, LEE, NOW, SERVER, SOFT, apps, asks, candidate, label, memory, session, token,
};

mod choosing;
mod secrets;
mod sessions;

#[test]
fn a_certificate_signs_in() {
    let mut run = at_the_picker(Memory::default());
    insta::assert_json_snapshot!("picker", run.view());

    run.on(use_certificate("lee"));
    insta::assert_json_snapshot!("pin", run.view());
    run.on(Event::PinEntered);
    let attempt = run.attempt();
    assert_eq!(
        run.effects,
        [Effect::Sign {
            attempt,
            token: SOFT,
            sha256: "lee-00000000".into()
        }]
    );

    run.on(Event::Unlocked { attempt });
    insta::assert_json_snapshot!("signing", run.view());
    run.on(Event::Answered {
        attempt,
        answer: Answer::Authorized,
    });
    let [
        Effect::Finish {
            attempt,
            certificate: Some(certificate),
        },
    ] = run.effects.as_slice()
    else {
        panic!("the session is made next, {:?}", run.effects);
    };
    assert_eq!(certificate.token, "Meridian demo");
    let attempt = *attempt;

    run.on(Event::SignedIn {
        attempt,
        session: session(),
    });
    let attempt = run.attempt();
    assert_eq!(run.effects, [Effect::ReadApps { attempt }]);
    run.on(Event::AppsRead {
        attempt,
        outcome: Ok(apps()),
    });
    insta::assert_json_snapshot!("signed_in", run.view());
}

#[test]
fn an_application_that_asks_for_more_gets_it_and_opens() {
    let mut run = signed_in();
    run.on(Event::Wants(Intent::OpenApp {
        id: "payroll".into(),
    }));
    assert_eq!(shown_in(&run).opening.as_deref(), Some("payroll"));
    let attempt = run.attempt();
    run.on(Event::AppOpened {
        attempt,
        outcome: Opened::MoreNeeded,
    });
    let attempt = run.attempt();
    assert!(matches!(
        run.effects.as_slice(),
        [Effect::Begin { application: Some(app), .. }] if app == "payroll"
    ));

    run.on(Event::Answered {
        attempt,
        answer: password_wanted(vec![Method::Certificate]),
    });
    insta::assert_json_snapshot!("second_factor", run.view());
    run.on(Event::PasswordEntered);
    let attempt = run.attempt();
    run.on(Event::Answered {
        attempt,
        answer: Answer::Authorized,
    });
    let attempt = run.attempt();
    run.on(Event::SignedIn {
        attempt,
        session: session(),
    });
    let attempt = run.attempt();
    assert_eq!(
        run.effects,
        [Effect::OpenApp {
            attempt,
            id: "payroll".into()
        }]
    );
    assert_eq!(
        shown_in(&run).apps,
        Some(apps()),
        "the applications stay on the screen"
    );
    run.on(Event::AppOpened {
        attempt,
        outcome: Opened::Opens,
    });
    assert_eq!(shown_in(&run).opening, None);
}

#[test]
fn an_application_that_always_asks_for_more_is_not_asked_in_circles() {
    let mut run = signed_in();
    run.on(Event::Wants(Intent::OpenApp {
        id: "payroll".into(),
    }));
    for _ in 0..2 {
        let attempt = run.attempt();
        run.on(Event::AppOpened {
            attempt,
            outcome: Opened::MoreNeeded,
        });
        if matches!(run.view().screen, Screen::Error(_)) {
            run.on(Event::Wants(Intent::StartOver));
            assert_eq!(shown_in(&run).opening, None);
            return;
        }
        let attempt = run.attempt();
        run.on(Event::Answered {
            attempt,
            answer: Answer::Authorized,
        });
        let attempt = run.attempt();
        run.on(Event::SignedIn {
            attempt,
            session: session(),
        });
    }
    panic!("asked a second time");
}

#[test]
fn leaving_a_step_up_goes_back_to_the_session() {
    let mut run = signed_in();
    run.on(Event::Wants(Intent::OpenApp {
        id: "payroll".into(),
    }));
    let attempt = run.attempt();
    run.on(Event::AppOpened {
        attempt,
        outcome: Opened::MoreNeeded,
    });
    let attempt = run.attempt();
    run.on(Event::Answered {
        attempt,
        answer: password_wanted(vec![Method::Certificate]),
    });
    run.on(Event::Wants(Intent::Back));
    assert_eq!(shown_in(&run).opening, None);
    assert!(run.effects.contains(&Effect::DropSecrets));
}

#[test]
fn a_revoked_certificate_is_explained_and_another_can_be_chosen() {
    let mut run = signing();
    let attempt = run.attempt();
    run.on(Event::Unlocked { attempt });
    run.on(Event::Answered {
        attempt,
        answer: Answer::Refused(revoked()),
    });
    insta::assert_json_snapshot!("refused", run.view());
    run.on(Event::Wants(Intent::ChooseAnother));
    let attempt = run.attempt();
    assert_eq!(
        run.effects,
        [Effect::Choose {
            attempt,
            method: Method::Certificate
        }]
    );
}

#[test]
fn an_answer_to_something_abandoned_changes_nothing() {
    let mut run = signing();
    let late = run.attempt();
    run.on(Event::Wants(Intent::Back));
    assert!(run.effects.contains(&Effect::Abandon { attempt: late }));
    assert!(run.effects.contains(&Effect::DropSecrets));
    let before = run.view();
    run.on(Event::Answered {
        attempt: late,
        answer: Answer::Authorized,
    });
    assert_eq!(run.effects, []);
    assert_eq!(run.view(), before);
}

#[test]
fn what_the_person_typed_wrong_is_said_on_the_account_screen() {
    let mut run = Conversation::with_memory(memory());
    insta::assert_json_snapshot!("account", run.view());
    run.on(enter("http://login.example", LEE));
    assert_eq!(account_problem(&run), Some(Problem::ServerAddress));
    run.on(enter(SERVER, "lee"));
    assert_eq!(account_problem(&run), Some(Problem::UsernameMissing));
    run.on(enter(SERVER, LEE));
    let attempt = run.attempt();
    let cause = "connection refused".to_owned();
    let answer = Answer::Failed(Failure::Unreachable {
        cause: cause.clone(),
    });
    run.on(Event::Answered { attempt, answer });
    assert_eq!(account_problem(&run), Some(Problem::Unreachable { cause }));
}

#[test]
fn a_server_that_does_not_ask_for_a_certificate_leaves_other_ways() {
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
    run.on(Event::Probed {
        attempt: probe,
        outcome: Err(Failure::NotAsked),
    });
    let Screen::Error(error) = run.view().screen else {
        panic!("the error shows")
    };
    assert_eq!(error.fault, Fault::NotAsked);
    assert_eq!(error.actions.first(), Some(&Action::OtherWays));
    run.on(Event::Wants(Intent::OtherWays));
    assert!(matches!(run.view().screen, Screen::Method { .. }));
}

pub(super) fn enter(server: &str, username: &str) -> Event {
    Event::Wants(Intent::EnterAccount {
        server: server.into(),
        username: username.into(),
    })
}

pub(crate) fn use_certificate(name: &str) -> Event {
    let sha256 = format!("{name}-00000000");
    Event::Wants(Intent::UseCertificate {
        sha256,
        remember: false,
        anyway: false,
    })
}

pub(crate) fn at_the_method(memory: Memory) -> Conversation {
    let mut run = Conversation::with_memory(memory);
    run.on(enter("login.localhost:8443", LEE));
    let attempt = run.attempt();
    assert!(matches!(
        run.effects.as_slice(),
        [Effect::Begin { server, application: None, .. }] if server == SERVER
    ));
    run.on(Event::TenantKnown {
        attempt,
        name: "Meridian".into(),
    });
    let methods = vec![Method::Certificate, Method::Password];
    run.on(Event::Answered {
        attempt,
        answer: Answer::Methods { methods },
    });
    run
}

/// The picker with one certificate that fits, one that is expired, and one without a key.
pub(crate) fn at_the_picker(memory: Memory) -> Conversation {
    let mut run = at_the_method(memory);
    run.on(Event::Wants(Intent::ChooseMethod {
        method: Method::Certificate,
    }));
    let attempt = run.attempt();
    let host = "t1.certauth.login.localhost".to_owned();
    run.on(Event::Answered {
        attempt,
        answer: Answer::Certificate { host },
    });
    let probe = run.attempt();
    let mut old = candidate("old");
    old.row.not_after = NOW - DAY;
    let mut authority = candidate("ca");
    authority.has_key = false;
    let token = token(vec![candidate("lee"), old, authority]);
    run.on(Event::Probed {
        attempt: probe,
        outcome: Ok(asks()),
    });
    run.on(Event::TokenFound { token });
    let attempt = run.watch;
    run.on(Event::TokensRead { attempt });
    assert_eq!(run.view().tokens, [label()]);
    run
}

pub(crate) fn signing() -> Conversation {
    let mut run = at_the_picker(Memory::default());
    run.on(use_certificate("lee"));
    run.on(Event::PinEntered);
    run
}

pub(super) fn signed_in() -> Conversation {
    let mut run = Conversation::start();
    let attempt = run.attempt();
    run.on(Event::Started {
        attempt,
        memory: memory(),
        session: Some(session()),
    });
    let attempt = run.attempt();
    run.on(Event::AppsRead {
        attempt,
        outcome: Ok(apps()),
    });
    run
}

pub(super) fn shown_in(run: &Conversation) -> SignedIn {
    let Screen::SignedIn(signed_in) = run.view().screen else {
        panic!("the signed-in screen shows, not {:?}", run.view().screen)
    };
    *signed_in
}

pub(super) fn account_problem(run: &Conversation) -> Option<Problem> {
    let Screen::Account { problem, .. } = run.view().screen else {
        panic!("the account screen shows, not {:?}", run.view().screen)
    };
    problem
}

pub(super) fn password_wanted(proven: Vec<Method>) -> Answer {
    Answer::Secret(AskedFor {
        asking: Method::Password,
        offers: vec![Method::Password],
        proven,
        application: Some("Payroll".into()),
        problem: None,
    })
}

pub(super) fn revoked() -> Refusal {
    let check = |check: &str, outcome, found: Option<&str>| CheckLine {
        check: check.into(),
        outcome,
        certificate: None,
        expected: None,
        found: found.map(Into::into),
    };
    Refusal {
        code: 500_171,
        correlation_id: Some("7c1f0e52-9b4d-4a18-b6f3-2e5d90c7a841".into()),
        checks: vec![
            check("key", CheckOutcome::Passed, None),
            check(
                "revocation",
                CheckOutcome::Failed,
                Some("2026-09-18T06:00:00Z"),
            ),
            check("account", CheckOutcome::NotChecked, None),
        ],
        next: Next::ChooseAnother,
        methods: vec![Method::Certificate, Method::Password],
    }
}
