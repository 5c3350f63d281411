//! Certificate policies beyond what PKITS asks: the graph, the anchor's own limits, and what is
//! reported.

use certs::{Certificate, Check, InitialPolicies, Oid, Settings};

use crate::mint::*;

/// The policies of a path, or the check that refused it.
type Outcome = Result<Vec<String>, Check>;

/// How a chain of root, some CAs and a leaf comes out: its policies, or the check that refused.
fn chain(
    settings: &Settings,
    root: &[Extension],
    cas: &[&[Extension]],
    leaf: &[Extension],
) -> Outcome {
    let with = |draft: Draft, extensions: &[Extension]| {
        extensions.iter().cloned().fold(draft, Draft::with)
    };
    let anchor = Holder::new("Root CA");
    let mut issuer = Holder::new("Root CA");
    issuer.key = rcgen::KeyPair::from_pem(&anchor.key.serialize_pem()).unwrap();
    let anchor = with(Draft::ca(&anchor, &anchor), root).sign(&anchor);
    let mut authorities: Vec<Certificate> = Vec::new();
    for (n, extensions) in cas.iter().enumerate() {
        let ca = Holder::new(&format!("CA {n}"));
        authorities.push(with(Draft::ca(&ca, &issuer), extensions).sign(&issuer));
        issuer = ca;
    }
    let others: Vec<&Certificate> = authorities.iter().collect();
    let leaf = with(Draft::leaf(&Holder::new("Lee"), &issuer), leaf).der(&issuer);
    match judge_with(&leaf, &trust(&anchor, &others), settings) {
        Ok(path) => Ok(path.policies().iter().map(Oid::to_string).collect()),
        Err(refused) => Err(refused.trace.failure().unwrap().check),
    }
}

const GOLD: &str = "1.3.1";
const SILVER: &str = "1.3.2";
const BRONZE: &str = "1.3.3";

fn explicit() -> Settings {
    Settings {
        explicit_policy: true,
        ..Settings::default()
    }
}

fn only(policies: &[&str]) -> Settings {
    Settings {
        initial_policies: InitialPolicies::These(
            policies.iter().map(|it| it.parse().unwrap()).collect(),
        ),
        ..explicit()
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what outcomes are compared with"
)]
fn set(policies: &[&str]) -> Outcome {
    Outcome::Ok(policies.iter().map(|&it| it.to_owned()).collect())
}

#[test]
fn a_policy_holds_if_every_certificate_asserts_it() {
    let both = [policies(&[GOLD, SILVER])];
    let gold = [policies(&[GOLD])];
    let any = [policies(&[ANY_POLICY])];
    let default = Settings::default();
    assert_eq!(chain(&default, &[], &[&both], &gold), set(&[GOLD]));
    assert_eq!(chain(&default, &[], &[&any], &both), set(&[GOLD, SILVER]));
    assert_eq!(chain(&default, &[], &[&both], &any), set(&[GOLD, SILVER]));
    assert_eq!(chain(&default, &[], &[&any], &any), set(&[ANY_POLICY]));
    assert_eq!(chain(&only(&[GOLD]), &[], &[&any], &any), set(&[GOLD]));
    assert_eq!(chain(&only(&[GOLD]), &[], &[&both], &both), set(&[GOLD]));
    assert_eq!(
        chain(&only(&[BRONZE]), &[], &[&both], &both),
        Err(Check::Policies)
    );
    // Without a policy in between none holds; that refuses only where one is asked for.
    assert_eq!(chain(&default, &[], &[&[]], &gold), set(&[]));
    assert_eq!(chain(&explicit(), &[], &[&[]], &gold), Err(Check::Policies));
    assert_eq!(chain(&explicit(), &[], &[&gold], &[]), Err(Check::Policies));
}

