//! SELECT (SP 800-73pt2-5 §3.1.1).

use super::{Card, ManagementState};
use crate::{Status, tlv};

impl Card {
    /// Selects PIV by its whole identifier, by any beginning of it, down to the five bytes of
    /// NIST's registered identifier.
    pub(super) fn select(&mut self, parameters: u16, identifier: &[u8]) -> Result<Vec<u8>, Status> {
        if parameters != 0x0400 && parameters != 0x0402 {
            return Err(Status::WRONG_PARAMETERS);
        }
        if identifier.len() < 5 || !APPLICATION.starts_with(identifier) {
            if self.profile.foreign_select_leaves {
                self.session.selected = false;
                self.forget();
            }
            return Err(Status::NOT_FOUND);
        }
        if self.profile.reselect_forgets || !self.session.selected {
            self.forget();
        }
        self.session.selected = true;
        Ok(self.application_template())
    }

    fn forget(&mut self) {
        self.session.verified = false;
        self.session.fresh = false;
        self.session.management = ManagementState::Unproven;
    }

    /// Application property template (SP 800-73pt2-5 tables 3 and 4).
    fn application_template(&self) -> Vec<u8> {
        let mut template = tlv::wrap(0x4F, PIX);
        tlv::put(&mut template, 0x79, &tlv::wrap(0x4F, RID));
        if let Some(label) = self.profile.label {
            tlv::put(&mut template, 0x50, label.as_bytes());
            for algorithm in self.profile.algorithms {
                let mut supported = tlv::wrap(0x80, &[algorithm.identifier()]);
                tlv::put(&mut supported, 0x06, &[0x00]);
                tlv::put(&mut template, 0xAC, &supported);
            }
        }
        tlv::wrap(0x61, &template)
    }
}

/// PIV's application identifier with its version, 1.0 (SP 800-73pt1-5 §2.2).
pub(super) const APPLICATION: &[u8] = &[
    0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
];
const RID: &[u8] = &[0xA0, 0x00, 0x00, 0x03, 0x08];
const PIX: &[u8] = &[0x00, 0x00, 0x10, 0x00, 0x01, 0x00];
