//! Partitioned and indirect lists, and lists that another key signs.

use std::sync::Arc;

use certs::{
    Authority, Certificate, Crl, CrlFault, Requirement, Revocation, RevocationList, Role, Sources,
    TrustStore,
};

use crate::mint::{
    AUTHORITY_KEY_IDENTIFIER, Draft, Holder, directory, extension, key_usage, name, relative_name,
    sequence, tlv, uri,
};
use crate::pki::NOW;
use crate::revocation_mint::{
    CERTIFICATE_ISSUER, List, World, code, distribution_points, full_name,
};

const HERE: &str = "http://crl.meridian.example/1.crl";
const THERE: &str = "http://crl.meridian.example/2.crl";

fn at(place: &str) -> Vec<u8> {
    full_name(&uri(place))
}

/// keyCompromise and cACompromise; and all the others.
fn reasons(tag: u8) -> [Vec<u8>; 2] {
    [tlv(tag, &[5, 0x60]), tlv(tag, &[7, 0x1f, 0x80])]
}

#[test]
fn a_list_for_a_distribution_point_covers_the_certificates_that_name_it() {
    let world = World::with(|leaf| leaf.with(distribution_points(&[&[at(HERE)]])));
    let here = List::of(&world.ca).scope(&[at(HERE)]);
    let there = List::of(&world.ca).scope(&[at(THERE)]);
    let judge = |list: &List| world.code(vec![world.ready(list)], vec![]);
    assert_eq!(judge(&here), None);
    assert_eq!(judge(&here.clone().revoke(6, None)), Some(500_171));
    assert_eq!(judge(&there), Some(500_178));
    // The other partition is not asked, and its absence takes nothing away.
    let lists = vec![
        world.ready(&here),
        RevocationList::Missing(CrlFault::NotFetched),
    ];
    assert_eq!(world.code(lists, vec![]), None);
    let unnamed = World::new();
    let here = unnamed.ready(&List::of(&unnamed.ca).scope(&[at(HERE)]));
    assert_eq!(unnamed.code(vec![here], vec![]), Some(500_178));
}

#[test]
fn a_list_under_the_issuers_own_name_covers_certificates_without_points() {
    let world = World::new();
    let own = full_name(&directory(&world.ca.name));
    let list = List::of(&world.ca).scope(&[own]);
    assert_eq!(world.code(vec![world.ready(&list)], vec![]), None);
}

#[test]
fn a_relative_name_is_completed_by_the_issuers() {
    let relative = relative_name(&[("2.5.4.3", 12, b"1")]);
    let choice = tlv(0xa0, &tlv(0xa1, &relative[2..]));
    let world =
        World::with(|leaf| leaf.with(distribution_points(&[std::slice::from_ref(&choice)])));
    let full = name(&[("2.5.4.3", "Meridian Issuing CA 1"), ("2.5.4.3", "1")]);
    for fitting in [choice, full_name(&directory(&full))] {
        let list = List::of(&world.ca).scope(&[fitting]);
        assert_eq!(world.code(vec![world.ready(&list)], vec![]), None);
    }
    let other = name(&[("2.5.4.3", "Meridian Issuing CA 1"), ("2.5.4.3", "2")]);
    let list = List::of(&world.ca).scope(&[full_name(&directory(&other))]);
    assert_eq!(world.code(vec![world.ready(&list)], vec![]), Some(500_178));
}

#[test]
fn a_list_of_one_kind_of_certificates_says_nothing_of_the_others() {
    let world = World::new();
    let only = |tag| world.ready(&List::of(&world.ca).scope(&[tlv(tag, &[0xff])]));
    let [users, cas, attributes] = [0x81, 0x82, 0x85].map(only);
    assert_eq!(world.code(vec![users.clone()], vec![]), None);
    assert_eq!(world.code(vec![cas.clone()], vec![]), Some(500_178));
    assert_eq!(world.code(vec![attributes], vec![]), Some(500_178));
    assert_eq!(world.code(vec![cas, users], vec![]), None);
    let both = List::of(&world.ca).scope(&[tlv(0x81, &[0xff]), tlv(0x82, &[0xff])]);
    let nothing = List::of(&world.ca).scope(&[]);
    for refused in [both, nothing] {
        let fault = world.read(refused.der(&world.ca)).unwrap_err();
        assert!(matches!(fault, CrlFault::Forbidden(_)), "{fault}");
    }
}

