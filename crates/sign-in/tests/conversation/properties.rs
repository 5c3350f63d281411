//! What holds whatever happens, in whatever order.

use proptest::prelude::*;
use sign_in::intent::Intent;
use sign_in::view::{
    CardService, Method, ModuleFailure, PinEntry, PinProblem, Problem, Reader, ReaderState, Screen,
};
use sign_in::{
    Answer, AskedFor, Attempt, Effect, Event, Failure, Memory, Next, Opened, Refusal, Wait,
};

use crate::world::{
    Conversation, LEE, SERVER, SOFT, YUBIKEY, apps, asks, candidate, memory, number, session,
    token, yubikey,
};

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
        _ => crate::cards::touching(true),
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

/// An event whose number is filled in when it is known.
#[derive(Clone, Debug)]
enum Made {
    Plain(Box<Event>),
    Numbered(Numbered),
}

#[derive(Clone, Debug)]
enum Numbered {
    Started(bool),
    Resumed(bool),
    Tenant,
    Answered(Answer),
    Probed(bool),
    AllRead,
    Waiting(Wait),
    Unlocked,
    Signed,
    NotSigned(PinProblem),
    SignedIn,
    Apps(Result<(), Failure>),
    Opened(Opened),
    SignedOut,
}

impl Made {
    fn event(self, attempt: Option<Attempt>) -> Option<Event> {
        let numbered = match self {
            Self::Plain(event) => return Some(*event),
            Self::Numbered(numbered) => numbered,
        };
        let attempt = attempt?;
        Some(match numbered {
            Numbered::Started(with) => Event::Started {
                attempt,
                memory: memory(),
                session: with.then(session),
            },
            Numbered::Resumed(with) => Event::Resumed {
                attempt,
                session: with.then(session),
            },
            Numbered::Tenant => Event::TenantKnown {
                attempt,
                name: "Meridian".into(),
            },
            Numbered::Answered(answer) => Event::Answered { attempt, answer },
            Numbered::Probed(well) => Event::Probed {
                attempt,
                outcome: if well {
                    Ok(asks())
                } else {
                    Err(Failure::NotAsked)
                },
            },
            Numbered::AllRead => Event::TokensRead { attempt },
            Numbered::Waiting(wait) => Event::Waiting { attempt, wait },
            Numbered::Unlocked => Event::Unlocked { attempt },
            Numbered::Signed => Event::Signed { attempt },
            Numbered::NotSigned(problem) => Event::NotSigned {
                attempt,
                problem,
                last_try: false,
            },
            Numbered::SignedIn => Event::SignedIn {
                attempt,
                session: session(),
            },
            Numbered::Apps(outcome) => Event::AppsRead {
                attempt,
                outcome: outcome.map(|()| apps()),
            },
            Numbered::Opened(outcome) => Event::AppOpened { attempt, outcome },
            Numbered::SignedOut => Event::SignedOut {
                attempt,
                memory: memory(),
                problem: None,
            },
        })
    }
}

/// An event, and which of the open numbers it answers.
fn moves() -> impl Strategy<Value = (usize, Made)> {
    (any::<usize>(), made())
}

fn made() -> impl Strategy<Value = Made> {
    prop_oneof![
        intents().prop_map(|intent| Made::Plain(Box::new(Event::Wants(intent)))),
        prop_oneof![
            Just(Event::PinEntered),
            Just(Event::PinOfWrongLength),
            Just(Event::PasswordEntered),
            Just(Event::CodeEntered),
            Just(Event::MemoryRead { memory: memory() }),
        ]
        .prop_map(|event| Made::Plain(Box::new(event))),
        cards(["lee", "sam"], ["lee", "sam"]).prop_map(|event| Made::Plain(Box::new(event))),
        cards(["lee", "sam"], ["lee", "sam"]).prop_map(|event| Made::Plain(Box::new(event))),
        numbered().prop_map(Made::Numbered),
        numbered().prop_map(Made::Numbered),
    ]
}

/// What happens to two tokens that may hold these certificates, and around them: nobody asked for
/// it, and it may come at any time and twice.
fn cards(soft: [&'static str; 2], key: [&'static str; 2]) -> impl Strategy<Value = Event> {
    let entry = prop_oneof![
        Just(PinEntry::Typed),
        Just(PinEntry::Typed),
        Just(PinEntry::OnReader),
        Just(PinEntry::NotNeeded),
    ];
    let held = prop::collection::vec(0..2_usize, 0..3);
    let found = (held, entry, any::<bool>()).prop_map(move |(held, entry, is_soft)| {
        let of = |names: [&str; 2]| held.iter().map(|index| candidate(names[*index])).collect();
        let mut found = if is_soft {
            token(of(soft))
        } else {
            yubikey(of(key))
        };
        found.pin.entry = entry;
        Event::TokenFound { token: found }
    });
    let reader = prop_oneof![
        Just(ReaderState::Empty),
        Just(ReaderState::Read),
        Just(ReaderState::Mute),
        Just(ReaderState::OtherCard),
        Just(ReaderState::InUse { by: None }),
    ];
    prop_oneof![
        4 => found,
        3 => prop_oneof![Just(SOFT), Just(YUBIKEY)].prop_map(|id| Event::TokenGone { id }),
        1 => reader.prop_map(|state| Event::ReaderFound {
            reader: Reader { name: "Contact reader".into(), state },
        }),
        1 => Just(Event::ReaderGone { name: "Contact reader".into() }),
        1 => prop_oneof![Just(CardService::Running), Just(CardService::Stopped)]
            .prop_map(|service| Event::CardService { service }),
        1 => Just(Event::ModuleFailed {
            failure: ModuleFailure { module: "acme".into(), cause: "it crashed".into() },
        }),
    ]
}

