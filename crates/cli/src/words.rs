//! Every word that `lanyard` says: what happened, then what to do.

use client::{Failure, NotLoaded, Trouble};
use sign_in::view::{
    Action, CheckOutcome, Doing, Fault, Method, PinProblem, Problem, Reason, RowWarning, Strength,
    TokenLabel,
};

use crate::plain::{day, plain};

pub(crate) const ABOUT: &str = "Signs in with the certificate of a smart card or security key";
pub(crate) const LONG_ABOUT: &str = "\
Signs in with the certificate of a smart card or security key, and keeps you signed in.

The key never leaves the card or token. The session is kept in the keyring of your desktop; \
scripts get short-lived access tokens from it with `lanyard token`.";
pub(crate) const EXAMPLES: &str = "\
Examples:
  Sign in, choosing the certificate from a list and typing the PIN:
    lanyard --server login.example sign-in --username lee@meridian.example

  See which certificates there are, and their fingerprints:
    lanyard list

  Sign in without a terminal, with one certificate and the PIN on descriptor 3:
    lanyard sign-in --username lee@meridian.example --certificate 3f2a…91 --pin-fd 3 3<pin.txt

  Call an API:
    curl --oauth2-bearer \"$(lanyard token --app travel)\" https://travel.example/api

  Find out what is wrong:
    lanyard doctor

Exit codes:
  0    signed in, or done
  1    refused by the server or the token; or `lanyard doctor` found a problem
  2    the command was not used as it should be
  3    the server or the token cannot be reached
  130  stopped with Ctrl-C, or by an empty answer

Settings are read from lanyard/settings.toml in your configuration folder.
A PIN, password or code is never an argument: others could read it.";

pub(crate) const SERVER: &str = "The server to sign in at, login.example or https://login.example";
pub(crate) const CA: &str =
    "A file with CA certificates that this server, and no other, is trusted by as well";
pub(crate) const MODULE: &str =
    "A PKCS #11 module beside those that the system knows; may be given again";
pub(crate) const USERNAME: &str = "Whose session, name@domain; the one used last if not given";
pub(crate) const JSON: &str = "Print JSON, for programs";

pub(crate) const LIST: &str = "Lists the certificates on the cards and tokens at hand";
pub(crate) const LIST_EXAMPLES: &str = "\
Nothing is unlocked and no PIN is asked for: certificates can be read without.

Examples:
  lanyard list
  lanyard list --json
  lanyard --module /usr/lib/softhsm/libsofthsm2.so list";
pub(crate) const SIGN_IN: &str = "Signs in";
pub(crate) const SIGN_IN_USERNAME: &str = "Who signs in, name@domain";
pub(crate) const SIGN_IN_CERTIFICATE: &str =
    "Send this certificate, named by its SHA-256, even if it does not fit";
pub(crate) const SIGN_IN_METHOD: &str = "The way to sign in";
pub(crate) const PIN_FD: &str = "Read the PIN from this file descriptor, up to the end of the line";
pub(crate) const PASSWORD_FD: &str = "Read the password from this file descriptor";
pub(crate) const CODE_FD: &str = "Read the one-time code from this file descriptor";
pub(crate) const SIGN_IN_EXAMPLES: &str = "\
On a terminal, whatever is not given is asked for. Without one, a missing option ends the command \
with its name. A secret from a descriptor is tried once; nothing is ever tried again by itself. \
A session that is kept already is gone on with, unless an option says how to sign in.

Examples:
  lanyard sign-in --username lee@meridian.example
  lanyard sign-in --username lee@meridian.example --certificate 3f2a…91 --pin-fd 3 3<pin.txt
  lanyard sign-in --username lee@meridian.example --password-fd 0 --json <secret.txt";
pub(crate) const NOT_A_FINGERPRINT: &str =
    "a SHA-256 fingerprint has 64 hexadecimal digits; `lanyard list` shows them";
pub(crate) const TOKEN: &str = "Prints an access token, for use in a script";
pub(crate) const TOKEN_APP: &str = "The application that the token is for, by its client_id";
pub(crate) const TOKEN_DPOP: &str =
    "Print a token bound to this device and the proof for one request (RFC 9449), as two headers";
