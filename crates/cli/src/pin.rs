//! `lanyard pin change` and `lanyard pin unblock`: the PIN of a PIV card.

use client::{ChangePinError, Device, Pin, PinCard, Puk, UnblockError};
use serde_json::json;
use zeroize::Zeroizing;

use crate::arguments::{PinChange, PinTask, PinUnblock};
use crate::descriptors::Descriptors;
use crate::outcome::{Outcome, Trouble};
use crate::terminal::Terminal;
use crate::words::pin as words;
use crate::{terminal, words as common};

/// Does what was asked for.
pub(crate) async fn run(task: PinTask, device: &Device) -> Result<Outcome, Trouble> {
    match task {
        PinTask::Change(wanted) => change(wanted, device).await,
        PinTask::Unblock(wanted) => unblock(wanted, device).await,
    }
}

async fn change(wanted: PinChange, device: &Device) -> Result<Outcome, Trouble> {
    let card = card(device, wanted.serial.as_deref()).await?;
    let name = common::token(card.label());
    if card.label().blocked {
        return Err(Trouble::new(Outcome::Refused, words::BLOCKED));
    }
    if card.is_at_its_last_try() {
        if wanted.pin_fd.is_some() {
            return Err(Trouble::new(
                Outcome::Refused,
                common::LAST_TRY_BY_DESCRIPTOR,
            ));
        }
        terminal::say(common::LAST_TRY);
        terminal::say(common::LAST_TRY_HINT);
    }
    let mut secrets = Secrets::default();
    let old = secrets
        .one(wanted.pin_fd, "--pin-fd", words::pin_of(&name))
        .await?;
    let new = secrets.new_pin(wanted.new_pin_fd).await?;
    let changed = card.change_pin(pin(old)?, pin(new)?).await;
    changed.map_err(|error| not_changed(&error))?;
    done(&name, "pin_changed", words::CHANGED, wanted.json);
    Ok(Outcome::Done)
}

async fn unblock(wanted: PinUnblock, device: &Device) -> Result<Outcome, Trouble> {
    let card = card(device, wanted.serial.as_deref()).await?;
    let name = common::token(card.label());
    let mut secrets = Secrets::default();
    let puk = secrets
        .one(wanted.puk_fd, "--puk-fd", words::puk_of(&name))
        .await?;
    let new = secrets.new_pin(wanted.new_pin_fd).await?;
    let puk = Puk::new(puk).map_err(|error| Trouble::new(Outcome::Usage, error.to_string()))?;
    let unblocked = card.unblock(puk, pin(new)?).await;
    unblocked.map_err(|error| not_unblocked(&error))?;
    done(&name, "pin_unblocked", words::UNBLOCKED, wanted.json);
    Ok(Outcome::Done)
}

/// The card that was named, or the only one there is.
async fn card(device: &Device, serial: Option<&str>) -> Result<PinCard, Trouble> {
    let mut cards = device.pin_cards().await;
    if let Some(serial) = serial {
        cards.retain(|card| card.label().serial.as_deref() == Some(serial));
    }
    match cards.as_slice() {
        [] => Err(Trouble::new(
            Outcome::Unreachable,
            serial.map_or_else(|| words::NO_CARD.to_owned(), words::no_such_card),
        )),
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|card| common::token(card.label()))
                .collect();
            Err(Trouble::new(Outcome::Usage, words::which_card(&names)))
        }
    }
}

/// Where PIN and PUK come from.
#[derive(Default)]
struct Secrets(Descriptors);

impl Secrets {
    /// Reads a secret from the descriptor that was named, or asks for it.
    async fn one(
        &mut self,
        descriptor: Option<u32>,
        option: &str,
        prompt: String,
    ) -> Result<String, Trouble> {
        if let Some(number) = descriptor {
            let line = self.0.line(number).map_err(|cause| {
                let words = common::descriptor(number, &cause.to_string());
                Trouble::new(Outcome::Usage, words)
            })?;
            return given(line);
        }
        if Terminal::of_this_process() == Terminal::Nobody {
            return Err(Trouble::new(Outcome::Usage, common::missing(option)));
        }
        let typed = terminal::ask_hidden(prompt)
            .await
            .map_err(|cause| Trouble::new(Outcome::Usage, cause.to_string()))?;
        given(Zeroizing::new(typed.unwrap_or_default()))
    }

    /// Reads the new PIN; a person types it twice.
    async fn new_pin(&mut self, descriptor: Option<u32>) -> Result<String, Trouble> {
        let new = Zeroizing::new(
            self.one(descriptor, "--new-pin-fd", words::NEW_PIN.to_owned())
                .await?,
        );
        if descriptor.is_none() {
            let again = Zeroizing::new(self.one(None, "", words::NEW_PIN_AGAIN.to_owned()).await?);
            if *again != *new {
                return Err(Trouble::new(Outcome::Usage, words::NOT_THE_SAME));
            }
        }
        given(new)
    }
}

/// An empty secret is how a person stops.
fn given(mut secret: Zeroizing<String>) -> Result<String, Trouble> {
    if secret.is_empty() {
        return Err(Trouble::new(Outcome::Stopped, common::STOPPED));
    }
    Ok(std::mem::take(&mut *secret))
}

fn pin(typed: String) -> Result<Pin, Trouble> {
    Pin::new(typed).map_err(|error| Trouble::new(Outcome::Usage, error.to_string()))
}

fn done(card: &str, outcome: &str, words: &str, as_json: bool) {
    if as_json {
        terminal::print_json(&json!({ "outcome": outcome, "card": card }));
    } else {
        terminal::print(words);
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest is told in its own words"
)]
fn not_changed(error: &ChangePinError) -> Trouble {
    match error {
        ChangePinError::WrongPin { tries_left } => {
            Trouble::new(Outcome::Refused, words::wrong_pin(*tries_left))
        }
        ChangePinError::Blocked => Trouble::new(Outcome::Refused, words::BLOCKED),
        ChangePinError::Length { min, max } => {
            Trouble::new(Outcome::Usage, words::length(*min, *max))
        }
        ChangePinError::PolicyRefused => Trouble::new(Outcome::Refused, words::POLICY),
        ChangePinError::InUse { by } => {
            Trouble::new(Outcome::Unreachable, words::in_use(by.as_deref()))
        }
        other => Trouble::new(Outcome::Unreachable, words::failed(&other.to_string())),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest is told in its own words"
)]
fn not_unblocked(error: &UnblockError) -> Trouble {
    match error {
        UnblockError::WrongPuk { tries_left } => {
            Trouble::new(Outcome::Refused, words::wrong_puk(*tries_left))
        }
        UnblockError::Blocked => Trouble::new(Outcome::Refused, words::PUK_BLOCKED),
        UnblockError::Length { min, max } => {
            Trouble::new(Outcome::Usage, words::length(*min, *max))
        }
        UnblockError::PolicyRefused => Trouble::new(Outcome::Refused, words::POLICY),
        UnblockError::InUse { by } => {
            Trouble::new(Outcome::Unreachable, words::in_use(by.as_deref()))
        }
        other => Trouble::new(Outcome::Unreachable, words::failed(&other.to_string())),
    }
}
