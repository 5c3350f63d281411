//! The management key, 9B, with which a card is provisioned (SP 800-73pt2-5 §3.2.4).

use std::fmt;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use serde::{Deserialize, Serialize};

/// What kind of management key a card has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagementAlgorithm {
    /// Triple DES with three keys, which the standard dropped in 2024.
    TripleDes,
    /// AES with 128 bits.
    Aes128,
    /// AES with 192 bits, as a YubiKey has it since 5.7.
    Aes192,
    /// AES with 256 bits.
    Aes256,
}

impl ManagementAlgorithm {
    /// The byte that names it in P1.
    #[must_use]
    pub const fn identifier(self) -> u8 {
        match self {
            Self::TripleDes => 0x03,
            Self::Aes128 => 0x08,
            Self::Aes192 => 0x0A,
            Self::Aes256 => 0x0C,
        }
    }

    /// The algorithm that this byte names; `00` is Triple DES too (SP 800-78-5 table 9).
    #[must_use]
    pub const fn from_identifier(identifier: u8) -> Option<Self> {
        match identifier {
            0x00 | 0x03 => Some(Self::TripleDes),
            0x08 => Some(Self::Aes128),
            0x0A => Some(Self::Aes192),
            0x0C => Some(Self::Aes256),
            _ => None,
        }
    }

    /// How many bytes the key has.
    #[must_use]
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::TripleDes | Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    /// How many bytes a challenge has.
    #[must_use]
    pub const fn block_length(self) -> usize {
        match self {
            Self::TripleDes => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }
}

/// The key and what it is for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ManagementKey {
    pub(crate) algorithm: ManagementAlgorithm,
    bytes: Vec<u8>,
}

impl ManagementKey {
    /// Takes a key of the right length that the cipher accepts.
    pub(crate) fn new(algorithm: ManagementAlgorithm, bytes: &[u8]) -> Option<Self> {
        let key = Self {
            algorithm,
            bytes: bytes.to_vec(),
        };
        let mut block = vec![0; algorithm.block_length()];
        let fits = bytes.len() == algorithm.key_length();
        (fits && key.encrypt(&mut block).is_ok()).then_some(key)
    }

    /// The key that cards leave the factory with: the bytes 1 to 8, three times.
    pub(crate) fn factory(algorithm: ManagementAlgorithm) -> Self {
        Self {
            algorithm,
            bytes: (1..=8).cycle().take(algorithm.key_length()).collect(),
        }
    }

    pub(crate) fn is_factory(&self) -> bool {
        self.bytes == Self::factory(self.algorithm).bytes
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn encrypt(&self, block: &mut [u8]) -> Result<(), Unspecified> {
        for (cipher, bytes, way) in self.steps() {
            let key = UnboundCipherKey::new(cipher, bytes)?;
            match way {
                Way::Encrypt => {
                    EncryptingKey::ecb(key)?.encrypt(block)?;
                }
                Way::Decrypt => {
                    DecryptingKey::ecb(key)?.decrypt(block, DecryptionContext::None)?;
                }
            }
        }
        Ok(())
    }

    /// The ciphers to run one after the other.
    ///
    /// aws-lc-rs refuses Triple DES whose three keys are not different, and the factory's are not:
    /// so it is taken apart into its three steps (SP 800-67r2 §3.1).
    fn steps(&self) -> Vec<(&'static Algorithm, &[u8], Way)> {
        let whole = self.bytes.as_slice();
        match self.algorithm {
            ManagementAlgorithm::Aes128 => vec![(&AES_128, whole, Way::Encrypt)],
            ManagementAlgorithm::Aes192 => vec![(&AES_192, whole, Way::Encrypt)],
            ManagementAlgorithm::Aes256 => vec![(&AES_256, whole, Way::Encrypt)],
            ManagementAlgorithm::TripleDes => whole
                .chunks(8)
                .zip([Way::Encrypt, Way::Decrypt, Way::Encrypt])
                .map(|(bytes, way)| (single_des(), bytes, way))
                .collect(),
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    Encrypt,
    Decrypt,
}

#[expect(
    deprecated,
    reason = "cards that left the factory years ago need Triple DES"
)]
fn single_des() -> &'static Algorithm {
    &aws_lc_rs::cipher::DES_FOR_LEGACY_USE_ONLY
}

impl fmt::Debug for ManagementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManagementKey({:?})", self.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SP 800-67 Rev. 2 has the keys; FIPS 197 appendix C has the AES ones.
    #[test]
    fn the_standards_examples() {
        let bytes = |text: &str| -> Vec<u8> {
            (0..text.len() / 2)
                .map(|i| u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).expect("hexadecimal"))
                .collect()
        };
        for (algorithm, key, plain, cipher) in [
            (
                ManagementAlgorithm::TripleDes,
                "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123",
                "5468652071756663",
                "A826FD8CE53B855F",
            ),
            (
                ManagementAlgorithm::Aes128,
                "000102030405060708090A0B0C0D0E0F",
                "00112233445566778899AABBCCDDEEFF",
                "69C4E0D86A7B0430D8CDB78070B4C55A",
            ),
            (
                ManagementAlgorithm::Aes192,
                "000102030405060708090A0B0C0D0E0F1011121314151617",
                "00112233445566778899AABBCCDDEEFF",
                "DDA97CA4864CDFE06EAF70A0EC0D7191",
            ),
            (
                ManagementAlgorithm::Aes256,
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                "00112233445566778899AABBCCDDEEFF",
                "8EA2B7CA516745BFEAFC49904B496089",
            ),
        ] {
            let key = ManagementKey::new(algorithm, &bytes(key)).expect("a key");
            let mut block = bytes(plain);
            key.encrypt(&mut block).expect("a block is encrypted");
            assert_eq!(block, bytes(cipher), "{algorithm:?}");
        }
    }

    #[test]
    fn weak_and_short_keys_are_refused() {
        let algorithm = ManagementAlgorithm::TripleDes;
        assert!(ManagementKey::new(algorithm, &[1; 24]).is_none());
        assert!(ManagementKey::new(algorithm, &[7; 23]).is_none());
        assert!(ManagementKey::new(ManagementAlgorithm::Aes256, &[7; 24]).is_none());
        let factory = ManagementKey::factory(algorithm);
        assert!(ManagementKey::new(algorithm, factory.bytes()).is_some());
    }
}
