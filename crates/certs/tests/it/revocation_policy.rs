//! What happens when nothing is known.

use certs::{
    Check, CrlFault, Outcome, Requirement, Revocation, RevocationList, Sources, Time, TrustStore,
};

use crate::mint::Draft;
use crate::pki::NOW;
use crate::revocation_mint::{List, World, code, distribution_points};

fn judge(world: &World, requirement: Requirement, list: &List, now: Time) -> Option<u32> {
    let sources = Sources {
        requirement,
        lists: vec![world.ready(list)],
        deltas: vec![],
    };
    code(&world.judge(sources, now))
}

#[test]
fn a_list_counts_past_its_date_for_the_hours_of_grace_only() {
    let world = World::new();
    let list = List::of(&world.ca);
    let revoked = list.clone().revoke(6, None);
    let grace = Requirement::Grace { hours: 2 };
    let end = NOW.plus(3600);
    for (seconds, expected) in [(0, None), (7200, None), (7201, Some(500_178))] {
        assert_eq!(judge(&world, grace, &list, end.plus(seconds)), expected);
    }
    for seconds in [0, 7200, 7201] {
        let code = judge(&world, grace, &revoked, end.plus(seconds));
        assert_eq!(code, Some(500_171));
    }
    let closed = Requirement::FailClosed;
    assert_eq!(judge(&world, closed, &list, end), None);
    assert_eq!(judge(&world, closed, &list, end.plus(1)), Some(500_178));
}

#[test]
fn the_trace_says_that_grace_was_used() {
    let world = World::new();
    let sources = Sources {
        requirement: Requirement::Grace { hours: 2 },
        lists: vec![world.ready(&List::of(&world.ca))],
        deltas: vec![],
    };
    let said = |now| {
        let path = world.judge(sources.clone(), now).unwrap();
        let lines = path.trace().lines().iter();
        lines
            .filter(|line| line.check == Check::Revocation && line.outcome == Outcome::Passed)
            .any(|line| {
                line.found
                    .as_deref()
                    .unwrap_or_default()
                    .ends_with("time of grace")
            })
    };
    assert!(!said(NOW));
    assert!(said(NOW.plus(3601)));
}

#[test]
fn an_answer_that_is_not_required_still_refuses_the_revoked() {
    let world = World::new();
    let open = Requirement::NotRequired;
    let list = List::of(&world.ca);
    let late = list.clone().window(-3600, -1);
    assert_eq!(judge(&world, open, &late, NOW), None);
    assert_eq!(
        judge(&world, open, &list.revoke(6, None), NOW),
        Some(500_171)
    );
    assert_eq!(
        judge(&world, open, &late.revoke(6, None), NOW),
        Some(500_171)
    );
    let sources = Sources {
        requirement: open,
        lists: vec![RevocationList::Missing(CrlFault::Status(404))],
        deltas: vec![],
    };
    let path = world.judge(sources, NOW).unwrap();
    let line = path
        .trace()
        .lines()
        .iter()
        .find(|line| line.check == Check::Revocation);
    assert_eq!(line.unwrap().outcome, Outcome::NotChecked);
}

#[test]
fn lists_can_be_required_of_every_ca_that_is_not_exempt() {
    let world = World::new();
    let trust: TrustStore = world.trust(&[]);
    let mut revocation = Revocation::none();
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), None);
    revocation.require(vec![]);
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), Some(500_175));
    revocation.require(vec![world.ca.key_identifier()]);
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), None);
    // A CA that is exempt is checked where it can be.
    let missing = RevocationList::Missing(CrlFault::NotFetched);
    revocation.set(&world.ca_certificate, missing);
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), None);
    let revoked = List::of(&world.ca).revoke(6, None).window(-3600, -1);
    revocation.set(&world.ca_certificate, world.ready(&revoked));
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), Some(500_171));
}

#[test]
fn points_that_cannot_be_read_let_nobody_pass_whom_a_list_revokes() {
    let points = distribution_points(&[&[]]);
    let world = World::with(|leaf| leaf.with(points));
    let open = Requirement::NotRequired;
    let list = List::of(&world.ca);
    assert_eq!(judge(&world, open, &list, NOW), None);
    assert_eq!(
        judge(&world, open, &list.revoke(6, None), NOW),
        Some(500_171)
    );
}

#[test]
fn a_renewed_certificate_of_a_ca_is_no_way_around_its_lists() {
    let world = World::new();
    let twin = Draft::ca(&world.ca, &world.root)
        .serial(&[9])
        .sign(&world.root);
    let trust = world.trust(&[&twin]);
    let revoked = world.ready(&List::of(&world.ca).revoke(6, None));
    for certificate in [&world.ca_certificate, &twin] {
        let mut revocation = Revocation::none();
        revocation.set(certificate, revoked.clone());
        assert_eq!(code(&world.check(&trust, &revocation, NOW)), Some(500_171));
    }
    // What is said of both counts, and the strictest requirement.
    let mut revocation = Revocation::none();
    let open = Sources {
        requirement: Requirement::NotRequired,
        ..Sources::from(RevocationList::Missing(CrlFault::NotFetched))
    };
    revocation.set(&twin, open.clone());
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), None);
    let closed = RevocationList::Missing(CrlFault::NotFetched);
    revocation.set(&world.ca_certificate, closed);
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), Some(500_175));
}

#[test]
fn an_issuer_that_is_revoked_refuses_its_certificates() {
    let world = World::new();
    let trust = world.trust(&[]);
    let mut revocation = Revocation::none();
    let list = List::of(&world.root).revoke(2, Some(2)).der(&world.root);
    let list = certs::Crl::read(list, &world.root_certificate, &trust, 100_000).unwrap();
    revocation.set(&world.root_certificate, RevocationList::Ready(list.into()));
    assert_eq!(code(&world.check(&trust, &revocation, NOW)), Some(500_171));
}
