//! Cards that are plugged in and pulled at any moment, and that wait for a person.

use sign_in::candidate::{Candidate, Token, TokenId};
use sign_in::intent::Intent;
use sign_in::view::{
    CardService, Method, Picker, PinEntry, PinProblem, PinPrompt, Proof, ProofState, Reader,
    ReaderState, RowWarning, Screen, TouchPrompt,
};
use sign_in::{Answer, Effect, Event, Memory, Remembered, Wait};

use crate::runs::{at_the_method, at_the_picker, signing, use_certificate};
use crate::world::{
    Conversation, DAY, LEE, NOW, SERVER, SOFT, YUBIKEY, asks, candidate, label, memory, token,
    yubikey,
};

#[test]
fn the_rail_shows_what_is_plugged_in_on_every_screen() {
    let mut run = Conversation::start();
    let (attempt, watch) = (run.attempt(), run.watch);
    run.on(found(yubikey(vec![candidate("lee")])));
    assert_eq!(names(&run), ["YubiKey 5 NFC"], "before anything is known");
    run.on(Event::Started {
        attempt,
        memory: memory(),
        session: None,
    });
    run.on(Event::TokensRead { attempt: watch });
    assert_eq!(names(&run), ["YubiKey 5 NFC"]);
    run.on(found(token(Vec::new())));
    assert_eq!(names(&run), ["YubiKey 5 NFC", "Meridian demo"]);
    run.on(gone(YUBIKEY));
    run.on(gone(YUBIKEY));
    assert_eq!(run.view().tokens, [label()]);
}

#[test]
fn a_card_is_watched_once_and_never_abandoned() {
    let mut run = at_the_picker(Memory::default());
    let watch = run.watch;
    for intent in [Intent::OtherWays, Intent::StartOver] {
        run.on(Event::Wants(intent));
        assert!(!run.effects.contains(&Effect::Abandon { attempt: watch }));
    }
    run.on(found(yubikey(Vec::new())));
    assert_eq!(names(&run), ["Meridian demo", "YubiKey 5 NFC"]);
}

#[test]
fn a_card_that_comes_is_added_below_and_moves_no_choice() {
    let mut run = at_the_picker(Memory::default());
    let mut better = candidate("kim");
    better.row.address = Some(LEE.into());
    better.row.not_after += DAY;
    run.on(found(yubikey(vec![better])));
    let picker = picker(&run);
    let groups: Vec<_> = picker
        .groups
        .iter()
        .map(|group| group.token.name.as_str())
        .collect();
    assert_eq!(groups, ["Meridian demo", "YubiKey 5 NFC"]);
    assert_eq!(picker.selected.as_deref(), Some("lee-00000000"));
}

#[test]
fn a_removed_card_keeps_its_place_until_the_screen_changes() {
    let mut run = at_the_picker(Memory::default());
    run.on(found(yubikey(vec![candidate("sam")])));
    run.on(gone(SOFT));
    let list = picker(&run);
    assert!(list.groups[0].rows.iter().all(|row| row.gone));
    assert_eq!(list.selected.as_deref(), Some("lee-00000000"));
    assert_eq!(names(&run), ["YubiKey 5 NFC"]);
    run.on(use_certificate("lee"));
    assert!(
        matches!(run.view().screen, Screen::Picker(_)),
        "what is gone cannot be used"
    );

    run.on(use_certificate("sam"));
    run.on(Event::Wants(Intent::ChooseAnother));
    let list = picker(&run);
    assert_eq!(list.groups.len(), 1, "its place is given up");
    assert_eq!(list.selected.as_deref(), Some("sam-00000000"));
}

#[test]
fn a_card_that_is_put_back_takes_its_place() {
    let mut run = at_the_picker(Memory::default());
    run.on(found(yubikey(vec![candidate("sam")])));
    run.on(gone(SOFT));
    let mut back = token(vec![candidate("lee")]);
    back.id = TokenId(9);
    run.on(found(back));
    let list = picker(&run);
    assert_eq!(list.groups[0].token, label());
    assert!(!list.groups[0].rows[0].gone);
}

#[test]
fn a_remembered_certificate_that_comes_late_is_marked_unless_another_was() {
    let remembered = Memory {
        certificates: vec![Remembered {
            server: SERVER.into(),
            username: LEE.into(),
            sha256: "kim-00000000".into(),
        }],
        ..Memory::default()
    };
    let mut run = at_the_picker(remembered.clone());
    assert_eq!(picker(&run).selected.as_deref(), Some("lee-00000000"));
    run.on(found(yubikey(vec![candidate("kim")])));
    assert_eq!(picker(&run).selected.as_deref(), Some("kim-00000000"));

    let mut run = at_the_picker(remembered);
    let sha256 = "lee-00000000".into();
    run.on(Event::Wants(Intent::SelectCertificate { sha256 }));
    run.on(found(yubikey(vec![candidate("kim")])));
    assert_eq!(picker(&run).selected.as_deref(), Some("lee-00000000"));
}

