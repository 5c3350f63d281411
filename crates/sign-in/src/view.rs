//! What a person sees: one [`View`] is enough to draw a screen, in a window or a terminal.
//!
//! Values are codes, names and times, never sentences: the words belong to whoever draws them.
//! Times are seconds since 1970-01-01T00:00:00Z.

mod cards;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use cards::{CardService, PinEntry, Reader, ReaderState, Through, TouchPrompt};

/// One picture of the conversation: the badge, the tokens at hand, and the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct View {
    /// Who the person is here, and what has been proven.
    pub badge: Badge,
    /// The tokens that are plugged in, for the foot of the rail.
    pub tokens: Vec<TokenLabel>,
    /// How the service is that cards are reached through.
    pub card_service: CardService,
    /// What fills the rest of the window.
    pub screen: Screen,
}

/// The badge on the lanyard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Badge {
    /// The person's name, known from this device's memory or the chosen certificate.
    pub name: Option<String>,
    /// The username that was typed or remembered.
    pub address: Option<String>,
    /// The organisation's name.
    pub tenant: Option<String>,
    /// One line for each proof, in the order in which they are asked for.
    pub proofs: Vec<ProofLine>,
}

/// A line of the badge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ProofLine {
    /// What is proven.
    pub proof: Proof,
    /// How far it got.
    pub state: ProofState,
}

/// What a line of the badge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Proof {
    /// The username.
    Account,
    /// A certificate was chosen.
    Certificate,
    /// The token accepted the PIN and signed.
    Pin,
    /// The token was touched.
    Touch,
    /// The password.
    Password,
    /// A one-time code.
    Code,
    /// The server let the person in.
    SignIn,
}

/// How far a proof got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum ProofState {
    /// Not asked for yet.
    ToDo,
    /// Being asked for.
    Now,
    /// Given and accepted.
    Done,
    /// Given and refused.
    Failed,
}

/// What fills the window beside the badge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Screen {
    /// Who is signing in, and where.
    Account {
        /// The server's address as the person typed it, `https://login.example`.
        server: String,
        /// The username so far.
        username: String,
        /// Accounts that signed in on this device, newest first.
        recent: Vec<RecentAccount>,
        /// Why the last try did not get further.
        problem: Option<Problem>,
        /// Whether the server is being asked.
        busy: bool,
    },
    /// Which way to sign in.
    Method {
        /// The ways the server offers, first the one to suggest.
        methods: Vec<Method>,
    },
    /// Which certificate.
    Picker(Picker),
    /// The PIN of the chosen certificate's token.
    Pin(Box<PinPrompt>),
    /// The chosen certificate's token waits for a touch.
    Touch(Box<TouchPrompt>),
    /// The password, as the first factor.
    Password {
        /// What was wrong with the last one.
        problem: Option<Problem>,
        /// Whether the server is checking it.
        busy: bool,
    },
    /// What is asked for beside the first factor.
    SecondFactor {
        /// What was proven already.
        proven: Vec<Method>,
        /// The ways to give the second factor, first the one shown.
        offers: Vec<Method>,
        /// The one being asked for.
        asking: Method,
        /// The application that asks for it; none when it is the sign-in itself.
        application: Option<String>,
        /// What was wrong with the last one.
        problem: Option<Problem>,
        /// Whether the server is checking it.
        busy: bool,
    },
    /// Something takes a while.
    Progress {
        /// What is being done.
        doing: Doing,
    },
    /// The person is in.
    SignedIn(Box<SignedIn>),
    /// The sign-in ended without success.
    Error(Box<ErrorScreen>),
}

/// An account this device remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RecentAccount {
    /// The server it signed in to.
    pub server: String,
    /// The username.
    pub username: String,
    /// The person's name.
    pub name: Option<String>,
    /// Whether it is signed in on this device.
    pub signed_in: bool,
}

/// A way to prove who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Method {
    /// A certificate whose key a token holds.
    Certificate,
    /// A password.
    Password,
    /// A one-time code of RFC 6238.
    Code,
}

/// Something that a person can put right on the same screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "problem",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Problem {
    /// The server's address cannot be read.
    ServerAddress,
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
    /// The server is not an identity server that Lanyard can talk to.
    NotAnIdentityServer,
    /// A username is missing.
    UsernameMissing,
    /// The username or password was not right.
    NotRight,
    /// The code was not right, or was used before.
    CodeNotRight,
    /// Too many tries; seconds until the next.
    SlowDown {
        /// Seconds to wait.
        seconds: u32,
    },
    /// The sign-in took too long and starts again.
    Expired,
    /// The person was signed out by the server or an administrator.
    SignedOut,
}

