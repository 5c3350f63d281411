//! What the pages say. Every sentence of a refusal is here: what happened, then what to do.

use std::fmt::Write as _;

use certs::{Check, Outcome};
use policy::{Explanation, Factor, Lacking, NextStep, Strength};

/// A title and the sentence below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What happened.
    pub title: String,
    /// What to do.
    pub next: String,
}

impl Words {
    /// A title and a sentence.
    pub fn new(title: &str, next: &str) -> Self {
        Self {
            title: title.to_owned(),
            next: next.to_owned(),
        }
    }
}

/// Words for a refusal, as the person may read them.
pub fn refusal(explanation: &Explanation, factor: Factor) -> Words {
    let title = match explanation.code {
        certs::code::NO_CERTIFICATE => "No certificate arrived",
        certs::code::NOT_FOR_SIGN_IN => "This certificate is not for signing in",
        certs::code::REVOKED => "This certificate was revoked",
        certs::code::OUTSIDE_VALIDITY => "This certificate is outside its validity",
        certs::code::ISSUER_NOT_TRUSTED => "The issuer of this certificate is not trusted here",
        certs::code::CRL_FETCH_FAILED
        | certs::code::CRL_NOT_USABLE
        | certs::code::CRL_MISSING
        | certs::code::DELTA_WITHOUT_BASE
        | certs::code::CRL_STALE
        | certs::code::CRL_TIMED_OUT
        | certs::code::CRL_NOT_DER
        | certs::code::CRL_TOO_LARGE
        | certs::code::CRL_WRONG_SIGNER => "The certificate's revocation could not be checked",
        policy::code::NO_ACCOUNT => "This certificate does not fit the username",
        policy::code::FIELD_MISSING => "This certificate names no account",
        policy::code::ACCOUNT_DISABLED => "This account is switched off",
        policy::code::METHOD_NOT_ALLOWED => "Certificates are not switched on for this account",
        policy::code::SECOND_FACTOR_NOT_ENROLLED => "A second factor is needed, and none is set up",
        policy::code::SECOND_FACTOR_REQUIRED => "A second factor is needed",
        policy::code::WRONG_PASSWORD => "That was not right",
        policy::code::STRENGTH_NOT_MET => "This certificate is not what the application asks for",
        policy::code::OUTSIDE_SCOPE => "Certificates of this issuer are not meant for this account",
        policy::code::BLOCKED => "Your organisation does not allow this sign-in",
        policy::code::SIGN_IN_TOO_OLD => "Your last sign-in was too long ago",
        _ => match factor {
            Factor::Certificate if explanation.failed == Check::Policies => {
                "This certificate has none of the policies that are asked for"
            }
            Factor::Certificate if explanation.failed == Check::NameConstraints => {
                "This certificate has a name that its issuer may not give"
            }
            Factor::Certificate => "This certificate was not accepted",
            Factor::Password | Factor::Code | Factor::Passkey { .. } => {
                "You could not be signed in"
            }
        },
    };
    Words::new(title, next(explanation))
}

/// What to do after a refusal.
fn next(explanation: &Explanation) -> &'static str {
    match explanation.code {
        certs::code::NO_CERTIFICATE => {
            "Insert your card and try again, or use another way to sign in. Some browsers remember \
             an empty choice until they are closed."
        }
        certs::code::REVOKED | certs::code::OUTSIDE_VALIDITY => {
            "Choose another certificate, or ask your service desk for a new one."
        }
        certs::code::CRL_TOO_LARGE | certs::code::CRL_TIMED_OUT => {
            "The list of revoked certificates is on its way. Try again in a few minutes, or use \
             another way to sign in."
        }
        policy::code::NO_ACCOUNT => {
            "Check the username, choose another certificate, or use another way to sign in."
        }
        policy::code::STRENGTH_NOT_MET => {
            "Use a certificate or another way that is: what would do stands below, at the check that \
             failed. If you have none of it, ask your administrator."
        }
        policy::code::OUTSIDE_SCOPE => {
            "Choose a certificate of another issuer, or ask your administrator which issuer is meant \
             for you."
        }
        policy::code::BLOCKED => {
            "Trying again does not help. Ask your administrator; the code below tells them which rule \
             it was."
        }
        policy::code::SIGN_IN_TOO_OLD => {
            "Sign in again. What you prove counts for a while only, and then it is asked for once more."
        }
        policy::code::SECOND_FACTOR_NOT_ENROLLED => {
            "Ask your administrator to set up a password or a one-time code for you, or sign in in \
             another way."
        }
        _ => match explanation.next {
            NextStep::ChooseAnother => "Choose another certificate, or use another way to sign in.",
            NextStep::OtherWay => "Use another way to sign in.",
            NextStep::TryAgain => {
                "Try again later, or use another way to sign in; your administrator can see why in \
                 the sign-in log."
            }
            NextStep::AskAdministrator => "Ask your administrator; the code below tells them why.",
        },
    }
}

