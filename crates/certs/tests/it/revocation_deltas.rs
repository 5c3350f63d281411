use certs::{CrlFault, Requirement, RevocationList, Sources};

use crate::mint::{AUTHORITY_KEY_IDENTIFIER, Holder, extension, tlv, uri};
use crate::pki::NOW;
use crate::revocation_mint::{CRL_NUMBER, HOLD, List, REMOVE, World, code, full_name};

/// Changes list 7, as number 8.
fn delta(world: &World) -> List {
    List::of(&world.ca).delta(7).number(&[8])
}

#[test]
fn a_delta_revokes_what_its_list_does_not() {
    let world = World::new();
    let list = world.ready(&List::of(&world.ca));
    assert_eq!(world.code(vec![list.clone()], vec![]), None);
    let good = world.ready(&delta(&world).revoke(5, None));
    assert_eq!(world.code(vec![list.clone()], vec![good]), None);
    let revoked = world.ready(&delta(&world).revoke(6, None));
    assert_eq!(world.code(vec![list], vec![revoked]), Some(500_171));
}

#[test]
fn a_delta_takes_a_certificate_off_the_list() {
    let world = World::new();
    let list = world.ready(&List::of(&world.ca).revoke(6, Some(HOLD)));
    assert_eq!(world.code(vec![list.clone()], vec![]), Some(500_171));
    let removal = world.ready(&delta(&world).revoke(6, Some(REMOVE)));
    assert_eq!(world.code(vec![list.clone()], vec![removal]), None);
    let silent = world.ready(&delta(&world));
    assert_eq!(world.code(vec![list], vec![silent]), Some(500_171));
}

#[test]
fn a_delta_outside_its_window_is_never_used() {
    let world = World::new();
    for (from, until) in [(-3600, -1), (1, 3600)] {
        let late = world.ready(&delta(&world).window(from, until));
        let list = world.ready(&List::of(&world.ca));
        assert_eq!(world.code(vec![list], vec![late]), Some(500_178));
        let removal = delta(&world).revoke(6, Some(REMOVE)).window(from, until);
        let hold = world.ready(&List::of(&world.ca).revoke(6, Some(HOLD)));
        let removal = world.ready(&removal);
        // The list alone still revokes.
        assert_eq!(world.code(vec![hold], vec![removal]), Some(500_171));
    }
}

#[test]
fn a_delta_past_its_date_makes_nobody_good_in_the_time_of_grace() {
    let world = World::new();
    let late = |reason| delta(&world).revoke(6, reason).window(-3600, -1);
    let judge = |list: List, delta: List| {
        let sources = Sources {
            requirement: Requirement::Grace { hours: 1 },
            lists: vec![world.ready(&list)],
            deltas: vec![world.ready(&delta)],
        };
        code(&world.judge(sources, NOW))
    };
    let list = List::of(&world.ca);
    let hold = list.clone().revoke(6, Some(HOLD));
    assert_eq!(judge(list.clone(), delta(&world).window(-3600, -1)), None);
    assert_eq!(judge(list, late(None)), Some(500_171));
    assert_eq!(judge(hold, late(Some(REMOVE))), Some(500_171));
}

#[test]
fn of_several_deltas_the_newest_counts() {
    let world = World::new();
    let list = world.ready(&List::of(&world.ca));
    let hold = world.ready(&delta(&world).revoke(6, Some(HOLD)));
    let removal = world.ready(&delta(&world).revoke(6, Some(REMOVE)).number(&[9]));
    let both = vec![hold.clone(), removal.clone()];
    assert_eq!(world.code(vec![list.clone()], both), None);
    let both = vec![removal, hold.clone()];
    assert_eq!(world.code(vec![list.clone()], both), None);
    // The newest is past its date: what it replaces makes nobody good, and still refuses.
    let late = || world.ready(&delta(&world).number(&[9]).window(-3600, -1));
    let old = world.ready(&delta(&world));
    assert_eq!(
        world.code(vec![list.clone()], vec![late(), old]),
        Some(500_178)
    );
    assert_eq!(world.code(vec![list], vec![late(), hold]), Some(500_171));
}

#[test]
fn a_delta_that_starts_from_a_later_list_does_not_fit() {
    let world = World::new();
    let list = world.ready(&List::of(&world.ca));
    let far = world.ready(&List::of(&world.ca).delta(8).number(&[9]));
    assert_eq!(world.code(vec![list], vec![far]), Some(500_178));
    let without = world.ready(&List::of(&world.ca).without(CRL_NUMBER));
    let fitting = world.ready(&delta(&world));
    assert_eq!(world.code(vec![without], vec![fitting]), Some(500_178));
}

#[test]
fn a_delta_that_is_not_newer_than_the_list_says_nothing() {
    let world = World::new();
    let list = world.ready(&List::of(&world.ca).number(&[8]));
    let old = world.ready(&delta(&world).revoke(6, Some(HOLD)));
    assert_eq!(world.code(vec![list], vec![old]), None);
}

