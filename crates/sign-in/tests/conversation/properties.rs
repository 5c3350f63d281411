//! What holds whatever happens, in whatever order.

use proptest::prelude::*;
use sign_in::intent::Intent;
use sign_in::view::{Method, PinProblem, Problem, Screen};
use sign_in::{Answer, AskedFor, Attempt, Effect, Event, Failure, Memory, Next, Opened, Refusal};

use crate::world::{
    Conversation, LEE, SERVER, apps, asks, candidate, memory, number, session, token,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Any sequence of events is taken; a signature is asked for only in answer to a PIN; every
    /// end leaves something to do; a number is never used twice.
    #[test]
    fn any_sequence_of_events_keeps_the_promises(moves in prop::collection::vec(moves(), 1..60)) {
        let mut run = Conversation::start();
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
                    prop_assert!(!prompt.busy, "one PIN, one signature");
                }
                if let Some(new) = number(effect) {
                    prop_assert!(!used.contains(&new), "{new:?} was used before");
                    used.push(new);
                    outstanding.push(new);
                }
            }
            if typed && !matches!(before.screen, Screen::Pin(_) | Screen::Progress { .. }) {
                prop_assert_eq!(&run.effects, &[Effect::DropSecrets], "an unwanted PIN is wiped");
            }
            match run.view().screen {
                Screen::Error(error) => prop_assert!(!error.actions.is_empty()),
                Screen::Method { methods } => prop_assert!(!methods.is_empty()),
                Screen::SecondFactor { .. }
                | Screen::Account { .. }
                | Screen::Picker(_)
                | Screen::Pin(_)
                | Screen::Password { .. }
                | Screen::Progress { .. }
                | Screen::SignedIn(_) => {}
            }
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
    Found(&'static str, bool),
    AllRead,
    Unlocked,
    PinRefused(PinProblem),
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
            Numbered::Found(name, typed_here) => {
                let mut token = token(vec![candidate(name)]);
                token.pin.typed_here = typed_here;
                Event::TokenFound { attempt, token }
            }
            Numbered::AllRead => Event::TokensRead { attempt },
            Numbered::Unlocked => Event::Unlocked { attempt },
            Numbered::PinRefused(problem) => Event::PinRefused {
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
        numbered().prop_map(Made::Numbered),
        numbered().prop_map(Made::Numbered),
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
        (prop_oneof![Just("lee"), Just("sam")], any::<bool>())
            .prop_map(|(name, typed)| Numbered::Found(name, typed)),
        Just(Numbered::AllRead),
        Just(Numbered::Unlocked),
        prop_oneof![
            Just(PinProblem::Wrong {
                tries_left: Some(1)
            }),
            Just(PinProblem::Blocked),
            Just(PinProblem::Removed),
        ]
        .prop_map(Numbered::PinRefused),
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