pub(crate) const TOKEN_EXAMPLES: &str = "\
Without --dpop a Bearer token is printed, where the application's registration allows one.

Examples:
  curl --oauth2-bearer \"$(lanyard token --app travel)\" https://travel.example/api
  lanyard token --dpop GET https://login.example/me | curl -H @- https://login.example/me";
pub(crate) const WHOAMI: &str =
    "Says who is signed in, how, and until when; the server confirms it";
pub(crate) const SIGN_OUT: &str = "Signs out, here and at the server";
pub(crate) const DOCTOR: &str = "Looks for what is wrong, and says what to do";
pub(crate) const DOCTOR_USERNAME: &str = "Look at the organisation of this username";
pub(crate) const DOCTOR_EXAMPLES: &str = "\
Looks at the PKCS #11 modules, the tokens, the keyring and the server. It never asks for a PIN.

Examples:
  lanyard doctor
  lanyard --server login.example doctor --username lee@meridian.example --json";

pub(crate) const STOPPED: &str = "Stopped.";
pub(crate) const NO_SERVER: &str =
    "No server is known. Name it with --server, or in the settings file.";
pub(crate) const ASK_USERNAME: &str = "Username (name@domain): ";
pub(crate) const HOW: &str = "How do you want to sign in?";
pub(crate) const NUMBER_AGAIN: &str = "That is not one of the numbers.";
pub(crate) const CHANGED_MEANWHILE: &str =
    "Something changed in the meantime, so the answer was not used.";
pub(crate) const NONE_USABLE: &str = "None of the certificates at hand fits this server.";
pub(crate) const NO_CERTIFICATES: &str =
    "There is no card or token with a certificate. Plug one in, or see what `lanyard doctor` says.";
pub(crate) const NOT_USABLE_HERE: &str = "Not usable here";
pub(crate) const SEND_ANYWAY: &str = "To send one all the same, name it with --certificate:";
pub(crate) const TOKEN_REMOVED: &str = "Its token was removed.";
pub(crate) const PASSWORD: &str = "Password: ";
pub(crate) const CODE: &str = "One-time code: ";
pub(crate) const LAST_TRY: &str = "This is the last try: a wrong PIN blocks the token.";
pub(crate) const LAST_TRY_HINT: &str = "Be sure of the PIN, or press Enter alone to stop.";
pub(crate) const LAST_TRY_BY_DESCRIPTOR: &str = "\
The token has one try left, so the PIN was not sent: a wrong one blocks it. Sign in on a terminal \
to type the PIN yourself.";
pub(crate) const EMPTY: &str = "its line is empty";
pub(crate) const WHAT_WAS_CHECKED: &str = "What was checked";
pub(crate) const WHAT_TO_DO: &str = "What you can do";
pub(crate) const MEMORY_ONLY: &str = "\
No keyring can be used, so the session ended with this command. `lanyard doctor` says what is \
missing.";
pub(crate) const SIGNED_OUT: &str = "You are signed out, here and at the server.";
pub(crate) const SIGNED_OUT_HERE: &str = "\
You are signed out here. The server could not be told; the session ends there by its age, or an \
administrator can end it.";
pub(crate) const SAID_NOTHING: &str = "The sign-in ended before it was through. Try again.";
pub(crate) const NOBODY: &str =
    "Nobody is signed in here. Sign in with `lanyard sign-in --username name@domain`.";
pub(crate) const MORE_NEEDED: &str = "\
The application asks for more than this session gives. Sign in with a certificate that counts for \
two factors, or open the application in the Lanyard window, which asks for the second one.";
pub(crate) const NO_BEARER: &str = "\
The application takes no Bearer tokens. Use --dpop METHOD URL for a token bound to this device.";
pub(crate) const NOT_A_REQUEST: &str =
    "--dpop takes the method and the full address of a request, GET https://api.example/x.";

