//! A token, a server and a person to hold the conversation with.

use sign_in::candidate::{Asks, Candidate, IssuerName, PinRules, Token, TokenId};
use sign_in::view::{
    App, CertificateDetails, CertificateRow, Method, PinEntry, RecentAccount, Strength, Through,
    TokenKind, TokenLabel, View,
};
use sign_in::{Attempt, Effect, Event, Memory, Session, State, Step};

pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const DAY: i64 = 24 * 60 * 60;
pub(crate) const SERVER: &str = "https://login.localhost:8443";
pub(crate) const LEE: &str = "lee@meridian.example";

/// A state that is driven by hand, with the effects of the last event.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) state: State,
    pub(crate) effects: Vec<Effect>,
    /// The number of the first reading of what is plugged in.
    pub(crate) watch: Attempt,
}

impl Conversation {
    pub(crate) fn start() -> Self {
        let (state, effects) = State::start();
        let [Effect::ReadMemory { .. }, Effect::WatchTokens { attempt }] = *effects.as_slice()
        else {
            panic!("memory is read and tokens are watched, not {effects:?}")
        };
        Self {
            state,
            effects,
            watch: attempt,
        }
    }

    /// A conversation whose device remembers `memory` and no session.
    pub(crate) fn with_memory(memory: Memory) -> Self {
        let mut conversation = Self::start();
        let attempt = conversation.attempt();
        conversation.on(Event::Started {
            attempt,
            memory,
            session: None,
        });
        conversation
    }

    pub(crate) fn on(&mut self, event: Event) -> &mut Self {
        let Step { state, effects } = self.state.clone().on(event, NOW);
        self.state = state;
        self.effects = effects;
        self
    }

    pub(crate) fn view(&self) -> View {
        self.state.view(NOW)
    }

    /// The number that the first numbered effect of the last event waits for.
    pub(crate) fn attempt(&self) -> Attempt {
        *self
            .attempts()
            .first()
            .expect("the last event asked the world for something")
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.effects.iter().filter_map(number).collect()
    }
}

/// The number of an effect that is answered.
pub(crate) fn number(effect: &Effect) -> Option<Attempt> {
    match effect {
        Effect::ReadMemory { attempt }
        | Effect::Resume { attempt, .. }
        | Effect::Begin { attempt, .. }
        | Effect::Choose { attempt, .. }
        | Effect::Probe { attempt }
        | Effect::WatchTokens { attempt }
        | Effect::ReadTokens { attempt }
        | Effect::Sign { attempt, .. }
        | Effect::SignWithoutPin { attempt, .. }
        | Effect::SendPassword { attempt }
        | Effect::SendCode { attempt }
        | Effect::Finish { attempt, .. }
        | Effect::ReadApps { attempt }
        | Effect::OpenApp { attempt, .. }
        | Effect::SignOut { attempt } => Some(*attempt),
        Effect::RememberCertificate { .. }
        | Effect::RemoveSession { .. }
        | Effect::Forget { .. }
        | Effect::Abandon { .. }
        | Effect::DropSecrets => None,
    }
}

pub(crate) fn issuer() -> IssuerName {
    IssuerName {
        der: vec![1, 2, 3],
        text: Some("cn=meridian issuing ca 1".into()),
    }
}

pub(crate) fn asks() -> Asks {
    Asks {
        authorities: vec![issuer()],
        schemes: vec![0x0403, 0x0804],
        older_tls: true,
    }
}

/// A certificate that fits; the name makes its fingerprint.
pub(crate) fn candidate(name: &str) -> Candidate {
    Candidate {
        row: CertificateRow {
            sha256: format!("{name}-{}", "0".repeat(8)),
            name: name.to_owned(),
            address: Some(format!("{name}@meridian.example")),
            issuer: "Meridian Issuing CA 1".into(),
            slot: None,
            not_before: NOW - 365 * DAY,
            not_after: NOW + 365 * DAY,
            warning: None,
            gone: false,
            details: CertificateDetails {
                subject: format!("CN={name}"),
                issuer: "CN=Meridian Issuing CA 1".into(),
                serial: "01".into(),
                principal_names: vec![format!("{name}@meridian.example")],
                emails: Vec::new(),
                key: "P-256".into(),
                purposes: vec!["clientAuth".into()],
                policies: Vec::new(),
            },
        },
        readable: true,
        has_key: true,
        without_pin: false,
        schemes: vec![0x0403],
        may_sign: true,
        for_clients: true,
        issuers: vec![issuer()],
    }
}

pub(crate) fn label() -> TokenLabel {
    TokenLabel {
        name: "Meridian demo".into(),
        model: Some("SoftHSM v2".into()),
        serial: Some("1234".into()),
        kind: TokenKind::Chip,
        tries_left: None,
        blocked: false,
    }
}

pub(crate) const SOFT: TokenId = TokenId(1);
pub(crate) const YUBIKEY: TokenId = TokenId(2);

pub(crate) fn token(candidates: Vec<Candidate>) -> Token {
    let pin = PinRules {
        shortest: 4,
        longest: 255,
        digits_only: false,
        last_try: false,
        factory_pin: false,
        entry: PinEntry::Typed,
    };
    Token {
        id: SOFT,
        through: Through::Module,
        label: label(),
        pin,
        candidates,
    }
}

/// A PIV card, its certificates in slot 9A and upwards.
pub(crate) fn yubikey(candidates: Vec<Candidate>) -> Token {
    let mut yubikey = token(candidates);
    yubikey.id = YUBIKEY;
    yubikey.through = Through::Reader;
    yubikey.label = TokenLabel {
        name: "YubiKey 5 NFC".into(),
        model: Some("YubiKey 5 NFC".into()),
        serial: Some("14202337".into()),
        kind: TokenKind::Key,
        tries_left: Some(3),
        blocked: false,
    };
    yubikey
}

pub(crate) fn session() -> Session {
    Session {
        server: SERVER.into(),
        name: "Lee Park".into(),
        username: LEE.into(),
        tenant: "Meridian".into(),
        since: NOW,
        until: NOW + DAY,
        strength: Strength::SingleFactor,
        factors: vec![Method::Certificate],
        certificate: None,
        memory_only: false,
    }
}

pub(crate) fn apps() -> Vec<App> {
    let app = |id: &str, name: &str, multi_factor| App {
        id: id.into(),
        name: name.into(),
        description: String::new(),
        multi_factor,
    };
    vec![
        app("payroll", "Payroll", true),
        app("handbook", "Handbook", false),
    ]
}

pub(crate) fn memory() -> Memory {
    Memory {
        accounts: vec![RecentAccount {
            server: SERVER.into(),
            username: LEE.into(),
            name: Some("Lee Park".into()),
            signed_in: false,
        }],
        ..Memory::default()
    }
}
