//! What did not work, in words: certificates that do not fit, PINs, refusals, failures.

use client::Failure;
use sign_in::view::{Action, CheckOutcome, Fault, PinProblem, Problem, Reason, RowWarning};

use super::{sentence, tries_left};
use crate::plain::{day, plain};

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
        RowWarning::ProvesCardOnly => {
            "Proves the card, not the person. Choose the certificate for sign-in.".to_owned()
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
        PinProblem::Blocked => {
            "The PIN of this token is blocked. Unblock it with its PUK (lanyard \
                                pin unblock), or use another way to sign in."
                .to_owned()
        }
        PinProblem::Removed => "The token was removed. Put it back and sign in again.".to_owned(),
        PinProblem::Cancelled => {
            "The PIN was not entered on the reader. Sign in again to try once more.".to_owned()
        }
        PinProblem::NotTouched => {
            "The token was not touched in time. Sign in again, and touch it when it blinks."
                .to_owned()
        }
        PinProblem::InUse { by } => super::pin::in_use(by.as_deref()),
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
        "name_constraints" => "Name constraints".to_owned(),
        "policies" => "Certificate policies".to_owned(),
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