#[test]
fn every_reason_has_to_be_covered() {
    let world = World::new();
    let [one, other] = reasons(0x83).map(|some| List::of(&world.ca).scope(&[some]));
    let judge = |lists: &[&List]| {
        let lists = lists.iter().map(|list| world.ready(list)).collect();
        world.code(lists, vec![])
    };
    assert_eq!(judge(&[&one]), Some(500_178));
    assert_eq!(judge(&[&other]), Some(500_178));
    assert_eq!(judge(&[&one, &other]), None);
    assert_eq!(judge(&[&other, &one]), None);
    let revoked = other.clone().revoke(6, None);
    assert_eq!(judge(&[&one, &revoked]), Some(500_171));
    assert_eq!(judge(&[&revoked]), Some(500_171));
    assert_eq!(judge(&[&one, &other.window(-3600, -1)]), Some(500_178));
}

#[test]
fn a_points_reasons_limit_what_its_list_covers() {
    let [some, _] = reasons(0x81);
    let world = World::with(|leaf| leaf.with(distribution_points(&[&[at(HERE), some.clone()]])));
    let list = List::of(&world.ca).scope(&[at(HERE)]);
    assert_eq!(world.code(vec![world.ready(&list)], vec![]), Some(500_178));
    // A list of the issuer for everything covers what no point names.
    assert_eq!(
        world.code(vec![world.ready(&List::of(&world.ca))], vec![]),
        None
    );
}

#[test]
fn distribution_points_that_cannot_be_read_make_the_answer_unknown() {
    for broken in [&[][..], &[tlv(0x81, &[5, 0x60])]] {
        let world = World::with(|leaf| leaf.with(distribution_points(&[broken])));
        let list = world.ready(&List::of(&world.ca));
        assert_eq!(world.code(vec![list], vec![]), Some(500_174));
    }
}

/// A world whose leaf says that `Lists` signs its lists, and that one's certificate of the CA.
fn indirect() -> (World, Holder, Certificate) {
    let lists = Holder::new("Lists");
    let crl_issuer = tlv(0xa2, &directory(&lists.name));
    let point = [at(HERE), crl_issuer];
    let world = World::with(|leaf| leaf.with(distribution_points(&[&point])));
    let certificate = Draft::ca(&lists, &world.root)
        .serial(&[3])
        .with(key_usage(&[6]))
        .without("2.5.29.19")
        .sign(&world.root);
    (world, lists, certificate)
}

fn named(issuer: &Holder) -> crate::mint::Extension {
    extension(CERTIFICATE_ISSUER, sequence(&[directory(&issuer.name)])).critical(true)
}

fn judge_indirect(world: &World, signer: &Certificate, der: Vec<u8>) -> Option<u32> {
    let trust = world.trust(&[signer]);
    let list = match Crl::read(der, &world.ca_certificate, &trust, 100_000) {
        Ok(list) => RevocationList::Ready(list.into()),
        Err(fault) => RevocationList::Missing(fault),
    };
    let mut revocation = Revocation::none();
    revocation.set(&world.ca_certificate, list);
    code(&world.check(&trust, &revocation, NOW))
}

#[test]
fn an_indirect_lists_entries_are_of_the_issuer_named_last() {
    let (world, lists, certificate) = indirect();
    let other = Holder::new("Meridian Issuing CA 2");
    let list = || List::of(&lists).scope(&[at(HERE), tlv(0x84, &[0xff])]);
    let judge = |list: List| judge_indirect(&world, &certificate, list.der(&lists));
    assert_eq!(judge(list()), None);
    // Without a name before it, an entry is of the list's issuer.
    assert_eq!(judge(list().revoke(6, None)), None);
    let own = list().entry(&[5], &[named(&world.ca)]);
    assert_eq!(judge(own.clone().revoke(6, None)), Some(500_171));
    assert_eq!(
        judge(own.entry(&[7], &[named(&other)]).revoke(6, None)),
        None
    );
    assert_eq!(
        judge(list().entry(&[6], &[named(&world.ca)])),
        Some(500_171)
    );
    let both = list()
        .entry(&[6], &[named(&other)])
        .entry(&[6], &[named(&world.ca)]);
    assert_eq!(judge(both), Some(500_171));
}