pub(crate) const ORGANISATION: &str = "Organisation";
pub(crate) const AT: &str = "Server";
pub(crate) const STRENGTH: &str = "Strength";
pub(crate) const FACTORS: &str = "Factors";
pub(crate) const CERTIFICATE: &str = "Certificate";
pub(crate) const SINCE: &str = "Since";
pub(crate) const UNTIL: &str = "Until";
pub(crate) const CODE_NAME: &str = "Code";
pub(crate) const CORRELATION_ID: &str = "Correlation ID";
pub(crate) const TIME: &str = "Time";
pub(crate) const SUBJECT: &str = "Subject";
pub(crate) const NAMES: &str = "Names";
pub(crate) const ISSUER: &str = "Issuer";
pub(crate) const VALID: &str = "Valid";
pub(crate) const KEY: &str = "Key";
pub(crate) const PURPOSES: &str = "For";
pub(crate) const POLICIES: &str = "Policies";
pub(crate) const SHA256: &str = "SHA-256";
pub(crate) const NOTE: &str = "Note";
pub(crate) const NO_KEY: &str = "the token holds no private key for it";
pub(crate) const UNREADABLE: &str = "the certificate cannot be read";

pub(crate) const MODULE_ROW: &str = "Module";
pub(crate) const TOKEN_ROW: &str = "Token";
pub(crate) const KEYRING_ROW: &str = "Keyring";
pub(crate) const SERVER_ROW: &str = "Server";
pub(crate) const CERTIFICATES_ROW: &str = "Certificates";
pub(crate) const MODULE_ADVICE: &str =
    "Install the module's package again, or switch it off in its p11-kit file.";
pub(crate) const NO_TOKEN: &str = "No module shows a token.";
pub(crate) const NO_TOKEN_ADVICE: &str =
    "Plug in a card or key; name its module with --module if the system does not know it.";
pub(crate) const BLOCKED_ADVICE: &str = "Unblock the PIN with the token's PUK.";
pub(crate) const KEYRING_WORKS: &str = "It takes sessions.";
pub(crate) const KEYRING_ADVICE: &str = "\
Sessions end with each command. Start a secret service, such as gnome-keyring or KeePassXC, and \
unlock it.";
pub(crate) const NO_SERVER_SET: &str = "No server is set, so none was asked.";
pub(crate) const NO_SERVER_ADVICE: &str = "Name one with --server, or in settings.toml.";

/// Who is in.
pub(crate) fn signed_in(name: &str, username: &str, already: bool) -> String {
    let already = if already { "already " } else { "" };
    format!("You are {already}signed in as {name} ({username}).")
}

/// The certificate of a session.
pub(crate) fn certificate_used(issuer: &str, until: &str, token: &str) -> String {
    format!("by {issuer}, until {until}, on {token}")
}

/// An account that this device remembers.
pub(crate) fn recent(account: &str, signed_in: bool) -> String {
    if signed_in {
        format!("{account}, signed in")
    } else {
        account.to_owned()
    }
}

/// How long a certificate is valid.
pub(crate) fn until(day: &str) -> String {
    format!("until {day}")
}

/// Who issued a certificate.
pub(crate) fn issued_by(issuer: &str) -> String {
    format!("by {issuer}")
}

/// What a check wanted.
pub(crate) fn expected(value: &str) -> String {
    format!("expected: {value}")
}

/// What a check met.
pub(crate) fn found(value: &str) -> String {
    format!("found: {value}")
}

/// The option that is missing where nobody can be asked.
pub(crate) fn missing(option: &str) -> String {
    format!(
        "{option} is missing, and there is no terminal to ask for it. Run it again with {option}."
    )
}

/// What a descriptor that cannot be read says.
pub(crate) fn descriptor(number: u32, cause: &str) -> String {
    format!("Descriptor {number} cannot be read: {}.", plain(cause))
}

/// What a terminal that cannot be read says.
pub(crate) fn terminal(cause: &str) -> String {
    format!("The terminal cannot be read: {}.", plain(cause))
}

/// What a PIN of this token looks like.
pub(crate) fn pin_shape(shortest: u8, longest: u8, digits_only: bool) -> String {
    let of_what = if digits_only { "digits" } else { "characters" };
    format!("A PIN of this token has {shortest} to {longest} {of_what}. The token was not asked.")
}