#[test]
fn a_certificate_that_two_tokens_hold_is_one_entry_where_the_card_answers_itself() {
    let mut run = at_the_picker(Memory::default());
    run.on(found(yubikey(vec![candidate("lee"), candidate("lee")])));
    let list = picker(&run);
    let rows: Vec<_> = list.groups.iter().flat_map(|group| &group.rows).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(list.groups[0].token.name, "YubiKey 5 NFC");
    run.on(use_certificate("lee"));
    run.on(Event::PinEntered);
    assert!(matches!(
        run.effects.as_slice(),
        [Effect::Sign { token: YUBIKEY, .. }]
    ));

    run.on(gone(YUBIKEY));
    assert!(
        prompt(&run).certificate.gone,
        "a PIN is for one token only, whoever else holds the certificate"
    );
    assert_eq!(prompt(&run).token.name, "YubiKey 5 NFC");
}

#[test]
fn a_card_that_a_module_shows_again_is_in_the_rail_once() {
    let mut run = Conversation::start();
    run.on(found(token(vec![candidate("lee")])));
    run.on(found(yubikey(vec![candidate("lee"), candidate("sam")])));
    assert_eq!(names(&run), ["YubiKey 5 NFC"]);
}

#[test]
fn tokens_can_be_read_again_and_what_differs_is_told() {
    let mut run = at_the_picker(Memory::default());
    run.on(Event::Wants(Intent::LookAgain));
    let attempt = run.attempt();
    assert_eq!(run.effects, [Effect::ReadTokens { attempt }]);
    assert!(picker(&run).searching);
    run.on(Event::Wants(Intent::LookAgain));
    assert_eq!(run.effects, [], "one look at a time");
    run.on(gone(SOFT));
    run.on(Event::TokensRead { attempt });
    assert!(!picker(&run).searching);
    assert!(picker(&run).groups[0].rows[0].gone);
}

#[test]
fn a_card_pulled_at_the_pin_says_so_and_goes_on_when_it_is_back() {
    let mut run = at_the_pin(yubikey(vec![candidate("lee")]));
    run.on(gone(YUBIKEY));
    run.on(gone(YUBIKEY));
    let asked = prompt(&run);
    assert!(asked.certificate.gone);
    assert_eq!(asked.problem, Some(PinProblem::Removed));
    assert_eq!(asked.token.name, "YubiKey 5 NFC", "it says which");
    run.on(Event::PinEntered);
    assert_eq!(run.effects, [Effect::DropSecrets], "no PIN is kept");

    let mut other = yubikey(vec![candidate("lee")]);
    other.id = TokenId(7);
    other.label.serial = Some("999".into());
    run.on(found(other));
    let asked = prompt(&run);
    assert_eq!((asked.certificate.gone, asked.problem), (false, None));
    run.on(Event::PinEntered);
    let attempt = run.attempt();
    let sha256 = "lee-00000000".into();
    assert_eq!(
        run.effects,
        [Effect::Sign {
            attempt,
            token: TokenId(7),
            sha256
        }]
    );
}

#[test]
fn a_pulled_card_is_not_replaced_by_a_module_that_shows_its_certificate() {
    let mut run = at_the_pin(yubikey(vec![candidate("lee")]));
    run.on(gone(YUBIKEY));
    run.on(found(token(vec![candidate("lee")])));
    assert!(prompt(&run).certificate.gone);
    assert_eq!(prompt(&run).token.name, "YubiKey 5 NFC");
}

#[test]
fn another_card_does_not_take_the_pin_of_the_one_that_was_pulled() {
    let mut run = at_the_pin(yubikey(vec![candidate("lee")]));
    run.on(gone(YUBIKEY));
    run.on(found(yubikey(vec![candidate("sam")])));
    assert!(prompt(&run).certificate.gone);
}

