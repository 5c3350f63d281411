//! RSASSA-PSS (RFC 4055): in certificates, lists and responses, by keys for any RSA signature and by
//! keys for RSASSA-PSS alone. The signatures are real, so what is refused is refused for what is
//! said of it.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    RsaKeyPair,
};
use certs::ocsp::Response;
use certs::{Certificate, Check, Crl, KeyKind};

use crate::mint::*;
use crate::revocation_mint::{Answer, List, Single, World};

#[test]
fn a_certificate_signed_with_one_hash_and_a_salt_of_its_length_is_accepted() {
    for (hash, salt, encoding) in HASHES {
        let algorithm = pss(&Parameters::of(hash, salt));
        let leaf = leaf(&algorithm, encoding);
        assert_eq!(outcome(&any_rsa(), &leaf), None, "{hash}");
        let mut changed = leaf;
        *changed.last_mut().unwrap() ^= 1;
        let (check, found) = outcome(&any_rsa(), &changed).unwrap();
        assert_eq!(check, Check::Signature);
        assert_eq!(found, "the signature does not fit the issuer's key");
    }
}

#[test]
fn a_signature_is_what_its_algorithm_says_and_no_other() {
    let fit = |algorithm: &[u8], encoding| outcome(&any_rsa(), &leaf(algorithm, encoding));
    let misfit = Some((
        Check::Signature,
        "the signature does not fit the issuer's key".to_owned(),
    ));
    let sha256 = pss(&Parameters::of(1, 32));
    assert_eq!(fit(&sha256, &RSA_PSS_SHA384), misfit);
    assert_eq!(fit(&sha256, &RSA_PKCS1_SHA256), misfit);
    assert_eq!(fit(&pkcs1(), &RSA_PSS_SHA256), misfit);
    assert_eq!(fit(&pkcs1(), &RSA_PKCS1_SHA256), None);
}

#[test]
fn parameters_are_written_in_several_ways_and_mean_the_same() {
    let plain = Parameters::of(1, 32);
    let absent = sequence(&[sha_oid(1)]);
    for parameters in [
        // RFC 4055 §3.1: the trailer field is left out, and taken with 1 too.
        Parameters {
            trailer: Some(1),
            ..plain.clone()
        },
        // RFC 4055 §2.1: a hash has the parameter NULL or none.
        Parameters {
            hash: Some(absent.clone()),
            ..plain.clone()
        },
        Parameters {
            mask: Some(sequence(&[oid(MGF1), absent])),
            ..plain.clone()
        },
    ] {
        let leaf = leaf(&pss(&parameters), &RSA_PSS_SHA256);
        assert_eq!(outcome(&any_rsa(), &leaf), None, "{parameters:?}");
    }
}

#[test]
fn parameters_that_say_anything_else_are_not_accepted() {
    let identifier = oid(ID_PSS);
    let plain = Parameters::of(1, 32);
    let mut all = vec![
        sequence(std::slice::from_ref(&identifier)),
        sequence(&[identifier.clone(), tlv(5, &[])]),
        sequence(&[identifier.clone(), oid("1.3.9")]),
        // All defaults, which are SHA-1's.
        sequence(&[identifier.clone(), sequence(&[])]),
        sequence(&[
            identifier,
            sequence(&[plain.fields(), tlv(0xa4, &tlv(2, &[1]))]),
        ]),
    ];
    for salt in [0, 20, 31, 33, 48] {
        all.push(pss(&Parameters::of(1, salt)));
    }
    for other in [
        Parameters {
            hash: None,
            ..plain.clone()
        },
        Parameters {
            mask: None,
            ..plain.clone()
        },
        Parameters {
            salt: None,
            ..plain.clone()
        },
        Parameters {
            trailer: Some(2),
            ..plain.clone()
        },
        Parameters {
            mask: Parameters::of(2, 0).mask,
            ..plain.clone()
        },
        // SHA-512/256, and MGF1 of a number of its own.
        Parameters::of(6, 32),
        Parameters {
            mask: Some(sequence(&[oid("1.2.840.113549.1.1.9"), sha(1)])),
            ..plain
        },
    ] {
        all.push(pss(&other));
    }
    for algorithm in all {
        let leaf = leaf(&algorithm, &RSA_PSS_SHA256);
        let (check, found) = outcome(&any_rsa(), &leaf).unwrap();
        assert_eq!(check, Check::Signature, "{algorithm:02x?}");
        assert!(found.ends_with("is not accepted"), "{found}");
    }
}

#[test]
fn a_key_for_pss_alone_makes_no_other_signature() {
    let key = key_info(&sequence(&[oid(ID_PSS)]));
    for (hash, salt, encoding) in HASHES {
        let leaf = leaf(&pss(&Parameters::of(hash, salt)), encoding);
        assert_eq!(outcome(&key, &leaf), None, "{hash}");
    }
    let (check, found) = outcome(&key, &leaf(&pkcs1(), &RSA_PKCS1_SHA256)).unwrap();
    assert_eq!(check, Check::Signature);
    assert_eq!(
        found,
        "a key RSA 2048 for RSASSA-PSS alone makes no signature RSA with SHA-256"
    );
}

