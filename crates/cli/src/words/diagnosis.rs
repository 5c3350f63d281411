//! What `lanyard doctor` says.

use client::{NotLoaded, Trouble};

use super::sentence;

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

fn counted(number: usize, one: &str, more: &str) -> String {
    let noun = if number == 1 { one } else { more };
    format!("{number} {noun}")
}