#[test]
fn a_list_of_another_issuer_counts_only_if_it_is_indirect_and_the_certificate_names_it() {
    let (world, lists, certificate) = indirect();
    let direct = List::of(&lists).scope(&[at(HERE)]);
    assert_eq!(
        judge_indirect(&world, &certificate, direct.der(&lists)),
        Some(2_205_015)
    );
    let unnamed = World::new();
    let trusted = Draft::ca(&lists, &unnamed.root)
        .serial(&[3])
        .sign(&unnamed.root);
    let list = List::of(&lists).scope(&[tlv(0x84, &[0xff])]);
    assert_eq!(
        judge_indirect(&unnamed, &trusted, list.der(&lists)),
        Some(500_178)
    );
    // The CA's own list is not what the point leads to, but covers what no point does.
    let own = world.ready(&List::of(&world.ca));
    assert_eq!(world.code(vec![own], vec![]), None);
}

#[test]
fn an_entry_names_an_issuer_only_in_an_indirect_list() {
    let world = World::new();
    let list = List::of(&world.ca).entry(&[5], &[named(&world.ca)]);
    let fault = world.read(list.der(&world.ca)).unwrap_err();
    assert!(matches!(fault, CrlFault::Forbidden(_)), "{fault}");
}

#[test]
fn a_point_that_names_who_signs_is_met_by_an_indirect_list_alone() {
    let issuer = Holder::new("Meridian Issuing CA 1");
    let point = [at(HERE), tlv(0xa2, &directory(&issuer.name))];
    let world = World::with(|leaf| leaf.with(distribution_points(&[&point])));
    let list = List::of(&world.ca);
    let direct = list.clone().scope(&[at(HERE)]);
    assert_eq!(
        world.code(vec![world.ready(&direct)], vec![]),
        Some(500_178)
    );
    let indirect = list.scope(&[at(HERE), tlv(0x84, &[0xff])]);
    assert_eq!(world.code(vec![world.ready(&indirect)], vec![]), None);
}

#[test]
fn another_ca_signs_no_list_of_this_name() {
    let world = World::new();
    let list = List::of(&world.ca).without(AUTHORITY_KEY_IDENTIFIER);
    assert!(world.read(list.der(&world.ca)).is_ok());
    let fault = world.read(list.der(&world.root)).unwrap_err();
    assert!(matches!(fault, CrlFault::Signature(_)), "{fault}");
}

#[test]
fn a_list_that_was_replaced_counts_as_its_signer_does() {
    let world = World::new();
    let new = world.ca.rekeyed();
    let lists = |certificate: &Certificate| {
        let trust = world.trust(&[certificate]);
        let past = List::of(&new).number(&[8]).window(-7200, -3600).der(&new);
        let revoking = List::of(&new).revoke(6, None).der(&new);
        let own = List::of(&world.ca).der(&world.ca);
        let mut revocation = Revocation::none();
        let lists = [own, past, revoking].map(|der| {
            let list = Crl::read(der, &world.ca_certificate, &trust, 100_000).unwrap();
            RevocationList::Ready(Arc::new(list))
        });
        let sources = Sources {
            lists: lists.to_vec(),
            ..Sources::default()
        };
        revocation.set(&world.ca_certificate, sources);
        code(&world.check(&trust, &revocation, NOW))
    };
    let draft = || Draft::ca(&new, &world.root).serial(&[9]);
    assert_eq!(lists(&draft().sign(&world.root)), Some(500_171));
    let expired = draft().valid(NOW.plus(-60), NOW.plus(-1));
    assert_eq!(lists(&expired.sign(&world.root)), None);
}