/// Which number to type.
pub(crate) fn number(preset: Option<usize>) -> String {
    match preset {
        Some(preset) => format!("Number, Enter for {preset}: "),
        None => "Number: ".to_owned(),
    }
}

/// Which certificate to take.
pub(crate) fn certificate_number(preset: Option<usize>) -> String {
    match preset {
        Some(preset) => format!("Number, Enter for {preset}, r to look again, q to stop: "),
        None => "Number, r to look again, q to stop: ".to_owned(),
    }
}

/// The line above the certificates.
pub(crate) fn certificates_for(host: &str) -> String {
    format!("Certificates for {}", plain(host))
}

/// The prompt for a PIN.
pub(crate) fn ask_pin(token: &str, certificate: &str) -> String {
    format!("PIN of {} for {}: ", plain(token), plain(certificate))
}

/// Tries left, where the token says.
pub(crate) fn tries_left(tries: u8) -> String {
    match tries {
        0 => "No tries left.".to_owned(),
        1 => "1 try left.".to_owned(),
        _ => format!("{tries} tries left."),
    }
}

/// How to switch to another second factor.
pub(crate) fn or_instead(method: Method) -> String {
    format!("Press Enter alone to give {} instead.", article(method))
}

/// A certificate that was named and is not there.
pub(crate) fn certificate_not_here(sha256: &str) -> String {
    format!(
        "No card or token at hand holds the certificate {}. Plug it in, or see `lanyard list`.",
        plain(sha256)
    )
}

/// A certificate that was named and cannot be sent.
pub(crate) fn cannot_be_sent(reason: &Reason) -> String {
    format!("That certificate cannot be sent. {}", why_not(reason))
}

/// A way that was asked for and is not offered.
pub(crate) fn not_offered(method: Method) -> String {
    format!(
        "The server does not offer to sign in with {}.",
        article(method)
    )
}

/// Who is asked for more, and by whom.
pub(crate) fn second_factor(proven: &[Method], application: Option<&str>) -> String {
    let whose = application.map_or_else(|| "The server".to_owned(), plain);
    if proven.is_empty() {
        return format!("{whose} asks for a second factor.");
    }
    let proven: Vec<&str> = proven.iter().map(|method| named(*method)).collect();
    format!(
        "Proven so far: {}. {whose} asks for a second factor.",
        proven.join(", ")
    )
}

/// What takes a while.
pub(crate) fn doing(doing: Doing) -> &'static str {
    match doing {
        Doing::Starting => "Looking for a session …",
        Doing::Contacting => "Asking the server …",
        Doing::Signing => "The token signs, the server checks …",
        Doing::Finishing => "Keeping the session …",
        Doing::SigningOut => "Signing out …",
    }
}

/// A way to sign in, by name.
pub(crate) fn named(method: Method) -> &'static str {
    match method {
        Method::Certificate => "certificate",
        Method::Password => "password",
        Method::Code => "one-time code",
    }
}

fn article(method: Method) -> &'static str {
    match method {
        Method::Certificate => "a certificate",
        Method::Password => "your password",
        Method::Code => "a one-time code",
    }
}

/// A way to sign in, as a choice.
pub(crate) fn choice(method: Method) -> &'static str {
    match method {
        Method::Certificate => "Certificate on a card or token",
        Method::Password => "Password",
        Method::Code => "One-time code",
    }
}

/// How strong a sign-in was.
pub(crate) fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::SingleFactor => "single-factor",
        Strength::MultiFactor => "multi-factor",
    }
}

/// A token, by everything it says of itself.
pub(crate) fn token(label: &TokenLabel) -> String {
    let mut about: Vec<String> = label.model.iter().map(|model| plain(model)).collect();
    about.extend(
        label
            .serial
            .iter()
            .map(|serial| format!("serial {}", plain(serial))),
    );
    if label.blocked {
        about.push("PIN blocked".to_owned());
    } else if let Some(tries) = label.tries_left {
        about.push(tries_left(tries).trim_end_matches('.').to_owned());
    }
    if about.is_empty() {
        plain(&label.name)
    } else {
        format!("{} ({})", plain(&label.name), about.join(", "))
    }
}

/// A module that could not be used.
pub(crate) fn module_failed(module: &str, cause: &str) -> String {
    format!("{} could not be used: {}", plain(module), sentence(cause))
}

