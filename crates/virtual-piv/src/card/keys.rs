//! GENERATE ASYMMETRIC KEY PAIR (SP 800-73pt2-5 §3.3.1), and the policies that come with a key.

use super::{Card, ManagementState, SlotKey};
use crate::key::PrivateKey;
use crate::{Algorithm, PinPolicy, Slot, Status, TouchPolicy, tlv};

impl Card {
    pub(super) fn generate(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>, Status> {
        let slot = self.slot_to_write(p1, p2)?;
        let control = tlv::only(data, 0xAC)
            .and_then(tlv::all)
            .ok_or(Status::WRONG_DATA)?;
        let Some([identifier]) = tlv::find(&control, 0x80) else {
            return Err(Status::WRONG_DATA);
        };
        let algorithm = self.algorithm(*identifier)?;
        let (pin, touch) = self.policies(slot, &control)?;
        let key = PrivateKey::generate(algorithm).map_err(|_| Status::FAILED)?;
        let public = tlv::wrap(0x7F49, &key.public_template());
        self.keys.insert(
            slot,
            SlotKey {
                key,
                pin,
                touch,
                generated: true,
            },
        );
        self.changed();
        Ok(public)
    }

    /// The slot that a provisioning command names, if the management key was proved.
    pub(super) fn slot_to_write(&self, p1: u8, reference: u8) -> Result<Slot, Status> {
        if self.session.management != ManagementState::Proven {
            return Err(Status::SECURITY_NOT_SATISFIED);
        }
        if p1 != 0 {
            return Err(Status::WRONG_PARAMETERS);
        }
        self.slot(reference)
    }

    /// The slot with this reference, if the card has it.
    pub(super) fn slot(&self, reference: u8) -> Result<Slot, Status> {
        Slot::from_reference(reference)
            .filter(|slot| match slot {
                Slot::Retired(_) => reference <= 0x81_u8.saturating_add(self.profile.retired),
                Slot::Authentication
                | Slot::Signature
                | Slot::KeyManagement
                | Slot::CardAuthentication => true,
            })
            .ok_or(Status::WRONG_PARAMETERS)
    }

    /// The algorithm with this identifier, if the card has it.
    pub(super) fn algorithm(&self, identifier: u8) -> Result<Algorithm, Status> {
        Algorithm::from_identifier(identifier)
            .filter(|algorithm| self.profile.algorithms.contains(algorithm))
            .ok_or(Status::WRONG_DATA)
    }

    /// Yubico's policies `AA` and `AB`; what they leave open is the slot's usual.
    pub(super) fn policies(
        &self,
        slot: Slot,
        control: &[(u32, &[u8])],
    ) -> Result<(PinPolicy, TouchPolicy), Status> {
        let (pin, touch) = (tlv::find(control, 0xAA), tlv::find(control, 0xAB));
        if self.profile.yubikey.is_none() && (pin.is_some() || touch.is_some()) {
            return Err(Status::WRONG_DATA);
        }
        let pin = match pin {
            None | Some([0]) => slot.usual_pin_policy(),
            Some([byte]) => PinPolicy::from_byte(*byte).ok_or(Status::WRONG_DATA)?,
            Some(_) => return Err(Status::WRONG_DATA),
        };
        let touch = match touch {
            None | Some([0]) => TouchPolicy::Never,
            Some([byte]) => TouchPolicy::from_byte(*byte).ok_or(Status::WRONG_DATA)?,
            Some(_) => return Err(Status::WRONG_DATA),
        };
        Ok((pin, touch))
    }
}
