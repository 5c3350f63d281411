//! Pools with more than one way up: renewed and expired twins, cross-certificates, meshes, dead
//! ends. In every order of the pool the verdict is the same.

use std::sync::Arc;

use certs::{
    Authority, Certificate, Check, Crl, Presented, Refused, Revocation, RevocationList, Role,
    Settings, TrustStore, ValidPath, validate,
};
use proptest::prelude::*;

use crate::mint::*;
use crate::pki::{NOT_AFTER, NOT_BEFORE, NOW};

#[test]
fn an_expired_twin_hides_nothing_in_any_order() {
    let [root, ca, lee] = holders();
    let pool = vec![
        root_of(&root),
        ca_of(Draft::ca(&ca, &root).valid(NOT_BEFORE, NOW.plus(-1)), &root),
        ca_of(Draft::ca(&ca, &root).serial(&[2]), &root),
        ca_of(Draft::ca(&ca, &root).valid(NOW.plus(1), NOT_AFTER), &root),
    ];
    let leaf = Draft::leaf(&lee, &ca).der(&ca);
    assert_eq!(in_every_order(&pool, &leaf), Ok(vec![2, 0]));
    let expired: Vec<Authority> = [0, 1].map(|index: usize| pool[index].clone()).into();
    assert_eq!(in_every_order(&expired, &leaf), Err(Check::Time));
}

#[test]
fn a_rekeyed_twin_hides_nothing_with_key_identifiers_or_without() {
    let [root, ca, lee] = holders();
    let new = ca.rekeyed();
    for identifiers in [true, false] {
        let draft = |draft: Draft| {
            if identifiers {
                draft
            } else {
                draft
                    .without(SUBJECT_KEY_IDENTIFIER)
                    .without(AUTHORITY_KEY_IDENTIFIER)
            }
        };
        let pool = vec![
            root_of(&root),
            ca_of(draft(Draft::ca(&ca, &root)), &root),
            ca_of(draft(Draft::ca(&new, &root)), &root),
        ];
        for (key, index) in [(&ca, 1), (&new, 2)] {
            let leaf = draft(Draft::leaf(&lee, key)).der(key);
            assert_eq!(in_every_order(&pool, &leaf), Ok(vec![index, 0]));
        }
        // Signed by neither.
        let third = ca.rekeyed();
        let leaf = draft(Draft::leaf(&lee, &third)).der(&third);
        let expected = if identifiers {
            Check::Path
        } else {
            Check::Signature
        };
        assert_eq!(in_every_order(&pool, &leaf), Err(expected));
    }
}

#[test]
fn twins_that_are_dead_ends_hide_nothing() {
    let [root, ca, lee] = holders();
    let [top, policy, _] = ["Top", "Policy CA", ""].map(Holder::new);
    let dead_ends: [(&str, Draft); 6] = [
        (
            "names",
            Draft::ca(&ca, &top).with(name_constraints(&[], &[directory(&lee.name)])),
        ),
        (
            "length",
            Draft::ca(&ca, &top).with(basic_constraints(true, Some(0))),
        ),
        (
            "policy",
            Draft::ca(&ca, &top).with(policy_constraints(Some(0), None)),
        ),
        ("usage", Draft::ca(&ca, &top).with(key_usage(&[6]))),
        (
            "purpose",
            Draft::ca(&ca, &top).with(extended_key_usage(&["1.3.6.1.5.5.7.3.1"])),
        ),
        (
            "unknown",
            Draft::ca(&ca, &top).with(extension("1.3.9", vec![5, 0]).critical(true)),
        ),
    ];
    for (what, twin) in dead_ends {
        // leaf <- policy <- ca <- { top: the dead end, root }; both tops are anchors, and the dead
        // end is the shorter way as often as the longer one.
        let pool = vec![
            root_of(&root),
            root_of(&top),
            ca_of(twin, &top),
            ca_of(Draft::ca(&ca, &root), &root),
            ca_of(Draft::ca(&policy, &ca), &ca),
        ];
        let leaf = Draft::leaf(&lee, &policy).der(&policy);
        assert_eq!(in_every_order(&pool, &leaf), Ok(vec![4, 3, 0]), "{what}");
        let alone: Vec<Authority> = [1, 2, 4].map(|index: usize| pool[index].clone()).into();
        let expected = match what {
            "names" => Check::NameConstraints,
            "policy" => Check::Policies,
            "purpose" => Check::Purpose,
            _ => Check::Constraints,
        };
        assert_eq!(in_every_order(&alone, &leaf), Err(expected), "{what}");
    }
}

