//! Authentication bindings, by the rows of the reference (AB).

use policy::{
    Affinity, CertificateField, Decision, Grant, MethodPolicy, PolicyOidsFrom, Requirement, Rules,
    Settings, Strength, StrengthRule, UserProperty, UsernameBinding,
};

use crate::mint::{CN, Ca, DC, Person, dn};
use crate::world::{MFA, NOW, OTHER, application, lee, path_under, policy_of};

const ONE: &str = "1.3.6.1.4.1.99999.1.2";
const LONGER: &str = "1.3.6.1.4.1.99999.1.2.1";
const ISSUER: &str = "CN=Contoso CA,DC=contoso,DC=com";
const SINGLE: Strength = Strength::SingleFactor;
const MULTI: Strength = Strength::MultiFactor;

#[test]
fn ab_01_the_default_counts_where_there_is_no_rule() {
    assert_eq!(MethodPolicy::default().default_strength, SINGLE);
    assert_eq!(
        rated(MULTI, &[], &[MFA]),
        (MULTI, "Default".into(), String::new())
    );
}

#[test]
fn ab_02_the_default_counts_for_certificates_that_no_rule_fits() {
    let rules = [by_oid("1.2.3", SINGLE)];
    assert_eq!(rated(MULTI, &rules, &[MFA]).0, MULTI);
    assert_eq!(rated(SINGLE, &[by_oid("1.2.3", MULTI)], &[MFA]).0, SINGLE);
}

#[test]
fn ab_04_issuer_and_oid_come_before_oid_and_oid_before_issuer() {
    let table = [
        (
            vec![
                by_both(ISSUER, ONE, MULTI),
                by_oid(ONE, SINGLE),
                by_issuer(SINGLE),
            ],
            MULTI,
            "IssuerAndPolicyId",
        ),
        (
            vec![
                by_both(ISSUER, ONE, SINGLE),
                by_oid(ONE, MULTI),
                by_issuer(MULTI),
            ],
            SINGLE,
            "IssuerAndPolicyId",
        ),
        (
            vec![
                by_both("CN=Other", ONE, MULTI),
                by_oid(ONE, SINGLE),
                by_issuer(MULTI),
            ],
            SINGLE,
            "PolicyId",
        ),
        (
            vec![by_both(ISSUER, "1.2.3", MULTI), by_issuer(SINGLE)],
            SINGLE,
            "Issuer",
        ),
        (
            vec![by_issuer(SINGLE), by_oid(ONE, MULTI)],
            MULTI,
            "PolicyId",
        ),
        (
            vec![by_oid("1.2.3", SINGLE), by_issuer(MULTI)],
            MULTI,
            "Issuer",
        ),
    ];
    for (rules, strength, by) in table {
        let (found, found_by, _) = rated(SINGLE, &rules, &[MFA]);
        assert_eq!((found, found_by.as_str()), (strength, by), "{rules:?}");
    }
}

#[test]
fn ab_05_an_oid_fits_as_a_whole_and_never_as_a_prefix() {
    assert_eq!(rated(SINGLE, &[by_oid(ONE, MULTI)], &[OTHER]).0, SINGLE);
    assert_eq!(rated(SINGLE, &[by_oid(LONGER, MULTI)], &[MFA]).0, SINGLE);
    assert_eq!(rated(SINGLE, &[by_oid(LONGER, MULTI)], &[OTHER]).0, MULTI);
}

#[test]
fn ab_06_one_of_several_oids_is_enough() {
    let (strength, by, identifier) = rated(SINGLE, &[by_oid(LONGER, MULTI)], &[MFA, OTHER]);
    assert_eq!(
        (strength, by.as_str(), identifier.as_str()),
        (MULTI, "PolicyId", LONGER)
    );
}