#[test]
fn a_card_pulled_while_it_checks_or_signs_leads_back_to_the_pin() {
    for unlocked in [false, true] {
        let mut run = at_the_pin(yubikey(vec![candidate("lee")]));
        run.on(Event::PinEntered);
        let attempt = run.attempt();
        if unlocked {
            run.on(Event::Unlocked { attempt });
            assert!(matches!(run.view().screen, Screen::Progress { .. }));
        }
        run.on(gone(YUBIKEY));
        run.on(not_signed(attempt, PinProblem::Removed));
        assert_eq!(prompt(&run).problem, Some(PinProblem::Removed));
        assert!(prompt(&run).certificate.gone);
        run.on(found(yubikey(vec![candidate("lee")])));
        let asked = prompt(&run);
        assert_eq!((asked.problem, asked.busy), (None, false));
        run.on(Event::PinEntered);
        assert!(matches!(run.effects.as_slice(), [Effect::Sign { .. }]));
    }
}

#[test]
fn a_card_pulled_after_it_signed_changes_nothing() {
    let mut run = at_the_pin(yubikey(vec![candidate("lee")]));
    run.on(Event::PinEntered);
    let attempt = run.attempt();
    run.on(Event::Unlocked { attempt });
    run.on(Event::Signed { attempt });
    run.on(gone(YUBIKEY));
    run.on(Event::Answered {
        attempt,
        answer: Answer::Authorized,
    });
    let [
        Effect::Finish {
            certificate: Some(certificate),
            ..
        },
    ] = run.effects.as_slice()
    else {
        panic!("the session is made next, {:?}", run.effects);
    };
    assert_eq!(certificate.token, "YubiKey 5 NFC");
}

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

#[test]
fn a_reader_whose_card_cannot_be_used_is_a_row() {
    let mut run = at_the_picker(Memory::default());
    let reader = |state| Reader {
        name: "Contact reader".into(),
        state,
    };
    run.on(Event::ReaderFound {
        reader: reader(ReaderState::Empty),
    });
    assert_eq!(picker(&run).readers, []);
    let mute = reader(ReaderState::Mute);
    run.on(Event::ReaderFound {
        reader: mute.clone(),
    });
    assert_eq!(picker(&run).readers, [mute]);
    let in_use = reader(ReaderState::InUse {
        by: Some("scdaemon".into()),
    });
    run.on(Event::ReaderFound {
        reader: in_use.clone(),
    });
    assert_eq!(picker(&run).readers, [in_use]);
    let name = "Contact reader".to_owned();
    run.on(Event::ReaderGone { name: name.clone() });
    run.on(Event::ReaderGone { name });
    assert_eq!(picker(&run).readers, []);
}

#[test]
fn the_card_service_is_told_on_every_screen() {
    let mut run = Conversation::with_memory(memory());
    assert_eq!(run.view().card_service, CardService::Running);
    run.on(Event::CardService {
        service: CardService::Stopped,
    });
    assert_eq!(run.view().card_service, CardService::Stopped);
}

fn found(token: Token) -> Event {
    Event::TokenFound { token }
}

fn gone(id: TokenId) -> Event {
    Event::TokenGone { id }
}

fn not_signed(attempt: sign_in::Attempt, problem: PinProblem) -> Event {
    Event::NotSigned {
        attempt,
        problem,
        last_try: false,
    }
}

/// A certificate of slot 9E.
fn card_only(name: &str) -> Candidate {
    let mut candidate = candidate(name);
    candidate.without_pin = true;
    candidate
}

/// The prompt for the first certificate of a token that is plugged in alone.
fn at_the_pin(token: Token) -> Conversation {
    let mut run = at_the_method(Memory::default());
    run.on(found(token));
    run.on(Event::Wants(Intent::ChooseMethod {
        method: Method::Certificate,
    }));
    to_the_list(&mut run);
    run.on(use_certificate("lee"));
    run
}

fn to_the_list(run: &mut Conversation) {
    let attempt = run.attempt();
    let host = "c.example".to_owned();
    run.on(Event::Answered {
        attempt,
        answer: Answer::Certificate { host },
    });
    let (attempt, watch) = (run.attempt(), run.watch);
    run.on(Event::Probed {
        attempt,
        outcome: Ok(asks()),
    });
    run.on(Event::TokensRead { attempt: watch });
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
fn attempt_of(run: &Conversation) -> sign_in::Attempt {
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

fn names(run: &Conversation) -> Vec<String> {
    let tokens = run.view().tokens;
    tokens.into_iter().map(|token| token.name).collect()
}

fn picker(run: &Conversation) -> Picker {
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows, not {:?}", run.view().screen)
    };
    picker
}

fn prompt(run: &Conversation) -> PinPrompt {
    let Screen::Pin(prompt) = run.view().screen else {
        panic!("the prompt shows, not {:?}", run.view().screen)
    };
    *prompt
}

fn touch(run: &Conversation) -> TouchPrompt {
    let Screen::Touch(prompt) = run.view().screen else {
        panic!("the touch shows, not {:?}", run.view().screen)
    };
    *prompt
}