#[test]
fn bridges_lead_on_where_the_straight_way_ends() {
    let names = ["Root A", "Root B", "Bridge", "CA B", "Lee"];
    let [a, b, bridge, ca, lee] = names.map(Holder::new);
    let pool = vec![
        root_of(&a),
        ca_of(Draft::ca(&bridge, &a), &a),
        ca_of(Draft::ca(&a, &bridge), &bridge),
        ca_of(Draft::ca(&b, &bridge), &bridge),
        ca_of(Draft::ca(&bridge, &b), &b),
        ca_of(Draft::ca(&ca, &b), &b),
    ];
    let leaf = Draft::leaf(&lee, &ca).der(&ca);
    assert_eq!(in_every_order(&pool, &leaf), Ok(vec![5, 3, 1, 0]));
}

#[test]
fn a_full_mesh_of_cross_certificates_is_walked_in_any_order_of_the_pool() {
    let cas: Vec<Holder> = (0..12).map(|n| Holder::new(&format!("CA {n}"))).collect();
    let lee = Holder::new("Lee");
    let mut pool = vec![root_of(&cas[0])];
    for (n, subject) in cas.iter().enumerate() {
        for (m, issuer) in cas.iter().enumerate().filter(|(m, _)| *m != n) {
            // Only along the ring from the last to the first do the policies hold.
            let draft = Draft::ca(subject, issuer);
            let holds = n == m + 1;
            let asserted = if holds {
                policies(&["1.3.1"])
            } else {
                policies(&["1.3.2"])
            };
            pool.push(ca_of(draft.with(asserted), issuer));
        }
    }
    let leaf = Draft::leaf(&lee, &cas[3])
        .with(policies(&["1.3.1"]))
        .der(&cas[3]);
    let settings = Settings {
        explicit_policy: true,
        ..Settings::default()
    };
    let ring: Vec<String> = ["CA 3", "CA 2", "CA 1", "CA 0"].map(String::from).into();
    for turn in 0..8 {
        pool.rotate_left(17);
        if turn % 2 == 1 {
            pool.reverse();
        }
        let store = TrustStore::new(pool.clone());
        let path = judge_with(&leaf, &store, &settings).unwrap();
        let names: Vec<String> = path
            .authorities()
            .iter()
            .map(|ca| ca.subject().short())
            .collect();
        assert_eq!(names, ring);
    }
}

#[test]
fn a_ca_that_is_there_as_a_root_and_as_another_is_a_root() {
    let [root, _, lee] = holders();
    let leaf = Draft::leaf(&lee, &root).der(&root);
    let mut pool = vec![root_of(&root); 2];
    pool[0].role = Role::Intermediate;
    assert!(verdict(&pool, &leaf).is_ok());
    pool.reverse();
    assert!(verdict(&pool, &leaf).is_ok());
}

#[test]
fn a_revoked_way_refuses_nobody_whom_another_way_leads_to_but_a_revoked_leaf_is_refused() {
    let [root, ca, lee] = holders();
    let pool = vec![
        root_of(&root),
        ca_of(Draft::ca(&ca, &root).serial(&[2]), &root),
        ca_of(Draft::ca(&ca, &root).serial(&[3]), &root),
    ];
    let leaf = Draft::leaf(&lee, &ca).serial(&[9]).der(&ca);
    let store = TrustStore::new(pool.clone());
    let judge = |by_root: &[u8], by_first: &[u8], by_second: &[u8]| {
        let mut lists = Revocation::none();
        let revoked = [(&root, by_root), (&ca, by_first), (&ca, by_second)];
        for (authority, (holder, revoked)) in pool.iter().zip(revoked) {
            let authority = &authority.certificate;
            let list = Crl::read(crl(holder, revoked), authority, &store, 1_000).unwrap();
            lists.set(authority, RevocationList::Ready(Arc::new(list)));
        }
        let path = outcome(&store, &leaf).unwrap().check(&lists, NOW);
        path.map(|path| path.authorities()[0].serial().to_vec())
            .map_err(|refused| refused.code())
    };
    assert_eq!(judge(&[2], &[], &[]), Ok(vec![3]));
    assert_eq!(judge(&[3], &[], &[]), Ok(vec![2]));
    let revoked = Err(certs::code::REVOKED);
    assert_eq!(judge(&[2, 3], &[], &[]), revoked);
    assert_eq!(judge(&[], &[9], &[9]), revoked);
    // The list of the way that is tried first says it of the leaf: no other way is tried.
    let first_is_2 = judge(&[], &[], &[]) == Ok(vec![2]);
    let found = if first_is_2 {
        judge(&[], &[9], &[])
    } else {
        judge(&[], &[], &[9])
    };
    assert_eq!(found, revoked);
}

