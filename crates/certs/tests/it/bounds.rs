//! Hostile sizes: what a decision takes is counted, and ends at a bound that the refusal names.

use certs::{Check, Settings, TrustStore};

use crate::bridges::{ca_of, holders, root_of};
use crate::mint::*;

#[test]
fn work_without_end_ends_in_a_refusal_that_says_so() {
    let settings = Settings {
        explicit_policy: true,
        ..Settings::default()
    };
    // Sixteen CAs that all vouch for each other, and a policy that no way leads to.
    let cas: Vec<Holder> = (0..16).map(|n| Holder::new(&format!("CA {n}"))).collect();
    let mut pool = vec![root_of(&cas[0])];
    for (n, subject) in cas.iter().enumerate() {
        for (_, issuer) in cas.iter().enumerate().filter(|(m, _)| *m != n) {
            pool.push(ca_of(
                Draft::ca(subject, issuer).with(policies(&["1.3.2"])),
                issuer,
            ));
        }
    }
    let leaf = Draft::leaf(&Holder::new("Lee"), &cas[5]).with(policies(&["1.3.1"]));
    let outcome = judge_with(&leaf.der(&cas[5]), &TrustStore::new(pool), &settings);
    let (check, found) = refusal(outcome).unwrap();
    assert_eq!(check, Check::Path);
    assert!(found.starts_with("too many"), "{found}");
}

#[test]
fn a_hundred_cas_in_a_row_are_too_many_and_ten_are_not() {
    let cas: Vec<Holder> = (0..100).map(|n| Holder::new(&format!("CA {n}"))).collect();
    let mut pool = vec![root_of(&cas[0])];
    for pair in cas.windows(2) {
        pool.push(ca_of(Draft::ca(&pair[1], &pair[0]), &pair[0]));
    }
    let store = TrustStore::new(pool);
    let lee = Holder::new("Lee");
    let outcome = |ca: &Holder, most_steps| {
        let settings = Settings {
            most_steps,
            ..Settings::default()
        };
        refusal(judge_with(
            &Draft::leaf(&lee, ca).der(ca),
            &store,
            &settings,
        ))
    };
    // A step for each CA, and no more.
    assert_eq!(outcome(&cas[9], 10), None);
    let (_, found) = outcome(&cas[9], 9).unwrap();
    assert_eq!(found, "too many ways lead up from this certificate");
    // No root is near enough, which the first step finds; then ten more say why.
    for ca in [&cas[10], &cas[99]] {
        let (check, found) = outcome(ca, 11).unwrap();
        assert_eq!((check, found.as_str()), (Check::Path, "none"));
    }
}

#[test]
fn a_path_visits_no_holder_of_a_key_twice() {
    let [root, ca, lee] = holders();
    let other = Holder::new("Other CA");
    // Each vouches for the other, and nothing leads on to the policy that is asked for.
    let store = TrustStore::new(vec![
        root_of(&root),
        ca_of(Draft::ca(&ca, &root), &root),
        ca_of(Draft::ca(&ca, &other), &other),
        ca_of(Draft::ca(&other, &ca), &ca),
        ca_of(Draft::ca(&other, &root), &root),
    ]);
    let leaf = Draft::leaf(&lee, &ca).with(policies(&["1.3.1"])).der(&ca);
    let outcome = |most_steps| {
        let settings = Settings {
            explicit_policy: true,
            most_steps,
            ..Settings::default()
        };
        refused_by(judge_with(&leaf, &store, &settings))
    };
    // Eight steps lead to the two paths, and eight more to their reasons.
    assert_eq!(outcome(16), Some(Check::Policies));
    assert_eq!(outcome(7), Some(Check::Path));
}

#[test]
fn each_bound_is_met_with_a_refusal_of_its_own() {
    let [root, ca, lee] = holders();
    let store = TrustStore::new(vec![
        root_of(&root),
        ca_of(Draft::ca(&ca, &root).with(policies(&["1.3.1"])), &root),
    ]);
    let leaf = Draft::leaf(&lee, &ca).with(policies(&["1.3.1"])).der(&ca);
    let limited = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        refusal(judge_with(&leaf, &store, &settings))
    };
    assert_eq!(limited(|_| {}), None);
    for (change, expected) in [
        (
            (|limits| limits.most_steps = 1) as fn(&mut Settings),
            "too many ways lead up from this certificate",
        ),
        (
            |limits| limits.most_candidates = 0,
            "too many paths lead up from this certificate",
        ),
        (
            |limits| limits.most_signatures = 1,
            "too many signatures would have to be verified",
        ),
        (
            |limits| limits.most_policy_nodes = 1,
            "the policies of the path have too many combinations",
        ),
    ] {
        assert_eq!(limited(change), Some((Check::Path, expected.to_owned())));
    }
    assert!(limited(|limits| limits.most_authorities = 1).is_some());
}

#[test]
fn ten_thousand_constraints_are_compared_once_each_with_each_name() {
    let [root, ca, lee] = holders();
    let excluded: Vec<Vec<u8>> = (0..10_000)
        .map(|n| dns(&format!("{}", 10 + n % 90)))
        .collect();
    let names: Vec<Vec<u8>> = (0..2_500)
        .map(|n| dns(&format!("l{n}.b.example")))
        .collect();
    let store = TrustStore::new(vec![
        root_of(&root),
        ca_of(
            Draft::ca(&ca, &root).with(name_constraints(&[], &excluded)),
            &root,
        ),
    ]);
    let too_many = "the path has too many names and name constraints";
    let bound = Some((Check::Path, too_many.to_owned()));
    // The subject is a name as well.
    let three = Draft::leaf(&lee, &ca).with(alternative_names(&names[..3]));
    let settings = |most_name_comparisons| Settings {
        most_name_comparisons,
        ..Settings::default()
    };
    let outcome = |most| refusal(judge_with(&three.der(&ca), &store, &settings(most)));
    assert_eq!(outcome(40_000), None);
    assert_eq!(outcome(39_999), bound);
    let all = Draft::leaf(&lee, &ca).with(alternative_names(&names));
    assert_eq!(refusal(judge(&all.der(&ca), &store)), bound);
}

#[test]
fn mappings_that_multiply_grow_no_faster_than_the_certificates() {
    let [root, _, lee] = holders();
    let cas: Vec<Holder> = (0..8).map(|n| Holder::new(&format!("CA {n}"))).collect();
    // Each policy of eight becomes all eight, at each of eight CAs: 8^8 branches of a tree.
    let names: Vec<String> = (0..8).map(|n| format!("1.3.{n}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let pairs: Vec<(&str, &str)> = all
        .iter()
        .flat_map(|issuer| all.iter().map(|subject| (*issuer, *subject)))
        .collect();
    let mut pool = vec![root_of(&root)];
    for (n, ca) in cas.iter().enumerate() {
        let issuer = if n == 0 { &root } else { &cas[n - 1] };
        let draft = Draft::ca(ca, issuer)
            .with(policies(&all))
            .with(policy_mappings(&pairs));
        pool.push(ca_of(draft, issuer));
    }
    let leaf = Draft::leaf(&lee, &cas[7]).with(policies(&all)).der(&cas[7]);
    let settings = Settings {
        explicit_policy: true,
        most_policy_nodes: 8 * 9,
        ..Settings::default()
    };
    let path = judge_with(&leaf, &TrustStore::new(pool), &settings).unwrap();
    assert_eq!(path.policies().len(), 8);
}