/// What needs care about a certificate.
pub(crate) fn warning(warning: &RowWarning) -> String {
    match warning {
        RowWarning::ExpiresSoon { days: 0 | 1 } => {
            "Expires within a day. Ask your service desk for a new one.".to_owned()
        }
        RowWarning::ExpiresSoon { days } => {
            format!("Expires in {days} days. Ask your service desk for a new one.")
        }
        RowWarning::OlderTls => {
            "This token cannot sign for TLS 1.3; the connection uses TLS 1.2.".to_owned()
        }
    }
}

/// Why a certificate does not fit.
pub(crate) fn why_not(reason: &Reason) -> String {
    match reason {
        Reason::Expired { at } => format!("It expired on {}.", day(*at)),
        Reason::NotYetValid { at } => format!("It is not valid before {}.", day(*at)),
        Reason::WrongIssuer { issuer } => {
            format!(
                "The server does not accept certificates of {}.",
                plain(issuer)
            )
        }
        Reason::NotForSignIn { purposes } if purposes.is_empty() => {
            "It is not meant for signing in.".to_owned()
        }
        Reason::NotForSignIn { purposes } => {
            format!(
                "It is meant for {}, not for signing in.",
                plain(&purposes.join(", "))
            )
        }
        Reason::NotForSigning => "Its key usage does not allow signatures.".to_owned(),
        Reason::NoPrivateKey => "The token holds no private key for it.".to_owned(),
        Reason::CannotSign { key } => {
            format!(
                "Its key ({}) makes no signature that the server takes.",
                plain(key)
            )
        }
        Reason::Unreadable => "It cannot be read.".to_owned(),
    }
}

/// What was wrong with a PIN.
pub(crate) fn pin_problem(problem: &PinProblem) -> String {
    match problem {
        PinProblem::Wrong { tries_left: None } => {
            "That PIN was not right. Check that it is the PIN of this token.".to_owned()
        }
        PinProblem::Wrong {
            tries_left: Some(tries),
        } => format!(
            "That PIN was not right. {} Check that it is the PIN of this token.",
            tries_left(*tries)
        ),
        PinProblem::Length => {
            "That PIN is shorter or longer than this token takes. The token was not asked."
                .to_owned()
        }
        PinProblem::Blocked => "The PIN of this token is blocked. Unblock it with its PUK, or use \
                                another way to sign in."
            .to_owned(),
        PinProblem::Removed => "The token was removed. Put it back and sign in again.".to_owned(),
        PinProblem::Token { cause } => {
            format!("The token refused to sign: {}", sentence(cause))
        }
    }
}

/// Something that can be put right.
pub(crate) fn problem(problem: &Problem) -> String {
    match problem {
        Problem::ServerAddress => "The server's address cannot be read. It looks like \
                                   login.example or https://login.example:8443."
            .to_owned(),
        Problem::Unreachable { cause } => format!(
            "The server gives no answer: {} Check its address and your connection.",
            sentence(cause)
        ),
        Problem::ServerNotTrusted { cause } => format!(
            "This device does not trust the server's certificate: {} If you know its CA, name it \
             with --ca.",
            sentence(cause)
        ),
        Problem::NotAnIdentityServer => {
            "That server is not one that Lanyard can sign in at, or does not know the domain of \
             this username. Check both."
                .to_owned()
        }
        Problem::UsernameMissing => {
            "The username has the form name@domain. Give it with --username.".to_owned()
        }
        Problem::NotRight => "The username or password was not right.".to_owned(),
        Problem::CodeNotRight => "That code was not right, or was used before.".to_owned(),
        Problem::SlowDown { seconds } => {
            format!("There were too many tries. Try again in {seconds} seconds.")
        }
        Problem::Expired => "The sign-in took too long. Start it again.".to_owned(),
        Problem::SignedOut => "The server ended the session. Sign in again.".to_owned(),
    }
}

