//! Who answers for a CA: the CA itself, or whom it appointed (RFC 6960 §4.2.2.2).

use std::sync::Arc;

use aws_lc_rs::digest;
use certs::ocsp::OcspFault;
use certs::{Certificate, Revocation, Sources};

use crate::mint::*;
use crate::pki::NOW;
use crate::revocation_mint::{Answer, List, World, full_name, key_bits};
use crate::revocation_ocsp::{good, judge, read};

#[test]
fn a_responder_that_the_ca_appointed_answers() {
    let world = World::new();
    let (holder, certificate) = responder(&world, |draft| draft);
    assert_eq!(
        judge(&world, &delegated(&world, &certificate).der(&holder), None),
        None
    );
    let mut revoked = delegated(&world, &certificate);
    revoked.singles[0] = revoked.singles[0].clone().revoked(1);
    assert_eq!(judge(&world, &revoked.der(&holder), None), Some(500_171));
    // Its certificate did not come along.
    let mut alone = delegated(&world, &certificate);
    alone.certificates.clear();
    let fault = read(&world, &alone.der(&holder)).unwrap_err();
    assert!(matches!(fault, OcspFault::Responder(_)), "{fault}");
}

#[test]
fn a_responder_that_the_ca_did_not_appoint_does_not_answer() {
    let world = World::new();
    let drafts: [fn(Draft) -> Draft; 8] = [
        |draft| draft.without("2.5.29.37"),
        |draft| draft.with(extended_key_usage(&[CLIENT_AUTH])),
        |draft| draft.with(extended_key_usage(&["2.5.29.37.0"])),
        |draft| draft.with(key_usage(&[2])),
        |draft| draft.with(extension("1.2.3.4", tlv(5, &[])).critical(true)),
        |draft| draft.serial(&[0]),
        |draft| draft.with(authority_key_identifier(&[7; 20])),
        |mut draft| {
            draft.issuer = Holder::new("Meridian Root CA").name;
            draft
        },
    ];
    for (index, change) in drafts.into_iter().enumerate() {
        let (holder, certificate) = responder(&world, change);
        let answer = delegated(&world, &certificate).der(&holder);
        let fault = read(&world, &answer).unwrap_err();
        assert!(matches!(fault, OcspFault::Responder(_)), "{index}: {fault}");
        assert_eq!(judge(&world, &answer, None), Some(2_205_015));
    }
    // The root appointed it, and the CA is who has to.
    let holder = Holder::new("Meridian OCSP 1");
    let of_root = Draft::leaf(&holder, &world.root)
        .with(extended_key_usage(&[OCSP_SIGNING]))
        .with(no_check());
    // It says that the CA issued it, and the CA's key did not sign it.
    let forged = Draft::leaf(&holder, &world.ca)
        .with(extended_key_usage(&[OCSP_SIGNING]))
        .with(no_check());
    for draft in [of_root, forged] {
        let certificate = draft.sign(&world.root);
        let fault = read(&world, &delegated(&world, &certificate).der(&holder)).unwrap_err();
        assert!(matches!(fault, OcspFault::Responder(_)), "{fault}");
    }
}

#[test]
fn a_responders_certificate_has_to_count_itself() {
    let world = World::new();
    let (holder, expired) = responder(&world, |draft| draft.valid(NOW.plus(-60), NOW.plus(-1)));
    let answer = delegated(&world, &expired).der(&holder);
    assert_eq!(judge(&world, &answer, None), Some(2_205_015));
    // Nobody said that it need not be checked, so a list has to say that it is good.
    let (holder, unchecked) = responder(&world, |draft| draft.without(NO_CHECK));
    let mut revocation = Revocation::none();
    let answer = delegated(&world, &unchecked).der(&holder);
    assert_eq!(judge(&world, &answer, None), Some(2_205_015));
    revocation.answer(&world.leaf, read(&world, &answer).map(Arc::new));
    let users = full_name(&directory(&world.ca.name));
    let list = List::of(&world.ca).scope(&[users]);
    for (list, expected) in [
        (list.clone(), None),
        // The list alone still answers for the leaf, and the trace says why the responder does not.
        (list.clone().revoke(9, None), None),
        (list.revoke(6, None), Some(500_171)),
    ] {
        let sources = Some(Sources::from(world.ready(&list)));
        assert_eq!(judge(&world, &answer, sources), expected);
    }
}

#[test]
fn an_answer_is_by_whom_it_names() {
    let world = World::new();
    let named = |responder: Vec<u8>| {
        let mut answer = good(&world);
        answer.responder = responder;
        read(&world, &answer.der(&world.ca))
    };
    let by_key = |hash: &[u8]| tlv(0xa2, &tlv(4, hash));
    let bits = key_bits(&world.ca_certificate);
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bits);
    assert!(named(by_key(hash.as_ref())).is_ok());
    let other = Holder::new("Meridian OCSP 1").name;
    for responder in [by_key(&[7; 20]), by_key(&[]), tlv(0xa1, &other)] {
        let fault = named(responder).unwrap_err();
        assert!(matches!(fault, OcspFault::Responder(_)), "{fault}");
    }
}

#[test]
fn a_responder_that_is_revoked_or_of_which_nothing_is_known_does_not_answer() {
    let world = World::new();
    let (holder, unchecked) = responder(&world, |draft| draft.without(NO_CHECK));
    let answer = delegated(&world, &unchecked).der(&holder);
    // The list has one reason, so it says of nobody that they are good.
    let list = || List::of(&world.ca).scope(&[tlv(0x83, &[5, 0x60])]);
    for list in [list(), list().revoke(9, Some(1))] {
        let sources = Some(Sources::from(world.ready(&list)));
        assert_eq!(judge(&world, &answer, sources), Some(500_178));
    }
    // It needs no list where its certificate says so.
    let (holder, certificate) = responder(&world, |draft| draft);
    let answer = delegated(&world, &certificate).der(&holder);
    let sources = Some(Sources::from(world.ready(&list())));
    assert_eq!(judge(&world, &answer, sources), None);
}

/// A responder of the CA, and its certificate.
fn responder(world: &World, change: impl FnOnce(Draft) -> Draft) -> (Holder, Certificate) {
    let holder = Holder::new("Meridian OCSP 1");
    let draft = Draft::leaf(&holder, &world.ca)
        .serial(&[9])
        .with(extended_key_usage(&[OCSP_SIGNING]))
        .with(no_check());
    let certificate = change(draft).sign(&world.ca);
    (holder, certificate)
}

fn no_check() -> Extension {
    extension(NO_CHECK, tlv(5, &[]))
}

fn delegated(world: &World, certificate: &Certificate) -> Answer {
    let mut answer = good(world);
    answer.responder = tlv(0xa1, certificate.subject().der());
    answer.certificates = vec![certificate.clone()];
    answer
}

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
/// id-pkix-ocsp-nocheck
const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
