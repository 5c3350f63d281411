//! What YubiKeys tell beyond the standard: version, serial number, and the metadata of keys.

use super::apdu::{Command, Instruction, exchange};
use super::error::CardError;
use super::quirks::Extensions;
use super::slot::PivSlot;
use super::status::StatusWord;
use super::tlv;
use super::transport::Channel;
use crate::{PinPolicy, TouchPolicy};

/// A YubiKey's firmware version, which orders as it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) [u8; 3]);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// What a device says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) version: Option<Version>,
    pub(super) serial: Option<u32>,
}

impl Device {
    /// Asks what the kind of card is worth asking for. A refusal is no failure: devices by others
    /// answer some of these commands and not all.
    ///
    /// # Errors
    ///
    /// A fault of the transport.
    pub(super) fn ask(
        channel: &mut dyn Channel,
        extensions: Extensions,
    ) -> Result<Self, CardError> {
        if extensions == Extensions::No {
            return Ok(Self::default());
        }
        let version = Command::asking(Instruction::GetVersion, 0, 0, Vec::new());
        let version = answer(channel, &version)?
            .and_then(|bytes| <[u8; 3]>::try_from(bytes).ok())
            .map(Version);
        let has_serial = version.is_some_and(|version| version >= SERIAL_SINCE);
        if extensions != Extensions::All || !has_serial {
            return Ok(Self {
                version,
                serial: None,
            });
        }
        let serial = Command::asking(Instruction::GetSerial, 0, 0, Vec::new());
        let serial = answer(channel, &serial)?
            .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())
            .map(u32::from_be_bytes)
            .filter(|serial| *serial != 0);
        Ok(Self { version, serial })
    }

    /// Whether keys have metadata.
    pub(super) fn has_metadata(&self) -> bool {
        self.version
            .is_some_and(|version| version >= METADATA_SINCE)
    }
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// It is there, with these policies.
    There { pin: PinPolicy, touch: TouchPolicy },
    /// There is none in the slot.
    Absent,
    /// The device did not say: some answer with nothing.
    Untold,
}

/// Asks about the key of a slot.
///
/// # Errors
///
/// A fault of the transport.
pub(super) fn key(channel: &mut dyn Channel, slot: PivSlot) -> Result<Key, CardError> {
    let command = Command::asking(Instruction::GetMetadata, 0, slot.reference(), Vec::new());
    let response = exchange(channel, &command)?;
    Ok(match response.status {
        StatusWord::OK => metadata(&response.data),
        StatusWord::REFERENCE_NOT_FOUND => Key::Absent,
        StatusWord(_) => Key::Untold,
    })
}

/// Asks about the PIN: how many tries are left, and whether it is the factory's.
///
/// # Errors
///
/// A fault of the transport.
pub(super) fn pin(channel: &mut dyn Channel) -> Result<Option<(u8, bool)>, CardError> {
    let command = Command::asking(Instruction::GetMetadata, 0, PIN, Vec::new());
    Ok(answer(channel, &command)?.and_then(|bytes| pin_metadata(&bytes)))
}

/// Reads metadata of a PIN: tag `05` says whether it is the factory's, `06` how many tries there
/// are and how many are left. A device that says neither has not said anything.
fn pin_metadata(bytes: &[u8]) -> Option<(u8, bool)> {
    let [_, left] = tlv::find(bytes, 0x06)? else {
        return None;
    };
    Some((*left, tlv::find(bytes, 0x05) == Some(&[1])))
}

/// Reads metadata: tag `02` holds the policies for PIN and touch.
fn metadata(bytes: &[u8]) -> Key {
    let Some([pin, touch]) = tlv::find(bytes, 0x02) else {
        return Key::Untold;
    };
    Key::There {
        pin: match pin {
            1 => PinPolicy::Never,
            // A match of a fingerprint stands for the PIN.
            2 | 4 => PinPolicy::Once,
            3 | 5 => PinPolicy::Always,
            _ => PinPolicy::Unknown,
        },
        touch: match touch {
            1 => TouchPolicy::Never,
            2 => TouchPolicy::Always,
            3 => TouchPolicy::Cached,
            _ => TouchPolicy::Unknown,
        },
    }
}

fn answer(channel: &mut dyn Channel, command: &Command) -> Result<Option<Vec<u8>>, CardError> {
    let response = exchange(channel, command)?;
    Ok((response.status == StatusWord::OK).then_some(response.data))
}

/// The reference of the application's PIN.
const PIN: u8 = 0x80;
const SERIAL_SINCE: Version = Version([5, 0, 0]);
const METADATA_SINCE: Version = Version([5, 3, 0]);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::piv::test::Script;

    #[test]
    fn policies_are_read_from_metadata() {
        let key = metadata(&[1, 1, 0x11, 2, 2, 3, 2, 3, 1, 1]);
        assert_eq!(
            key,
            Key::There {
                pin: PinPolicy::Always,
                touch: TouchPolicy::Always
            }
        );
    }

    #[test]
    fn an_empty_answer_tells_nothing() {
        assert_eq!(metadata(&[]), Key::Untold);
    }

    #[test]
    fn tries_and_the_factory_pin_are_read_from_metadata() {
        assert_eq!(
            pin_metadata(&[1, 1, 0xff, 5, 1, 1, 6, 2, 3, 2]),
            Some((2, true))
        );
        assert_eq!(pin_metadata(&[5, 1, 0, 6, 2, 3, 3]), Some((3, false)));
        assert_eq!(pin_metadata(&[]), None);
    }

    #[test]
    fn an_old_device_is_asked_for_its_version_alone() {
        let mut script = Script::new(&[(&[0, 0xfd, 0, 0, 0], &[4, 3, 5, 0x90, 0])]);
        let device = Device::ask(&mut script, Extensions::All).expect("it answers");
        assert_eq!(
            device.version.map(|version| version.to_string()),
            Some("4.3.5".to_owned())
        );
        assert_eq!(device.serial, None);
        assert!(!device.has_metadata());
    }

    proptest! {
        #[test]
        fn any_metadata_is_read(bytes in any::<Vec<u8>>()) {
            let _ = metadata(&bytes);
            let _ = pin_metadata(&bytes);
        }
    }
}