/// Why a sign-in ended.
pub(crate) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::Refused { code } => refused(*code).to_owned(),
        Fault::NotAsked => "The server did not ask for a certificate. Check its address, or sign \
                            in with your password."
            .to_owned(),
        Fault::Handshake { cause } => {
            format!(
                "The secure connection could not be made: {}",
                sentence(cause)
            )
        }
        Fault::Unreachable { cause } => format!("The server gives no answer: {}", sentence(cause)),
        Fault::Protocol { cause } => {
            format!("The server said something unexpected: {}", sentence(cause))
        }
        Fault::Token { cause } => format!("The token could not sign: {}", sentence(cause)),
    }
}

/// The code of a refusal.
pub(crate) fn code_of(fault: &Fault) -> Option<u32> {
    match fault {
        Fault::Refused { code } => Some(*code),
        Fault::NotAsked
        | Fault::Handshake { .. }
        | Fault::Unreachable { .. }
        | Fault::Protocol { .. }
        | Fault::Token { .. } => None,
    }
}

/// What a code of the server means.
fn refused(code: u32) -> &'static str {
    match code {
        50012 => "This certificate is not meant for signing in.",
        50017 => "The server could not validate this certificate.",
        50034 => "The server knows no account that these proofs belong to.",
        50057 => "This account is switched off.",
        50072 | 50079 => "A second factor is needed, and this account has none yet.",
        50074 | 50076 => "A second factor is needed.",
        50089 => "The sign-in took too long.",
        50126 => "The username or password was not right.",
        50192 => "No certificate arrived at the server.",
        53003 => "A rule of your organisation does not allow this sign-in.",
        130_501 => "This account may not sign in this way.",
        500_171 | 500_183 | 7_000_214 => "This certificate was revoked.",
        500_172 => "This certificate is not valid today.",
        500_173..=500_175 | 500_177..=500_179 | 220_501 | 2_205_011..=2_205_015 => {
            "The server cannot tell today whether this certificate was revoked."
        }
        500_176 => "The server does not trust the issuer of this certificate.",
        500_187 => "This certificate is not strong enough for what was asked.",
        500_189 => "Certificates of this issuer are not meant for this account.",
        1_001_000 | 1_001_003 => "This certificate lacks the name that accounts are found by.",
        _ => "The server refused the sign-in.",
    }
}

/// What a person can do, as one line.
pub(crate) fn action(action: Action) -> &'static str {
    match action {
        Action::ChooseAnother => "Choose another certificate: `lanyard list` shows them.",
        Action::OtherWays => "Sign in another way: see --method.",
        Action::TryAgain => "Try the same again.",
        Action::StartOver => "Start again with another username or server.",
    }
}

/// A check of the server, by name.
pub(crate) fn check(name: &str) -> String {
    match name {
        "key" => "Key".to_owned(),
        "path" => "Path".to_owned(),
        "signature" => "Signature".to_owned(),
        "time" => "Time".to_owned(),
        "constraints" => "Constraints".to_owned(),
        "purpose" => "Purpose".to_owned(),
        "revocation" => "Revocation".to_owned(),
        "method" => "Method".to_owned(),
        "scope" => "Scope".to_owned(),
        "account" => "Account".to_owned(),
        "strength" => "Strength".to_owned(),
        "policy" => "Policy".to_owned(),
        "password" => "Password".to_owned(),
        "code" => "Code".to_owned(),
        other => plain(other),
    }
}

/// How a check came out.
pub(crate) fn outcome(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Passed => "passed",
        CheckOutcome::Failed => "FAILED",
        CheckOutcome::NotChecked => "not checked",
    }
}

/// What went wrong with a session.
pub(crate) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable { cause } => problem(&Problem::Unreachable {
            cause: cause.clone(),
        }),
        Failure::ServerNotTrusted { cause } => problem(&Problem::ServerNotTrusted {
            cause: cause.clone(),
        }),
        Failure::NotAnIdentityServer => problem(&Problem::NotAnIdentityServer),
        Failure::SlowDown { seconds } => problem(&Problem::SlowDown { seconds: *seconds }),
        Failure::SessionEnded => problem(&Problem::SignedOut),
        Failure::NotAsked => fault(&Fault::NotAsked),
        Failure::Handshake { cause } => fault(&Fault::Handshake {
            cause: cause.clone(),
        }),
        Failure::Protocol { cause } => fault(&Fault::Protocol {
            cause: cause.clone(),
        }),
        Failure::Token { cause } => fault(&Fault::Token {
            cause: cause.clone(),
        }),
    }
}