#[test]
fn a_delta_of_another_scope_or_key_identifier_belongs_to_no_list() {
    let world = World::new();
    let list = world.ready(&List::of(&world.ca));
    let partition = full_name(&uri("http://crl.meridian.example/1.crl"));
    let strays = [
        delta(&world).scope(&[partition]),
        delta(&world).without(AUTHORITY_KEY_IDENTIFIER),
    ];
    for stray in strays {
        let stray = world.ready(&stray);
        assert_eq!(world.code(vec![list.clone()], vec![stray]), Some(500_178));
    }
}

#[test]
fn a_delta_that_is_configured_has_to_be_there() {
    let world = World::new();
    let list = world.ready(&List::of(&world.ca));
    let missing = RevocationList::Missing(CrlFault::Status(404));
    assert_eq!(world.code(vec![list], vec![missing]), Some(500_173));
}

#[test]
fn of_two_entries_for_one_number_the_one_that_revokes_counts() {
    let world = World::new();
    let base = || vec![world.ready(&List::of(&world.ca).revoke(6, Some(HOLD)))];
    let [removes, revokes] = [Some(REMOVE), Some(1)];
    for (entries, expected) in [
        ([removes, removes], None),
        ([removes, revokes], Some(500_171)),
        ([revokes, removes], Some(500_171)),
    ] {
        let delta = entries
            .into_iter()
            .fold(delta(&world), |delta, reason| delta.revoke(6, reason));
        let found = world.code(base(), vec![world.ready(&delta)]);
        assert_eq!(found, expected, "{entries:?}");
    }
}

#[test]
fn a_delta_alone_is_no_list() {
    let world = World::new();
    let delta = world.ready(&delta(&world));
    assert_eq!(world.code(vec![], vec![delta.clone()]), Some(500_177));
    assert_eq!(world.code(vec![delta], vec![]), Some(500_175));
}

#[test]
fn numbers_never_go_back() {
    let world = World::new();
    let list = |number: &[u8]| {
        world
            .read(List::of(&world.ca).number(number).der(&world.ca))
            .unwrap()
    };
    let ascending: [&[u8]; 5] = [&[0], &[9], &[10], &[1, 0], &[0, 0xff, 0xff]];
    for (index, number) in ascending.iter().enumerate() {
        for (other_index, other) in ascending.iter().enumerate() {
            let newer = index > other_index;
            assert_eq!(
                list(number).supersedes(&list(other)),
                newer,
                "{number:?} {other:?}"
            );
        }
    }
    let unnumbered = |from| {
        let list = List::of(&world.ca).without(CRL_NUMBER).window(from, 3600);
        world.read(list.der(&world.ca)).unwrap()
    };
    assert!(unnumbered(-60).supersedes(&unnumbered(-61)));
    assert!(!unnumbered(-60).supersedes(&unnumbered(-60)));
    // A list without number may be an old one: it does not replace one that has a number.
    assert!(!unnumbered(-60).supersedes(&list(&[1])));
    assert!(list(&[1]).supersedes(&unnumbered(-7200)));
}

#[test]
fn of_several_lists_the_newest_counts_even_when_it_is_past_its_date() {
    let world = World::new();
    let old = world.ready(&List::of(&world.ca));
    let newer = List::of(&world.ca).number(&[8]);
    let revoked = world.ready(&newer.clone().revoke(6, None));
    assert_eq!(
        world.code(vec![old.clone(), revoked.clone()], vec![]),
        Some(500_171)
    );
    assert_eq!(
        world.code(vec![revoked, old.clone()], vec![]),
        Some(500_171)
    );
    let late = world.ready(&newer.clone().window(-3600, -1));
    assert_eq!(world.code(vec![old.clone(), late], vec![]), Some(500_178));
    // One that is not published yet replaces nothing.
    let early = world.ready(&newer.window(1, 3600).revoke(6, None));
    assert_eq!(world.code(vec![old, early], vec![]), None);
}

#[test]
fn a_list_that_one_past_its_date_replaces_still_revokes() {
    let world = World::new();
    let compromise = |number| {
        List::of(&world.ca)
            .number(&[number])
            .scope(&[tlv(0x83, &[5, 0x60])])
    };
    let everything = || world.ready(&List::of(&world.ca));
    let past = || world.ready(&compromise(9).window(-7200, -3600));
    // The list of everything makes the leaf good, whatever is not known of one reason.
    let old = || world.ready(&compromise(8));
    assert_eq!(world.code(vec![everything(), past(), old()], vec![]), None);
    let revoking = || world.ready(&compromise(8).revoke(6, Some(1)));
    let revoked = Some(certs::code::REVOKED);
    assert_eq!(
        world.code(vec![everything(), past(), revoking()], vec![]),
        revoked
    );
    assert_eq!(world.code(vec![revoking(), past()], vec![]), revoked);
    // A later one that counts takes its place.
    let open = world.ready(&compromise(9));
    assert_eq!(
        world.code(vec![everything(), open, revoking()], vec![]),
        None
    );
    // One that covers others, or is past its own date, says nothing.
    let of_cas = |number| {
        List::of(&world.ca)
            .number(&[number])
            .scope(&[tlv(0x82, &[0xff])])
    };
    let elsewhere = vec![
        everything(),
        world.ready(&of_cas(9).window(-7200, -3600)),
        world.ready(&of_cas(8).revoke(6, None)),
    ];
    assert_eq!(world.code(elsewhere, vec![]), None);
    let older = compromise(8).revoke(6, Some(1)).window(-9000, -3600);
    assert_eq!(
        world.code(vec![everything(), past(), world.ready(&older)], vec![]),
        None
    );
}