/// The certificates to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Picker {
    /// The host the certificate will be sent to.
    pub host: String,
    /// Tokens that hold a certificate that fits.
    pub groups: Vec<TokenGroup>,
    /// Certificates that do not fit, each with the reason.
    pub unusable: Vec<Unusable>,
    /// SHA-256 of the selected certificate, lowercase hex.
    pub selected: Option<String>,
    /// Whether tokens are still being read.
    pub searching: bool,
    /// Modules that failed, each a row of its own.
    pub failures: Vec<ModuleFailure>,
    /// Readers whose card cannot be used, each a row of its own.
    pub readers: Vec<Reader>,
}

/// A token and its certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TokenGroup {
    /// The token.
    pub token: TokenLabel,
    /// Its certificates that fit.
    pub rows: Vec<CertificateRow>,
}

/// How a token is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TokenLabel {
    /// Its label, `Meridian demo` or `YubiKey 5 NFC`.
    pub name: String,
    /// What it is made of, `SoftHSM v2` for instance.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The picture beside it.
    pub kind: TokenKind,
    /// Tries left, where the token gives a number.
    pub tries_left: Option<u8>,
    /// Whether its PIN is blocked.
    pub blocked: bool,
}

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum TokenKind {
    /// A USB key.
    Key,
    /// A card in a reader.
    Card,
    /// A chip or software token.
    Chip,
}

/// One certificate of the picker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CertificateRow {
    /// SHA-256 of the certificate, lowercase hex.
    pub sha256: String,
    /// The common name of the subject.
    pub name: String,
    /// The principal name, or the e-mail address.
    pub address: Option<String>,
    /// The common name of the issuer.
    pub issuer: String,
    /// The name of the PIV slot, `PIV Authentication (9A)`; none for other tokens.
    pub slot: Option<String>,
    /// Valid from.
    #[ts(type = "number")]
    pub not_before: i64,
    /// Valid until.
    #[ts(type = "number")]
    pub not_after: i64,
    /// What needs care.
    pub warning: Option<RowWarning>,
    /// Whether its token was removed since the list was made.
    pub gone: bool,
    /// What Details shows.
    pub details: CertificateDetails,
}

/// What needs care about a certificate that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "warning",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum RowWarning {
    /// It expires within thirty days.
    ExpiresSoon {
        /// Whole days left.
        days: u32,
    },
    /// Its token cannot sign for TLS 1.3, so the connection will use TLS 1.2.
    OlderTls,
    /// Its key signs without a PIN, so it proves the card and not the person.
    ProvesCardOnly,
}

/// The fields of a certificate that Details shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CertificateDetails {
    /// Subject in RFC 4514 form.
    pub subject: String,
    /// Issuer in RFC 4514 form.
    pub issuer: String,
    /// Serial number in hex.
    pub serial: String,
    /// Principal names of the subject alternative name.
    pub principal_names: Vec<String>,
    /// E-mail addresses of the subject alternative name.
    pub emails: Vec<String>,
    /// The key, "RSA 2048" or "P-256".
    pub key: String,
    /// Extended key usages, by name where known, else dotted.
    pub purposes: Vec<String>,
    /// Certificate policies, dotted.
    pub policies: Vec<String>,
}

/// A certificate that does not fit, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Unusable {
    /// The certificate.
    pub row: CertificateRow,
    /// The token that holds it.
    pub token: String,
    /// Why it does not fit.
    pub reason: Reason,
    /// Whether its key can sign, so that it can be sent all the same.
    pub can_send: bool,
}

/// Why a certificate does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "reason",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Reason {
    /// Its validity has ended.
    Expired {
        /// When it ended.
        #[ts(type = "number")]
        at: i64,
    },
    /// Its validity has not begun.
    NotYetValid {
        /// When it begins.
        #[ts(type = "number")]
        at: i64,
    },
    /// The server does not name its issuer among the CAs it accepts.
    WrongIssuer {
        /// The issuer's common name.
        issuer: String,
    },
    /// Its extended key usage lacks client authentication.
    NotForSignIn {
        /// What it is for.
        purposes: Vec<String>,
    },
    /// Its key usage lacks digitalSignature.
    NotForSigning,
    /// The token holds no private key for it.
    NoPrivateKey,
    /// Its key cannot make a signature that the server takes.
    CannotSign {
        /// The key, "RSA 2048" for instance.
        key: String,
    },
    /// The certificate cannot be read.
    Unreadable,
}

/// A PKCS#11 module that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ModuleFailure {
    /// The module's name.
    pub module: String,
    /// What it said.
    pub cause: String,
}

