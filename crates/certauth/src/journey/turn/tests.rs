use certs::Check;
use policy::{Explanation, Factor, NextStep, Recorded};

use super::Event;
use crate::journey::{Binding, Journey, Problem, Proven, Purpose, Refused, Step};

/// Every kind of step, with and without a first factor where both can be.
const PLACES: [&str; 9] = [
    "username",
    "choose",
    "asked",
    "asked again",
    "refused",
    "second asked",
    "second asked again",
    "second refused",
    "done",
];

/// Every kind of event.
const EVENTS: [&str; 9] = [
    "username",
    "not me",
    "chose open",
    "chose closed",
    "wrong open",
    "wrong closed",
    "more",
    "refused",
    "allowed",
];

/// What each event leads to, one row per place; `-` means that nothing moves.
const TABLE: [[&str; 9]; 9] = [
    // username: only a username, or a live session that is not enough
    [
        "choose",
        "username",
        "-",
        "-",
        "-",
        "-",
        "second asked",
        "-",
        "-",
    ],
    // choose
    [
        "choose",
        "username",
        "asked",
        "-",
        "asked again",
        "-",
        "second asked",
        "refused",
        "done",
    ],
    // asked
    [
        "choose",
        "username",
        "asked",
        "-",
        "asked again",
        "-",
        "second asked",
        "refused",
        "done",
    ],
    // asked again
    [
        "choose",
        "username",
        "asked",
        "-",
        "asked again",
        "-",
        "second asked",
        "refused",
        "done",
    ],
    // refused: every way stays open
    [
        "choose",
        "username",
        "asked",
        "-",
        "asked again",
        "-",
        "second asked",
        "refused",
        "done",
    ],
    // second asked: another username would inherit the first one's proof, so there is none
    [
        "-",
        "username",
        "second asked",
        "-",
        "second asked again",
        "-",
        "second asked",
        "second refused",
        "done",
    ],
    // second asked again
    [
        "-",
        "username",
        "second asked",
        "-",
        "second asked again",
        "-",
        "second asked",
        "second refused",
        "done",
    ],
    // second refused
    [
        "-",
        "username",
        "second asked",
        "-",
        "second asked again",
        "-",
        "second asked",
        "second refused",
        "done",
    ],
    // done: nothing moves it
    ["-", "-", "-", "-", "-", "-", "-", "-", "-"],
];

#[test]
fn every_event_at_every_step_leads_where_the_table_says() {
    for (place, row) in PLACES.iter().zip(TABLE) {
        for (event, expected) in EVENTS.iter().zip(row) {
            let before = journey_at(place);
            let turn = before.clone().on(happening(event, &before));
            if expected == "-" {
                assert!(!turn.taken, "{event} at {place} was taken");
                assert_eq!(turn.journey, before, "{event} at {place} moved");
            } else {
                assert!(turn.taken, "{event} at {place} was not taken");
                assert_eq!(name(&turn.journey), expected, "{event} at {place}");
            }
        }
    }
}

#[test]
fn a_proof_never_passes_to_another_username() {
    for place in PLACES {
        let turn = journey_at(place).on(Event::Username("sam@x".into()));
        assert!(!(turn.taken && turn.journey.proven.is_some()), "{place}");
        let turn = journey_at(place).on(Event::NotMe);
        let forgotten = turn.journey.proven.is_none() && turn.journey.username.is_none();
        assert!(!turn.taken || forgotten, "{place}");
    }
}

#[test]
fn a_second_factor_that_nobody_can_give_moves_nothing() {
    let turn = journey_at("choose").on(Event::More(proven(vec![])));
    assert!(!turn.taken);
}

#[test]
fn a_journey_survives_being_stored() {
    for place in PLACES {
        let journey = journey_at(place);
        let text = serde_json::to_string(&journey).expect("journeys are JSON");
        let read: Journey = serde_json::from_str(&text).expect("and are read back");
        assert_eq!(read, journey);
    }
}

fn happening(event: &str, journey: &Journey) -> Event {
    let open = journey.open().first().copied().unwrap_or(Factor::Password);
    match event {
        "username" => Event::Username("lee@x".into()),
        "not me" => Event::NotMe,
        "chose open" => Event::Chose(open),
        "chose closed" => Event::Chose(Factor::Code),
        "wrong open" => Event::Wrong(open, Problem::NotRight),
        "wrong closed" => Event::Wrong(Factor::Code, Problem::NotRight),
        "more" => Event::More(proven(vec![Factor::Certificate])),
        "refused" => Event::Refused(refused()),
        "allowed" => Event::Allowed,
        other => panic!("no event {other}"),
    }
}

fn journey_at(place: &str) -> Journey {
    let asked = |problem| Step::Asked {
        factor: Factor::Password,
        problem,
    };
    let (step, first) = match place {
        "username" => (Step::Username, false),
        "choose" => (Step::Choose, false),
        "asked" => (asked(None), false),
        "asked again" => (asked(Some(Problem::NotRight)), false),
        "refused" => (Step::Refused(refused()), false),
        "second asked" => (asked(None), true),
        "second asked again" => (asked(Some(Problem::TooMany(9))), true),
        "second refused" => (Step::Refused(refused()), true),
        "done" => (Step::Done, true),
        other => panic!("no place {other}"),
    };
    Journey {
        correlation_id: "c".into(),
        tenant: "t".into(),
        binding: Binding::Browser("b".into()),
        purpose: Purpose {
            client: "payroll".into(),
            application: "payroll".into(),
            redirect_uri: None,
            scope: "openid".into(),
            state: None,
            nonce: None,
            code_challenge: "x".into(),
            code_key: None,
            session: None,
        },
        ways: vec![Factor::Certificate, Factor::Password],
        username: (place != "username").then(|| "lee@x".into()),
        proven: first.then(|| proven(vec![Factor::Certificate])),
        step,
    }
}

fn name(journey: &Journey) -> &'static str {
    match (&journey.step, journey.proven.is_some()) {
        (Step::Username, _) => "username",
        (Step::Choose, _) => "choose",
        (Step::Asked { problem: None, .. }, false) => "asked",
        (
            Step::Asked {
                problem: Some(_), ..
            },
            false,
        ) => "asked again",
        (Step::Refused(_), false) => "refused",
        (Step::Asked { problem: None, .. }, true) => "second asked",
        (
            Step::Asked {
                problem: Some(_), ..
            },
            true,
        ) => "second asked again",
        (Step::Refused(_), true) => "second refused",
        (Step::Done, _) => "done",
    }
}

fn proven(offers: Vec<Factor>) -> Proven {
    let recorded: Recorded = serde_json::from_value(serde_json::json!({
        "account": "lee", "proofs": []
    }))
    .expect("a record");
    Proven {
        lacking: Vec::new(),
        recorded,
        offers,
        ends: 100,
    }
}

fn refused() -> Refused {
    Refused {
        factor: Factor::Certificate,
        explanation: Explanation {
            code: 500_171,
            failed: Check::Revocation,
            checks: vec![],
            next: NextStep::ChooseAnother,
        },
        at: 5,
    }
}