fn numbered() -> impl Strategy<Value = Numbered> {
    prop_oneof![
        any::<bool>().prop_map(Numbered::Started),
        any::<bool>().prop_map(Numbered::Resumed),
        Just(Numbered::Tenant),
        answers().prop_map(Numbered::Answered),
        answers().prop_map(Numbered::Answered),
        answers().prop_map(Numbered::Answered),
        any::<bool>().prop_map(Numbered::Probed),
        Just(Numbered::AllRead),
        prop_oneof![
            any::<bool>().prop_map(|certain| Wait::Touch { certain }),
            Just(Wait::Reader),
        ]
        .prop_map(Numbered::Waiting),
        Just(Numbered::Unlocked),
        Just(Numbered::Signed),
        prop_oneof![
            Just(PinProblem::Wrong {
                tries_left: Some(1)
            }),
            Just(PinProblem::Blocked),
            Just(PinProblem::Removed),
            Just(PinProblem::Cancelled),
            Just(PinProblem::NotTouched),
            Just(PinProblem::InUse { by: None }),
        ]
        .prop_map(Numbered::NotSigned),
        Just(Numbered::SignedIn),
        prop_oneof![Just(Ok(())), failures().prop_map(Err)].prop_map(Numbered::Apps),
        prop_oneof![
            Just(Opened::Opens),
            Just(Opened::MoreNeeded),
            failures().prop_map(Opened::Failed),
        ]
        .prop_map(Numbered::Opened),
        Just(Numbered::SignedOut),
    ]
}

fn methods() -> impl Strategy<Value = Vec<Method>> {
    prop::collection::vec(method(), 0..3)
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        Just(Method::Certificate),
        Just(Method::Password),
        Just(Method::Code)
    ]
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        methods().prop_map(|methods| Answer::Methods { methods }),
        Just(Answer::Certificate {
            host: "c.example".into()
        }),
        (method(), methods(), methods()).prop_map(|(asking, offers, proven)| {
            Answer::Secret(AskedFor {
                asking,
                offers,
                proven,
                application: None,
                problem: Some(Problem::NotRight),
            })
        }),
        Just(Answer::Authorized),
        methods().prop_map(|methods| Answer::Refused(Refusal {
            code: 500_171,
            correlation_id: None,
            checks: Vec::new(),
            next: Next::ChooseAnother,
            methods,
        })),
        Just(Answer::Expired),
        failures().prop_map(Answer::Failed),
    ]
}

fn failures() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::Unreachable {
            cause: "refused".into()
        }),
        Just(Failure::ServerNotTrusted {
            cause: "unknown issuer".into()
        }),
        Just(Failure::NotAnIdentityServer),
        Just(Failure::SlowDown { seconds: 3 }),
        Just(Failure::NotAsked),
        Just(Failure::Handshake {
            cause: "alert".into()
        }),
        Just(Failure::Protocol {
            cause: "no JSON".into()
        }),
        Just(Failure::Token {
            cause: "CKR_DEVICE_ERROR".into()
        }),
        Just(Failure::SessionEnded),
    ]
}

fn intents() -> impl Strategy<Value = Intent> {
    let sha256 = || {
        prop_oneof![
            Just("lee-00000000".to_owned()),
            Just("sam-00000000".to_owned())
        ]
    };
    prop_oneof![
        Just(Intent::EnterAccount {
            server: SERVER.into(),
            username: LEE.into()
        }),
        Just(Intent::EnterAccount {
            server: "http://x".into(),
            username: String::new()
        }),
        method().prop_map(|method| Intent::ChooseMethod { method }),
        sha256().prop_map(|sha256| Intent::SelectCertificate { sha256 }),
        (sha256(), any::<bool>(), any::<bool>()).prop_map(|(sha256, remember, anyway)| {
            Intent::UseCertificate {
                sha256,
                remember,
                anyway,
            }
        }),
        Just(Intent::Unlock),
        Just(Intent::LookAgain),
        method().prop_map(|method| Intent::AskFor { method }),
        Just(Intent::OtherWays),
        Just(Intent::ChooseAnother),
        Just(Intent::TryAgain),
        Just(Intent::Back),
        Just(Intent::StartOver),
        Just(Intent::OpenApp {
            id: "payroll".into()
        }),
        Just(Intent::RefreshApps),
        Just(Intent::ForgetAccount {
            server: SERVER.into(),
            username: LEE.into()
        }),
        Just(Intent::SignOut),
    ]
}
