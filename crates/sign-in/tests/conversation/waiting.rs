//! Tokens that wait for a person: a touch, a reader with keys, and keys that ask for nothing.

use sign_in::candidate::Candidate;
use sign_in::intent::Intent;
use sign_in::view::{
    Method, PinEntry, PinProblem, Proof, ProofState, RowWarning, Screen, TouchPrompt,
};
use sign_in::{Answer, Attempt, Effect, Event, Memory, Wait};

use crate::cards::{at_the_pin, found, gone, not_signed, picker, prompt, to_the_list};
use crate::runs::{at_the_method, at_the_picker, signing, use_certificate};
use crate::world::{Conversation, DAY, NOW, SERVER, SOFT, YUBIKEY, candidate, token, yubikey};

#[test]
fn a_signature_that_waits_for_a_touch_says_so_and_goes_on() {
    let mut run = touching(true);
    insta::assert_json_snapshot!("touch", run.view());
    let asked = touch(&run);
    assert_eq!((asked.since, asked.seconds), (NOW, 15));
    assert_eq!(asked.server, SERVER);
    let attempt = attempt_of(&run);
    run.on(Event::Signed { attempt });
    assert!(matches!(run.view().screen, Screen::Progress { .. }));
    run.on(Event::Answered {
        attempt,
        answer: Answer::Authorized,
    });
    assert!(matches!(run.effects.as_slice(), [Effect::Finish { .. }]));
}

#[test]
fn a_card_pulled_while_it_waits_for_a_touch_is_said_to_be_out() {
    let mut run = touching(true);
    run.on(gone(SOFT));
    assert!(prompt(&run).certificate.gone);
    run.on(found(token(vec![candidate("lee")])));
    assert!(touch(&run).certain, "until the token says how it ended");
}

#[test]
fn a_guessed_touch_is_said_to_be_a_guess() {
    assert!(!touch(&touching(false)).certain);
}

#[test]
fn leaving_a_touch_cancels_the_signature_and_asks_for_the_pin_again() {
    let mut run = touching(true);
    let attempt = attempt_of(&run);
    run.on(Event::Wants(Intent::Back));
    assert_eq!(
        run.effects,
        [Effect::Abandon { attempt }, Effect::DropSecrets]
    );
    let asked = prompt(&run);
    assert_eq!((asked.problem, asked.busy), (None, false));
    run.on(Event::Answered {
        attempt,
        answer: Answer::Authorized,
    });
    assert!(
        matches!(run.view().screen, Screen::Pin(_)),
        "it is too late"
    );
}

#[test]
fn a_touch_that_was_not_given_can_be_given_again() {
    let mut run = touching(true);
    let attempt = attempt_of(&run);
    run.on(not_signed(attempt, PinProblem::NotTouched));
    assert_eq!(prompt(&run).problem, Some(PinProblem::NotTouched));
    run.on(Event::PinEntered);
    assert!(matches!(run.effects.as_slice(), [Effect::Sign { .. }]));
    assert_eq!(
        prompt(&run).problem,
        None,
        "the next try has no problem yet"
    );
}

#[test]
fn a_certificate_that_was_not_sent_is_no_part_of_another_way() {
    let mut run = touching(true);
    run.on(Event::Wants(Intent::Back));
    run.on(Event::Wants(Intent::OtherWays));
    run.on(Event::Wants(Intent::ChooseMethod {
        method: Method::Password,
    }));
    let attempt = run.attempt();
    run.on(Event::Answered {
        attempt,
        answer: Answer::Authorized,
    });
    assert!(matches!(
        run.effects.as_slice(),
        [Effect::Finish {
            certificate: None,
            ..
        }]
    ));
}