#[test]
fn ab_07_conflicting_oids_are_single_factor() {
    for rules in [
        [by_oid(ONE, MULTI), by_oid(LONGER, SINGLE)],
        [by_oid(ONE, SINGLE), by_oid(LONGER, MULTI)],
        [by_oid(ONE, MULTI), by_oid(ONE, SINGLE)],
    ] {
        assert_eq!(rated(MULTI, &rules, &[MFA, OTHER]).0, SINGLE, "{rules:?}");
    }
    let grant = granted(
        MULTI,
        &[by_oid(ONE, MULTI), by_oid(LONGER, SINGLE)],
        &[MFA, OTHER],
    );
    let told = format!("{:?}", grant.trace());
    assert!(told.contains("rules that fit disagree"), "{told}");
}

#[test]
fn ab_08_an_issuer_rule_fits_every_certificate_of_that_ca() {
    for policies in [&[][..], &[MFA], &[OTHER]] {
        assert_eq!(rated(SINGLE, &[by_issuer(MULTI)], policies).0, MULTI);
    }
}

#[test]
fn s23_5_an_issuer_rule_looks_at_the_direct_issuer_alone() {
    let root = Ca::root(dn(&[(CN, "Root")]));
    let issuing = root.below(dn(&[(CN, "Issuing")]), &[]);
    let path = path_under(&[&issuing, &root], &person(&[]));
    for (issuer, strength) in [("CN=Issuing", MULTI), ("CN=Root", SINGLE)] {
        let rules = [StrengthRule::Issuer {
            issuer: issuer.into(),
            strength: MULTI,
            required_affinity: Affinity::Low,
        }];
        let grant = allow(&with(SINGLE, &rules, PolicyOidsFrom::Leaf), &path);
        assert_eq!(grant.strength(), strength, "{issuer}");
    }
}

#[test]
fn ab_09_any_policy_fits_the_rule_that_names_it_and_no_other() {
    const ANY: &[u64] = &[2, 5, 29, 32, 0];
    assert_eq!(
        rated(SINGLE, &[by_oid("2.5.29.32.0", MULTI)], &[ANY]).0,
        MULTI
    );
    assert_eq!(rated(SINGLE, &[by_oid(ONE, MULTI)], &[ANY]).0, SINGLE);
    assert_eq!(
        rated(SINGLE, &[by_oid("2.5.29.32.0", MULTI)], &[MFA]).0,
        SINGLE
    );
    assert_eq!(
        rated(SINGLE, &[by_oid("All issuance policies", MULTI)], &[ANY]).0,
        SINGLE
    );
}

#[test]
fn ab_10_issuers_are_written_with_the_leaf_first() {
    let rule = |issuer: &str| {
        [StrengthRule::Issuer {
            issuer: issuer.into(),
            strength: MULTI,
            required_affinity: Affinity::Low,
        }]
    };
    for (issuer, strength) in [
        ("CN=Contoso CA,DC=contoso,DC=com", MULTI),
        ("CN=Contoso CA, DC=contoso, DC=com ", MULTI),
        ("cn=contoso ca,dc=CONTOSO,dc=com", MULTI),
        ("DC=com,DC=contoso,CN=Contoso CA", SINGLE),
        ("CN=Contoso CA", SINGLE),
    ] {
        assert_eq!(rated(SINGLE, &rule(issuer), &[]).0, strength, "{issuer}");
    }
}

#[test]
fn s23_7_the_highest_affinity_of_the_rules_that_rate_is_required() {
    let rule = |oid: &str, required_affinity| StrengthRule::PolicyOid {
        policy_oid: oid.into(),
        strength: MULTI,
        required_affinity,
    };
    let by_name_alone = |rules: &[StrengthRule], tenant| {
        let mut rules = with(SINGLE, rules, PolicyOidsFrom::Leaf);
        rules.method.required_affinity = tenant;
        let root = contoso();
        let path = path_under(&[&root], &person(&[MFA, OTHER]));
        let decision =
            policy_of(rules).decide(&path.into(), &lee(), &application(Requirement::Any), NOW);
        matches!(decision, Decision::Allow(_))
    };
    let (low, high) = (Affinity::Low, Affinity::High);
    assert!(by_name_alone(&[rule(ONE, low), rule(LONGER, low)], low));
    assert!(!by_name_alone(&[rule(ONE, low), rule(LONGER, high)], low));
    assert!(!by_name_alone(&[rule(ONE, high)], low));
    assert!(
        !by_name_alone(&[rule(ONE, low)], high),
        "a rule never lowers what the tenant asks for"
    );
    assert!(
        by_name_alone(&[rule("1.2.3", high)], low),
        "a rule that does not fit asks for nothing"
    );
}

