//! What is said of readers, the card service, and a token that waits for a person.

use client::Held;
use sign_in::view::{CardService, PinPrompt, Reader, ReaderState, TouchPrompt};

use crate::plain::{day, plain};

pub(crate) const SERVICE_ROW: &str = "Card service";
pub(crate) const READER_ROW: &str = "Reader";
pub(crate) const CERTIFICATE_ROW: &str = "Certificate";
pub(crate) const FACTORY_PIN: &str =
    "This card still has its factory PIN. Change it: lanyard pin change";
pub(crate) const UNREADABLE_SLOT_ADVICE: &str =
    "Ask whoever issued the card to write this certificate again; the card's others work.";

/// How the card service is.
pub(crate) fn service(service: &CardService, version: Option<&str>) -> String {
    match service {
        CardService::Running => match version {
            Some(version) => format!("It runs, protocol {}.", plain(version)),
            None => "It runs.".to_owned(),
        },
        CardService::NotInstalled => "This computer has no card service.".to_owned(),
        CardService::Stopped => "The card service is stopped.".to_owned(),
        CardService::Denied => "You may not use the card service.".to_owned(),
        CardService::Failed { cause } => {
            format!("The card service does not work: {}.", plain(cause))
        }
    }
}

/// What to do about the card service.
pub(crate) fn service_advice(service: &CardService) -> Option<&'static str> {
    match service {
        CardService::Running => None,
        CardService::NotInstalled => Some(
            "Install pcscd and the driver of your reader (on Debian: apt install pcscd), then look \
             again. Tokens behind modules of their own work without.",
        ),
        CardService::Stopped => Some("Start it: systemctl start pcscd.socket"),
        CardService::Denied => Some(
            "Its policy (polkit) lets nobody in from this kind of session. Ask your administrator \
             to allow org.debian.pcsc-lite.access_pcsc and access_card for you.",
        ),
        CardService::Failed { .. } => Some("Start it again: systemctl restart pcscd"),
    }
}

/// What is in a reader.
pub(crate) fn reader(reader: &Reader) -> String {
    let name = plain(&reader.name);
    match &reader.state {
        ReaderState::Empty => format!("{name} is empty."),
        ReaderState::Read => format!("{name} has a PIV card in it."),
        ReaderState::Mute => format!("The card in {name} does not answer."),
        ReaderState::OtherCard => {
            format!("The card in {name} has no PIV application; a module may know it.")
        }
        ReaderState::InUse { by } => match by {
            Some(program) => format!("The card in {name} is in use by {}.", plain(program)),
            None => format!("The card in {name} is in use by another program."),
        },
    }
}

/// What to do about a reader.
pub(crate) fn reader_advice(reader: &Reader) -> Option<&'static str> {
    match reader.state {
        ReaderState::Empty | ReaderState::Read | ReaderState::OtherCard => None,
        ReaderState::Mute => Some("Take the card out, turn it over, and put it back."),
        ReaderState::InUse { .. } => Some(
            "Close that program; for GnuPG's: gpgconf --kill scdaemon. Lanyard looks again when it \
             lets go.",
        ),
    }
}

/// What a token holds, a line for each certificate.
pub(crate) fn holds(token: &str, by: &str, held: &[Held]) -> String {
    let mut lines = vec![format!("{token}, through {}", plain(by))];
    lines.extend(held.iter().map(|held| {
        let slot = held.slot.as_deref().map(plain);
        let slot = slot.map(|slot| format!("{slot}: ")).unwrap_or_default();
        let cannot = if held.can_sign { "" } else { ", cannot sign" };
        format!(
            "{slot}{}, {}, until {}{cannot}",
            plain(&held.name),
            plain(&held.key),
            day(held.not_after)
        )
    }));
    lines.join("\n")
}

/// A token waits to be touched.
pub(crate) fn touch(prompt: &TouchPrompt) -> String {
    let token = plain(&prompt.token.name);
    if prompt.certain {
        format!(
            "Touch {token}: it waits {} seconds. Ctrl-C gives up.",
            prompt.seconds
        )
    } else {
        format!("{token} takes its time. If it blinks, touch it. Ctrl-C gives up.")
    }
}

/// The PIN is given on the reader.
pub(crate) fn at_reader(prompt: &PinPrompt) -> String {
    format!(
        "Enter the PIN of {} on its reader.",
        plain(&prompt.token.name)
    )
}
