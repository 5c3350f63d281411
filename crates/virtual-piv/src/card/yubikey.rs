//! What a YubiKey adds to the standard's commands.

use super::{Card, FACTORY_PIN, FACTORY_PUK, FACTORY_TRIES, ManagementState, SlotKey};
use crate::apdu::{Command, instruction};
use crate::attestation::{Attestation, Statement};
use crate::key::PrivateKey;
use crate::management::ManagementKey;
use crate::profile::YubiKey;
use crate::secret::Secret;
use crate::{Algorithm, ManagementAlgorithm, Status, tlv};

impl Card {
    pub(super) fn yubikeys_own(
        &mut self,
        command: &Command<'_>,
        data: &[u8],
    ) -> Result<Vec<u8>, Status> {
        let Some(yubikey) = self.profile.yubikey else {
            return Err(Status::NO_INSTRUCTION);
        };
        let (p1, p2) = (command.p1, command.p2);
        match command.instruction {
            instruction::VERSION => Ok(yubikey.version.to_vec()),
            instruction::SERIAL if yubikey.serial => Ok(self.serial.to_be_bytes().to_vec()),
            instruction::METADATA if yubikey.metadata => self.metadata(p2),
            instruction::ATTEST if yubikey.attestation => self.attest(yubikey, p1),
            instruction::MOVE_KEY if yubikey.move_key => self.move_key(p1, p2),
            instruction::IMPORT => self.import(p1, p2, data),
            instruction::SET_MANAGEMENT_KEY => self.set_management_key(p1, p2, data),
            instruction::SET_RETRIES => self.set_retries(p1, p2),
            instruction::RESET => self.factory_reset(),
            _ => Err(Status::NO_INSTRUCTION),
        }
    }

    fn metadata(&self, reference: u8) -> Result<Vec<u8>, Status> {
        let mut out = Vec::new();
        match reference {
            0x80 | 0x81 => {
                let (secret, factory) = if reference == 0x80 {
                    (&self.pin, FACTORY_PIN)
                } else {
                    (&self.puk, FACTORY_PUK)
                };
                tlv::put(&mut out, 0x01, &[0xFF]);
                tlv::put(&mut out, 0x05, &[u8::from(secret.value() == factory)]);
                tlv::put(&mut out, 0x06, &[secret.total(), secret.left()]);
            }
            0x9B => {
                tlv::put(&mut out, 0x01, &[self.management.algorithm.identifier()]);
                tlv::put(&mut out, 0x02, &[0, 1]);
                tlv::put(&mut out, 0x05, &[u8::from(self.management.is_factory())]);
            }
            _ => {
                let slot = self.slot(reference)?;
                let held = self.keys.get(&slot).ok_or(Status::REFERENCE_NOT_FOUND)?;
                let origin = if held.generated { 1 } else { 2 };
                tlv::put(&mut out, 0x01, &[held.key.algorithm().identifier()]);
                tlv::put(&mut out, 0x02, &[held.pin.byte(), held.touch.byte()]);
                tlv::put(&mut out, 0x03, &[origin]);
                tlv::put(&mut out, 0x04, &held.key.public_template());
            }
        }
        Ok(out)
    }

    /// A certificate that says that the key was made on this card.
    fn attest(&mut self, yubikey: YubiKey, reference: u8) -> Result<Vec<u8>, Status> {
        let slot = self.slot(reference)?;
        let held = self.keys.get(&slot).ok_or(self.profile.no_key)?;
        if !held.generated {
            return Err(Status::WRONG_DATA);
        }
        let statement = Statement {
            slot,
            subject_public_key_info: held
                .key
                .subject_public_key_info()
                .map_err(|_| Status::FAILED)?,
            version: yubikey.version,
            serial: self.serial,
            pin: held.pin,
            touch: held.touch,
        };
        self.attestation()?
            .certify(&statement)
            .map_err(|_| Status::FAILED)
    }

    pub(super) fn attestation_certificate(&mut self) -> Option<Vec<u8>> {
        if !self.profile.yubikey?.attestation {
            return None;
        }
        Some(self.attestation().ok()?.certificate().to_vec())
    }

