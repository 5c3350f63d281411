//! VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (SP 800-73pt2-5 §3.2.1 to §3.2.3).

use super::Card;
use crate::Status;
use crate::profile::PinRule;
use crate::secret::{Compared, Secret};

/// Which of the card's secrets a command names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Pin,
    Global,
    Puk,
}

impl Card {
    pub(super) fn verify(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>, Status> {
        let which = match p2 {
            PIN => Which::Pin,
            GLOBAL_PIN if self.global_pin.is_some() => Which::Global,
            _ => return Err(Status::REFERENCE_NOT_FOUND),
        };
        match (p1, data) {
            (0xFF, []) => {
                self.session.verified = false;
                self.session.fresh = false;
                Ok(Vec::new())
            }
            (0x00, []) => self.how_many_tries(which),
            (0x00, _) => self.verify_with(which, data),
            _ => Err(Status::WRONG_PARAMETERS),
        }
    }

    fn how_many_tries(&self, which: Which) -> Result<Vec<u8>, Status> {
        if !self.profile.empty_verify {
            return Err(Status::WRONG_LENGTH);
        }
        if self.session.verified {
            return Ok(Vec::new());
        }
        match self.secret(which).map_or(0, Secret::left) {
            0 => Err(Status::BLOCKED),
            left => Err(self.profile.tries(left)),
        }
    }

    fn verify_with(&mut self, which: Which, data: &[u8]) -> Result<Vec<u8>, Status> {
        let value = self.read(data)?;
        self.session.verified = false;
        self.session.fresh = false;
        self.compare(which, value)?;
        self.session.verified = true;
        self.session.fresh = true;
        Ok(Vec::new())
    }

    pub(super) fn change_reference_data(
        &mut self,
        parameters: u16,
        data: &[u8],
    ) -> Result<Vec<u8>, Status> {
        let which = match parameters {
            0x0080 => Which::Pin,
            0x0000 if self.global_pin.is_some() => Which::Global,
            0x0081 => Which::Puk,
            0x0000..=0x00FF => return Err(Status::REFERENCE_NOT_FOUND),
            _ => return Err(Status::WRONG_PARAMETERS),
        };
        let (old, new) = two(data)?;
        self.well_formed(which, new)?;
        self.compare(which, old)?;
        self.set(which, new);
        Ok(Vec::new())
    }

    pub(super) fn reset_retry_counter(
        &mut self,
        parameters: u16,
        data: &[u8],
    ) -> Result<Vec<u8>, Status> {
        match parameters {
            0x0080 => {}
            0x0000..=0x00FF => return Err(Status::REFERENCE_NOT_FOUND),
            _ => return Err(Status::WRONG_PARAMETERS),
        }
        let (puk, new) = two(data)?;
        self.well_formed(Which::Pin, new)?;
        self.compare(Which::Puk, puk)?;
        self.set(Which::Pin, new);
        Ok(Vec::new())
    }

    /// Reads a PIN that was sent for verifying: what the profile calls malformed costs nothing,
    /// or counts as wrong.
    fn read(&self, data: &[u8]) -> Result<[u8; 8], Status> {
        match (self.profile.pin_rule, <[u8; 8]>::try_from(data)) {
            (PinRule::Digits, Ok(value)) if !is_digits(value) => Err(Status::WRONG_DATA),
            (PinRule::Digits | PinRule::AnyBytes | PinRule::CountsEverything, Ok(value)) => {
                Ok(value)
            }
            (PinRule::Digits, Err(_)) => Err(Status::WRONG_DATA),
            (PinRule::AnyBytes, Err(_)) => Err(Status::WRONG_LENGTH),
            // No PIN consists of eight such bytes.
            (PinRule::CountsEverything, Err(_)) => Ok([0xFF; 8]),
        }
    }

    fn well_formed(&self, which: Which, value: [u8; 8]) -> Result<(), Status> {
        let good = match (self.profile.pin_rule, which) {
            (PinRule::AnyBytes, Which::Pin | Which::Global | Which::Puk)
            | (PinRule::Digits | PinRule::CountsEverything, Which::Puk) => {
                value.iter().filter(|byte| **byte != 0xFF).count() >= 6
            }
            (PinRule::Digits | PinRule::CountsEverything, Which::Pin | Which::Global) => {
                is_digits(value)
            }
        };
        if good {
            Ok(())
        } else {
            Err(Status::WRONG_DATA)
        }
    }

    fn compare(&mut self, which: Which, value: [u8; 8]) -> Result<(), Status> {
        let compared = match which {
            Which::Pin => self.pin.compare(value),
            Which::Puk => self.puk.compare(value),
            Which::Global => self
                .global_pin
                .as_mut()
                .map_or(Compared::Blocked, |pin| pin.compare(value)),
        };
        self.changed();
        match compared {
            Compared::Right => Ok(()),
            Compared::Wrong(left) => {
                if which != Which::Puk {
                    self.session.verified = false;
                    self.session.fresh = false;
                }
                Err(self.profile.wrong(left))
            }
            Compared::Blocked => Err(Status::BLOCKED),
        }
    }

    fn set(&mut self, which: Which, value: [u8; 8]) {
        match which {
            Which::Pin => self.pin.set(value),
            Which::Puk => self.puk.set(value),
            Which::Global => {
                if let Some(pin) = &mut self.global_pin {
                    pin.set(value);
                }
            }
        }
        self.changed();
    }

    fn secret(&self, which: Which) -> Option<&Secret> {
        match which {
            Which::Pin => Some(&self.pin),
            Which::Puk => Some(&self.puk),
            Which::Global => self.global_pin.as_ref(),
        }
    }
}

fn two(data: &[u8]) -> Result<([u8; 8], [u8; 8]), Status> {
    let (old, new) = data.split_first_chunk().ok_or(Status::WRONG_LENGTH)?;
    Ok((*old, new.try_into().map_err(|_| Status::WRONG_LENGTH)?))
}

/// Six to eight digits, filled up with `FF`.
fn is_digits(value: [u8; 8]) -> bool {
    let digits = value
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    digits >= 6 && value.iter().skip(digits).all(|byte| *byte == 0xFF)
}

const GLOBAL_PIN: u8 = 0x00;
const PIN: u8 = 0x80;
