use std::sync::Arc;

use aws_lc_rs::digest;
use certs::ocsp::{BadNonce, Hash, OcspFault, Request, Response, Status};
use certs::{Certificate, CrlFault, Requirement, Revocation, RevocationList, Sources};

use crate::mint::{Draft, Holder, extension, oid, sequence, tlv};
use crate::pki::NOW;
use crate::revocation_mint::{Answer, List, Single, World, certificate_id, code, key_bits};

pub(crate) fn good(world: &World) -> Answer {
    Answer::new(
        &world.ca_certificate,
        Single::good(&world.leaf, &world.ca_certificate),
    )
}

fn single(world: &World, change: impl FnOnce(&mut Single)) -> Answer {
    let mut answer = good(world);
    change(&mut answer.singles[0]);
    answer
}

pub(crate) fn read(world: &World, der: &[u8]) -> Result<Response, OcspFault> {
    Response::read(der, &world.leaf, &world.ca_certificate, None, 20_000)
}

/// The code with an answer and these lists for the CA.
pub(crate) fn judge(world: &World, der: &[u8], sources: Option<Sources>) -> Option<u32> {
    let mut revocation = Revocation::none();
    revocation.answer(&world.leaf, read(world, der).map(Arc::new));
    if let Some(sources) = sources {
        revocation.set(&world.ca_certificate, sources);
    }
    code(&world.check(&world.trust(&[]), &revocation, NOW))
}

#[test]
fn the_ca_itself_answers() {
    let world = World::new();
    assert_eq!(judge(&world, &good(&world).der(&world.ca), None), None);
    let revoked = single(&world, |single| *single = single.clone().revoked(1)).der(&world.ca);
    assert_eq!(judge(&world, &revoked, None), Some(500_171));
    let Status::Revoked(revoked) = read(&world, &revoked).unwrap().status() else {
        unreachable!();
    };
    assert_eq!(revoked.reason, Some("key compromise"));
    let mut by_key = good(&world);
    let hash = digest::digest(
        &digest::SHA1_FOR_LEGACY_USE_ONLY,
        key_bits(&world.ca_certificate),
    );
    by_key.responder = tlv(0xa2, &tlv(4, hash.as_ref()));
    assert_eq!(judge(&world, &by_key.der(&world.ca), None), None);
}

#[test]
fn sha_256_names_a_certificate_too() {
    let world = World::new();
    let answer = single(&world, |single| {
        single.id = certificate_id(&digest::SHA256, &world.leaf, &world.ca_certificate);
    });
    assert_eq!(judge(&world, &answer.der(&world.ca), None), None);
}

#[test]
fn a_response_is_of_version_1() {
    let world = World::new();
    let versioned = |version: u8| {
        let mut answer = good(&world);
        answer
            .responder
            .splice(0..0, tlv(0xa0, &tlv(2, &[version])));
        read(&world, &answer.der(&world.ca))
    };
    // The default, which DER leaves out and some write.
    assert!(versioned(0).is_ok());
    let fault = versioned(1).unwrap_err();
    assert!(matches!(fault, OcspFault::Forbidden(_)), "{fault}");
}

#[test]
fn a_response_counts_in_its_window() {
    let world = World::new();
    let window = |this: i64, next: Option<i64>, produced: i64| {
        let mut answer = single(&world, |single| {
            single.this_update = NOW.plus(this);
            single.next_update = next.map(|next| NOW.plus(next));
        });
        answer.produced_at = NOW.plus(produced);
        judge(&world, &answer.der(&world.ca), None)
    };
    assert_eq!(window(-3600, Some(0), -60), None);
    assert_eq!(window(-3600, Some(-1), -60), Some(500_178));
    // A responder's clock may be five minutes ahead.
    assert_eq!(window(300, Some(3600), 300), None);
    assert_eq!(window(301, Some(3600), 0), Some(500_178));
    assert_eq!(window(0, Some(3600), 301), Some(500_178));
    // Without nextUpdate it counts for ten minutes.
    assert_eq!(window(-3600, None, -600), None);
    assert_eq!(window(-3600, None, -601), Some(500_178));
}

