use sign_in::intent::Intent;
use sign_in::view::{
    Method, Picker, PinEntry, PinProblem, PinPrompt, Problem, Reason, Screen, Through, TokenGroup,
    Unusable,
};

use super::super::ending::Ending;
use super::{Move, Plan, Question, SecretKind};
use crate::arguments::{SignIn, Way};
use crate::outcome::Outcome;
use crate::screen::examples::{candidate, token, view};
use crate::terminal::Terminal;

fn plan(wanted: SignIn, terminal: Terminal) -> Plan {
    Plan::new(wanted, Some("login.example".to_owned()), terminal)
}

fn account(problem: Option<Problem>) -> Screen {
    Screen::Account {
        server: String::new(),
        username: String::new(),
        recent: Vec::new(),
        problem,
        busy: false,
    }
}

fn picker() -> Picker {
    Picker {
        host: "t1.certauth.login.example".to_owned(),
        groups: vec![TokenGroup {
            token: token(),
            rows: vec![candidate("Lee").row],
        }],
        unusable: vec![
            Unusable {
                row: candidate("Old").row,
                token: "Meridian demo".to_owned(),
                reason: Reason::Expired { at: 0 },
                can_send: true,
            },
            Unusable {
                row: candidate("Bare").row,
                token: "Meridian demo".to_owned(),
                reason: Reason::NoPrivateKey,
                can_send: false,
            },
        ],
        selected: None,
        searching: false,
        readers: Vec::new(),
        failures: Vec::new(),
    }
}

fn pin(problem: Option<PinProblem>, last_try: bool) -> Screen {
    Screen::Pin(Box::new(PinPrompt {
        token: token(),
        certificate: candidate("Lee").row,
        shortest: 4,
        longest: 64,
        digits_only: false,
        through: Through::Module,
        entry: PinEntry::Typed,
        factory_pin: false,
        last_try,
        problem,
        busy: false,
    }))
}

fn second(asking: Method, problem: Option<Problem>) -> Screen {
    Screen::SecondFactor {
        proven: vec![Method::Certificate],
        offers: vec![Method::Password, Method::Code],
        asking,
        application: None,
        problem,
        busy: false,
    }
}

fn ended(next: Move) -> Ending {
    match next {
        Move::End(ending) => *ending,
        Move::Wait | Move::Tell(_) | Move::Ask(_) | Move::Read(..) => {
            panic!("it goes on with {next:?}")
        }
    }
}

#[test]
fn without_a_terminal_every_missing_option_is_named() {
    let on =
        |wanted: SignIn, screen: Screen| ended(plan(wanted, Terminal::Nobody).on(&view(screen)));
    let methods = vec![Method::Certificate, Method::Password];
    let password = Screen::Password {
        problem: None,
        busy: false,
    };
    let cases = [
        (account(None), "--username"),
        (Screen::Method { methods }, "--method"),
        (Screen::Picker(picker()), "--certificate"),
        (pin(None, false), "--pin-fd"),
        (password, "--password-fd"),
        (second(Method::Code, None), "--code-fd"),
    ];
    for (screen, option) in cases {
        let ending = on(SignIn::default(), screen);
        assert_eq!(ending.outcome(), Outcome::Usage);
        assert!(ending.words().contains(option), "{}", ending.words());
    }
}

#[test]
fn on_a_terminal_the_same_things_are_asked_for() {
    let mut plan = plan(SignIn::default(), Terminal::Person);
    let server = "login.example".to_owned();
    let asked = plan.on(&view(account(None)));
    assert_eq!(asked, Move::Ask(Question::Username { server }));
    let asked = plan.on(&view(Screen::Picker(picker())));
    assert_eq!(asked, Move::Ask(Question::Certificate(Box::new(picker()))));
    assert!(matches!(
        plan.on(&view(pin(None, false))),
        Move::Ask(Question::Pin(_))
    ));
    let instead = Some(Method::Code);
    let asked = plan.on(&view(second(Method::Password, None)));
    assert_eq!(asked, Move::Ask(Question::Password { instead }));
}

#[test]
fn a_named_certificate_is_sent_even_if_it_does_not_fit() {
    for (name, anyway) in [("Lee", false), ("Old", true)] {
        let sha256 = candidate(name).row.sha256;
        let wanted = SignIn {
            certificate: Some(sha256.clone()),
            ..SignIn::default()
        };
        let next = plan(wanted, Terminal::Nobody).on(&view(Screen::Picker(picker())));
        let remember = false;
        let expected = Intent::UseCertificate {
            sha256,
            remember,
            anyway,
        };
        assert_eq!(next, Move::Tell(expected));
    }
}