    /// Made when it is first asked for: most tests never do.
    fn attestation(&mut self) -> Result<&Attestation, Status> {
        if self.attestation.is_none() {
            self.attestation = Some(Attestation::new().map_err(|_| Status::FAILED)?);
            self.changed();
        }
        self.attestation.as_ref().ok_or(Status::FAILED)
    }

    /// Moves a key with its certificate left where it is; to `FF` it is deleted.
    fn move_key(&mut self, to: u8, from: u8) -> Result<Vec<u8>, Status> {
        let from = self.slot_to_write(0, from)?;
        let to = match to {
            0xFF => None,
            reference => Some(self.slot(reference)?),
        };
        if to.is_some_and(|slot| self.keys.contains_key(&slot)) {
            return Err(Status::CONDITIONS_NOT_SATISFIED);
        }
        let held = self.keys.remove(&from).ok_or(Status::REFERENCE_NOT_FOUND)?;
        if let Some(slot) = to {
            self.keys.insert(slot, held);
        }
        self.changed();
        Ok(Vec::new())
    }

    fn import(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>, Status> {
        let slot = self.slot_to_write(0, p2)?;
        let algorithm = self.algorithm(p1)?;
        let parts = tlv::all(data).ok_or(Status::WRONG_DATA)?;
        let part = |tag| tlv::find(&parts, tag).ok_or(Status::WRONG_DATA);
        let key = match algorithm {
            Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 => {
                PrivateKey::from_primes(part(0x01)?, part(0x02)?)
            }
            Algorithm::P256 | Algorithm::P384 => PrivateKey::from_scalar(algorithm, part(0x06)?),
            Algorithm::Ed25519 => PrivateKey::from_scalar(algorithm, part(0x07)?),
        }
        .ok()
        .filter(|key| key.algorithm() == algorithm)
        .ok_or(Status::WRONG_DATA)?;
        let (pin, touch) = self.policies(slot, &parts)?;
        self.keys.insert(
            slot,
            SlotKey {
                key,
                pin,
                touch,
                generated: false,
            },
        );
        self.changed();
        Ok(Vec::new())
    }

    fn set_management_key(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>, Status> {
        if self.session.management != ManagementState::Proven {
            return Err(Status::SECURITY_NOT_SATISFIED);
        }
        // FE instead of the second FF would ask for a touch whenever the key is used.
        if (p1, p2) != (0xFF, 0xFF) {
            return Err(Status::WRONG_PARAMETERS);
        }
        let [identifier, 0x9B, length, key @ ..] = data else {
            return Err(Status::WRONG_DATA);
        };
        let algorithm =
            ManagementAlgorithm::from_identifier(*identifier).ok_or(Status::WRONG_DATA)?;
        if usize::from(*length) != key.len() {
            return Err(Status::WRONG_LENGTH);
        }
        self.management = ManagementKey::new(algorithm, key).ok_or(Status::WRONG_DATA)?;
        self.changed();
        Ok(Vec::new())
    }

    /// Sets how often PIN and PUK may be wrong, which makes both the factory's again.
    fn set_retries(&mut self, pin: u8, puk: u8) -> Result<Vec<u8>, Status> {
        if self.session.management != ManagementState::Proven || !self.session.verified {
            return Err(Status::SECURITY_NOT_SATISFIED);
        }
        if pin == 0 || puk == 0 {
            return Err(Status::WRONG_PARAMETERS);
        }
        self.pin = Secret::new(FACTORY_PIN, pin);
        self.puk = Secret::new(FACTORY_PUK, puk);
        self.changed();
        Ok(Vec::new())
    }

    /// Empties the card, once PIN and PUK are both blocked.
    fn factory_reset(&mut self) -> Result<Vec<u8>, Status> {
        if self.pin.left() != 0 || self.puk.left() != 0 {
            return Err(Status::CONDITIONS_NOT_SATISFIED);
        }
        self.keys.clear();
        self.objects.clear();
        self.pin = Secret::new(FACTORY_PIN, FACTORY_TRIES);
        self.puk = Secret::new(FACTORY_PUK, FACTORY_TRIES);
        self.management = ManagementKey::factory(self.profile.management);
        self.session.management = ManagementState::Unproven;
        self.session.verified = false;
        self.session.fresh = false;
        self.changed();
        Ok(Vec::new())
    }
}