/// Random pools of four CAs and a root, each certificate perhaps broken.
#[derive(Clone, Debug)]
struct Edge {
    subject: usize,
    issuer: usize,
    fault: usize,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_the_pool_changes_nothing_and_less_trust_accepts_no_more(
        edges in prop::collection::vec(
            (0..5_usize, 0..5_usize, 0..9_usize)
                .prop_map(|(subject, issuer, fault)| Edge { subject, issuer, fault }),
            1..12,
        ),
        last in 0..5_usize,
        shuffle in any::<prop::sample::Index>(),
        removed in any::<prop::sample::Index>(),
    ) {
        thread_local!(static CAS: Vec<Holder> = (0..6).map(|n| Holder::new(&format!("CA {n}"))).collect());
        CAS.with(|cas| {
            let mut pool = vec![root_of(&cas[0])];
            pool.extend(edges.iter().map(|edge| {
                let (subject, issuer) = (&cas[edge.subject], &cas[edge.issuer]);
                ca_of(faulty(Draft::ca(subject, issuer), edge.fault), issuer)
            }));
            let leaf = Draft::leaf(&cas[5], &cas[last]).der(&cas[last]);
            let straight = verdict(&pool, &leaf);
            let mut turned = pool.clone();
            turned.rotate_left(shuffle.index(pool.len()));
            prop_assert_eq!(&straight, &verdict(&turned, &leaf));
            turned.reverse();
            prop_assert_eq!(&straight, &verdict(&turned, &leaf));
            // The same certificate twice is there once.
            turned.extend(pool.clone());
            prop_assert_eq!(&straight, &verdict(&turned, &leaf));
            let mut less = pool.clone();
            less.remove(removed.index(pool.len()));
            if straight.is_err() {
                prop_assert!(verdict(&less, &leaf).is_err());
            }
            Ok(())
        })?;
    }
}

fn faulty(draft: Draft, fault: usize) -> Draft {
    match fault {
        0 => draft.with(basic_constraints(true, Some(0))),
        1 => draft.with(basic_constraints(true, Some(1))),
        2 => draft.with(name_constraints(
            &[],
            &[directory(&name(&[("2.5.4.3", "CA 3")]))],
        )),
        3 => draft.with(policy_constraints(Some(1), None)),
        4 => draft.with(extended_key_usage(&["1.3.6.1.5.5.7.3.1"])),
        5 => draft.valid(NOT_BEFORE, NOW.plus(-1)),
        _ => draft,
    }
}

/// The path's fingerprints, or the refusal's whole trace.
fn verdict(pool: &[Authority], leaf: &[u8]) -> Result<Vec<Certificate>, Refused> {
    outcome(&TrustStore::new(pool.to_vec()), leaf)?
        .check(&Revocation::none(), NOW)
        .map(|path| path.authorities().to_vec())
}

fn outcome(store: &TrustStore, leaf: &[u8]) -> Result<ValidPath, Refused> {
    let presented = Presented {
        certificates: vec![leaf.to_vec()],
    };
    validate(&presented, store, &Settings::default(), NOW)
}

/// The verdict, which every order of the pool agrees on: the places in the pool of the path's CAs,
/// or the check that refused.
fn in_every_order(pool: &[Authority], leaf: &[u8]) -> Result<Vec<usize>, Check> {
    let first = verdict(pool, leaf);
    let mut order: Vec<usize> = (0..pool.len()).collect();
    let mut seen = 1;
    while next_order(&mut order) {
        let turned: Vec<Authority> = order.iter().map(|index| pool[*index].clone()).collect();
        assert_eq!(verdict(&turned, leaf), first, "{order:?}");
        seen += 1;
    }
    assert_eq!(seen, (1..=pool.len()).product::<usize>());
    match first {
        Ok(path) => Ok(path
            .iter()
            .map(|ca| pool.iter().position(|it| it.certificate == *ca).unwrap())
            .collect()),
        Err(refused) => Err(refused.trace.failure().unwrap().check),
    }
}

/// The next permutation in lexicographic order.
fn next_order(order: &mut [usize]) -> bool {
    let Some(rise) = order.windows(2).rposition(|pair| pair[0] < pair[1]) else {
        return false;
    };
    let swap = order.iter().rposition(|it| *it > order[rise]).unwrap();
    order.swap(rise, swap);
    order[rise + 1..].reverse();
    true
}

pub(crate) fn holders() -> [Holder; 3] {
    ["Root CA", "Issuing CA", "Lee Park"].map(Holder::new)
}

pub(crate) fn root_of(holder: &Holder) -> Authority {
    Authority {
        certificate: Draft::ca(holder, holder).sign(holder),
        role: Role::Root,
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "drafts are written where they are used"
)]
pub(crate) fn ca_of(draft: Draft, issuer: &Holder) -> Authority {
    Authority {
        certificate: draft.sign(issuer),
        role: Role::Intermediate,
    }
}
