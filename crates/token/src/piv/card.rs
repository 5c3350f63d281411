//! A PIV card within one transaction: selecting it and reading what it holds.

use super::apdu::{Command, Instruction, Response, exchange};
use super::error::CardError;
use super::objects::{self, PinReference, Unreadable};
use super::pin;
use super::pin_pad::{self, PinPad};
use super::quirks::{Quirks, Retired};
use super::slot::PivSlot;
use super::status::StatusWord;
use super::tlv;
use super::transport::Channel;
use super::yubikey::{self, Device, Key};
use crate::public_key::PublicKey;
use crate::{
    Credential, Fingerprint, PinEntry, PinPolicy, PinState, PrivateKey, TokenDescription,
    TokenKind, TouchPolicy,
};

/// Everything that shows of a card before any PIN.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    pub(super) about: About,
    pub(super) description: TokenDescription,
    pub(super) pin: PinState,
    pub(super) credentials: Vec<Credential>,
    pub(super) unreadable: Vec<(PivSlot, Unreadable)>,
}

/// What later commands to the card need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct About {
    pub(super) quirks: &'static Quirks,
    pub(super) reference: PinReference,
    pub(super) pad: Option<PinPad>,
}

/// What a reader holds.
pub(super) enum Holds {
    Piv(Box<Looked>),
    /// A card without the PIV application.
    Other,
}

/// Selects the application. The answer holds its label, which some cards are known by.
///
/// Cards of every version know its name without the version, or should (SP 800-73pt1-5 §2.2); one
/// that does not is given the whole name.
///
/// # Errors
///
/// [`CardError::Refused`] on a card without the application.
pub(super) fn select(channel: &mut dyn Channel) -> Result<Vec<u8>, CardError> {
    let mut by = |name: &[u8]| {
        let command = Command::asking(Instruction::Select, 0x04, 0x00, name.to_vec());
        exchange(channel, &command)
    };
    let mut response = by(&APPLICATION)?;
    if response.status == StatusWord::NOT_FOUND {
        response = by(&[APPLICATION.as_slice(), &VERSION].concat())?;
    }
    response.accepted(Instruction::Select)
}

/// Reads everything that shows without a PIN, in as few commands as there are things to ask.
///
/// # Errors
///
/// What stopped it. A slot that cannot be read is noted and stops nothing.
pub(super) fn look(
    channel: &mut dyn Channel,
    atr: &[u8],
    reader: &str,
) -> Result<Holds, CardError> {
    let selected = match select(channel) {
        Ok(selected) => selected,
        // Cards of other kinds answer with whatever they like.
        Err(CardError::Refused { .. }) => return Ok(Holds::Other),
        Err(error) => return Err(error),
    };
    let label = application_label(&selected);
    let quirks = Quirks::of(atr, reader, &label);
    let device = Device::ask(channel, quirks.extensions)?;
    let description = describe(quirks, &device, reader, label);
    let mut slots = Slots {
        channel,
        device,
        description: &description,
        credentials: Vec::new(),
        unreadable: Vec::new(),
    };
    for slot in PivSlot::PRIMARY {
        slots.read(slot)?;
    }
    for slot in slots.retired(quirks)? {
        slots.read(slot)?;
    }
    let Slots {
        credentials,
        unreadable,
        ..
    } = slots;
    let pad = pin_pad::find(channel)?;
    let (pin, reference) = pin_state(channel, quirks, pad, &device)?;
    Ok(Holds::Piv(Box::new(Looked {
        about: About {
            quirks,
            reference,
            pad,
        },
        description,
        pin,
        credentials,
        unreadable,
    })))
}

/// The slots as they are read.
struct Slots<'a> {
    channel: &'a mut dyn Channel,
    device: Device,
    description: &'a TokenDescription,
    credentials: Vec<Credential>,
    unreadable: Vec<(PivSlot, Unreadable)>,
}

impl Slots<'_> {
    fn read(&mut self, slot: PivSlot) -> Result<(), CardError> {
        let Some(object) = get_data(self.channel, &slot.object())? else {
            return Ok(());
        };
        match objects::certificate(&object) {
            Ok(None) => {}
            Ok(Some(certificate)) => {
                let credential = self.credential(slot, certificate)?;
                self.credentials.push(credential);
            }
            Err(why) => self.unreadable.push((slot, why)),
        }
        Ok(())
    }

    /// Which retired slots to read.
    fn retired(&mut self, quirks: &Quirks) -> Result<Vec<PivSlot>, CardError> {
        match quirks.retired {
            Retired::Probe => Ok(PivSlot::all_retired().collect()),
            Retired::History => {
                let history = get_data(self.channel, &objects::KEY_HISTORY)?;
                let slots = history.as_deref().and_then(objects::key_history);
                Ok(slots.unwrap_or_default())
            }
        }
    }

    fn credential(&mut self, slot: PivSlot, certificate: Vec<u8>) -> Result<Credential, CardError> {
        let key = PublicKey::of(&certificate);
        let known = if self.device.has_metadata() {
            yubikey::key(self.channel, slot)?
        } else {
            Key::Untold
        };
        let (private_key, pin, touch) = match known {
            Key::There { pin, touch } => (PrivateKey::Seen, pin, touch),
            Key::Absent => (PrivateKey::Absent, PinPolicy::Unknown, TouchPolicy::Unknown),
            // Policies of a YubiKey's keys can be anything, and older ones do not tell.
            Key::Untold if self.device.version.is_some() => (
                PrivateKey::Presumed,
                PinPolicy::Unknown,
                TouchPolicy::Unknown,
            ),
            Key::Untold => (
                PrivateKey::Presumed,
                slot.pin_policy(),
                TouchPolicy::Unknown,
            ),
        };
        Ok(Credential {
            token: self.description.clone(),
            fingerprint: Fingerprint::of(&certificate),
            schemes: super::sign::schemes(&key.algorithm),
            algorithm: key.algorithm,
            label: format!("{} ({slot})", slot.name()),
            key_id: vec![slot.reference()],
            private_key,
            slot: Some(slot),
            pin,
            touch,
            certificate,
        })
    }
}