#[test]
fn oids_count_as_the_leaf_asserts_them_unless_the_tenant_takes_those_of_the_path() {
    let root = contoso();
    let silent = root.below(dn(&[(CN, "Silent")]), &[]);
    let saying = root.below(dn(&[(CN, "Saying")]), &[MFA]);
    let rules = [by_oid(ONE, MULTI)];
    let strength = |ca: &Ca, from| {
        let path = path_under(&[ca, &root], &person(&[MFA]));
        allow(&with(SINGLE, &rules, from), &path).strength()
    };
    assert_eq!(strength(&silent, PolicyOidsFrom::Leaf), MULTI);
    assert_eq!(strength(&silent, PolicyOidsFrom::Path), SINGLE);
    assert_eq!(strength(&saying, PolicyOidsFrom::Path), MULTI);
}

fn by_oid(oid: &str, strength: Strength) -> StrengthRule {
    StrengthRule::PolicyOid {
        policy_oid: oid.into(),
        strength,
        required_affinity: Affinity::Low,
    }
}

fn by_issuer(strength: Strength) -> StrengthRule {
    StrengthRule::Issuer {
        issuer: ISSUER.into(),
        strength,
        required_affinity: Affinity::Low,
    }
}

fn by_both(issuer: &str, oid: &str, strength: Strength) -> StrengthRule {
    StrengthRule::IssuerAndPolicyOid {
        issuer: issuer.into(),
        policy_oid: oid.into(),
        strength,
        required_affinity: Affinity::Low,
    }
}

fn contoso() -> Ca {
    Ca::root(dn(&[(DC, "com"), (DC, "contoso"), (CN, "Contoso CA")]))
}

fn person(policies: &[&'static [u64]]) -> Person {
    Person {
        principal_names: vec!["lee@meridian.example".into()],
        policies: policies.to_vec(),
        ..Person::default()
    }
}

fn with(default: Strength, rules: &[StrengthRule], from: PolicyOidsFrom) -> Rules {
    Rules {
        settings: Settings {
            policy_oids_from: from,
            ..Settings::default()
        },
        method: MethodPolicy {
            username_bindings: vec![UsernameBinding::new(
                CertificateField::PrincipalName,
                UserProperty::UserPrincipalName,
                1,
            )],
            default_strength: default,
            rules: rules.to_vec(),
            ..MethodPolicy::default()
        },
        ..Rules::default()
    }
}

fn granted(default: Strength, rules: &[StrengthRule], policies: &[&'static [u64]]) -> Grant {
    let path = path_under(&[&contoso()], &person(policies));
    allow(&with(default, rules, PolicyOidsFrom::Leaf), &path)
}

fn allow(rules: &Rules, path: &certs::CurrentPath) -> Grant {
    let decision = policy_of(rules.clone()).decide(
        &path.clone().into(),
        &lee(),
        &application(Requirement::Any),
        NOW,
    );
    match decision {
        Decision::Allow(grant) => grant,
        Decision::More(_) | Decision::Deny(_) => panic!("expected Allow, got {decision:?}"),
    }
}

/// The strength, what rated it, and by which name.
fn rated(
    default: Strength,
    rules: &[StrengthRule],
    policies: &[&'static [u64]],
) -> (Strength, String, String) {
    let grant = granted(default, rules, policies);
    let facts = grant.certificate().unwrap();
    (
        facts.level,
        facts.level_type.clone(),
        facts.level_identifier.clone(),
    )
}
