//! Which kinds of signatures and keys are accepted, and what the others are called.

use certs::Check;
use rcgen::KeyPair;

use crate::mint::*;

/// A root, and a person below it.
struct Pair {
    root: Holder,
    lee: Holder,
}

#[test]
fn algorithms_and_keys_that_are_not_accepted_are_called_by_their_names() {
    let pair = Pair::new();
    let named = |algorithm: Vec<u8>| {
        let mut draft = Draft::leaf(&pair.lee, &pair.root);
        draft.inner.clone_from(&algorithm);
        draft.outer = algorithm;
        let (check, found) = refusal(judge(&draft.der(&pair.root), &pair.trust())).unwrap();
        assert_eq!(check, Check::Signature);
        found
    };
    let null = tlv(5, &[]);
    for (algorithm, name) in [
        ("1.2.840.113549.1.1.5", "RSA with SHA-1"),
        ("1.2.840.113549.1.1.4", "RSA with MD5"),
        ("1.2.840.10045.4.1", "ECDSA with SHA-1"),
        ("1.2.840.10040.4.3", "DSA with SHA-1"),
        ("1.3.101.113", "Ed448"),
        ("1.2.3.4", "1.2.3.4"),
    ] {
        assert_eq!(
            named(sequence(&[oid(algorithm)])),
            format!("the algorithm {name} is not accepted")
        );
    }
    // The right algorithm with parameters, which ECDSA has none of.
    assert_eq!(
        named(sequence(&[oid("1.2.840.10045.4.3.2"), null.clone()])),
        "the algorithm 1.2.840.10045.4.3.2 with parameters that it does not have is not accepted"
    );
    // The algorithm of another kind of key.
    assert_eq!(
        named(sequence(&[oid("1.2.840.113549.1.1.11"), null])),
        "a key P-256 makes no signature RSA with SHA-256"
    );
    assert_eq!(
        named(sequence(&[oid("1.2.840.113549.1.1.10"), sequence(&[])])),
        "the algorithm RSASSA-PSS with SHA-1 is not accepted"
    );
}

#[test]
fn a_weak_key_is_refused_in_a_leaf_too() {
    let pair = Pair::new();
    let mut draft = Draft::leaf(&pair.lee, &pair.root);
    let mut modulus = vec![0; 129];
    modulus[1..].fill(0xc5);
    let key = sequence(&[tlv(2, &modulus), tlv(2, &[1, 0, 1])]);
    let rsa = sequence(&[oid("1.2.840.113549.1.1.1"), tlv(5, &[])]);
    draft.key_info = sequence(&[rsa, tlv(3, &[&[0], key.as_slice()].concat())]);
    assert_eq!(
        refusal(judge(&draft.der(&pair.root), &pair.trust())),
        Some((Check::Signature, "RSA 1024".to_owned()))
    );
}

#[test]
fn every_accepted_kind_of_key_signs_a_path() {
    for (algorithm, identifier) in [
        (&rcgen::PKCS_ECDSA_P256_SHA256, "1.2.840.10045.4.3.2"),
        (&rcgen::PKCS_ECDSA_P384_SHA384, "1.2.840.10045.4.3.3"),
        (&rcgen::PKCS_ECDSA_P521_SHA512, "1.2.840.10045.4.3.4"),
        (&rcgen::PKCS_ED25519, "1.3.101.112"),
        (&rcgen::PKCS_RSA_SHA256, "1.2.840.113549.1.1.11"),
        (&rcgen::PKCS_RSA_SHA384, "1.2.840.113549.1.1.12"),
        (&rcgen::PKCS_RSA_SHA512, "1.2.840.113549.1.1.13"),
    ] {
        let mut root = Holder::new("Root CA");
        root.key = KeyPair::generate_for(algorithm).unwrap();
        let lee = Holder::new("Lee Park");
        let parameters = if identifier.starts_with("1.2.840.113549") {
            tlv(5, &[])
        } else {
            Vec::new()
        };
        let sign = |mut draft: Draft| {
            draft.inner = sequence(&[oid(identifier), parameters.clone()]);
            draft.outer.clone_from(&draft.inner);
            draft.sign(&root)
        };
        let anchor = sign(Draft::ca(&root, &root));
        let leaf = sign(Draft::leaf(&lee, &root));
        assert_eq!(
            refusal(judge(leaf.der(), &trust(&anchor, &[]))),
            None,
            "{identifier}"
        );
        let mut changed = leaf.der().to_vec();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(
            refused_by(judge(&changed, &trust(&anchor, &[]))),
            Some(Check::Signature),
            "{identifier}"
        );
    }
}

impl Pair {
    fn new() -> Self {
        Self {
            root: Holder::new("Root CA"),
            lee: Holder::new("Lee Park"),
        }
    }

    fn trust(&self) -> certs::TrustStore {
        trust(&Draft::ca(&self.root, &self.root).sign(&self.root), &[])
    }
}