/// The name of a check.
pub const fn check(check: Check) -> &'static str {
    match check {
        Check::Key => "Key",
        Check::Path => "Path",
        Check::Signature => "Signatures",
        Check::Time => "Time",
        Check::Constraints => "Issuer rights",
        Check::NameConstraints => "Permitted names",
        Check::Policies => "Certificate policies",
        Check::Purpose => "Purpose",
        Check::Revocation => "Revocation",
        Check::Method => "Method",
        Check::Scope => "Scope",
        Check::Account => "Account",
        Check::Strength => "Strength",
        Check::Policy => "Application",
        Check::Password => "Password",
        Check::Code => "One-time code",
    }
}

/// How a check came out, for people and for style sheets.
pub const fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Passed => ("Passed", "passed"),
        Outcome::Failed => ("Failed", "failed"),
        Outcome::NotChecked => ("Not checked", "not-checked"),
    }
}

/// The label of a way to sign in.
pub const fn way(factor: Factor) -> &'static str {
    match factor {
        Factor::Certificate => "Sign in with a certificate",
        Factor::Password => "Use your password",
        Factor::Code => "Use a one-time code",
        Factor::Passkey { .. } => "Use a passkey",
    }
}

/// Why a second factor is asked for, and what it has to be. `name` gives the name of an issuer by
/// its key identifier.
pub fn second(
    application: &str,
    factor: Factor,
    lacking: &[&Lacking],
    name: impl Fn(&str) -> Option<String>,
) -> String {
    let kinds: Vec<String> = lacking.iter().map(|one| kind(one, &name)).collect();
    let what = if kinds.is_empty() {
        plain(factor).to_owned()
    } else {
        kinds.join(", or ")
    };
    let mut text = if !lacking.is_empty() && lacking.iter().all(|one| one.again) {
        format!("{application} asks for a sign-in that is not so long ago. Prove again: {what}.")
    } else {
        format!("{application} asks for one more proof: {what}.")
    };
    if let [only] = lacking
        && !only.then.is_empty()
    {
        let then: Vec<&str> = only.then.iter().map(|factor| plain(*factor)).collect();
        let _ = write!(text, " After it: {}.", then.join(", "));
    }
    text
}

/// What a proof has to be.
fn kind(one: &Lacking, name: impl Fn(&str) -> Option<String>) -> String {
    let mut text = match one.rated {
        Some(Strength::MultiFactor) => "a certificate that counts as two factors",
        Some(Strength::SingleFactor) => "a certificate that counts as one factor",
        None if one.issuers.is_empty() && one.policies.is_empty() => {
            return plain(one.factor).into();
        }
        None => "a certificate",
    }
    .to_owned();
    let list = |all: &[String]| all.join(" or ");
    if !one.issuers.is_empty() {
        let one_name = |key: &String| name(key).unwrap_or_else(|| format!("the key {key}"));
        let names: Vec<String> = one.issuers.iter().map(one_name).collect();
        let _ = write!(text, ", issued by {}", list(&names));
    }
    if !one.policies.is_empty() {
        let _ = write!(text, ", under the policy {}", list(&one.policies));
    }
    text
}

const fn plain(factor: Factor) -> &'static str {
    match factor {
        Factor::Certificate => "your certificate",
        Factor::Password => "your password",
        Factor::Code => "a one-time code",
        Factor::Passkey { .. } => "a passkey",
    }
}

/// That a secret was not right; the same where no account has the username.
pub const fn not_right(factor: Factor) -> &'static str {
    match factor {
        Factor::Certificate | Factor::Password | Factor::Passkey { .. } => {
            "The username or the password was not right. Check both and try again."
        }
        Factor::Code => "That code was not right. Use the one that your app shows now.",
    }
}

/// That tries come too fast.
pub fn too_many(seconds: u32) -> String {
    let unit = if seconds == 1 { "second" } else { "seconds" };
    format!("That were too many tries. Wait {seconds} {unit}, or use another way to sign in.")
}

/// What stands above the certauth host's Continue button.
pub fn certificate_sent(sent: bool) -> Words {
    if sent {
        Words::new(
            "Your certificate arrived",
            "Continue to let it be checked. Most browsers do this by themselves.",
        )
    } else {
        Words::new(
            "No certificate arrived",
            "Continue to see what you can do. Most browsers do this by themselves.",
        )
    }
}