#[test]
fn the_certificate_that_loses_the_last_policy_is_named() {
    let root = Holder::new("Root CA");
    let ca = Holder::new("Issuing CA");
    let anchor = Draft::ca(&root, &root).sign(&root);
    let issuing = Draft::ca(&ca, &root).sign(&root);
    let leaf = Draft::leaf(&Holder::new("Lee"), &ca).with(policies(&[GOLD]));
    let outcome = judge_with(&leaf.der(&ca), &trust(&anchor, &[&issuing]), &explicit());
    let refused = outcome.unwrap_err();
    let line = refused.trace.failure().unwrap();
    assert_eq!(line.certificate.as_deref(), Some("CN=Issuing CA"));
}

#[test]
fn critical_policies_with_known_qualifiers_are_accepted() {
    let notice = sequence(&[oid("1.3.6.1.5.5.7.2.2"), sequence(&[])]);
    let policy = sequence(&[oid(GOLD), sequence(&[notice])]);
    let critical = [extension(POLICIES, sequence(&[policy])).critical(true)];
    assert_eq!(
        chain(&explicit(), &[], &[&critical], &critical),
        set(&[GOLD])
    );
}

#[test]
fn a_mapping_counts_in_the_domain_of_the_anchor() {
    let maps = [policies(&[GOLD]), policy_mappings(&[(GOLD, SILVER)])];
    let silver = [policies(&[SILVER])];
    let gold = [policies(&[GOLD])];
    assert_eq!(chain(&explicit(), &[], &[&maps], &silver), set(&[GOLD]));
    assert_eq!(chain(&only(&[GOLD]), &[], &[&maps], &silver), set(&[GOLD]));
    assert_eq!(
        chain(&only(&[SILVER]), &[], &[&maps], &silver),
        Err(Check::Policies)
    );
    // What is mapped away holds below no more.
    assert_eq!(
        chain(&explicit(), &[], &[&maps], &gold),
        Err(Check::Policies)
    );
    let inhibited = Settings {
        inhibit_policy_mapping: true,
        ..explicit()
    };
    assert_eq!(
        chain(&inhibited, &[], &[&maps], &silver),
        Err(Check::Policies)
    );
    // anyPolicy takes part in no mapping.
    let any = [
        policies(&[ANY_POLICY]),
        policy_mappings(&[(ANY_POLICY, SILVER)]),
    ];
    assert_eq!(
        chain(&Settings::default(), &[], &[&any], &silver),
        Err(Check::Policies)
    );
    let to_any = [policies(&[GOLD]), policy_mappings(&[(GOLD, ANY_POLICY)])];
    assert_eq!(
        chain(&Settings::default(), &[], &[], &to_any),
        Err(Check::Policies)
    );
    // A mapping of a policy that only anyPolicy asserts.
    let through_any = [policies(&[ANY_POLICY]), policy_mappings(&[(GOLD, SILVER)])];
    assert_eq!(
        chain(&only(&[GOLD]), &[], &[&through_any], &silver),
        set(&[GOLD])
    );
    // Two policies mapped to one: both hold.
    let joined = [
        policies(&[GOLD, BRONZE]),
        policy_mappings(&[(GOLD, SILVER), (BRONZE, SILVER)]),
    ];
    assert_eq!(
        chain(&explicit(), &[], &[&joined], &silver),
        set(&[GOLD, BRONZE])
    );
}

#[test]
fn skips_count_cas_and_pass_over_none_but_the_self_issued() {
    let gold = [policies(&[GOLD])];
    let after = |skip| [policies(&[GOLD]), policy_constraints(Some(skip), None)];
    let default = Settings::default();
    assert_eq!(
        chain(&default, &[], &[&after(0)], &[]),
        Err(Check::Policies)
    );
    // A CA below uses one up, and so does the leaf itself (§6.1.5 (a)).
    assert_eq!(
        chain(&default, &[], &[&after(1), &gold], &[]),
        Err(Check::Policies)
    );
    assert_eq!(chain(&default, &[], &[&after(3), &gold], &[]), set(&[]));
    assert_eq!(
        chain(&default, &[], &[&after(2), &gold], &[]),
        Err(Check::Policies)
    );
    let any = [policies(&[ANY_POLICY])];
    let inhibits = |skip| [policies(&[GOLD]), inhibit_any_policy(skip)];
    let settings = explicit();
    assert_eq!(
        chain(&settings, &[], &[&inhibits(0)], &any),
        Err(Check::Policies)
    );
    assert_eq!(chain(&settings, &[], &[&inhibits(1)], &any), set(&[GOLD]));
    assert_eq!(
        chain(&settings, &[], &[&inhibits(1), &gold], &any),
        Err(Check::Policies)
    );
}

