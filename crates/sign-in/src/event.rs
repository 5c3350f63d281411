//! What happens.

use crate::candidate::{Asks, Token, TokenId};
use crate::effect::Attempt;
use crate::intent::Intent;
use crate::view::{
    App, CardService, CheckLine, Method, ModuleFailure, PinProblem, Problem, Reader, RecentAccount,
    Strength, UsedCertificate,
};

/// One thing that happened. None carries a secret: events say that a PIN was entered, not which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A person wants something.
    Wants(Intent),
    /// A PIN waits to be used.
    PinEntered,
    /// A PIN was typed that the token would not take for its length; it was wiped.
    PinOfWrongLength,
    /// A password waits to be used.
    PasswordEntered,
    /// A code waits to be used.
    CodeEntered,
    /// What this device remembers was read, and with it the last session.
    Started {
        /// The number of the request.
        attempt: Attempt,
        /// What this device remembers.
        memory: Memory,
        /// The session to go on with.
        session: Option<Session>,
    },
    /// What this device remembers has changed.
    MemoryRead {
        /// What it remembers.
        memory: Memory,
    },
    /// The session of an account was looked for.
    Resumed {
        /// The number of the request.
        attempt: Attempt,
        /// The session, if there is one.
        session: Option<Session>,
    },
    /// The server named the tenant.
    TenantKnown {
        /// The number of the request.
        attempt: Attempt,
        /// Its name.
        name: String,
    },
    /// The server answered with its next step.
    Answered {
        /// The number of the request.
        attempt: Attempt,
        /// The step.
        answer: Answer,
    },
    /// The certificate host was probed.
    Probed {
        /// The number of the request.
        attempt: Attempt,
        /// What it asks for.
        outcome: Result<Asks, Failure>,
    },
    /// A token was read: one that was plugged in, one that is back, or, under a number that is
    /// known, one whose certificates or PIN have changed.
    TokenFound {
        /// The token.
        token: Token,
    },
    /// A token was removed.
    TokenGone {
        /// Its number.
        id: TokenId,
    },
    /// A reader was plugged in, or what is in it has changed.
    ReaderFound {
        /// The reader.
        reader: Reader,
    },
    /// A reader was unplugged.
    ReaderGone {
        /// Its name.
        name: String,
    },
    /// The service that cards are reached through has changed.
    CardService {
        /// How it is.
        service: CardService,
    },
    /// A module could not be used.
    ModuleFailed {
        /// Which, and why.
        failure: ModuleFailure,
    },
    /// Everything that is plugged in was read.
    TokensRead {
        /// The number of the request.
        attempt: Attempt,
    },
    /// A token waits for the person.
    Waiting {
        /// The number of the signature's request.
        attempt: Attempt,
        /// What it waits for.
        wait: Wait,
    },
    /// The token took the PIN, or wants none.
    Unlocked {
        /// The number of the request.
        attempt: Attempt,
    },
    /// The token made its signature; the server has the next word.
    Signed {
        /// The number of the request.
        attempt: Attempt,
    },
    /// The token made no signature: it did not take the PIN, was removed, was not touched, or
    /// cannot be asked.
    NotSigned {
        /// The number of the request.
        attempt: Attempt,
        /// What was wrong.
        problem: PinProblem,
        /// Whether the next wrong PIN blocks the token.
        last_try: bool,
    },
    /// The session was made and kept.
    SignedIn {
        /// The number of the request.
        attempt: Attempt,
        /// The session.
        session: Session,
    },
    /// The applications were asked for.
    AppsRead {
        /// The number of the request.
        attempt: Attempt,
        /// The applications, or why there are none.
        outcome: Result<Vec<App>, Failure>,
    },
    /// An application was to be opened.
    AppOpened {
        /// The number of the request.
        attempt: Attempt,
        /// How it went.
        outcome: Opened,
    },
    /// The person was signed out here.
    SignedOut {
        /// The number of the request.
        attempt: Attempt,
        /// What this device remembers afterwards.
        memory: Memory,
        /// Why the server could not be told, where it could not.
        problem: Option<Problem>,
    },
}

