//! Cards that are plugged in and pulled at any moment.

use sign_in::candidate::{Token, TokenId};
use sign_in::intent::Intent;
use sign_in::view::{
    CardService, Method, Picker, PinProblem, PinPrompt, Reader, ReaderState, Screen,
};
use sign_in::{Answer, Effect, Event, Memory, Remembered};

use crate::runs::{at_the_method, at_the_picker, use_certificate};
use crate::world::{
    Conversation, DAY, LEE, SERVER, SOFT, YUBIKEY, asks, candidate, label, memory, token, yubikey,
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

pub(crate) fn found(token: Token) -> Event {
    Event::TokenFound { token }
}

pub(crate) fn gone(id: TokenId) -> Event {
    Event::TokenGone { id }
}

pub(crate) fn not_signed(attempt: sign_in::Attempt, problem: PinProblem) -> Event {
    Event::NotSigned {
        attempt,
        problem,
        last_try: false,
    }
}

/// The prompt for the first certificate of a token that is plugged in alone.
pub(crate) fn at_the_pin(token: Token) -> Conversation {
    let mut run = at_the_method(Memory::default());
    run.on(found(token));
    run.on(Event::Wants(Intent::ChooseMethod {
        method: Method::Certificate,
    }));
    to_the_list(&mut run);
    run.on(use_certificate("lee"));
    run
}

pub(crate) fn to_the_list(run: &mut Conversation) {
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

fn names(run: &Conversation) -> Vec<String> {
    let tokens = run.view().tokens;
    tokens.into_iter().map(|token| token.name).collect()
}

pub(crate) fn picker(run: &Conversation) -> Picker {
    let Screen::Picker(picker) = run.view().screen else {
        panic!("the picker shows, not {:?}", run.view().screen)
    };
    picker
}

pub(crate) fn prompt(run: &Conversation) -> PinPrompt {
    let Screen::Pin(prompt) = run.view().screen else {
        panic!("the prompt shows, not {:?}", run.view().screen)
    };
    *prompt
}
