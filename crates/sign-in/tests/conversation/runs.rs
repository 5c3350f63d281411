//! Whole runs, as a person and a server would have them.

use sign_in::intent::Intent;
use sign_in::view::{
    Action, CheckLine, CheckOutcome, Fault, Method, ModuleFailure, PinProblem, Problem, Screen,
    SignedIn,
};
use sign_in::{
    Answer, AskedFor, Effect, Event, Failure, Memory, Next, Opened, Refusal, Remembered,
};

use crate::world::{
    Conversation, DAY, LEE, NOW, SERVER, SOFT, apps, asks, candidate, label, memory, session, token,
};

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
fn a_wrong_pin_is_asked_for_again_and_never_tried_by_itself() {
    let mut run = signing();
    let attempt = run.attempt();
    let problem = PinProblem::Wrong {
        tries_left: Some(2),
    };
    run.on(Event::NotSigned {
        attempt,
        problem: problem.clone(),
        last_try: false,
    });
    assert_eq!(run.effects, []);
    let Screen::Pin(prompt) = run.view().screen else {
        panic!("the prompt stays")
    };
    assert_eq!(prompt.problem, Some(problem));
    assert_eq!(prompt.token.tries_left, Some(2));
    assert!(!prompt.busy);
}

#[test]
fn a_blocked_token_says_so_in_the_prompt_and_the_rail() {
    let mut run = signing();
    let attempt = run.attempt();
    run.on(Event::NotSigned {
        attempt,
        problem: PinProblem::Blocked,
        last_try: false,
    });
    assert!(run.view().tokens.iter().all(|token| token.blocked));
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
fn a_kept_session_is_resumed_without_a_sign_in() {
    let mut memory = memory();
    memory.accounts[0].signed_in = true;
    let mut run = Conversation::with_memory(memory);
    run.on(enter(SERVER, LEE));
    let attempt = run.attempt();
    assert!(matches!(run.effects.as_slice(), [Effect::Resume { .. }]));
    run.on(Event::Resumed {
        attempt,
        session: Some(session()),
    });
    assert_eq!(shown_in(&run).username, LEE);
}

#[test]
fn a_session_that_the_server_ended_is_removed_and_said() {
    let mut run = signed_in();
    run.on(Event::Wants(Intent::RefreshApps));
    let attempt = run.attempt();
    run.on(Event::AppsRead {
        attempt,
        outcome: Err(Failure::SessionEnded),
    });
    assert_eq!(account_problem(&run), Some(Problem::SignedOut));
    assert_eq!(
        run.effects,
        [Effect::RemoveSession {
            server: SERVER.into(),
            username: LEE.into()
        }]
    );
}

#[test]
fn signing_out_says_when_the_server_could_not_be_told() {
    let mut run = signed_in();
    run.on(Event::Wants(Intent::SignOut));
    let attempt = run.attempt();
    let problem = Problem::Unreachable {
        cause: "timed out".into(),
    };
    run.on(Event::SignedOut {
        attempt,
        memory: memory(),
        problem: Some(problem.clone()),
    });
    assert_eq!(account_problem(&run), Some(problem));
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

#[test]
fn a_pin_of_the_wrong_length_is_not_sent() {
    let mut run = at_the_picker(Memory::default());
    run.on(use_certificate("lee"));
    run.on(Event::PinOfWrongLength);
    assert_eq!(run.effects, []);
    let Screen::Pin(prompt) = run.view().screen else {
        panic!("the prompt stays")
    };
    assert_eq!(prompt.problem, Some(PinProblem::Length));
}

#[test]
fn a_password_that_was_not_right_is_asked_for_again() {
    let mut run = at_the_method(Memory::default());
    run.on(Event::Wants(Intent::ChooseMethod {
        method: Method::Password,
    }));
    let attempt = run.attempt();
    run.on(Event::Answered {
        attempt,
        answer: password_wanted(Vec::new()),
    });
    run.on(Event::PasswordEntered);
    let attempt = run.attempt();
    let asked = AskedFor {
        asking: Method::Password,
        offers: vec![Method::Password],
        proven: Vec::new(),
        application: None,
        problem: Some(Problem::NotRight),
    };
    run.on(Event::Answered {
        attempt,
        answer: Answer::Secret(asked),
    });
    let Screen::Password { problem, busy } = run.view().screen else {
        panic!("it is asked again")
    };
    assert_eq!((problem, busy), (Some(Problem::NotRight), false));
}

fn enter(server: &str, username: &str) -> Event {
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

pub(crate) fn signed_in() -> Conversation {
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

fn shown_in(run: &Conversation) -> SignedIn {
    let Screen::SignedIn(signed_in) = run.view().screen else {
        panic!("the signed-in screen shows, not {:?}", run.view().screen)
    };
    *signed_in
}

fn account_problem(run: &Conversation) -> Option<Problem> {
    let Screen::Account { problem, .. } = run.view().screen else {
        panic!("the account screen shows, not {:?}", run.view().screen)
    };
    problem
}

fn password_wanted(proven: Vec<Method>) -> Answer {
    Answer::Secret(AskedFor {
        asking: Method::Password,
        offers: vec![Method::Password],
        proven,
        application: Some("Payroll".into()),
        problem: None,
    })
}

fn revoked() -> Refusal {
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
