//! GET DATA and PUT DATA (SP 800-73pt2-5 §3.1.2, §3.3.2).

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::select::APPLICATION;
use super::{Card, ManagementState};
use crate::{Compressed, Status, tlv};

impl Card {
    pub(super) fn get_data(&mut self, parameters: u16, data: &[u8]) -> Result<Vec<u8>, Status> {
        if parameters != 0x3FFF {
            return Err(Status::WRONG_PARAMETERS);
        }
        let tag = tlv::only(data, 0x5C)
            .and_then(object_tag)
            .ok_or(Status::WRONG_DATA)?;
        match tag {
            DISCOVERY => self.discovery().ok_or(Status::NOT_FOUND),
            BIOMETRIC_GROUP => Err(Status::NOT_FOUND),
            _ if NEEDS_PIN.contains(&tag) && !self.session.verified => {
                Err(Status::SECURITY_NOT_SATISFIED)
            }
            ATTESTATION_CERTIFICATE => self
                .attestation_certificate()
                .map(|der| tlv::wrap(0x53, &certificate_object(&der, Compressed::No)))
                .ok_or(Status::NOT_FOUND),
            _ => self
                .objects
                .get(&tag)
                .map(|content| tlv::wrap(0x53, content))
                .ok_or(Status::NOT_FOUND),
        }
    }

    pub(super) fn put_data(&mut self, parameters: u16, data: &[u8]) -> Result<Vec<u8>, Status> {
        if parameters != 0x3FFF {
            return Err(Status::WRONG_PARAMETERS);
        }
        if self.session.management != ManagementState::Proven {
            return Err(Status::SECURITY_NOT_SATISFIED);
        }
        let objects = tlv::all(data).ok_or(Status::WRONG_DATA)?;
        let tag = tlv::find(&objects, 0x5C)
            .and_then(object_tag)
            .ok_or(Status::WRONG_DATA)?;
        let content = tlv::find(&objects, 0x53).ok_or(Status::WRONG_DATA)?;
        if !(0x005F_C100..=0x005F_FFFF).contains(&tag) || tag == ATTESTATION_CERTIFICATE {
            return Err(Status::NOT_SUPPORTED);
        }
        if content.len() > self.profile.object_limit {
            return Err(Status::NO_MEMORY);
        }
        self.store_object(tag, content);
        Ok(Vec::new())
    }

    /// The discovery object (SP 800-73pt1-5 §3.3.2): the application, and which PIN it takes.
    fn discovery(&self) -> Option<Vec<u8>> {
        let policy = self.profile.discovery?;
        let mut content = tlv::wrap(0x4F, APPLICATION);
        tlv::put(&mut content, 0x5F2F, &policy);
        Some(tlv::wrap(DISCOVERY, &content))
    }
}

/// A certificate object's content (SP 800-73pt1-5 table 10): `70` the certificate, `71` whether
/// it is compressed, `FE` an empty error check.
pub(crate) fn certificate_object(der: &[u8], compressed: Compressed) -> Vec<u8> {
    let (certificate, info) = match compressed {
        Compressed::No => (der.to_vec(), 0x00),
        Compressed::Yes => (gzip(der), 0x01),
        Compressed::Unsaid => (gzip(der), 0x00),
    };
    let mut content = tlv::wrap(0x70, &certificate);
    tlv::put(&mut content, 0x71, &[info]);
    tlv::put(&mut content, 0xFE, &[]);
    content
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

fn object_tag(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [one] => Some(u32::from(*one)),
        [high, low] => Some(u32::from(u16::from_be_bytes([*high, *low]))),
        [high, middle, low] => Some(u32::from_be_bytes([0, *high, *middle, *low])),
        _ => None,
    }
}

const DISCOVERY: u32 = 0x7E;
const BIOMETRIC_GROUP: u32 = 0x7F61;
/// Yubico's.
const ATTESTATION_CERTIFICATE: u32 = 0x005F_FF01;
/// Fingerprints, face, printed information, iris (SP 800-73pt1-5 table 2).
const NEEDS_PIN: [u32; 4] = [0x005F_C103, 0x005F_C108, 0x005F_C109, 0x005F_C121];