#[test]
fn another_key_of_the_ca_may_sign_if_it_leads_to_the_same_anchor() {
    let world = World::new();
    let new = world.ca.rekeyed();
    let list = List::of(&new);
    let rolled = |draft: Draft| draft.serial(&[9]);
    let by_root = rolled(Draft::ca(&new, &world.root)).sign(&world.root);
    let judge = |list: &List| judge_indirect(&world, &by_root, list.der(&new));
    assert_eq!(judge(&list), None);
    assert_eq!(judge(&list.clone().revoke(6, None)), Some(500_171));
    // Without its certificate nobody knows the key.
    let fault = world.read(list.der(&new)).unwrap_err();
    assert!(matches!(fault, CrlFault::WrongSigner { .. }), "{fault}");
    let no_lists = rolled(Draft::ca(&new, &world.root)).with(key_usage(&[5]));
    let expired = rolled(Draft::ca(&new, &world.root)).valid(NOW.plus(-60), NOW.plus(-1));
    for refused in [no_lists, expired] {
        let certificate = refused.sign(&world.root);
        assert_eq!(
            judge_indirect(&world, &certificate, list.der(&new)),
            Some(2_205_015)
        );
    }
    let stranger = Holder::new("Meridian Root CA");
    let elsewhere = rolled(Draft::ca(&new, &stranger)).sign(&stranger);
    assert_eq!(
        judge_indirect(&world, &elsewhere, list.der(&new)),
        Some(2_205_015)
    );
}

#[test]
fn a_ca_signs_lists_by_a_certificate_that_lets_it_and_counts() {
    let mut world = World::new();
    let no_lists = Draft::ca(&world.ca, &world.root).with(key_usage(&[5]));
    world.ca_certificate = no_lists.serial(&[8]).sign(&world.root);
    let list = List::of(&world.ca).der(&world.ca);
    let twin = |draft: Draft| draft.serial(&[9]).sign(&world.root);
    let expired = Draft::ca(&world.ca, &world.root).valid(NOW.plus(-60), NOW.plus(-1));
    let expired = judge_indirect(&world, &twin(expired), list.clone());
    assert_eq!(expired, Some(2_205_015));
    let counting = twin(Draft::ca(&world.ca, &world.root));
    assert_eq!(judge_indirect(&world, &counting, list), None);
}

#[test]
fn a_signer_that_leads_to_another_anchor_says_nothing() {
    let world = World::new();
    let new = world.ca.rekeyed();
    let other_root = Holder::new("Harbour Root CA");
    let certificate = Draft::ca(&new, &other_root).serial(&[9]).sign(&other_root);
    let mut authorities = world.trust(&[&certificate]).authorities().to_vec();
    authorities.push(Authority {
        certificate: Draft::ca(&other_root, &other_root).sign(&other_root),
        role: Role::Root,
    });
    let trust = TrustStore::new(authorities);
    let list = List::of(&new).der(&new);
    let list = Crl::read(list, &world.ca_certificate, &trust, 100_000).unwrap();
    let mut revocation = Revocation::none();
    revocation.set(&world.ca_certificate, RevocationList::Ready(list.into()));
    assert_eq!(
        code(&world.check(&trust, &revocation, NOW)),
        Some(2_205_015)
    );
}