/// What a token waits for while it unlocks or signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A touch.
    Touch {
        /// Whether the token says so; otherwise its silence suggests it.
        certain: bool,
    },
    /// The PIN, on the reader's pad.
    Reader,
}

/// What this device remembers between sign-ins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Accounts that were used, newest first.
    pub accounts: Vec<RecentAccount>,
    /// The certificate to mark for each account.
    pub certificates: Vec<Remembered>,
    /// The server to offer.
    pub server: String,
    /// The username to offer.
    pub username: String,
}

/// A certificate to mark for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The server's origin.
    pub server: String,
    /// The username.
    pub username: String,
    /// SHA-256 of the certificate, lowercase hex.
    pub sha256: String,
}

/// A session as a person knows it; its tokens and keys stay with the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The server's origin.
    pub server: String,
    /// The person's name.
    pub name: String,
    /// The username.
    pub username: String,
    /// The organisation's name.
    pub tenant: String,
    /// When the person signed in.
    pub since: i64,
    /// Until when the session lasts.
    pub until: i64,
    /// How strong the sign-in was.
    pub strength: Strength,
    /// What was proven.
    pub factors: Vec<Method>,
    /// The certificate, where one was used.
    pub certificate: Option<UsedCertificate>,
    /// Whether it is kept in memory only.
    pub memory_only: bool,
}

/// The server's next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Choose a way.
    Methods {
        /// The ways, first the one to suggest.
        methods: Vec<Method>,
    },
    /// Send a certificate to this host.
    Certificate {
        /// The host.
        host: String,
    },
    /// Give a password or a code.
    Secret(AskedFor),
    /// The journey has ended well; a code waits to be redeemed.
    Authorized,
    /// The server refused.
    Refused(Refusal),
    /// The journey has ended by its age, or belongs to somebody else.
    Expired,
    /// There was no answer that can be used.
    Failed(Failure),
}

/// A password or code that the server asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFor {
    /// The way that is asked for.
    pub asking: Method,
    /// Every way that would do.
    pub offers: Vec<Method>,
    /// What was proven already.
    pub proven: Vec<Method>,
    /// The application that asks.
    pub application: Option<String>,
    /// What was wrong with the last one.
    pub problem: Option<Problem>,
}

/// A refusal of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: u32,
    /// The server's correlation ID.
    pub correlation_id: Option<String>,
    /// What was checked.
    pub checks: Vec<CheckLine>,
    /// What the server suggests.
    pub next: Next,
    /// Ways that are still open in this journey.
    pub methods: Vec<Method>,
}

/// What the server suggests after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another certificate may do.
    ChooseAnother,
    /// Only an administrator can help.
    AskAdministrator,
    /// The same may work later.
    TryAgain,
    /// Another way may do.
    OtherWay,
}

/// Why something could not be done, on this side of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server gives no answer.
    Unreachable {
        /// What the connection said.
        cause: String,
    },
    /// The server's own certificate is not trusted on this device.
    ServerNotTrusted {
        /// What the check said.
        cause: String,
    },
    /// The server is not one that Lanyard can talk to.
    NotAnIdentityServer,
    /// The server wants a pause.
    SlowDown {
        /// Seconds to wait.
        seconds: u32,
    },
    /// The server did not ask for a certificate.
    NotAsked,
    /// The handshake failed.
    Handshake {
        /// The alert or cause.
        cause: String,
    },
    /// The server said something that cannot be understood.
    Protocol {
        /// What was wrong.
        cause: String,
    },
    /// The token failed.
    Token {
        /// What it said.
        cause: String,
    },
    /// The server ended the session.
    SessionEnded,
}

/// How opening an application went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It opens.
    Opens,
    /// It asks for more than the session gives.
    MoreNeeded,
    /// It could not be opened.
    Failed(Failure),
}
