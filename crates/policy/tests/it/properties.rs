//! What holds for every policy, certificate and account of a small world.

use std::sync::LazyLock;

use certs::CurrentPath;
use policy::directory::{Bundle, Document, import};
use policy::user_ids;
use policy::{
    Account, Affinity, AuthorityScope, CertificateField, Compatibility, Decision, MethodPolicy,
    Policy, Requirement, Rules, SerialOrders, Settings, Strength, StrengthRule, UserProperty,
    UsernameBinding,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::directory::{conditional_access, method_policy};
use crate::mint::{CN, Ca, Person, dn};
use crate::world::{MFA, NOW, OTHER, application, lee, path_under, policy_of};

/// Certificates that differ in which fields they have, whose names they state, and their policies.
static PATHS: LazyLock<Vec<CurrentPath>> = LazyLock::new(|| {
    let root = Ca::root(dn(&[(CN, "Root")]));
    let issuing = root.below(dn(&[(CN, "Issuing CA")]), &[]);
    let names: [&[&str]; 4] = [
        &[],
        &["lee@meridian.example"],
        &["sam@meridian.example"],
        &["sam@meridian.example", "lee@meridian.example"],
    ];
    let policies: [&[&[u64]]; 3] = [&[], &[MFA], &[MFA, OTHER]];
    let mut paths = Vec::new();
    for principal_names in names {
        for emails in names {
            for policies in policies {
                for key_identifier in [None, Some(vec![0xaa, 0x01])] {
                    let person = Person {
                        principal_names: principal_names.iter().map(ToString::to_string).collect(),
                        emails: emails.iter().map(ToString::to_string).collect(),
                        policies: policies.to_vec(),
                        key_identifier,
                        ..Person::default()
                    };
                    paths.push(path_under(&[&issuing, &root], &person));
                }
            }
        }
    }
    paths
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_binding_of_lower_priority_never_changes_a_match_above_it(
        path in paths(), account in accounts(), rules in rules(), extra in binding(1000),
    ) {
        // A policy without bindings has the era's own, until it has one.
        let before = matched(&rules, &path, &account)
            .filter(|_| !rules.method.username_bindings.is_empty());
        if before.is_some() {
            let mut more = rules;
            more.method.username_bindings.push(extra);
            prop_assert_eq!(matched(&more, &path, &account), before);
        }
    }

    #[test]
    fn raising_the_required_affinity_never_admits_anyone(
        path in paths(), account in accounts(), mut rules in rules(), which in any::<usize>(),
    ) {
        // Nothing but the bindings stands between the certificate and the account.
        rules.method.include_groups = vec!["all_users".into()];
        rules.method.authority_scopes.clear();
        let refused_before = !is_allowed(&rules, &path, &account);
        let mut stricter = rules;
        let count = stricter.method.rules.len() + 1;
        match which % count {
            0 => stricter.method.required_affinity = Affinity::High,
            place => raise(&mut stricter.method.rules[place - 1]),
        }
        if refused_before {
            prop_assert!(!is_allowed(&stricter, &path, &account));
        }
    }

    #[test]
    fn oids_that_disagree_never_make_two_factors(path in paths(), mut rules in rules()) {
        rules.method.rules.retain(|rule| !matches!(rule, StrengthRule::IssuerAndPolicyOid { .. }));
        for strength in [Strength::MultiFactor, Strength::SingleFactor] {
            rules.method.rules.push(StrengthRule::PolicyOid {
                policy_oid: "1.3.6.1.4.1.99999.1.2".into(),
                strength,
                required_affinity: Affinity::Low,
            });
        }
        let concerned = path.leaf().policies().iter().any(|oid| oid == "1.3.6.1.4.1.99999.1.2");
        let decision = decide(&rules, &path, &lee());
        if let (Decision::Allow(grant), true) = (decision, concerned) {
            prop_assert_eq!(grant.strength(), Strength::SingleFactor);
        }
    }

    #[test]
    fn the_order_of_rules_bindings_and_groups_never_matters(
        path in paths(), account in accounts(), rules in rules(),
    ) {
        let mut backwards = rules.clone();
        backwards.method.rules.reverse();
        backwards.method.username_bindings.reverse();
        backwards.method.include_groups.reverse();
        let mut other = account.clone();
        other.groups.reverse();
        other.certificate_user_ids.reverse();
        prop_assert_eq!(
            outcome(&rules, &path, &account),
            outcome(&backwards, &path, &other)
        );
    }

    #[test]
    fn the_order_of_accounts_never_matters(
        path in paths(), first in accounts(), second in accounts(), third in accounts(),
        mut rules in rules(),
    ) {
        rules.settings.compatibility = Compatibility::Preview2022;
        let policy = policy_of(rules);
        let mut all = [first, second, third];
        for (number, account) in all.iter_mut().enumerate() {
            account.id = number.to_string();
        }
        let chosen = |all: &[Account]| {
            policy.only_account(&path, all).map(|account| account.id.clone()).map_err(|refusal| refusal.code())
        };
        let straight = chosen(&all);
        all.reverse();
        prop_assert_eq!(&chosen(&all), &straight);
        all.swap(0, 1);
        prop_assert_eq!(&chosen(&all), &straight);
    }

    #[test]
    fn an_unknown_username_reads_the_same_as_a_certificate_of_somebody_else(
        path in paths(), account in accounts(), rules in rules(),
    ) {
        let policy = policy_of(rules);
        let unknown = policy.refuse_unknown(&path).for_person();
        let decision = policy.decide(&path.clone().into(), &account, &application(Requirement::Any), NOW);
        if let Decision::Deny(refusal) = decision
            && matches!(refusal.code(), 50034 | 1_001_003)
        {
            prop_assert_eq!(refusal.for_person(), unknown);
        }
    }

    #[test]
    fn each_value_of_a_certificate_fits_it(path in paths(), which in any::<prop::sample::Index>()) {
        let ids = user_ids::of(path.leaf());
        let id = which.get(&ids);
        let rules = Rules {
            settings: Settings { serial_order: SerialOrders::Either, ..Settings::default() },
            method: MethodPolicy {
                username_bindings: vec![UsernameBinding::new(id.field, UserProperty::CertificateUserIds, 1)],
                ..MethodPolicy::default()
            },
            ..Rules::default()
        };
        let account = Account { certificate_user_ids: vec![id.value.clone()], ..lee() };
        prop_assert!(is_allowed(&rules, &path, &account));
        prop_assert_eq!(user_ids::field_of(&id.value), Ok(id.field));
    }

    #[test]
    fn a_method_policy_is_written_and_read_the_same(rules in rules()) {
        let made = Document::new(rules.method.clone());
        let text = made.written().to_string();
        let found = import(text.as_bytes());
        // What the directory would not take is refused; what it takes comes back.
        if found.problems.is_empty() {
            let bundle = Bundle::read(&[text.as_bytes()]).unwrap();
            let method = bundle.method.unwrap();
            prop_assert_eq!(method.written(), made.written());
            let mut again = method.model().clone();
            for (read, wrote) in again.username_bindings.iter_mut().zip(&rules.method.username_bindings) {
                prop_assert_eq!(read.affinity(), wrote.affinity());
                read.affinity = wrote.affinity;
            }
            prop_assert_eq!(again, rules.method);
        }
    }

    #[test]
    fn import_never_panics_and_what_it_takes_is_written_as_it_was(value in changed_document()) {
        let found = import(value.to_string().as_bytes());
        if let [document] = &found.documents[..]
            && found.problems.is_empty()
        {
            prop_assert_eq!(document.written(), &value);
        }
        let nothing = value.as_array().is_some_and(Vec::is_empty);
        prop_assert!(nothing || !found.documents.is_empty() || !found.problems.is_empty());
    }

    #[test]
    fn import_never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = import(&bytes);
    }
}

fn paths() -> impl Strategy<Value = CurrentPath> {
    (0..PATHS.len()).prop_map(|place| PATHS[place].clone())
}

fn accounts() -> impl Strategy<Value = Account> {
    let values = prop::sample::subsequence(
        vec![
            "X509:<PN>lee@meridian.example".to_owned(),
            "X509:<RFC822>sam@meridian.example".to_owned(),
            "X509:<SKI>AA01".to_owned(),
            "X509:<S>O=Meridian,CN=Lee Park".to_owned(),
            "X509:<I>CN=Issuing CA<SR>1200000000ac11000000002b".to_owned(),
        ],
        2..=5,
    );
    (
        prop::sample::select(&NAMES[..]),
        prop::option::of(prop::sample::select(&NAMES[..])),
        values,
        prop::sample::subsequence(vec!["card-holders".to_owned(), "others".to_owned()], 0..=2),
    )
        .prop_map(
            |(name, on_premises, certificate_user_ids, groups)| Account {
                user_principal_name: name.to_owned(),
                on_premises_user_principal_name: on_premises.map(str::to_owned),
                certificate_user_ids,
                groups,
                ..lee()
            },
        )
}

const NAMES: [&str; 3] = [
    "lee@meridian.example",
    "sam@meridian.example",
    "kim@meridian.example",
];

fn binding(priority: u32) -> impl Strategy<Value = UsernameBinding> {
    let all: Vec<(CertificateField, UserProperty)> = CertificateField::ALL
        .into_iter()
        .flat_map(|field| {
            [
                UserProperty::UserPrincipalName,
                UserProperty::OnPremisesUserPrincipalName,
                UserProperty::CertificateUserIds,
            ]
            .into_iter()
            .filter(move |property| field.may_bind_to(*property))
            .map(move |property| (field, property))
        })
        .collect();
    prop::sample::select(all)
        .prop_map(move |(field, property)| UsernameBinding::new(field, property, priority))
}

fn affinity() -> impl Strategy<Value = Affinity> {
    prop::sample::select(vec![Affinity::Low, Affinity::High])
}

fn strength() -> impl Strategy<Value = Strength> {
    prop::sample::select(vec![Strength::SingleFactor, Strength::MultiFactor])
}

fn rule() -> impl Strategy<Value = StrengthRule> {
    let issuers = prop::sample::select(vec!["CN=Issuing CA", "CN=Root"]);
    let oids = prop::sample::select(vec!["1.3.6.1.4.1.99999.1.2", "1.3.6.1.4.1.99999.1.2.1"]);
    (0..3_u8, issuers, oids, strength(), affinity()).prop_map(
        |(kind, issuer, oid, strength, required_affinity)| {
            let (issuer, policy_oid) = (issuer.to_owned(), oid.to_owned());
            match kind {
                0 => StrengthRule::Issuer {
                    issuer,
                    strength,
                    required_affinity,
                },
                1 => StrengthRule::PolicyOid {
                    policy_oid,
                    strength,
                    required_affinity,
                },
                _ => StrengthRule::IssuerAndPolicyOid {
                    issuer,
                    policy_oid,
                    strength,
                    required_affinity,
                },
            }
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let bindings = proptest::collection::vec(binding(0), 0..5).prop_map(|mut bindings| {
        for (priority, binding) in (1..).zip(&mut bindings) {
            binding.priority = priority;
        }
        bindings
    });
    let groups = || {
        prop::sample::subsequence(
            vec!["all_users".to_owned(), "card-holders".to_owned()],
            0..=2,
        )
    };
    let era = prop::sample::select(vec![Compatibility::Current, Compatibility::Preview2022]);
    (
        bindings,
        proptest::collection::vec(rule(), 0..5),
        groups(),
        affinity(),
        strength(),
        era,
        any::<bool>(),
    )
        .prop_map(
            |(
                username_bindings,
                rules,
                include_groups,
                required_affinity,
                default,
                era,
                scoped,
            )| Rules {
                settings: Settings {
                    compatibility: era,
                    ..Settings::default()
                },
                method: MethodPolicy {
                    username_bindings,
                    rules,
                    include_groups,
                    required_affinity,
                    default_strength: default,
                    authority_scopes: if scoped {
                        vec![AuthorityScope {
                            public_key_infrastructure: "PKI".into(),
                            subject_key_identifier: certs::hex(
                                PATHS[0].authorities()[1].subject_key_identifier().unwrap(),
                            ),
                            group: "card-holders".into(),
                        }]
                    } else {
                        vec![]
                    },
                    ..MethodPolicy::default()
                },
                ..Rules::default()
            },
        )
}

/// A document with one of its values replaced, removed or added to.
fn changed_document() -> impl Strategy<Value = Value> {
    let values = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(-1),
        json!("unknownFutureValue"),
        json!("enabled"),
        json!([]),
        json!({}),
        json!({ "a": [1, { "b": null }] }),
        json!(["All"]),
    ]);
    let names = prop::sample::select(vec![
        "state",
        "id",
        "x",
        "@odata.type",
        "value",
        "description",
    ]);
    (any::<bool>(), any::<usize>(), 0..3_u8, values, names).prop_map(
        |(which, place, how, value, name)| {
            let mut document = if which {
                method_policy()
            } else {
                conditional_access()
            };
            let count = count(&document);
            let spot = nth(&mut document, &mut (place % count)).expect("a place within the count");
            match (how, &mut *spot) {
                (0, Value::Object(members)) => {
                    members.insert(name.to_owned(), value);
                }
                (1, Value::Object(members)) => {
                    members.remove(name);
                }
                (2, Value::Array(items)) => items.push(value),
                _ => *spot = value,
            }
            document
        },
    )
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn nth<'v>(value: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(members) => members.values_mut().find_map(|item| nth(item, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn raise(rule: &mut StrengthRule) {
    match rule {
        StrengthRule::Issuer {
            required_affinity, ..
        }
        | StrengthRule::PolicyOid {
            required_affinity, ..
        }
        | StrengthRule::IssuerAndPolicyOid {
            required_affinity, ..
        } => *required_affinity = Affinity::High,
    }
}

fn decide(rules: &Rules, path: &CurrentPath, account: &Account) -> Decision {
    let policy: Policy = policy_of(rules.clone());
    policy.decide(
        &path.clone().into(),
        account,
        &application(Requirement::Any),
        NOW,
    )
}

fn is_allowed(rules: &Rules, path: &CurrentPath, account: &Account) -> bool {
    matches!(decide(rules, path, account), Decision::Allow(_))
}

fn matched(rules: &Rules, path: &CurrentPath, account: &Account) -> Option<String> {
    match decide(rules, path, account) {
        Decision::Allow(grant) => grant.certificate().map(|facts| facts.binding.clone()),
        Decision::More(_) | Decision::Deny(_) => None,
    }
}

/// What was granted and how strong it is, or the code of the refusal.
fn outcome(
    rules: &Rules,
    path: &CurrentPath,
    account: &Account,
) -> Result<(Option<String>, Strength), u32> {
    match decide(rules, path, account) {
        Decision::Allow(grant) => Ok((
            grant.certificate().map(|facts| facts.binding.clone()),
            grant.strength(),
        )),
        Decision::More(more) => Err(more.refusal.code()),
        Decision::Deny(refusal) => Err(refusal.code()),
    }
}