#[test]
fn an_answer_about_another_certificate_is_none() {
    let world = World::new();
    let other = Draft::leaf(&Holder::new("Sam Ortiz"), &world.ca)
        .serial(&[8])
        .sign(&world.ca);
    let other_ca = Draft::ca(&Holder::new("Meridian Issuing CA 1"), &world.root).sign(&world.root);
    // The same number of the same key under another name.
    let mut renamed = Draft::leaf(&Holder::new("Lee Park"), &world.ca).serial(&[6]);
    renamed.issuer = Holder::new("Meridian Issuing CA 2").name;
    let renamed = renamed.sign(&world.ca);
    let ids = [
        certificate_id(
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            &other,
            &world.ca_certificate,
        ),
        certificate_id(&digest::SHA1_FOR_LEGACY_USE_ONLY, &world.leaf, &other_ca),
        certificate_id(
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            &renamed,
            &world.ca_certificate,
        ),
    ];
    for id in ids {
        let answer = single(&world, |single| single.id = id).der(&world.ca);
        assert_eq!(
            read(&world, &answer).unwrap_err(),
            OcspFault::OtherCertificate
        );
        assert_eq!(judge(&world, &answer, None), Some(500_174));
    }
    // It is among others.
    let mut several = good(&world);
    let mut about_other = Single::good(&other, &world.ca_certificate);
    about_other = about_other.revoked(1);
    several.singles.insert(0, about_other);
    assert_eq!(judge(&world, &several.der(&world.ca), None), None);
}

#[test]
fn of_several_answers_the_newest_counts_and_of_equals_the_worst() {
    let world = World::new();
    let mut answer = good(&world);
    let mut older = answer.singles[0].clone().revoked(1);
    older.this_update = NOW.plus(-120);
    answer.singles.push(older);
    assert_eq!(judge(&world, &answer.der(&world.ca), None), None);
    answer.singles[1].this_update = NOW.plus(-60);
    assert_eq!(judge(&world, &answer.der(&world.ca), None), Some(500_171));
    answer.singles.reverse();
    assert_eq!(judge(&world, &answer.der(&world.ca), None), Some(500_171));
}

#[test]
fn an_answer_given_for_one_issuer_does_not_count_for_another() {
    let world = World::new();
    let other = World::new();
    let mut revocation = Revocation::none();
    let answer = read(&world, &good(&world).der(&world.ca)).map(Arc::new);
    revocation.answer(&other.leaf, answer);
    let outcome = other.check(&other.trust(&[]), &revocation, NOW);
    assert_eq!(code(&outcome), Some(500_174));
}

#[test]
fn a_signature_that_does_not_fit_is_refused() {
    let world = World::new();
    let answer = good(&world);
    let fault = read(&world, &answer.der(&world.root)).unwrap_err();
    assert!(matches!(fault, OcspFault::Signature(_)), "{fault}");
    let mut changed = answer.der(&world.ca);
    *changed.last_mut().unwrap() ^= 1;
    let fault = read(&world, &changed).unwrap_err();
    assert!(matches!(fault, OcspFault::Signature(_)), "{fault}");
}

#[test]
fn a_nonce_that_comes_back_is_the_one_that_was_sent() {
    let world = World::new();
    let read = |back: Option<&[u8]>, sent: Option<&[u8]>| {
        let mut answer = good(&world);
        let nonce = back.map(|nonce| extension("1.3.6.1.5.5.7.48.1.2", tlv(4, nonce)));
        answer.extensions = nonce.into_iter().collect();
        let der = answer.der(&world.ca);
        Response::read(&der, &world.leaf, &world.ca_certificate, sent, 20_000)
            .map(|response| response.repeats_nonce())
    };
    assert_eq!(read(Some(&[7; 32]), Some(&[7; 32])), Ok(true));
    assert_eq!(
        read(Some(&[8; 32]), Some(&[7; 32])),
        Err(OcspFault::OtherNonce)
    );
    assert_eq!(read(None, Some(&[7; 32])), Ok(false));
    assert_eq!(read(Some(&[8; 32]), None), Ok(false));
}

#[test]
fn what_a_responder_says_instead_of_an_answer_is_named() {
    let world = World::new();
    for (status, name) in [
        (1, "malformedRequest"),
        (2, "internalError"),
        (3, "tryLater"),
        (5, "sigRequired"),
        (6, "unauthorized"),
    ] {
        let refused = sequence(&[tlv(10, &[status])]);
        let fault = read(&world, &refused).unwrap_err();
        assert_eq!(fault, OcspFault::Refused(name));
        assert_eq!(judge(&world, &refused, None), Some(500_173));
    }
    let broken: [&[u8]; 4] = [
        b"",
        b"<html>",
        &sequence(&[tlv(10, &[0])]),
        &sequence(&[tlv(10, &[4])]),
    ];
    for bytes in broken {
        assert!(read(&world, bytes).is_err());
    }
    let other_type = sequence(&[oid("1.2.3.4"), tlv(4, &[])]);
    let other_type = sequence(&[tlv(10, &[0]), tlv(0xa0, &other_type)]);
    assert_eq!(
        read(&world, &other_type).unwrap_err(),
        OcspFault::NotJudged("1.2.3.4".into())
    );
    let der = good(&world).der(&world.ca);
    let small = Response::read(
        &der,
        &world.leaf,
        &world.ca_certificate,
        None,
        der.len() - 1,
    );
    assert_eq!(
        small.unwrap_err(),
        OcspFault::TooLarge(der.len() as u64 - 1)
    );
}

