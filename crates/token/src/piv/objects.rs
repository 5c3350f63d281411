//! The data objects of a PIV card that this crate reads (SP 800-73pt1-5 §3, appendix A).

use std::io::Read;

use flate2::read::GzDecoder;
use thiserror::Error;

use super::slot::PivSlot;
use super::tlv;

/// The tag of the Key History object (SP 800-73pt1-5 §3.3.3).
pub(super) const KEY_HISTORY: [u8; 3] = [0x5f, 0xc1, 0x0c];
/// The tag of the Discovery object (§3.3.2), which is the one whose tag is a single byte.
pub(super) const DISCOVERY: [u8; 1] = [0x7e];

/// Why a slot's object gives no certificate although there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The object is cut short or is no certificate object (SP 800-73pt1-5 appendix A).
    #[error("its object is damaged")]
    Damaged,
    /// The certificate is longer than 16 KiB, compressed or not.
    #[error("its certificate is longer than 16 KiB")]
    TooLong,
    /// The certificate is marked or looks compressed, and does not inflate.
    #[error("its compressed certificate is damaged")]
    Compression,
}

/// Reads a certificate object, and inflates what is compressed. An empty one holds none.
///
/// The flag that says so (`71`, bit 0) is not set by every program that compresses, so the first
/// bytes count as well.
///
/// # Errors
///
/// What is wrong with the object.
pub(super) fn certificate(object: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
    if object.is_empty() {
        return Ok(None);
    }
    let content = tlv::find(object, 0x53).ok_or(Unreadable::Damaged)?;
    if content.is_empty() {
        return Ok(None);
    }
    let certificate = tlv::find(content, 0x70).ok_or(Unreadable::Damaged)?;
    if certificate.is_empty() {
        return Ok(None);
    }
    if certificate.len() > LONGEST {
        return Err(Unreadable::TooLong);
    }
    let flags = tlv::find(content, 0x71).and_then(<[u8]>::first);
    let compressed = flags.is_some_and(|flags| flags & 0x01 != 0);
    if compressed || certificate.starts_with(GZIP) {
        return inflate(certificate).map(Some);
    }
    Ok(Some(certificate.to_vec()))
}

fn inflate(compressed: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let mut certificate = Vec::new();
    let mut bounded = GzDecoder::new(compressed).take(LONGEST_INFLATED);
    bounded
        .read_to_end(&mut certificate)
        .map_err(|_| Unreadable::Compression)?;
    match certificate.len() {
        0 => Err(Unreadable::Compression),
        length if length > LONGEST => Err(Unreadable::TooLong),
        _ => Ok(certificate),
    }
}

/// The slots of retired keys with a certificate on the card, as the Key History object counts them
/// (`C1`): they are filled from `82` on.
pub(super) fn key_history(object: &[u8]) -> Option<Vec<PivSlot>> {
    let content = tlv::find(object, 0x53)?;
    let [on_card] = tlv::find(content, 0xc1)? else {
        return None;
    };
    Some(PivSlot::all_retired().take(usize::from(*on_card)).collect())
}

/// Which PIN opens the application, by its reference in `VERIFY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PinReference {
    /// `80`, the PIN of the PIV application.
    Application,
    /// `00`, the PIN of the whole card.
    Global,
}

impl PinReference {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Application => 0x80,
            Self::Global => 0x00,
        }
    }
}

/// The PIN that the Discovery object names (`5F2F`): the global one where it satisfies and is
/// primary, or the application has none of its own.
pub(super) fn pin_reference(object: &[u8]) -> PinReference {
    let policy = tlv::find(object, 0x7e).and_then(|content| tlv::find(content, 0x5f2f));
    let Some([usage, primary, ..]) = policy else {
        return PinReference::Application;
    };
    let global_satisfies = usage & 0x20 != 0;
    let has_own = usage & 0x40 != 0;
    if global_satisfies && (*primary == 0x20 || !has_own) {
        PinReference::Global
    } else {
        PinReference::Application
    }
}

