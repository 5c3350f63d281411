//! What holds whatever happens, in whatever order.

use proptest::prelude::*;
use sign_in::intent::Intent;
use sign_in::view::{PinEntry, PinProblem, Screen};
use sign_in::{Attempt, Effect, Event, Memory};

use crate::world::{Conversation, number, session};
use made::{Made, cards, made, moves};

mod made;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Any sequence of events is taken; a signature is asked for only in answer to a PIN; every
    /// end leaves something to do; a number is never used twice.
    #[test]
    fn any_sequence_of_events_keeps_the_promises(
        mut run in begun(),
        moves in prop::collection::vec(moves(), 1..60),
    ) {
        let mut outstanding: Vec<Attempt> = run.attempts();
        let mut used = outstanding.clone();
        for (pick, made) in moves {
            let attempt = outstanding.get(pick % outstanding.len().max(1)).copied();
            let Some(event) = made.event(attempt) else { continue };
            let typed = matches!(event, Event::PinEntered);
            let before = run.view();
            run.on(event.clone());

            for effect in &run.effects {
                if let Effect::Sign { sha256, .. } = effect {
                    prop_assert!(typed, "{event:?} asked for a signature");
                    let Screen::Pin(prompt) = &before.screen else {
                        return Err(TestCaseError::fail("a signature without a prompt"));
                    };
                    prop_assert_eq!(&prompt.certificate.sha256, sha256);
                    prop_assert_eq!(prompt.entry, PinEntry::Typed);
                    prop_assert!(!prompt.busy, "one PIN, one signature");
                    prop_assert!(!prompt.certificate.gone, "a token that is out takes no PIN");
                }
                if let Effect::SignWithoutPin { .. } = effect {
                    let asked = matches!(
                        event,
                        Event::Wants(Intent::Unlock | Intent::UseCertificate { .. })
                    );
                    prop_assert!(asked, "{event:?} asked for a signature");
                }
                if let Some(new) = number(effect) {
                    prop_assert!(!used.contains(&new), "{new:?} was used before");
                    used.push(new);
                    outstanding.push(new);
                }
            }
            let wanted = match &before.screen {
                Screen::Pin(prompt) => {
                    prompt.busy || (prompt.entry == PinEntry::Typed && !prompt.certificate.gone)
                }
                Screen::Touch(_) | Screen::Progress { .. } => true,
                // Another secret is on its way, and wiping would take it along.
                Screen::Password { busy, .. } | Screen::SecondFactor { busy, .. } => *busy,
                Screen::Account { .. }
                | Screen::Method { .. }
                | Screen::Picker(_)
                | Screen::SignedIn(_)
                | Screen::Error(_) => false,
            };
            if typed && !wanted && !under_way(&before) {
                prop_assert_eq!(&run.effects, &[Effect::DropSecrets], "an unwanted PIN is wiped");
            }
            match run.view().screen {
                Screen::Error(error) => prop_assert!(!error.actions.is_empty()),
                Screen::Method { methods } => prop_assert!(!methods.is_empty()),
                Screen::SecondFactor { .. }
                | Screen::Account { .. }
                | Screen::Password { .. }
                | Screen::Progress { .. }
                | Screen::SignedIn(_) => {}
                Screen::Touch(touch) => prop_assert!(!touch.certificate.sha256.is_empty()),
                Screen::Pin(prompt) => {
                    let out = prompt.problem == Some(PinProblem::Removed);
                    prop_assert!(out || !prompt.certificate.gone, "what is gone is said to be");
                }
                Screen::Picker(picker) => {
                    let rows = picker.groups.iter().flat_map(|group| &group.rows);
                    let mut shown: Vec<_> = rows.map(|row| row.sha256.clone()).collect();
                    let selected = picker.selected.clone();
                    prop_assert!(selected.is_none_or(|selected| shown.contains(&selected)));
                    shown.extend(picker.unusable.into_iter().map(|entry| entry.row.sha256));
                    let all = shown.len();
                    shown.sort();
                    shown.dedup();
                    prop_assert_eq!(shown.len(), all, "a certificate is one entry");
                }
            }
        }
    }

    /// Whatever cards do, the rows that are shown stay in their order, and the choice stays.
    #[test]
    fn cards_that_come_and_go_move_nothing(
        before in prop::collection::vec(cards(["lee", "sam"], ["kim", "ada"]), 0..6),
        moves in prop::collection::vec(cards(["lee", "sam"], ["kim", "ada"]), 1..20),
    ) {
        let mut run = crate::runs::at_the_picker(Memory::default());
        for event in before {
            run.on(event);
        }
        let Screen::Picker(mut shown) = run.view().screen else {
            return Err(TestCaseError::fail("the picker shows"));
        };
        for event in moves {
            run.on(event.clone());
            prop_assert_eq!(run.effects.as_slice(), &[]);
            let Screen::Picker(next) = run.view().screen else {
                return Err(TestCaseError::fail("cards left the picker"));
            };
            let order = |picker: &sign_in::view::Picker| -> Vec<String> {
                picker.groups.iter().map(|group| group.token.name.clone()).collect()
            };
            let (old, new) = (order(&shown), order(&next));
            prop_assert!(new.starts_with(&old), "{event:?}: {old:?} became {new:?}");
            prop_assert!(
                shown.selected.is_none() || next.selected == shown.selected,
                "{event:?} moved the choice"
            );
            shown = next;
        }
    }

    /// An answer that nobody waits for changes neither the picture nor the world.
    #[test]
    fn a_number_that_was_never_given_out_is_ignored(
        moves in prop::collection::vec(moves(), 1..30),
        late in made(),
    ) {
        let mut run = Conversation::start();
        let mut other = Conversation::start();
        for _ in 0..100 {
            // Uses up numbers that `run` will not reach.
            other.on(Event::Wants(Intent::SignOut));
        }
        let attempt = other.attempt_after_all();
        for (pick, made) in moves {
            let known = run.attempts();
            let attempt = known.get(pick % known.len().max(1)).copied();
            if let Some(event) = made.event(attempt) {
                run.on(event);
            }
        }
        if let (Made::Numbered(_), Some(event)) = (late.clone(), late.event(Some(attempt))) {
            let before = run.view();
            run.on(event);
            prop_assert_eq!(run.effects.as_slice(), &[]);
            prop_assert_eq!(run.view(), before);
        }
    }
}

/// The start, and places that chance alone seldom reaches.
fn begun() -> impl Strategy<Value = Conversation> {
    prop_oneof![Just(0), Just(1), Just(2), Just(3)].prop_map(|place| match place {
        0 => Conversation::start(),
        1 => crate::runs::at_the_picker(Memory::default()),
        2 => crate::runs::signing(),
        _ => crate::waiting::touching(true),
    })
}

/// A secret may be on its way while the prompt of a card that is out says nothing of it.
fn under_way(view: &sign_in::view::View) -> bool {
    matches!(&view.screen, Screen::Pin(prompt) if prompt.certificate.gone)
}

impl Conversation {
    /// A number that the other conversation has not reached.
    fn attempt_after_all(&mut self) -> Attempt {
        let memory = Memory::default();
        let attempt = Conversation::start().attempt();
        self.on(Event::Started {
            attempt,
            memory,
            session: Some(session()),
        });
        self.attempt()
    }
}