#[test]
fn a_mapping_of_what_nobody_asserts_makes_no_policy() {
    let any = [policies(&[ANY_POLICY])];
    let bronze = [policies(&[BRONZE])];
    // anyPolicy stands above the CA that maps, and not in it.
    let strays = [
        policies(&[SILVER]),
        policy_mappings(&[(GOLD, BRONZE), (SILVER, SILVER)]),
    ];
    assert_eq!(
        chain(&explicit(), &[], &[&any, &strays], &bronze),
        Err(Check::Policies)
    );
}

#[test]
fn a_leaf_can_ask_for_a_policy_itself() {
    let asks = policy_constraints(Some(0), None);
    let gold = policies(&[GOLD]);
    let of_ca = [gold.clone()];
    let default = Settings::default();
    // §6.1.5 (b): with 0 a policy has to hold; with 1 it is for certificates that are not there.
    let outcome = |leaf: &[Extension]| chain(&default, &[], &[&of_ca], leaf);
    assert_eq!(outcome(std::slice::from_ref(&asks)), Err(Check::Policies));
    assert_eq!(outcome(&[policy_constraints(Some(1), None)]), set(&[]));
    assert_eq!(outcome(&[asks, gold]), set(&[GOLD]));
}

#[test]
fn what_is_asked_for_counts_as_far_as_the_anchor_asserts_it() {
    let both = [policies(&[GOLD, SILVER])];
    let any = [policies(&[ANY_POLICY])];
    let asked = only(&[GOLD, SILVER]);
    let outcome = |root: &[Extension]| chain(&asked, root, &[&both], &both);
    assert_eq!(outcome(&[]), set(&[GOLD, SILVER]));
    assert_eq!(outcome(&any), set(&[GOLD, SILVER]));
    assert_eq!(outcome(&[policies(&[SILVER, BRONZE])]), set(&[SILVER]));
    assert_eq!(outcome(&[policies(&[BRONZE])]), Err(Check::Policies));
}

#[test]
fn the_limits_of_the_anchor_are_where_the_path_begins() {
    let gold = [policies(&[GOLD])];
    let none: [Extension; 0] = [];
    let any = [policies(&[ANY_POLICY])];
    let maps = [policies(&[GOLD]), policy_mappings(&[(GOLD, SILVER)])];
    let silver = [policies(&[SILVER])];
    let default = Settings::default();
    let outcome = |root: Extension, ca: &[Extension], leaf: &[Extension]| {
        chain(&default, &[root], &[ca], leaf)
    };
    assert_eq!(
        outcome(policy_constraints(Some(0), None), &none, &none),
        Err(Check::Policies)
    );
    assert_eq!(
        outcome(policy_constraints(Some(0), None), &gold, &gold),
        set(&[GOLD])
    );
    assert_eq!(
        outcome(policy_constraints(None, Some(0)), &maps, &silver),
        set(&[])
    );
    assert_eq!(outcome(inhibit_any_policy(0), &any, &any), set(&[]));
    assert_eq!(outcome(policies(&[GOLD]), &any, &any), set(&[GOLD]));
    assert_eq!(outcome(policies(&[BRONZE]), &gold, &gold), set(&[]));
    assert_eq!(
        outcome(basic_constraints(true, Some(0)), &gold, &gold),
        Err(Check::Constraints)
    );
    assert_eq!(
        outcome(extended_key_usage(&["1.3.6.1.5.5.7.3.1"]), &gold, &gold),
        Err(Check::Purpose)
    );
}
