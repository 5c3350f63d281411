//! Events of every kind, in any order.

use proptest::prelude::*;
use sign_in::intent::Intent;
use sign_in::view::{
    CardService, Method, ModuleFailure, PinEntry, PinProblem, Problem, Reader, ReaderState,
};
use sign_in::{Answer, AskedFor, Attempt, Event, Failure, Next, Opened, Refusal, Wait};

use crate::world::{
    LEE, SERVER, SOFT, YUBIKEY, apps, asks, candidate, memory, session, token, yubikey,
};

/// An event whose number is filled in when it is known.
#[derive(Clone, Debug)]
pub(super) enum Made {
    Plain(Box<Event>),
    Numbered(Numbered),
}

#[derive(Clone, Debug)]
pub(super) enum Numbered {
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
    pub(super) fn event(self, attempt: Option<Attempt>) -> Option<Event> {
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
pub(super) fn moves() -> impl Strategy<Value = (usize, Made)> {
    (any::<usize>(), made())
}

pub(super) fn made() -> impl Strategy<Value = Made> {
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
pub(super) fn cards(
    soft: [&'static str; 2],
    key: [&'static str; 2],
) -> impl Strategy<Value = Event> {
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