#[test]
fn a_reader_with_a_pad_is_started_by_the_person_and_asks_itself() {
    let mut pad = yubikey(vec![candidate("lee")]);
    pad.pin.entry = PinEntry::OnReader;
    let mut run = at_the_pin(pad);
    assert_eq!(run.effects, [], "nothing is asked of the card yet");
    assert_eq!(prompt(&run).entry, PinEntry::OnReader);
    run.on(Event::PinEntered);
    assert_eq!(run.effects, [Effect::DropSecrets], "no PIN belongs here");

    run.on(Event::Wants(Intent::Unlock));
    let attempt = run.attempt();
    let sha256 = "lee-00000000".into();
    assert_eq!(
        run.effects,
        [Effect::SignWithoutPin {
            attempt,
            token: YUBIKEY,
            sha256
        }]
    );
    run.on(Event::Waiting {
        attempt,
        wait: Wait::Reader,
    });
    assert!(prompt(&run).busy);
    run.on(Event::Wants(Intent::Unlock));
    assert_eq!(run.effects, [], "one press, one signature");
    run.on(not_signed(attempt, PinProblem::Cancelled));
    let asked = prompt(&run);
    assert_eq!(
        (asked.problem, asked.busy),
        (Some(PinProblem::Cancelled), false)
    );

    run.on(Event::Wants(Intent::Unlock));
    let attempt = run.attempt();
    run.on(Event::Waiting {
        attempt,
        wait: Wait::Reader,
    });
    run.on(Event::Wants(Intent::Back));
    assert!(run.effects.contains(&Effect::Abandon { attempt }));
    assert!(!prompt(&run).busy);
}

#[test]
fn a_key_without_a_pin_signs_with_one_press_though_the_pin_is_blocked() {
    let mut run = at_the_picker(Memory::default());
    let mut card = yubikey(vec![card_only("card")]);
    card.label.blocked = true;
    run.on(found(card));
    let row = picker(&run).groups[1].rows[0].clone();
    assert_eq!(row.warning, Some(RowWarning::ProvesCardOnly));
    run.on(use_certificate("card"));
    let attempt = run.attempt();
    assert!(matches!(
        run.effects.as_slice(),
        [Effect::SignWithoutPin { token: YUBIKEY, .. }]
    ));
    run.on(Event::Unlocked { attempt });
    run.on(Event::Waiting {
        attempt,
        wait: Wait::Touch { certain: true },
    });
    let lines = run.view().badge.proofs;
    assert!(lines.iter().all(|line| line.proof != Proof::Pin));
    assert_eq!(
        lines.last().map(|line| (line.proof, line.state)),
        Some((Proof::Touch, ProofState::Now))
    );
    run.on(Event::Wants(Intent::Back));
    assert!(
        matches!(run.view().screen, Screen::Picker(_)),
        "there was no prompt to go back to"
    );
}

#[test]
fn a_certificate_of_the_card_is_not_marked_before_one_of_the_person() {
    let mut run = at_the_method(Memory::default());
    let mut card = card_only("lee");
    card.row.not_after += DAY;
    run.on(found(yubikey(vec![card, candidate("sam")])));
    run.on(Event::Wants(Intent::ChooseMethod {
        method: Method::Certificate,
    }));
    to_the_list(&mut run);
    assert_eq!(picker(&run).selected.as_deref(), Some("sam-00000000"));
}

#[test]
fn a_blocked_pin_is_not_tried() {
    let mut card = yubikey(vec![candidate("lee")]);
    card.label.blocked = true;
    let mut run = at_the_pin(card);
    assert_eq!(prompt(&run).problem, Some(PinProblem::Blocked));
    run.on(Event::PinEntered);
    assert_eq!(run.effects, [Effect::DropSecrets]);
}

#[test]
fn what_the_card_says_of_its_pin_reaches_the_prompt() {
    let mut card = yubikey(vec![candidate("lee")]);
    card.pin.factory_pin = true;
    let mut run = at_the_pin(card.clone());
    assert!(prompt(&run).factory_pin);
    card.label.tries_left = Some(1);
    card.pin.last_try = true;
    run.on(found(card));
    let asked = prompt(&run);
    assert_eq!((asked.token.tries_left, asked.last_try), (Some(1), true));
}

/// A certificate of slot 9E.
fn card_only(name: &str) -> Candidate {
    let mut candidate = candidate(name);
    candidate.without_pin = true;
    candidate
}

pub(crate) fn touching(certain: bool) -> Conversation {
    let mut run = signing();
    let attempt = run.attempt();
    run.on(Event::Unlocked { attempt });
    run.on(Event::Waiting {
        attempt,
        wait: Wait::Touch { certain },
    });
    run
}

/// The number of the signature under way, learned by leaving a copy of the conversation.
fn attempt_of(run: &Conversation) -> Attempt {
    let left = run
        .state
        .clone()
        .on(Event::Wants(Intent::Back), NOW)
        .effects;
    let Some(Effect::Abandon { attempt }) = left.first() else {
        panic!("a signature is under way, not {left:?}")
    };
    *attempt
}

fn touch(run: &Conversation) -> TouchPrompt {
    let Screen::Touch(prompt) = run.view().screen else {
        panic!("the touch shows, not {:?}", run.view().screen)
    };
    *prompt
}