/// Whether something is wrong with a row of the diagnosis.
pub(crate) fn state(bad: bool) -> &'static str {
    if bad { "PROBLEM" } else { "ok" }
}

/// A module that answers.
pub(crate) fn module(name: &str, path: &str, description: &str, tokens: usize) -> String {
    let tokens = counted(tokens, "token", "tokens");
    format!("{name} ({path}): {}, {tokens}.", description.trim())
}

/// A module that was not loaded.
pub(crate) fn not_loaded(name: &str, reason: NotLoaded) -> String {
    let why = match reason {
        NotLoaded::Remote => "it would run a command, which is never done",
        NotLoaded::NoUse => "it holds nothing to sign in with",
        NotLoaded::Disabled => "it is switched off in its p11-kit file",
        NotLoaded::WaitsForYou => "it is not from a place that only an administrator can write",
    };
    format!("{name} was not loaded: {why}.")
}

/// How to have a module loaded.
pub(crate) fn name_module(path: &str) -> String {
    format!("If you trust it, name it: --module {path}")
}

/// What a token holds.
pub(crate) fn token_holds(token: &str, certificates: usize) -> String {
    let certificates = counted(certificates, "certificate", "certificates");
    format!("{token}: {certificates} that can sign.")
}

/// A keyring that takes nothing.
pub(crate) fn keyring_fails(cause: &str) -> String {
    format!("It takes no sessions: {}", sentence(cause))
}

/// A login host that answers.
pub(crate) fn login_host(origin: &str, tenant: Option<&str>) -> String {
    match tenant {
        Some(tenant) => format!("{origin} answers for {tenant}."),
        None => format!("{origin} answers."),
    }
}

/// A certificate host that asks.
pub(crate) fn certificate_host(host: &str, versions: &[String], authorities: &[String]) -> String {
    let issuers = if authorities.is_empty() {
        "of any issuer".to_owned()
    } else {
        format!("of {}", authorities.join("; "))
    };
    format!(
        "{host} asks for a certificate {issuers} ({}).",
        versions.join(", ")
    )
}

/// A server that cannot be used.
pub(crate) fn trouble(host: &str, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unreachable { cause } => format!("{host} gives no answer: {}", sentence(cause)),
        Trouble::NotTrusted { cause } => {
            format!(
                "The certificate of {host} is not trusted here: {}",
                sentence(cause)
            )
        }
        Trouble::NotAnIdentityServer => {
            format!("{host} is not a server that Lanyard can sign in at.")
        }
        Trouble::NotAsked => format!("{host} does not ask for a certificate."),
        Trouble::Handshake { cause } => {
            format!("No secure connection to {host}: {}", sentence(cause))
        }
    }
}

/// What to do about it.
pub(crate) fn trouble_advice(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable { .. } => "Check the address and your connection.",
        Trouble::NotTrusted { .. } => "If you know its CA, name it with --ca.",
        Trouble::NotAnIdentityServer => "Check the address, and the domain of the username.",
        Trouble::NotAsked => {
            "Something between here and the server may end the connection, such as a proxy."
        }
        Trouble::Handshake { .. } => "Ask the administrator of the server.",
    }
}

/// Why the command cannot begin.
pub(crate) fn setup(cause: &str) -> String {
    format!("The settings cannot be used: {}", plain(cause))
}

/// Why the command does not begin.
pub(crate) fn core_dumps(cause: &str) -> String {
    format!("Memory dumps cannot be switched off: {}", sentence(cause))
}

/// Why the command cannot begin.
pub(crate) fn threads(cause: &str) -> String {
    format!("Threads cannot be started: {}", sentence(cause))
}

/// Ends what somebody else said with one full stop.
fn sentence(cause: &str) -> String {
    format!("{}.", plain(cause.trim_end_matches('.')))
}

fn counted(number: usize, one: &str, more: &str) -> String {
    let noun = if number == 1 { one } else { more };
    format!("{number} {noun}")
}