#[test]
fn critical_extensions_that_are_not_known_are_not_passed_over() {
    let world = World::new();
    let unknown = extension("1.2.3.4", tlv(5, &[]));
    let mut outer = good(&world);
    outer.extensions = vec![unknown.clone().critical(true)];
    let inner = single(&world, |single| {
        single.extensions = vec![unknown.clone().critical(true)];
    });
    for answer in [outer, inner] {
        let fault = read(&world, &answer.der(&world.ca)).unwrap_err();
        assert_eq!(fault, OcspFault::NotJudged("1.2.3.4".into()));
    }
    let harmless = single(&world, |single| single.extensions = vec![unknown]);
    assert!(read(&world, &harmless.der(&world.ca)).is_ok());
}

#[test]
fn a_list_answers_where_the_responder_does_not_and_who_is_revoked_by_either_is_revoked() {
    let world = World::new();
    let unknown = single(&world, |single| single.status = tlv(0x82, &[])).der(&world.ca);
    let good = good(&world).der(&world.ca);
    let list = Some(Sources::from(world.ready(&List::of(&world.ca))));
    let revoked = Some(Sources::from(
        world.ready(&List::of(&world.ca).revoke(6, None)),
    ));
    let missing = Sources::from(RevocationList::Missing(CrlFault::TimedOut(10)));
    assert_eq!(judge(&world, &unknown, None), Some(500_178));
    assert_eq!(judge(&world, &unknown, list), None);
    assert_eq!(judge(&world, &unknown, revoked.clone()), Some(500_171));
    assert_eq!(judge(&world, &good, revoked), Some(500_171));
    assert_eq!(judge(&world, &good, Some(missing.clone())), None);
    assert_eq!(
        judge(&world, &unknown, Some(missing.clone())),
        Some(500_179)
    );
    let open = Sources {
        requirement: Requirement::NotRequired,
        ..missing
    };
    assert_eq!(judge(&world, &unknown, Some(open)), None);
}

#[test]
fn an_answer_that_did_not_come_is_unknown() {
    let world = World::new();
    let faults = [
        (OcspFault::NotAsked, 500_175),
        (OcspFault::Status(503), 500_173),
        (OcspFault::TimedOut(10), 500_179),
    ];
    for (fault, expected) in faults {
        let mut revocation = Revocation::none();
        revocation.answer(&world.leaf, Err(fault));
        let outcome = world.check(&world.trust(&[]), &revocation, NOW);
        assert_eq!(code(&outcome), Some(expected));
    }
}

#[test]
fn a_question_names_the_certificate_and_has_the_nonce() {
    let world = World::new();
    let (leaf, ca) = (&world.leaf, &world.ca_certificate);
    let nonce = extension("1.3.6.1.5.5.7.48.1.2", tlv(4, &[7; 32])).der();
    for (hash, algorithm) in [
        (Hash::Sha1, &digest::SHA1_FOR_LEGACY_USE_ONLY),
        (Hash::Sha256, &digest::SHA256),
    ] {
        let id = certificate_id(algorithm, leaf, ca);
        let list = sequence(&[sequence(&[id])]);
        let bare = sequence(&[sequence(std::slice::from_ref(&list))]);
        let request = Request::new(leaf, ca, hash, None).unwrap();
        assert_eq!(request.to_der(), bare);
        let extensions = tlv(0xa2, &sequence(std::slice::from_ref(&nonce)));
        let request = Request::new(leaf, ca, hash, Some(&[7; 32])).unwrap();
        assert_eq!(request.to_der(), sequence(&[sequence(&[list, extensions])]));
    }
    for refused in [&[][..], &[7; 129]] {
        let request = Request::new(leaf, ca, Hash::Sha1, Some(refused));
        assert_eq!(request, Err(BadNonce));
    }
}

#[test]
fn the_questions_of_a_path_are_its_certificates_with_their_issuers() {
    let world = World::new();
    let presented = certs::Presented {
        certificates: vec![world.leaf.der().to_vec()],
    };
    let trust = world.trust(&[]);
    let path = certs::validate(&presented, &trust, &certs::Settings::default(), NOW).unwrap();
    let asked: Vec<(Certificate, Certificate)> = path
        .questions()
        .into_iter()
        .map(|question| (question.certificate, question.issuer))
        .collect();
    let leaf = (world.leaf.clone(), world.ca_certificate.clone());
    let ca = (world.ca_certificate.clone(), world.root_certificate.clone());
    assert_eq!(asked, [leaf, ca]);
}
