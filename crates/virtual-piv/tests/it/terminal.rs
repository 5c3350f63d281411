//! A terminal that speaks hexadecimal to a card in process.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey,
    UnboundCipherKey,
};
use virtual_piv::{Builder, Card};

pub(crate) struct Terminal {
    pub(crate) card: Card,
    /// The last command that proved the management key.
    pub(crate) last_proof: String,
}

/// A management key: its algorithm's identifier, and its bytes.
type Key<'a> = (u8, &'a [u8]);

impl Terminal {
    pub(crate) fn new(builder: Builder) -> Self {
        Self {
            card: builder.build().expect("a card"),
            last_proof: String::new(),
        }
    }

    pub(crate) fn selected(builder: Builder) -> Self {
        let mut terminal = Self::new(builder);
        terminal.expect("00A4040005A000000308", 0x9000);
        terminal
    }

    /// Sends a command, holds the answer to this status, and gives its data.
    #[track_caller]
    pub(crate) fn expect(&mut self, command: &str, status: u16) -> String {
        let (data, got) = self.send(command);
        assert_eq!(
            got, status,
            "{command} answered {got:04X}, not {status:04X}"
        );
        data
    }

    fn send(&mut self, command: &str) -> (String, u16) {
        let answer = self.card.transmit(&bytes(command));
        let (data, status) = answer.split_last_chunk().expect("a status");
        (hex(data), u16::from_be_bytes(*status))
    }

    /// Proves the management key to the card.
    #[track_caller]
    pub(crate) fn authenticate(&mut self, key: Key<'_>) {
        assert_eq!(self.try_to_authenticate(key), 0x9000);
    }

    pub(crate) fn try_to_authenticate(&mut self, (algorithm, key): Key<'_>) -> u16 {
        let asked = self.expect(&format!("0087{algorithm:02X}9B047C02810000"), 0x9000);
        let mut challenge = bytes(&asked).split_off(4);
        crypt(algorithm, key, &mut challenge, Way::Encrypt);
        let length = challenge.len();
        self.last_proof = format!(
            "0087{algorithm:02X}9B{:02X}7C{:02X}82{length:02X}{}",
            length + 4,
            length + 2,
            hex(&challenge)
        );
        self.send(&self.last_proof.clone()).1
    }

    /// Has the card prove the key too.
    #[track_caller]
    pub(crate) fn authenticate_mutually(&mut self, (algorithm, key): Key<'_>) {
        let asked = self.expect(&format!("0087{algorithm:02X}9B047C02800000"), 0x9000);
        let mut witness = bytes(&asked).split_off(4);
        crypt(algorithm, key, &mut witness, Way::Decrypt);
        let length = witness.len();
        let challenge = vec![0x5A; length];
        let answer = self.expect(
            &format!(
                "0087{algorithm:02X}9B{:02X}7C{:02X}80{length:02X}{}81{length:02X}{}",
                2 * length + 6,
                2 * length + 4,
                hex(&witness),
                hex(&challenge)
            ),
            0x9000,
        );
        let mut proof = bytes(&answer).split_off(4);
        crypt(algorithm, key, &mut proof, Way::Decrypt);
        assert_eq!(proof, challenge);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Encrypt,
    Decrypt,
}

fn crypt(identifier: u8, key: &[u8], block: &mut [u8], way: Way) {
    let steps: Vec<(&Algorithm, &[u8], Way)> = match (identifier, way) {
        (0x08, way) => vec![(&AES_128, key, way)],
        (0x0A, way) => vec![(&AES_192, key, way)],
        (0x0C, way) => vec![(&AES_256, key, way)],
        (_, Way::Encrypt) => vec![
            (des(), &key[..8], Way::Encrypt),
            (des(), &key[8..16], Way::Decrypt),
            (des(), &key[16..], Way::Encrypt),
        ],
        (_, Way::Decrypt) => vec![
            (des(), &key[16..], Way::Decrypt),
            (des(), &key[8..16], Way::Encrypt),
            (des(), &key[..8], Way::Decrypt),
        ],
    };
    for (cipher, key, way) in steps {
        let key = UnboundCipherKey::new(cipher, key).expect("a key");
        if way == Way::Encrypt {
            let key = EncryptingKey::ecb(key).expect("a key");
            key.encrypt(block).expect("a block");
        } else {
            let key = DecryptingKey::ecb(key).expect("a key");
            key.decrypt(block, DecryptionContext::None)
                .expect("a block");
        }
    }
}

#[expect(deprecated, reason = "the card's older management keys are Triple DES")]
fn des() -> &'static Algorithm {
    &aws_lc_rs::cipher::DES_FOR_LEGACY_USE_ONLY
}

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("hexadecimal")
        })
        .collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02X}"))
}

/// The PIN that cards leave the factory with.
pub(crate) const PIN: &str = "0020008008313233343536FFFF";
/// The management key of the NIST profile.
pub(crate) const MANAGEMENT: Key<'static> =
    (0x08, &[1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
/// A management key of 24 bytes.
pub(crate) const FACTORY_KEY: &[u8] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
];