const GZIP: &[u8] = &[0x1f, 0x8b];
pub(super) const LONGEST: usize = 16 * 1024;
const LONGEST_INFLATED: u64 = 16 * 1024 + 1;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_certificate_is_itself() {
        let object = object(b"certificate", Some(0));
        assert_eq!(certificate(&object), Ok(Some(b"certificate".to_vec())));
    }

    #[test]
    fn a_compressed_certificate_is_inflated_with_the_flag_and_without() {
        let packed = gzip(&[7; 3000]);
        // Bit 0 says so; the others mean other things.
        for flags in [Some(0x01), Some(0x81), Some(0), None] {
            let object = object(&packed, flags);
            assert_eq!(certificate(&object), Ok(Some(vec![7; 3000])), "{flags:?}");
        }
    }

    #[test]
    fn a_small_object_that_inflates_to_a_large_one_is_refused() {
        let packed = gzip(&vec![0; 1 << 20]);
        assert!(packed.len() < 2048);
        assert_eq!(
            certificate(&object(&packed, Some(1))),
            Err(Unreadable::TooLong)
        );
    }

    #[test]
    fn a_damaged_object_is_named() {
        let whole = object(&gzip(&[7; 3000]), Some(1));
        let mut cut = whole.clone();
        cut.truncate(20);
        assert_eq!(certificate(&cut), Err(Unreadable::Damaged));
        assert_eq!(
            certificate(&object(b"no gzip", Some(1))),
            Err(Unreadable::Compression)
        );
        assert_eq!(
            certificate(&object(&vec![0x30; 16 * 1024 + 1], None)),
            Err(Unreadable::TooLong)
        );
    }

    #[test]
    fn an_empty_object_holds_no_certificate() {
        assert_eq!(certificate(&[]), Ok(None));
        assert_eq!(certificate(&[0x53, 0]), Ok(None));
        assert_eq!(certificate(&object(&[], Some(0))), Ok(None));
    }

    #[test]
    fn the_key_history_counts_certificates_on_the_card() {
        let history = tlv::write(0x53, &[0xc1, 1, 2, 0xc2, 1, 3, 0xf3, 0, 0xfe, 0]);
        let slots = key_history(&history).expect("a history");
        let names: Vec<String> = slots.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["82", "83"]);
        let absurd = tlv::write(0x53, &[0xc1, 1, 0xff]);
        assert_eq!(key_history(&absurd).map(|slots| slots.len()), Some(20));
        assert_eq!(key_history(&[0x53, 0]), None);
    }

    #[test]
    fn the_global_pin_is_taken_where_it_counts() {
        let discovery = |usage, primary| tlv::write(0x7e, &[0x5f, 0x2f, 2, usage, primary]);
        for (usage, primary, expected) in [
            (0x40, 0x00, PinReference::Application),
            (0x40, 0x10, PinReference::Application),
            (0x60, 0x10, PinReference::Application),
            (0x60, 0x20, PinReference::Global),
            (0x20, 0x00, PinReference::Global),
            (0x40, 0x20, PinReference::Application),
        ] {
            assert_eq!(pin_reference(&discovery(usage, primary)), expected);
        }
        assert_eq!(pin_reference(&[]), PinReference::Application);
    }

    proptest! {
        #[test]
        fn any_object_is_read_within_bounds(bytes in any::<Vec<u8>>()) {
            let _ = key_history(&bytes);
            let _ = pin_reference(&bytes);
            if let Ok(Some(certificate)) = certificate(&bytes) {
                prop_assert!(certificate.len() <= LONGEST);
            }
        }

        #[test]
        fn any_compressed_bytes_are_inflated_within_bounds(
            bytes in any::<Vec<u8>>(), flags in proptest::option::of(any::<u8>())
        ) {
            let packed = [GZIP, &[8, 0], bytes.as_slice()].concat();
            if let Ok(Some(certificate)) = certificate(&object(&packed, flags)) {
                prop_assert!(certificate.len() <= LONGEST);
            }
        }
    }

    fn object(certificate: &[u8], flags: Option<u8>) -> Vec<u8> {
        let mut content = tlv::write(0x70, certificate);
        if let Some(flags) = flags {
            content.extend(tlv::write(0x71, &[flags]));
        }
        content.extend([0xfe, 0]);
        tlv::write(0x53, &content)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(bytes).expect("memory takes it");
        packer.finish().expect("memory takes it")
    }
}
