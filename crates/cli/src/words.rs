//! Every word that `lanyard` says: what happened, then what to do.

use sign_in::view::{Doing, Method, Reason, Strength, TokenLabel};

pub(crate) use self::diagnosis::*;
pub(crate) use self::help::*;
pub(crate) use self::trouble::*;
use crate::plain::plain;

pub(crate) mod cards;
mod diagnosis;
mod help;
pub(crate) mod pin;
mod trouble;

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

/// A file that could not be made.
pub(crate) fn not_written(file: &str, cause: &str) -> String {
    format!("{file} was not written: {cause}.")
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
