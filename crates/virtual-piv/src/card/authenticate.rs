//! GENERAL AUTHENTICATE (SP 800-73pt2-5 §3.2.4): the management key, and private keys.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::{Card, Done, ManagementState, Outcome, Work};
use crate::profile::Always;
use crate::{Algorithm, ManagementAlgorithm, PinPolicy, Slot, Status, TouchPolicy, random, tlv};

impl Card {
    pub(super) fn general_authenticate(&mut self, p1: u8, p2: u8, data: &[u8]) -> Outcome {
        let template = tlv::only(data, 0x7C)
            .and_then(tlv::all)
            .ok_or(Status::WRONG_DATA)?;
        if p2 == MANAGEMENT {
            self.fresh_is_over();
            return self.management(p1, &template).map(Done::Answer);
        }
        let done = Slot::from_reference(p2)
            .ok_or(Status::WRONG_PARAMETERS)
            .and_then(|slot| self.private(p1, slot, &template));
        self.fresh_is_over();
        done
    }

    fn private(&mut self, p1: u8, slot: Slot, template: &[(u32, &[u8])]) -> Outcome {
        let held = self.keys.get(&slot).ok_or(self.profile.no_key)?;
        if Algorithm::from_identifier(p1) != Some(held.key.algorithm()) {
            return Err(Status::WRONG_PARAMETERS);
        }
        let input = |tag| tlv::find(template, tag).filter(|content| !content.is_empty());
        let asked = tlv::find(template, RESPONSE).is_some_and(<[u8]>::is_empty);
        let work = match (input(CHALLENGE), input(EXPONENTIATION)) {
            (Some(input), None) if asked => Work::Sign(input.to_vec()),
            (None, Some(point)) if asked => Work::Agree(point.to_vec()),
            (Some(_) | None, Some(_) | None) => return Err(Status::WRONG_DATA),
        };
        let satisfied = match held.pin {
            PinPolicy::Never => true,
            PinPolicy::Once => self.session.verified,
            PinPolicy::Always => self.session.fresh,
        };
        if !satisfied {
            return Err(Status::SECURITY_NOT_SATISFIED);
        }
        let touch = held.touch;
        if held.pin == PinPolicy::Always {
            self.session.fresh = false;
        }
        if self.wants_touch(touch) {
            return Ok(Done::Touch { slot, work });
        }
        self.work(slot, &work).map(Done::Answer)
    }

    /// Uses the private key: everything that it asks for is satisfied.
    pub(super) fn work(&self, slot: Slot, work: &Work) -> Result<Vec<u8>, Status> {
        let held = self.keys.get(&slot).ok_or(self.profile.no_key)?;
        let result = match work {
            Work::Sign(input) => held.key.sign(input),
            Work::Agree(point) => held.key.agree(point),
        };
        let result = result.map_err(|_| Status::WRONG_DATA)?;
        Ok(tlv::wrap(0x7C, &tlv::wrap(RESPONSE, &result)))
    }

    /// Both ways of Table 7: the client proves the key alone, or card and client prove it to
    /// each other.
    fn management(&mut self, p1: u8, template: &[(u32, &[u8])]) -> Result<Vec<u8>, Status> {
        let algorithm = ManagementAlgorithm::from_identifier(p1);
        if algorithm != Some(self.management.algorithm) {
            return Err(Status::WRONG_PARAMETERS);
        }
        let state = std::mem::take(&mut self.session.management);
        let part = |tag| tlv::find(template, tag);
        match (part(WITNESS), part(CHALLENGE), part(RESPONSE)) {
            (Some([]), None, None | Some([])) => {
                let witness = self.fresh_block();
                let encrypted = self.encrypted(&witness)?;
                self.session.management = ManagementState::Witness(witness);
                Ok(tlv::wrap(0x7C, &tlv::wrap(WITNESS, &encrypted)))
            }
            (None, Some([]), None | Some([])) => {
                let challenge = self.fresh_block();
                let sent = tlv::wrap(0x7C, &tlv::wrap(CHALLENGE, &challenge));
                self.session.management = ManagementState::Challenge(challenge);
                Ok(sent)
            }
            (Some(witness), Some(challenge), None | Some([])) => {
                let ManagementState::Witness(expected) = state else {
                    return Err(Status::CONDITIONS_NOT_SATISFIED);
                };
                if verify_slices_are_equal(&expected, witness).is_err() {
                    return Err(Status::SECURITY_NOT_SATISFIED);
                }
                let response = self.encrypted(challenge)?;
                self.session.management = ManagementState::Proven;
                Ok(tlv::wrap(0x7C, &tlv::wrap(RESPONSE, &response)))
            }
            (None, None | Some([]), Some(response)) => {
                let ManagementState::Challenge(challenge) = state else {
                    return Err(Status::CONDITIONS_NOT_SATISFIED);
                };
                let expected = self.encrypted(&challenge)?;
                if verify_slices_are_equal(&expected, response).is_err() {
                    return Err(Status::SECURITY_NOT_SATISFIED);
                }
                self.session.management = ManagementState::Proven;
                Ok(Vec::new())
            }
            (Some(_) | None, Some(_) | None, Some(_) | None) => Err(Status::WRONG_DATA),
        }
    }

    fn fresh_block(&self) -> Vec<u8> {
        let mut block = random::bytes::<16>().to_vec();
        block.truncate(self.management.algorithm.block_length());
        block
    }

    fn encrypted(&self, block: &[u8]) -> Result<Vec<u8>, Status> {
        if block.len() != self.management.algorithm.block_length() {
            return Err(Status::WRONG_DATA);
        }
        let mut block = block.to_vec();
        self.management
            .encrypt(&mut block)
            .map_err(|_| Status::FAILED)?;
        Ok(block)
    }

    fn wants_touch(&self, policy: TouchPolicy) -> bool {
        match policy {
            TouchPolicy::Never => false,
            TouchPolicy::Always => true,
            TouchPolicy::Cached => self
                .touched_at
                .is_none_or(|at| self.clock.saturating_sub(at) >= TOUCH_LASTS),
        }
    }

    pub(super) fn always_is_direct(&self) -> bool {
        match self.profile.always {
            Always::DirectlyBefore => true,
            Always::SinceLastUse => false,
        }
    }

    fn fresh_is_over(&mut self) {
        if self.always_is_direct() {
            self.session.fresh = false;
        }
    }
}

const MANAGEMENT: u8 = 0x9B;
const WITNESS: u32 = 0x80;
const CHALLENGE: u32 = 0x81;
const RESPONSE: u32 = 0x82;
const EXPONENTIATION: u32 = 0x85;
const TOUCH_LASTS: std::time::Duration = std::time::Duration::from_secs(15);