#[test]
fn a_named_certificate_that_cannot_be_sent_ends_with_the_reason() {
    let on = |sha256: String| {
        let wanted = SignIn {
            certificate: Some(sha256),
            ..SignIn::default()
        };
        ended(plan(wanted, Terminal::Person).on(&view(Screen::Picker(picker()))))
    };
    let bare = on(candidate("Bare").row.sha256);
    assert_eq!(bare, Ending::CannotBeSent(Reason::NoPrivateKey));
    assert_eq!(on("00".repeat(32)).outcome(), Outcome::Unreachable);
}

#[test]
fn certificates_are_not_judged_while_tokens_are_still_read() {
    let searching = Picker {
        searching: true,
        ..picker()
    };
    let wanted = SignIn {
        certificate: Some("00".repeat(32)),
        ..SignIn::default()
    };
    let next = plan(wanted, Terminal::Nobody).on(&view(Screen::Picker(searching)));
    assert_eq!(next, Move::Wait);
}

#[test]
fn a_pin_from_a_descriptor_is_tried_once() {
    let wanted = SignIn {
        pin_fd: Some(3),
        ..SignIn::default()
    };
    let mut plan = plan(wanted, Terminal::Person);
    assert_eq!(
        plan.on(&view(pin(None, false))),
        Move::Read(SecretKind::Pin, 3)
    );
    let wrong = PinProblem::Wrong {
        tries_left: Some(2),
    };
    let ending = ended(plan.on(&view(pin(Some(wrong.clone()), false))));
    assert_eq!(ending, Ending::Pin(wrong));
    assert_eq!(ending.outcome(), Outcome::Refused);
}

#[test]
fn the_last_try_is_for_a_person_to_make() {
    let wanted = SignIn {
        pin_fd: Some(3),
        ..SignIn::default()
    };
    let ending = ended(plan(wanted, Terminal::Nobody).on(&view(pin(None, true))));
    assert_eq!(ending, Ending::LastTry);
}

#[test]
fn a_person_may_type_a_wrong_pin_again() {
    let wrong = PinProblem::Wrong { tries_left: None };
    let next = plan(SignIn::default(), Terminal::Person).on(&view(pin(Some(wrong), false)));
    assert!(matches!(next, Move::Ask(Question::Pin(_))), "{next:?}");
}

#[test]
fn the_second_factor_is_the_one_whose_descriptor_was_named() {
    let wanted = SignIn {
        code_fd: Some(4),
        ..SignIn::default()
    };
    let mut plan = plan(wanted, Terminal::Nobody);
    let next = plan.on(&view(second(Method::Password, None)));
    assert_eq!(
        next,
        Move::Tell(Intent::AskFor {
            method: Method::Code
        })
    );
    let next = plan.on(&view(second(Method::Code, None)));
    assert_eq!(next, Move::Read(SecretKind::Code, 4));
    let ending = ended(plan.on(&view(second(Method::Code, Some(Problem::CodeNotRight)))));
    assert_eq!(ending, Ending::Problem(Problem::CodeNotRight));
}

#[test]
fn options_imply_the_first_factor() {
    let methods = || Screen::Method {
        methods: vec![Method::Password, Method::Certificate],
    };
    let cases = [
        (
            SignIn {
                pin_fd: Some(3),
                ..SignIn::default()
            },
            Method::Certificate,
        ),
        (
            SignIn {
                password_fd: Some(3),
                ..SignIn::default()
            },
            Method::Password,
        ),
        (
            SignIn {
                password_fd: Some(3),
                method: Some(Way::Certificate),
                ..SignIn::default()
            },
            Method::Certificate,
        ),
    ];
    for (wanted, method) in cases {
        let next = plan(wanted, Terminal::Nobody).on(&view(methods()));
        assert_eq!(next, Move::Tell(Intent::ChooseMethod { method }));
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_told_from_a_refusal() {
    let wanted = SignIn {
        username: Some("lee@a.example".to_owned()),
        ..SignIn::default()
    };
    let mut plan = plan(wanted, Terminal::Nobody);
    assert!(matches!(plan.on(&view(account(None))), Move::Tell(_)));
    assert_eq!(plan.on(&view(account(None))), Move::Wait);
    let problem = Problem::Unreachable {
        cause: "refused".to_owned(),
    };
    let ending = ended(plan.on(&view(account(Some(problem)))));
    assert_eq!(ending.outcome(), Outcome::Unreachable);
}

#[test]
fn a_pin_that_is_not_typed_here_is_left_to_the_reader_or_the_key() {
    for entry in [PinEntry::OnReader, PinEntry::NotNeeded] {
        let mut plan = Plan::new(SignIn::default(), None, Terminal::Nobody);
        let Screen::Pin(mut prompt) = pin(None, false) else {
            unreachable!("it is the PIN screen");
        };
        prompt.entry = entry;
        let view = view(Screen::Pin(prompt));
        assert_eq!(plan.on(&view), Move::Tell(Intent::Unlock));
    }
}