#[test]
fn a_key_with_parameters_makes_the_signatures_that_they_allow() {
    let sha256 = leaf(&pss(&Parameters::of(1, 32)), &RSA_PSS_SHA256);
    let sha384 = leaf(&pss(&Parameters::of(2, 48)), &RSA_PSS_SHA384);
    let judge = |parameters: &Parameters, leaf: &[u8]| {
        outcome(&key_info(&pss(parameters)), leaf).map(|(check, _)| check)
    };
    let refused = Some(Check::Signature);
    // The salt of the key is the least that a signature may have (RFC 4055 §3.1).
    for (salt, expected) in [(0, None), (20, None), (32, None), (33, refused)] {
        assert_eq!(judge(&Parameters::of(1, salt), &sha256), expected, "{salt}");
        assert_eq!(judge(&Parameters::of(1, salt), &sha384), refused, "{salt}");
    }
    let plain = Parameters::of(1, 32);
    let without_salt = Parameters {
        salt: None,
        ..plain.clone()
    };
    assert_eq!(judge(&without_salt, &sha256), None);
    for none in [
        Parameters {
            hash: None,
            ..plain.clone()
        },
        Parameters {
            mask: None,
            ..plain.clone()
        },
        Parameters {
            mask: Parameters::of(2, 0).mask,
            ..plain.clone()
        },
        Parameters {
            trailer: Some(2),
            ..plain
        },
    ] {
        assert_eq!(judge(&none, &sha256), refused, "{none:?}");
    }
    let null = sequence(&[oid(ID_PSS), tlv(5, &[])]);
    let null = outcome(&key_info(&null), &sha256);
    assert_eq!(null.map(|(check, _)| check), refused);
}

#[test]
fn the_key_of_a_person_may_be_for_pss_alone() {
    let [root, lee] = ["Root CA", "Lee Park"].map(Holder::new);
    let anchor = Draft::ca(&root, &root).sign(&root);
    let with = |info| {
        let mut draft = Draft::leaf(&lee, &root);
        draft.key_info = info;
        draft.sign(&root)
    };
    let judged = |leaf: &Certificate| refusal(judge(leaf.der(), &trust(&anchor, &[])));
    let leaf = with(key_info(&pss(&Parameters::of(1, 32))));
    assert_eq!(leaf.key().kind(), KeyKind::RsaPss(2048));
    assert_eq!(judged(&leaf), None);
    // SHA-1 throughout.
    let leaf = with(key_info(&sequence(&[oid(ID_PSS), sequence(&[])])));
    assert_eq!(leaf.key().kind(), KeyKind::Other);
    let found = Some((Check::Signature, "RSA for RSASSA-PSS alone".to_owned()));
    assert_eq!(judged(&leaf), found);
    // 1024 bits.
    let numbers = sequence(&[
        tlv(2, &[&[0][..], &[0xc5; 128]].concat()),
        tlv(2, &[1, 0, 1]),
    ]);
    let bits = tlv(3, &[&[0], numbers.as_slice()].concat());
    let leaf = with(sequence(&[sequence(&[oid(ID_PSS)]), bits]));
    let found = "RSA 1024 for RSASSA-PSS alone".to_owned();
    assert_eq!(judged(&leaf), Some((Check::Signature, found)));
}

#[test]
fn lists_are_signed_with_pss_too() {
    let ca = Holder::new("Root CA");
    for (info, pkcs1_counts) in [
        (any_rsa(), true),
        (key_info(&sequence(&[oid(ID_PSS)])), false),
    ] {
        let certificate = ca_with(&info);
        let trust = trust(&certificate, &[]);
        let read = |algorithm: Vec<u8>, encoding| {
            let mut list = List::of(&ca).revoke(6, Some(1));
            list.inner.clone_from(&algorithm);
            let list = list.without(AUTHORITY_KEY_IDENTIFIER);
            let der = list.der_by(&algorithm, |message| sign(encoding, message));
            Crl::read(der, &certificate, &trust, 10_000)
        };
        for (hash, salt, encoding) in HASHES {
            let list = read(pss(&Parameters::of(hash, salt)), encoding).unwrap();
            assert!(list.find(&[6]).is_some());
        }
        assert!(read(pss(&Parameters::of(1, 32)), &RSA_PSS_SHA384).is_err());
        assert!(read(pss(&Parameters::of(1, 20)), &RSA_PSS_SHA256).is_err());
        assert_eq!(read(pkcs1(), &RSA_PKCS1_SHA256).is_ok(), pkcs1_counts);
    }
}

