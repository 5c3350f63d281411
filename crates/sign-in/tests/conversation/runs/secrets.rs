//! PINs and passwords that are not right.

use sign_in::intent::Intent;
use sign_in::view::{Method, PinProblem, Problem, Screen};
use sign_in::{Answer, AskedFor, Event, Memory};

use super::{at_the_method, at_the_picker, password_wanted, signing, use_certificate};

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