/// The PIN prompt.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent fact of the prompt"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PinPrompt {
    /// The token that asks.
    pub token: TokenLabel,
    /// Which way the token is spoken to.
    pub through: Through,
    /// The certificate it is for; `gone` while its token is out.
    pub certificate: CertificateRow,
    /// Where the PIN is given.
    pub entry: PinEntry,
    /// Fewest characters the token takes.
    pub shortest: u8,
    /// Most characters the token takes.
    pub longest: u8,
    /// Whether only digits are taken.
    pub digits_only: bool,
    /// Whether the next wrong PIN blocks the token.
    pub last_try: bool,
    /// Whether the PIN is still the one that the card left its factory with.
    pub factory_pin: bool,
    /// What was wrong with the last one.
    pub problem: Option<PinProblem>,
    /// Whether the token is checking it, or the reader waits for it.
    pub busy: bool,
}

/// Why a token made no signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "problem",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum PinProblem {
    /// The token refused it.
    Wrong {
        /// Tries left, where the token gives a number.
        tries_left: Option<u8>,
    },
    /// It is shorter or longer than the token takes; the token was not asked.
    Length,
    /// The PIN is blocked.
    Blocked,
    /// The token was removed.
    Removed,
    /// The PIN was given up on the reader, or not entered there in time.
    Cancelled,
    /// The token was not touched in time.
    NotTouched,
    /// Another program keeps the card to itself.
    InUse {
        /// The program, where the system can tell.
        by: Option<String>,
    },
    /// The token refused to sign.
    Token {
        /// What it said.
        cause: String,
    },
}

/// What takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Doing {
    /// Looking for a session in the keyring.
    Starting,
    /// Talking to the server.
    Contacting,
    /// The token signs, the server judges.
    Signing,
    /// Tokens are being issued and kept.
    Finishing,
    /// Signing out here and at the server.
    SigningOut,
}

/// The signed-in screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SignedIn {
    /// The server.
    pub server: String,
    /// The person's name.
    pub name: String,
    /// The username.
    pub username: String,
    /// The organisation's name.
    pub tenant: String,
    /// When the person signed in.
    #[ts(type = "number")]
    pub since: i64,
    /// Until when the session lasts.
    #[ts(type = "number")]
    pub until: i64,
    /// How strong the sign-in was.
    pub strength: Strength,
    /// What was proven.
    pub factors: Vec<Method>,
    /// The certificate, where one was used.
    pub certificate: Option<UsedCertificate>,
    /// The person's applications; none until the server has answered.
    pub apps: Option<Vec<App>>,
    /// Whether the session is kept in memory only because no keyring can be used.
    pub memory_only: bool,
    /// Something that went wrong since.
    pub problem: Option<Problem>,
    /// The application being opened.
    pub opening: Option<String>,
}

/// How strong a sign-in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Strength {
    /// One factor.
    SingleFactor,
    /// Two factors, or one that counts as two.
    MultiFactor,
}

/// The certificate of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct UsedCertificate {
    /// SHA-256 of the certificate, lowercase hex.
    pub sha256: String,
    /// The issuer's common name.
    pub issuer: String,
    /// Valid until.
    #[ts(type = "number")]
    pub not_after: i64,
    /// The token's name.
    pub token: String,
}

/// An application of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct App {
    /// The application's identifier, its `client_id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// Whether it asks for two factors.
    pub multi_factor: bool,
}

/// The error screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ErrorScreen {
    /// What happened.
    pub fault: Fault,
    /// The server's correlation ID, where it gave one.
    pub correlation_id: Option<String>,
    /// When it happened.
    #[ts(type = "number")]
    pub at: i64,
    /// What the server checked, in order; the failed one is last but for those not checked.
    pub checks: Vec<CheckLine>,
    /// What the person can do, first the one to suggest.
    pub actions: Vec<Action>,
}

/// Why a sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "fault",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(export)]
pub enum Fault {
    /// The server refused, with one of its codes.
    Refused {
        /// The code, 500171 for a revoked certificate.
        code: u32,
    },
    /// The server did not ask for a certificate.
    NotAsked,
    /// The handshake failed.
    Handshake {
        /// The alert or cause.
        cause: String,
    },
    /// The server gives no answer.
    Unreachable {
        /// What the connection said.
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
}

/// One check of the server's trace, as the person may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CheckLine {
    /// Which check: `key`, `path`, `time`, `purpose`, `revocation`, `scope`, `account`, `strength`, …
    pub check: String,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// The certificate it was about.
    pub certificate: Option<String>,
    /// What was wanted.
    pub expected: Option<String>,
    /// What was there.
    pub found: Option<String>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CheckOutcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It was not reached.
    NotChecked,
}

/// What a person can do on the error screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Action {
    /// Back to the picker.
    ChooseAnother,
    /// Back to the ways to sign in.
    OtherWays,
    /// The same again.
    TryAgain,
    /// Back to the account screen.
    StartOver,
}