#[test]
fn responses_are_signed_with_pss_too() {
    let world = World::new();
    for (info, pkcs1_counts) in [
        (any_rsa(), true),
        (key_info(&pss(&Parameters::of(1, 32))), false),
    ] {
        let mut draft = Draft::leaf(&Holder::new("Meridian OCSP 1"), &world.ca)
            .with(extended_key_usage(&["1.3.6.1.5.5.7.3.9"]));
        draft.key_info = info;
        let responder = draft.sign(&world.ca);
        let single = Single::good(&world.leaf, &world.ca_certificate);
        let mut answer = Answer::new(&responder, single);
        answer.certificates = vec![responder];
        let reads = |algorithm: Vec<u8>, encoding| {
            let der = answer.der_by(&algorithm, |message| sign(encoding, message));
            Response::read(&der, &world.leaf, &world.ca_certificate, None, 20_000).is_ok()
        };
        assert!(reads(pss(&Parameters::of(1, 32)), &RSA_PSS_SHA256));
        assert!(!reads(pss(&Parameters::of(1, 32)), &RSA_PSS_SHA512));
        assert!(!reads(pss(&Parameters::of(1, 33)), &RSA_PSS_SHA256));
        assert_eq!(reads(pkcs1(), &RSA_PKCS1_SHA256), pkcs1_counts);
        // The key of the second one names SHA-256.
        assert_eq!(
            reads(pss(&Parameters::of(2, 48)), &RSA_PSS_SHA384),
            pkcs1_counts
        );
    }
}

/// A leaf of the CA whose key signs here, with this algorithm and that signature.
fn leaf(algorithm: &[u8], encoding: &'static dyn RsaEncoding) -> Vec<u8> {
    let ca = Holder::new("Root CA");
    let mut draft = Draft::leaf(&Holder::new("Lee Park"), &ca).without(AUTHORITY_KEY_IDENTIFIER);
    draft.inner = algorithm.to_vec();
    draft.outer = algorithm.to_vec();
    draft.der_by(|message| sign(encoding, message))
}

/// How the leaf comes out below a CA that has the key as this `SubjectPublicKeyInfo`.
fn outcome(info: &[u8], leaf: &[u8]) -> Option<(Check, String)> {
    refusal(judge(leaf, &trust(&ca_with(info), &[])))
}

/// A root, whose own signature nobody asks about.
fn ca_with(info: &[u8]) -> Certificate {
    let ca = Holder::new("Root CA");
    let mut draft = Draft::ca(&ca, &ca);
    draft.key_info = info.to_vec();
    draft.sign(&ca)
}

#[expect(clippy::disallowed_methods, reason = "salts are random")]
fn sign(encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(encoding, &SystemRandom::new(), message, &mut signature)
        .unwrap();
    signature
}

fn any_rsa() -> Vec<u8> {
    key_info(&sequence(&[oid("1.2.840.113549.1.1.1"), tlv(5, &[])]))
}

fn key_info(algorithm: &[u8]) -> Vec<u8> {
    let bits = [&[0], KEY.public_key().as_ref()].concat();
    sequence(&[algorithm.to_vec(), tlv(3, &bits)])
}

fn pkcs1() -> Vec<u8> {
    sequence(&[oid("1.2.840.113549.1.1.11"), tlv(5, &[])])
}

/// The fields of `RSASSA-PSS-params`; none is left out.
#[derive(Clone, Debug)]
struct Parameters {
    hash: Option<Vec<u8>>,
    mask: Option<Vec<u8>>,
    salt: Option<u8>,
    trailer: Option<u8>,
}

impl Parameters {
    fn of(hash: u8, salt: u8) -> Self {
        Self {
            hash: Some(sha(hash)),
            mask: Some(sequence(&[oid(MGF1), sha(hash)])),
            salt: Some(salt),
            trailer: None,
        }
    }

    fn fields(&self) -> Vec<u8> {
        let number = |tag, number: Option<u8>| number.map(|it| tlv(tag, &tlv(2, &[it])));
        [
            self.hash.as_ref().map(|hash| tlv(0xa0, hash)),
            self.mask.as_ref().map(|mask| tlv(0xa1, mask)),
            number(0xa2, self.salt),
            number(0xa3, self.trailer),
        ]
        .into_iter()
        .flatten()
        .flatten()
        .collect()
    }
}

fn pss(parameters: &Parameters) -> Vec<u8> {
    sequence(&[oid(ID_PSS), sequence(&[parameters.fields()])])
}

/// SHA-256, SHA-384 and SHA-512 are 1 to 3.
fn sha(last: u8) -> Vec<u8> {
    sequence(&[sha_oid(last), tlv(5, &[])])
}

fn sha_oid(last: u8) -> Vec<u8> {
    tlv(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last])
}

static KEY: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// By number, with the length of the salt and how aws-lc signs.
const HASHES: [(u8, u8, &dyn RsaEncoding); 3] = [
    (1, 32, &RSA_PSS_SHA256),
    (2, 48, &RSA_PSS_SHA384),
    (3, 64, &RSA_PSS_SHA512),
];
/// id-RSASSA-PSS and id-mgf1.
const ID_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";
