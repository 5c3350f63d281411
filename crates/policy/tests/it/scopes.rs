//! The method's scope and the scopes of CAs, by the rows of the reference (MF, SCOPE).

use policy::{
    Account, AuthorityScope, Compatibility, Decision, Explanation, Factor, MethodPolicy,
    Requirement, Rules, Settings,
};

use crate::mint::{CN, Ca, Person, dn};
use crate::world::{NOW, application, lee, path_under, policy_of};

#[test]
fn mf_01_included_and_not_excluded() {
    let table = [
        (&["all_users"][..], &[][..], Ok(())),
        (&["card-holders"], &[], Ok(())),
        (&["others", "card-holders"], &[], Ok(())),
        (&["others"], &[], Err(130_501)),
        (&[], &[], Err(130_501)),
        (&["all_users"], &["card-holders"], Err(130_501)),
        (&["card-holders"], &["card-holders"], Err(130_501)),
        (&["all_users"], &["others"], Ok(())),
    ];
    for (include, exclude, expected) in table {
        let method = MethodPolicy {
            include_groups: owned(include),
            exclude_groups: owned(exclude),
            ..MethodPolicy::default()
        };
        let found = outcome(rules(method), &lee(), &[&root()]);
        assert_eq!(found, expected, "{include:?} {exclude:?}");
    }
}

#[test]
fn mf_01_a_method_that_is_off_lets_nobody_in() {
    let method = MethodPolicy {
        enabled: false,
        ..MethodPolicy::default()
    };
    assert_eq!(outcome(rules(method), &lee(), &[&root()]), Err(130_501));
}

#[test]
fn s20_1_in_the_preview_the_method_is_everybodys() {
    let mut rules = rules(MethodPolicy {
        include_groups: vec![],
        exclude_groups: owned(&["card-holders"]),
        ..MethodPolicy::default()
    });
    assert_eq!(outcome(rules.clone(), &lee(), &[&root()]), Err(130_501));
    rules.settings = Settings {
        compatibility: Compatibility::Preview2022,
        ..Settings::default()
    };
    assert_eq!(outcome(rules, &lee(), &[&root()]), Ok(()));
}

#[test]
fn scope_01_a_ca_is_for_the_members_of_its_group() {
    let root = root();
    let issuing = root.below(dn(&[(CN, "Issuing")]), &[]);
    let chain = [&issuing, &root];
    for (group, expected) in [
        ("card-holders", Ok(())),
        ("all_users", Ok(())),
        ("others", Err(500_189)),
    ] {
        let found = outcome(scoped(&[(&issuing, group)]), &lee(), &chain);
        assert_eq!(found, expected, "{group}");
    }
}

#[test]
fn scope_02_the_chain_is_walked_until_the_account_is_in_a_group() {
    let root = root();
    let issuing = root.below(dn(&[(CN, "Issuing")]), &[]);
    let other = root.below(dn(&[(CN, "Other")]), &[]);
    let chain = [&issuing, &root];
    let table: [(&[(&Ca, &str)], _); 6] = [
        (&[(&issuing, "others"), (&root, "card-holders")], Ok(())),
        (&[(&issuing, "card-holders"), (&root, "others")], Ok(())),
        (&[(&issuing, "others"), (&root, "others")], Err(500_189)),
        (&[(&root, "others")], Err(500_189)),
        (&[(&root, "card-holders")], Ok(())),
        (&[(&other, "others")], Ok(())),
    ];
    for (number, (rules, expected)) in table.into_iter().enumerate() {
        assert_eq!(outcome(scoped(rules), &lee(), &chain), expected, "{number}");
    }
}

#[test]
fn scope_04_the_rules_ca_is_recorded_and_the_person_is_not_told_the_group() {
    let root = root();
    let issuing = root.below(dn(&[(CN, "Issuing")]), &[]);
    let chain = [&issuing, &root];
    let Decision::Allow(grant) = decide(scoped(&[(&issuing, "card-holders")]), &lee(), &chain)
    else {
        panic!("expected Allow")
    };
    assert_eq!(
        grant.certificate().unwrap().scoped_by,
        Some(certs::hex(&issuing.key_identifier))
    );
    let Decision::Deny(refusal) = decide(scoped(&[(&issuing, "others")]), &lee(), &chain) else {
        panic!("expected Deny")
    };
    let text = |explanation: Explanation| format!("{explanation:?}");
    assert!(!text(refusal.for_person()).contains("others"));
    assert!(text(refusal.for_administrator()).contains("others"));
}

#[test]
fn s23_8_the_account_comes_first_then_the_method_then_the_ca() {
    let root = root();
    let stranger = Account {
        user_principal_name: "sam@meridian.example".into(),
        ..lee()
    };
    let mut everything_wrong = scoped(&[(&root, "others")]);
    everything_wrong.method.include_groups = vec![];
    let found = outcome(everything_wrong.clone(), &stranger, &[&root]);
    assert_eq!(found, Err(50034));
    assert_eq!(outcome(everything_wrong, &lee(), &[&root]), Err(130_501));
    assert_eq!(
        outcome(scoped(&[(&root, "others")]), &lee(), &[&root]),
        Err(500_189)
    );
}

#[test]
fn mf_03_whoever_is_out_of_scope_is_not_offered_the_certificate() {
    let mut rules = rules(MethodPolicy::default());
    rules.method.include_groups = vec![];
    let mut account = lee();
    account.has_code = true;
    let hash = policy::password::hash("correct horse", &[1; 16]).unwrap();
    let password = policy::password::verify(Some((&account, &hash)), "correct horse", NOW).unwrap();
    let decision = policy_of(rules).decide(
        &password.into(),
        &account,
        &application(Requirement::MultiFactor),
        NOW,
    );
    let Decision::More(more) = decision else {
        panic!("expected More, got {decision:?}")
    };
    assert_eq!(more.offers, [Factor::Code]);
}

fn root() -> Ca {
    Ca::root(dn(&[(CN, "Root")]))
}

fn rules(method: MethodPolicy) -> Rules {
    Rules {
        method: MethodPolicy {
            username_bindings: vec![policy::UsernameBinding::new(
                policy::CertificateField::PrincipalName,
                policy::UserProperty::UserPrincipalName,
                1,
            )],
            ..method
        },
        ..Rules::default()
    }
}

fn scoped(scopes: &[(&Ca, &str)]) -> Rules {
    rules(MethodPolicy {
        authority_scopes: scopes
            .iter()
            .map(|(ca, group)| AuthorityScope {
                public_key_infrastructure: "Contoso PKI".into(),
                subject_key_identifier: certs::hex(&ca.key_identifier).to_uppercase(),
                group: (*group).to_owned(),
            })
            .collect(),
        ..MethodPolicy::default()
    })
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn decide(rules: Rules, account: &Account, chain: &[&Ca]) -> Decision {
    let person = Person {
        principal_names: vec!["lee@meridian.example".into()],
        ..Person::default()
    };
    let evidence = path_under(chain, &person).into();
    policy_of(rules).decide(&evidence, account, &application(Requirement::Any), NOW)
}

fn outcome(rules: Rules, account: &Account, chain: &[&Ca]) -> Result<(), u32> {
    match decide(rules, account, chain) {
        Decision::Allow(_) => Ok(()),
        Decision::More(more) => Err(more.refusal.code()),
        Decision::Deny(refusal) => Err(refusal.code()),
    }
}
