//! The readers of hostile bytes, as the fuzz targets call them and as their corpora are replayed.
//! It exists in tests and fuzzers alone.

pub use crate::helper::fuzzing::{helper_protocol, messages};
pub use crate::piv::fuzzing::{certificate_object, response, tlv, transcript};

/// What came of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It holds something that makes sense.
    Read,
    /// It does not.
    Refused,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use virtual_piv::{Algorithm, Card, Profile, Slot};

    use super::*;

    #[test]
    fn the_corpus_of_data_objects_is_read() {
        replay("tlv", tlv);
    }

    #[test]
    fn the_corpus_of_responses_is_read() {
        replay("response", response);
    }

    #[test]
    fn the_corpus_of_certificate_objects_is_read() {
        replay("certificate_object", certificate_object);
    }

    #[test]
    fn the_corpus_of_the_helpers_protocol_is_read() {
        replay("helper_protocol", helper_protocol);
    }

    /// So that seeds lead somewhere.
    #[test]
    fn a_talk_with_the_virtual_card_is_had_again() {
        let card = Card::builder()
            .profile(Profile::YUBIKEY_57)
            .key(Slot::Authentication, Algorithm::P256);
        let mut card = card.build().expect("a card");
        let look = transcript(1, 1 << 2, |apdu| card.transmit(apdu));
        assert_eq!(response(&look), Outcome::Read);
        let cut = &look[..look.len() / 2];
        assert_eq!(response(cut), Outcome::Refused);
    }

    #[test]
    fn each_message_that_is_had_can_be_read() {
        for message in messages() {
            assert_eq!(helper_protocol(&message), Outcome::Read, "{message:02x?}");
        }
    }

    /// Each file goes through its target; some make sense and some do not, or it is no corpus.
    fn replay(name: &str, target: fn(&[u8]) -> Outcome) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        let files = fs::read_dir(folder.join(name)).expect("a corpus");
        let (mut read, mut refused) = (0_usize, 0_usize);
        for file in files {
            let input = fs::read(file.expect("a file").path()).expect("it can be read");
            match target(&input) {
                Outcome::Read => read += 1,
                Outcome::Refused => refused += 1,
            }
        }
        assert!(read >= 5 && refused >= 5, "{read} read, {refused} refused");
    }
}