#[test]
fn a_delta_that_fits_no_list_still_revokes_until_a_list_knows_what_it_knows() {
    let world = World::new();
    // What the numbers of another scope are says nothing here.
    let users = List::of(&world.ca)
        .number(&[99])
        .scope(&[tlv(0x81, &[0xff])]);
    let users = || world.ready(&users);
    let everything = |number: u8, from, until| {
        let list = List::of(&world.ca).number(&[number]);
        world.ready(&list.window(from, until))
    };
    let revoked = Some(500_171);
    let code = |list, delta: List| world.code(vec![users(), list], vec![world.ready(&delta)]);
    // Its list is past its date; and it begins at a later one.
    let revoking = || delta(&world).revoke(6, Some(1));
    assert_eq!(code(everything(7, -7200, -3600), revoking()), revoked);
    assert_eq!(code(everything(6, -3600, 3600), revoking()), revoked);
    assert_eq!(code(everything(6, -3600, 3600), delta(&world)), None);
    assert_eq!(code(everything(8, -3600, 3600), revoking()), None);
    let late = revoking().window(-7200, -3600);
    assert_eq!(code(everything(7, -7200, -3600), late), None);
    // Of two deltas the newer counts, where it does at all.
    let two = |number: u8, from, until| {
        let newer = delta(&world).number(&[number]).window(from, until);
        let deltas = vec![world.ready(&revoking()), world.ready(&newer)];
        world.code(vec![users(), everything(7, -7200, -3600)], deltas)
    };
    assert_eq!(two(9, -60, 3600), None);
    assert_eq!(two(9, -7200, -60), revoked);
}

#[test]
fn a_delta_without_number_is_no_delta_and_removals_stand_in_deltas_only() {
    let world = World::new();
    let refused = [
        delta(&world).without(CRL_NUMBER),
        List::of(&world.ca).revoke(6, Some(REMOVE)),
    ];
    for list in refused {
        let fault = world.read(list.der(&world.ca)).unwrap_err();
        assert!(matches!(fault, CrlFault::Forbidden(_)), "{fault}");
    }
}

#[test]
fn a_delta_of_another_key_is_not_used_with_the_list() {
    let world = World::new();
    let other = Holder::named(world.ca.name.clone());
    let certificate = crate::mint::Draft::ca(&other, &world.root)
        .serial(&[3])
        .sign(&world.root);
    let trust = world.trust(&[&certificate]);
    let delta = delta(&world)
        .without(AUTHORITY_KEY_IDENTIFIER)
        .revoke(6, Some(REMOVE));
    let delta =
        certs::Crl::read(delta.der(&other), &world.ca_certificate, &trust, 100_000).unwrap();
    let list = List::of(&world.ca).without(AUTHORITY_KEY_IDENTIFIER);
    let list = list.revoke(6, Some(HOLD));
    let mut revocation = certs::Revocation::none();
    let sources = Sources {
        lists: vec![world.ready(&list)],
        deltas: vec![RevocationList::Ready(delta.into())],
        ..Sources::default()
    };
    revocation.set(&world.ca_certificate, sources);
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), Some(500_171));
}

#[test]
fn a_list_whose_delta_does_not_fit_revokes_whatever_another_list_says() {
    let world = World::new();
    let revokes = world.ready(&List::of(&world.ca).revoke(6, None));
    let users = List::of(&world.ca).scope(&[tlv(0x81, &[0xff])]);
    let users = world.ready(&users);
    let later = world.ready(&List::of(&world.ca).delta(9).number(&[10]));
    assert_eq!(world.code(vec![revokes, users], vec![later]), Some(500_171));
}

#[test]
fn a_number_has_at_most_20_octets_and_is_not_negative() {
    let world = World::new();
    for refused in [&[0x80][..], &[1; 21], &[]] {
        let list = List::of(&world.ca).with(extension(CRL_NUMBER, tlv(2, refused)));
        assert!(world.read(list.der(&world.ca)).is_err(), "{refused:?}");
    }
    let mut most = vec![0];
    most.extend([0xff; 20]);
    assert!(
        world
            .read(List::of(&world.ca).number(&most).der(&world.ca))
            .is_ok()
    );
}
