//! The oracles notice what they are there for.

use std::collections::BTreeSet;

use oracles::differences;
use oracles::judges::Opinion;
use oracles::keys::Pool;
use oracles::lists::{self, NotWrittenDown, Status};
use oracles::plan::{Kind, Plan, plan};
use oracles::run::{self, Case};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

/// A judgement of ours that were wrong would be seen, whichever way it was wrong.
#[test]
fn a_verdict_that_is_turned_round_is_noticed() {
    let mut noticed = [0, 0];
    let mut turned = [0, 0];
    for mut case in cases(60) {
        assert_eq!(case.troubles(), Vec::<String>::new());
        let agreed = |case: &Case| {
            case.paths
                .iter()
                .position(|on| on.ours.holds() == on.openssl.holds())
        };
        let Some(at) = agreed(&case) else { continue };
        let holds = case.paths[at].ours.holds();
        case.paths[at].ours = if holds {
            Opinion::Fails("Signature -: turned round".to_owned())
        } else {
            Opinion::Holds(Some(BTreeSet::new()))
        };
        turned[usize::from(holds)] += 1;
        noticed[usize::from(holds)] += usize::from(!case.troubles().is_empty());
    }
    let [accepted, refused] = noticed;
    assert!(turned.iter().all(|turned| *turned > 5), "{turned:?}");
    // Most: a difference that the case shows anyway may explain the turned one too.
    assert!(accepted * 4 >= turned[0] * 3, "{noticed:?} of {turned:?}");
    assert!(refused * 4 >= turned[1] * 3, "{noticed:?} of {turned:?}");
}

/// A search that loses a path would be seen.
#[test]
fn a_path_that_the_search_does_not_find_is_noticed() {
    let mut lost = 0;
    for mut case in cases(30) {
        if case.whole.holds() {
            case.whole = Opinion::Fails("lost".to_owned());
            assert!(!case.troubles().is_empty());
            lost += 1;
        }
    }
    assert!(lost > 3);
}

/// What is broken at the leaf and fatal in every PKI is refused by us, whatever others say.
#[test]
fn a_leaf_that_is_broken_is_refused() {
    let fatal = [
        Kind::Expired,
        Kind::NotYetValid,
        Kind::SignatureFlipped,
        Kind::ContentFlipped,
        Kind::SignedByAnother,
        Kind::IssuerRenamed,
        Kind::AlgorithmsDiffer,
        Kind::KeyUsageOther,
        Kind::PurposeOther,
        Kind::UnknownCritical,
        Kind::ExtensionTwice,
        Kind::AuthorityKeyOther,
        Kind::VersionOne,
        Kind::IssuerEmpty,
        Kind::ExtensionTrailing,
        Kind::CertificateTrailing,
    ];
    let keys = Pool::mint().expect("keys");
    let mut accepted_before = 0;
    for mut plan in plans(40) {
        plan.fault = None;
        plan.leaf.common.identifiers = oracles::plan::Identifiers::Both;
        let sound = run::judge(plan.clone(), &keys).expect("a case");
        if !sound.whole.holds() {
            continue;
        }
        accepted_before += 1;
        for kind in fatal {
            plan.fault = Some(oracles::plan::Fault { at: 0, kind });
            let case = run::judge(plan.clone(), &keys).expect("a case");
            let certain = kind != Kind::AuthorityKeyOther || has_identifiers(&plan);
            assert!(!case.whole.holds() || !certain, "{kind:?} is accepted");
        }
    }
    assert!(accepted_before > 5);
}

/// Each difference has a name of its own and a sentence that decides it.
#[test]
fn each_difference_is_decided_by_a_sentence() {
    let mut names = BTreeSet::new();
    for difference in differences::all() {
        assert!(names.insert(difference.name), "twice: {}", difference.name);
        assert!(
            ["RFC ", "X.690 ", "directory"]
                .iter()
                .any(|source| difference.decides.contains(source)),
            "{}",
            difference.name
        );
    }
    assert!(names.len() > 30);
}

/// A list that is read wrongly would be seen.
#[test]
fn a_status_that_is_turned_round_is_noticed() {
    let world = oracles::world::World::new(oracles::keys::Key::p256).expect("a world");
    let plain = lists::Plan {
        bases: vec![lists::Base {
            number: 1,
            window: lists::Window::Open,
            leaf: Some(None),
            others: 1,
            scope: lists::Scope::Everything,
            impostor: false,
            flipped: false,
            unknown: false,
        }],
        delta: None,
    };
    let mut case = lists::judge(plain, &world).expect("a case");
    assert_eq!(
        (&case.ours, &case.openssl),
        (&Status::Revoked, &Status::Revoked)
    );
    assert_eq!(case.difference(), Ok(None));
    case.ours = Status::Good;
    assert_eq!(case.difference(), Err(NotWrittenDown));
}

/// Whether the key identifier of the leaf's issuer is always there to differ from.
fn has_identifiers(plan: &Plan) -> bool {
    use oracles::plan::Identifiers::{Both, Full, Own};
    let own = |identifiers| matches!(identifiers, Both | Full | Own);
    plan.authorities
        .iter()
        .map(|authority| &authority.says)
        .chain(plan.crosses.iter().map(|cross| &cross.says))
        .all(|says| own(says.common.identifiers))
}

fn cases(count: usize) -> Vec<Case> {
    let keys = Pool::mint().expect("keys");
    plans(count)
        .into_iter()
        .map(|plan| run::judge(plan, &keys).expect("a case"))
        .collect()
}

fn plans(count: usize) -> Vec<Plan> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| plan().new_tree(&mut runner).expect("a plan").current())
        .collect()
}
