//! Reading lists: what is refused, and that the table finds what a linear scan finds.

use certs::{CrlFault, RevocationList};
use proptest::prelude::*;

use crate::mint::{extension, generalized_time, oid, sequence, tlv};
use crate::pki::NOW;
use crate::revocation_mint::{CRL_NUMBER, HOLD, List, REASON, SCOPE, World, code};

#[test]
fn one_entry_that_cannot_be_judged_spoils_the_list() {
    let world = World::new();
    let list = || List::of(&world.ca).revoke(5, None);
    let raw = |parts: &[Vec<u8>]| {
        let mut list = list();
        list.entries.push(sequence(parts));
        list
    };
    let serial = || tlv(2, &[7]);
    let time = || generalized_time(NOW);
    let unknown = extension("1.2.3.4", tlv(5, &[]));
    let reason = extension(REASON, tlv(10, &[1]));
    let spoiled = [
        list().entry(&[7], &[unknown.clone().critical(true)]),
        list().entry(&[7], &[reason.clone(), reason.clone()]),
        list().entry(&[7], &[extension(REASON, tlv(10, &[1, 1]))]),
        list().entry(&[7], &[extension(REASON, tlv(2, &[1]))]),
        list().entry(&[0, 7], &[]),
        list().entry(&[], &[]),
        raw(&[serial()]),
        raw(&[serial(), tlv(0x17, b"260931080000Z")]),
        raw(&[serial(), tlv(0x17, b"2609220800Z")]),
        raw(&[serial(), time(), sequence(&[])]),
        raw(&[serial(), time(), sequence(&[reason.der()]), tlv(5, &[])]),
        raw(&[serial(), time(), tlv(5, &[])]),
    ];
    for (index, list) in spoiled.iter().enumerate() {
        assert!(world.read(list.der(&world.ca)).is_err(), "{index}");
    }
    assert!(
        world
            .read(list().entry(&[7], &[unknown]).der(&world.ca))
            .is_ok()
    );
}

#[test]
fn a_list_that_the_standard_forbids_is_not_read() {
    let world = World::new();
    let list = || List::of(&world.ca);
    let change = |change: &dyn Fn(&mut List)| {
        let mut changed = list();
        change(&mut changed);
        changed
    };
    let unknown = extension("1.2.3.4", tlv(5, &[]));
    let refused = [
        change(&|list| list.version = Vec::new()),
        change(&|list| list.version = tlv(2, &[2])),
        list().with(extension(CRL_NUMBER, tlv(2, &[7])).critical(true)),
        change(&|list| list.next_update = Vec::new()),
        change(&|list| list.this_update = tlv(0x17, b"260922080000+0200")),
        change(&|list| list.inner = sequence(&[oid("1.2.840.10045.4.3.3")])),
        change(&|list| list.issuer = sequence(&[])),
        change(&|list| list.extensions.push(list.extensions[0].clone())),
        list().with(unknown.clone().critical(true)),
        list().with(extension(SCOPE, tlv(5, &[]))),
    ];
    for (index, list) in refused.iter().enumerate() {
        assert!(world.read(list.der(&world.ca)).is_err(), "{index}");
    }
    assert!(world.read(list().with(unknown).der(&world.ca)).is_ok());
    let mut longer = list().der(&world.ca);
    longer.push(0);
    assert!(matches!(world.read(longer), Err(CrlFault::NotDer(_))));
    let mut version_1 = change(&|list| list.version = Vec::new());
    version_1.extensions.clear();
    let with_reason = version_1.clone().revoke(7, Some(1));
    assert!(world.read(with_reason.der(&world.ca)).is_err());
    let version_1 = version_1.revoke(7, None);
    let version_1 = world.read(version_1.der(&world.ca)).unwrap();
    assert_eq!(version_1.number(), None);
}

#[test]
fn a_list_larger_than_allowed_is_not_read() {
    let world = World::new();
    let der = List::of(&world.ca).der(&world.ca);
    let read = |most| certs::Crl::read(der.clone(), &world.ca_certificate, &world.trust(&[]), most);
    assert!(read(der.len()).is_ok());
    let most = der.len() - 1;
    let fault = read(most).unwrap_err();
    assert_eq!(fault, CrlFault::TooLarge(most as u64));
}

#[test]
fn the_time_of_the_next_publication_is_read() {
    let world = World::new();
    let read = |value| {
        let list = List::of(&world.ca).with(extension("1.3.6.1.4.1.311.21.4", value));
        world.read(list.der(&world.ca)).unwrap().next_publish()
    };
    assert_eq!(read(generalized_time(NOW.plus(60))), Some(NOW.plus(60)));
    assert_eq!(read(tlv(5, &[])), None);
}

#[test]
fn a_negative_serial_number_is_another_than_the_positive_one_of_its_bytes() {
    let world = World::new();
    let list = List::of(&world.ca).entry(&[0xff], &[]);
    let list = world.read(list.der(&world.ca)).unwrap();
    assert!(list.find(&[0xff]).is_some());
    assert!(list.find(&[0, 0xff]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_look_up_finds_what_a_linear_scan_finds(
        listed in prop::collection::vec(serial(), 0..40),
        asked in prop::collection::vec(serial(), 0..20),
    ) {
        let world = World::new();
        let mut list = List::of(&world.ca);
        for (index, serial) in listed.iter().enumerate() {
            let reason = extension(REASON, tlv(10, &[if index % 2 == 0 { 1 } else { HOLD }]));
            list = list.entry(serial, &[reason]);
        }
        let list = world.read(list.der(&world.ca)).unwrap();
        prop_assert_eq!(list.len(), listed.len());
        for serial in listed.iter().chain(&asked) {
            prop_assert_eq!(list.find(serial).is_some(), listed.contains(serial));
        }
    }

    #[test]
    fn in_which_order_lists_are_given_changes_nothing(
        drafts in prop::collection::vec((0..4_u8, -2..2_i64, 0..3_u8, any::<bool>()), 1..5),
        turn in 0..5_usize,
    ) {
        let world = World::new();
        let lists: Vec<RevocationList> = drafts
            .iter()
            .map(|(number, hours, scope, revoked)| {
                let start = hours * 3600 - 5400;
                let mut list = List::of(&world.ca).number(&[*number]).window(start, start + 7200);
                list = match scope {
                    0 => list,
                    1 => list.scope(&[tlv(0x81, &[0xff])]),
                    _ => list.scope(&[tlv(0x83, &[5, 0x60])]),
                };
                let list = if *revoked { list.revoke(6, Some(HOLD)) } else { list };
                world.ready(&list)
            })
            .collect();
        let judge = |lists: Vec<RevocationList>| {
            let sources = certs::Sources { lists, ..certs::Sources::default() };
            let outcome = world.judge(sources, NOW);
            let trace = match &outcome {
                Ok(path) => path.trace().clone(),
                Err(refused) => refused.trace.clone(),
            };
            (code(&outcome), trace)
        };
        let mut turned = lists.clone();
        turned.rotate_left(turn % lists.len());
        let mut reversed = lists.clone();
        reversed.reverse();
        let straight = judge(lists);
        prop_assert_eq!(&judge(turned), &straight);
        prop_assert_eq!(&judge(reversed), &straight);
    }
}

/// Short and long numbers, many of which end alike.
fn serial() -> impl Strategy<Value = Vec<u8>> {
    (1..0x7f_u8, prop::collection::vec(0..3_u8, 0..12)).prop_map(|(first, rest)| {
        let mut serial = vec![first];
        serial.extend(rest);
        serial
    })
}