#[test]
fn a_signer_that_leads_to_one_anchor_is_not_remembered_for_another() {
    let world = World::new();
    let new = world.ca.rekeyed();
    let [other_root, middle] = ["Harbour Root CA", "Harbour CA"].map(Holder::new);
    let signer = Draft::ca(&new, &world.root).serial(&[9]).sign(&world.root);
    let others = [
        Draft::ca(&middle, &other_root).sign(&other_root),
        Draft::ca(&world.ca, &middle).serial(&[3]).sign(&middle),
    ];
    let mut authorities = world
        .trust(&[&signer, &others[0], &others[1]])
        .authorities()
        .to_vec();
    authorities.push(Authority {
        certificate: Draft::ca(&other_root, &other_root).sign(&other_root),
        role: Role::Root,
    });
    let trust = TrustStore::new(authorities);
    let ready = |authority: &Certificate, der: Vec<u8>| {
        let list = Crl::read(der, authority, &trust, 100_000).unwrap();
        RevocationList::Ready(Arc::new(list))
    };
    let judge = |list: &List, requirement, of_root: &List| {
        let mut revocation = Revocation::none();
        let ca = &world.ca_certificate;
        let sources = Sources {
            requirement,
            ..ready(ca, list.der(&new)).into()
        };
        revocation.set(ca, sources);
        let root = &world.root_certificate;
        revocation.set(root, ready(root, of_root.der(&world.root)));
        code(&world.check(&trust, &revocation, NOW))
    };
    let (list, of_root) = (List::of(&new), List::of(&world.root));
    assert_eq!(judge(&list, Requirement::FailClosed, &of_root), None);
    // The short way is revoked, after the list was found good for its anchor; the long way leads to
    // another, to which the list's signer has no path.
    let revoking = of_root.clone().revoke(2, None);
    let found = judge(&list, Requirement::FailClosed, &revoking);
    assert_eq!(found, Some(500_171));
    // Who is revoked is not judged again on the long way, where nothing is known and nothing asked.
    let revoking = list.revoke(6, None);
    let found = judge(&revoking, Requirement::NotRequired, &of_root);
    assert_eq!(found, Some(500_171));
}

#[test]
fn a_revoked_signer_says_nothing_and_nobody_vouches_for_themselves() {
    let world = World::new();
    let new = world.ca.rekeyed();
    let certificate = Draft::ca(&new, &world.root).serial(&[9]).sign(&world.root);
    let trust = world.trust(&[&certificate]);
    let list = Crl::read(
        List::of(&new).der(&new),
        &world.ca_certificate,
        &trust,
        100_000,
    )
    .unwrap();
    let judge = |of_root: List, signer: &Holder| {
        let of_root = Crl::read(
            of_root.der(signer),
            &world.root_certificate,
            &trust,
            100_000,
        );
        let mut revocation = Revocation::none();
        let of_root = match of_root {
            Ok(list) => RevocationList::Ready(list.into()),
            Err(fault) => RevocationList::Missing(fault),
        };
        revocation.set(&world.root_certificate, of_root);
        revocation.set(
            &world.ca_certificate,
            Sources::from(RevocationList::Ready(list.clone().into())),
        );
        code(&world.check(&trust, &revocation, NOW))
    };
    let of_root = List::of(&world.root);
    assert_eq!(judge(of_root.clone(), &world.root), None);
    assert_eq!(
        judge(of_root.clone().revoke(9, None), &world.root),
        Some(2_205_015)
    );
    assert_eq!(
        judge(of_root.window(-3600, -1), &world.root),
        Some(2_205_015)
    );
}

#[test]
fn a_self_issued_signer_is_good_by_a_list_of_the_old_key_and_not_by_its_own() {
    let world = World::new();
    let new = world.ca.rekeyed();
    let certificate = Draft::ca(&new, &world.ca)
        .serial(&[9])
        .with(distribution_points(&[&[at(HERE)]]))
        .sign(&world.ca);
    let trust = world.trust(&[&certificate]);
    let read = |list: List, signer: &Holder| {
        let list = Crl::read(list.der(signer), &world.ca_certificate, &trust, 100_000).unwrap();
        RevocationList::Ready(list.into())
    };
    let judge = |lists: Vec<RevocationList>| {
        let mut revocation = Revocation::none();
        let sources = Sources {
            lists,
            ..Sources::default()
        };
        revocation.set(&world.ca_certificate, sources);
        code(&world.check(&trust, &revocation, NOW))
    };
    let of_new = || read(List::of(&new), &new);
    let of_old = || List::of(&world.ca).scope(&[at(HERE)]);
    assert_eq!(judge(vec![of_new()]), Some(2_205_015));
    assert_eq!(judge(vec![of_new(), read(of_old(), &world.ca)]), None);
    let revoked = read(of_old().revoke(9, None), &world.ca);
    assert_eq!(judge(vec![of_new(), revoked]), Some(2_205_015));
}
