//! `DigestInfo`, the digest and its algorithm as PKCS #1 v1.5 signs them (RFC 8017 §9.2).

use der::asn1::{Null, ObjectIdentifier, OctetStringRef};
use der::{Encode, Sequence};

use super::Hash;

/// Encodes a digest for `CKM_RSA_PKCS`, which pads it and applies the key.
pub(crate) fn digest_info(hash: Hash, digest: &[u8]) -> der::Result<Vec<u8>> {
    DigestInfo {
        digest_algorithm: AlgorithmIdentifier {
            algorithm: match hash {
                Hash::Sha256 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
                Hash::Sha384 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"),
                Hash::Sha512 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"),
            },
            parameters: Null,
        },
        digest: OctetStringRef::new(digest)?,
    }
    .to_der()
}

#[derive(Sequence)]
struct DigestInfo<'a> {
    digest_algorithm: AlgorithmIdentifier,
    digest: &'a OctetStringRef,
}

#[derive(Sequence)]
struct AlgorithmIdentifier {
    algorithm: ObjectIdentifier,
    parameters: Null,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8017 §9.2 note 1 prints what stands before each digest.
    #[test]
    fn the_bytes_before_the_digest_are_those_of_the_standard() {
        let printed: [(Hash, [u8; 19]); 3] = [
            (Hash::Sha256, prefix(0x31, 0x01, 0x20)),
            (Hash::Sha384, prefix(0x41, 0x02, 0x30)),
            (Hash::Sha512, prefix(0x51, 0x03, 0x40)),
        ];
        for (hash, before) in printed {
            let digest = hash.digest(b"message");
            let encoded = digest_info(hash, &digest).expect("a digest fits");
            assert_eq!(encoded, [before.as_slice(), &digest].concat());
        }
    }

    fn prefix(total: u8, last_arc: u8, digest: u8) -> [u8; 19] {
        [
            0x30, total, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            last_arc, 0x05, 0x00, 0x04, digest,
        ]
    }
}