/// Reads a data object. One that is absent, or that may not be read without a PIN, is none.
///
/// # Errors
///
/// A fault of the transport, or an answer that is none.
fn get_data(channel: &mut dyn Channel, tag: &[u8]) -> Result<Option<Vec<u8>>, CardError> {
    let list = tlv::write(0x5c, tag);
    let command = Command::asking(Instruction::GetData, 0x3f, 0xff, list);
    let Response { data, status } = exchange(channel, &command)?;
    Ok(match status {
        StatusWord::OK => Some(data),
        StatusWord::NOT_FOUND => None,
        StatusWord(_) => {
            tracing::debug!(%status, tag = ?tag, "an object is not given");
            None
        }
    })
}

/// Asks for the tries left, and under which reference the PIN goes: the Discovery object is read
/// only when the card has no PIN of the application.
fn pin_state(
    channel: &mut dyn Channel,
    quirks: &'static Quirks,
    pad: Option<PinPad>,
    device: &Device,
) -> Result<(PinState, PinReference), CardError> {
    let entry = match pad {
        Some(_) => PinEntry::OnReader,
        None => PinEntry::Typed,
    };
    let own = PinReference::Application;
    if device.has_metadata()
        && let Some((left, factory)) = yubikey::pin(channel)?
    {
        return Ok((pin::told(entry, left, factory), own));
    }
    match pin::state(channel, own, quirks, entry) {
        Ok(state) => Ok((state, own)),
        Err(CardError::Refused { .. }) => {
            let discovery = get_data(channel, &objects::DISCOVERY)?.unwrap_or_default();
            let reference = objects::pin_reference(&discovery);
            let state = match pin::state(channel, reference, quirks, entry) {
                Ok(state) => state,
                Err(CardError::Refused { .. }) => pin::unknown(entry),
                Err(error) => return Err(error),
            };
            Ok((state, reference))
        }
        Err(error) => Err(error),
    }
}

/// Asks for the state of the PIN again, on a card that was looked at before.
///
/// # Errors
///
/// What stopped it.
pub(super) fn pin_state_again(
    channel: &mut dyn Channel,
    about: About,
) -> Result<PinState, CardError> {
    select(channel)?;
    let entry = match about.pad {
        Some(_) => PinEntry::OnReader,
        None => PinEntry::Typed,
    };
    match pin::state(channel, about.reference, about.quirks, entry) {
        Err(CardError::Refused { .. }) => Ok(pin::unknown(entry)),
        other => other,
    }
}

fn describe(quirks: &Quirks, device: &Device, reader: &str, label: String) -> TokenDescription {
    let model = match (device.version, quirks.model) {
        (Some(version), model) if !model.is_empty() => format!("{model} {version}"),
        (None, model) if !model.is_empty() => model.to_owned(),
        (Some(_) | None, _) => "PIV card".to_owned(),
    };
    let label = match (quirks.model, label) {
        ("", label) if label.is_empty() => "PIV card".to_owned(),
        ("", label) => label,
        (model, _) => model.to_owned(),
    };
    TokenDescription {
        kind: TokenKind::Piv {
            reader: reader.to_owned(),
        },
        label,
        serial: device
            .serial
            .map(|serial| serial.to_string())
            .unwrap_or_default(),
        model,
        manufacturer: quirks.manufacturer.to_owned(),
    }
}

/// The label in the answer to `SELECT` (`50`, SP 800-73pt2-5 §3.1.1), as far as it can be printed.
fn application_label(selected: &[u8]) -> String {
    let label = tlv::find(selected, 0x61).and_then(|template| tlv::find(template, 0x50));
    String::from_utf8_lossy(label.unwrap_or_default())
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST_LABEL)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The application's identifier without its version (SP 800-73pt1-5 §2.2).
const APPLICATION: [u8; 9] = [0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00];
const VERSION: [u8; 2] = [0x01, 0x00];
const LONGEST_LABEL: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piv::test::Script;

    #[test]
    fn a_card_that_knows_its_whole_name_alone_is_selected_by_it() {
        let short = [&[0, 0xa4, 4, 0, 9], APPLICATION.as_slice(), &[0]].concat();
        let whole = [&[0, 0xa4, 4, 0, 11], APPLICATION.as_slice(), &VERSION, &[0]].concat();
        let mut card = Script::new(&[(&short, &[0x6a, 0x82]), (&whole, &[0x50, 0x90, 0x00])]);
        assert_eq!(select(&mut card), Ok(vec![0x50]));
        let mut card = Script::new(&[(&short, &[0x6a, 0x81])]);
        assert!(matches!(select(&mut card), Err(CardError::Refused { .. })));
    }
}
