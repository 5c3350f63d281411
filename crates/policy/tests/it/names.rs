//! Username bindings, by the rows of the reference (UB).

use policy::{
    Account, Affinity, CertificateField, Compatibility, Decision, LookUp, MethodPolicy, Policy,
    Requirement, Rules, Settings, UserProperty, UsernameBinding,
};

use crate::mint::Person;
use crate::world::{NOW, application, lee, path_of, policy_of};

#[test]
fn ub_01_the_lowest_number_is_tried_first_whatever_the_order_of_the_list() {
    let both = [
        binding(CertificateField::PrincipalName, 7),
        binding(CertificateField::Rfc822Name, 3),
    ];
    let method = method(&both);
    let facts = allowed(&method, &lee_by_name_and_email(), &lee()).unwrap();
    assert_eq!(
        facts,
        "Certificate: RFC822Name; User Attribute: userPrincipalName; Rank: 1"
    );
}

#[test]
fn ub_02_a_field_of_somebody_else_or_an_absent_field_moves_on_to_the_next_binding() {
    let bindings = [
        binding(CertificateField::PrincipalName, 1),
        binding(CertificateField::Rfc822Name, 2),
    ];
    for principal_names in [vec![], vec!["sam@meridian.example".to_owned()]] {
        let person = Person {
            principal_names,
            ..lee_by_name_and_email()
        };
        let facts = allowed(&method(&bindings), &person, &lee()).unwrap();
        assert!(facts.ends_with("userPrincipalName; Rank: 2"), "{facts}");
    }
}

#[test]
fn ub_02_where_no_binding_fits_it_is_50034() {
    let bindings = [binding(CertificateField::PrincipalName, 1)];
    let person = Person {
        principal_names: vec!["sam@meridian.example".into()],
        ..Person::default()
    };
    assert_eq!(allowed(&method(&bindings), &person, &lee()), Err(50034));
}

#[test]
fn ub_03_in_the_preview_a_field_of_somebody_else_ends_the_sign_in() {
    let bindings = [
        binding(CertificateField::PrincipalName, 1),
        binding(CertificateField::Rfc822Name, 2),
    ];
    let stranger = Person {
        principal_names: vec!["sam@meridian.example".into()],
        ..lee_by_name_and_email()
    };
    assert_eq!(
        in_preview(&method(&bindings), &stranger, &lee()),
        Err(50034)
    );
    let without = Person {
        principal_names: vec![],
        ..lee_by_name_and_email()
    };
    let facts = in_preview(&method(&bindings), &without, &lee()).unwrap();
    assert!(facts.ends_with("Rank: 2"), "{facts}");
}

#[test]
fn ub_03_in_the_preview_the_field_that_decides_has_the_affinity_that_is_required() {
    let bindings = [binding(CertificateField::PrincipalName, 1)];
    for (required, told) in [(Affinity::Low, None), (Affinity::High, Some(50034))] {
        let method = MethodPolicy {
            required_affinity: required,
            ..method(&bindings)
        };
        let judged = in_preview(&method, &lee_by_name_and_email(), &lee());
        assert_eq!(judged.err(), told, "{required:?}");
    }
}

#[test]
fn ub_03_in_the_preview_the_certificate_finds_the_account() {
    let policy = preview(&MethodPolicy {
        username_bindings: vec![],
        ..MethodPolicy::default()
    });
    let path = path_of(&Person {
        principal_names: vec!["LPark@corp.meridian.example".into()],
        ..Person::default()
    });
    assert_eq!(
        policy.look_up(&path),
        LookUp::ByCertificate {
            property: UserProperty::OnPremisesUserPrincipalName,
            values: vec!["LPark@corp.meridian.example".into()],
        }
    );
    let other = Account {
        id: "sam".into(),
        on_premises_user_principal_name: Some("sam@corp.meridian.example".into()),
        ..lee()
    };
    let twin = Account {
        id: "twin".into(),
        ..lee()
    };
    let found = [other.clone(), lee()];
    assert_eq!(policy.only_account(&path, &found).unwrap().id, "lee");
    for not_one in [&[other][..], &[lee(), twin], &[]] {
        assert_eq!(
            policy.only_account(&path, not_one).unwrap_err().code(),
            50034
        );
    }
    let nameless = path_of(&Person::default());
    assert_eq!(policy.look_up(&nameless), LookUp::NoField);
    let refusal = policy.only_account(&nameless, &[lee()]).unwrap_err();
    assert_eq!(refusal.code(), 1_001_003);
}

#[test]
fn ub_03_today_the_username_finds_the_account() {
    let policy = Policy::new(MethodPolicy::default());
    let path = path_of(&lee_by_name_and_email());
    assert_eq!(policy.look_up(&path), LookUp::ByUsername);
}

#[test]
fn ub_04_the_default_is_the_principal_name_and_the_username() {
    let none = method(&[]);
    let by_name = Person {
        principal_names: vec!["lee@meridian.example".into()],
        ..Person::default()
    };
    assert!(allowed(&none, &by_name, &lee()).is_ok());
    let on_premises = Person {
        principal_names: vec!["lpark@corp.meridian.example".into()],
        ..Person::default()
    };
    assert_eq!(allowed(&none, &on_premises, &lee()), Err(50034));
    assert!(in_preview(&none, &on_premises, &lee()).is_ok());
}

#[test]
fn ub_05_names_fit_all_three_properties_and_the_other_fields_the_values_alone() {
    for field in CertificateField::ALL {
        let is_name = matches!(
            field,
            CertificateField::PrincipalName | CertificateField::Rfc822Name
        );
        assert!(field.may_bind_to(UserProperty::CertificateUserIds));
        assert_eq!(field.may_bind_to(UserProperty::UserPrincipalName), is_name);
        assert_eq!(
            field.may_bind_to(UserProperty::OnPremisesUserPrincipalName),
            is_name
        );
    }
}

#[test]
fn ub_07_three_fields_have_high_affinity_and_four_have_low() {
    let high: Vec<&str> = CertificateField::ALL
        .into_iter()
        .filter(|field| field.affinity() == Affinity::High)
        .map(CertificateField::name)
        .collect();
    assert_eq!(
        high,
        [
            "SubjectKeyIdentifier",
            "SHA1PublicKey",
            "IssuerAndSerialNumber"
        ]
    );
}

#[test]
fn ub_07_a_policy_can_state_less_affinity_and_never_more_than_the_field_has() {
    let stated = |field, affinity| UsernameBinding {
        affinity,
        ..binding(field, 1)
    };
    let key = CertificateField::SubjectKeyIdentifier;
    let name = CertificateField::PrincipalName;
    assert_eq!(stated(key, Some(Affinity::Low)).affinity(), Affinity::Low);
    assert_eq!(stated(key, None).affinity(), Affinity::High);
    assert_eq!(stated(name, Some(Affinity::High)).affinity(), Affinity::Low);
}

#[test]
fn ub_08_where_high_affinity_is_required_names_are_left_out_and_keys_still_fit() {
    let mut high = method(&[
        binding(CertificateField::PrincipalName, 1),
        UsernameBinding::new(
            CertificateField::SubjectKeyIdentifier,
            UserProperty::CertificateUserIds,
            2,
        ),
    ]);
    high.required_affinity = Affinity::High;
    let person = lee_by_name_and_email();
    assert_eq!(allowed(&high, &person, &lee()), Err(50034));
    let with_key = Account {
        certificate_user_ids: vec!["X509:<SKI>c6f4e96c".into()],
        ..lee()
    };
    let facts = allowed(&high, &person, &with_key).unwrap();
    assert_eq!(
        facts,
        "Certificate: SubjectKeyIdentifier; User Attribute: certificateUserIds; Rank: 1"
    );
}

#[test]
fn ub_10_several_certificates_may_mean_one_account() {
    let method = method(&[UsernameBinding::new(
        CertificateField::SubjectKeyIdentifier,
        UserProperty::CertificateUserIds,
        1,
    )]);
    let account = Account {
        certificate_user_ids: vec!["X509:<SKI>AA01".into(), "X509:<SKI>AA02".into()],
        ..lee()
    };
    for (key, fits) in [(0x01, true), (0x02, true), (0x03, false)] {
        let person = Person {
            key_identifier: Some(vec![0xaa, key]),
            ..Person::default()
        };
        assert_eq!(allowed(&method, &person, &account).is_ok(), fits);
    }
}

#[test]
fn ub_11_one_certificate_may_mean_several_accounts_by_another_field_each() {
    let to_values =
        |field, priority| UsernameBinding::new(field, UserProperty::CertificateUserIds, priority);
    let method = method(&[
        to_values(CertificateField::IssuerAndSerialNumber, 1),
        to_values(CertificateField::SubjectKeyIdentifier, 2),
    ]);
    let first = Account {
        certificate_user_ids: vec!["X509:<I>CN=Issuing CA<SR>1200000000ac11000000002b".into()],
        ..lee()
    };
    let second = Account {
        certificate_user_ids: vec!["X509:<SKI>C6F4E96C".into()],
        ..lee()
    };
    let person = Person::default();
    assert!(
        allowed(&method, &person, &first)
            .unwrap()
            .contains("Rank: 1")
    );
    assert!(
        allowed(&method, &person, &second)
            .unwrap()
            .contains("Rank: 2")
    );
}

#[test]
fn s23_4_any_of_several_names_of_a_certificate_may_fit() {
    let person = Person {
        principal_names: vec!["sam@meridian.example".into(), "lee@meridian.example".into()],
        ..Person::default()
    };
    let method = method(&[binding(CertificateField::PrincipalName, 1)]);
    assert!(allowed(&method, &person, &lee()).is_ok());
}

#[test]
fn s23_2_usernames_are_compared_in_either_case() {
    let person = Person {
        principal_names: vec!["LEE@Meridian.Example".into()],
        ..Person::default()
    };
    let method = method(&[binding(CertificateField::PrincipalName, 1)]);
    assert!(allowed(&method, &person, &lee()).is_ok());
}

fn binding(field: CertificateField, priority: u32) -> UsernameBinding {
    UsernameBinding::new(field, UserProperty::UserPrincipalName, priority)
}

fn method(bindings: &[UsernameBinding]) -> MethodPolicy {
    MethodPolicy {
        username_bindings: bindings.to_vec(),
        ..MethodPolicy::default()
    }
}

fn lee_by_name_and_email() -> Person {
    Person {
        principal_names: vec!["lee@meridian.example".into()],
        emails: vec!["lee@meridian.example".into()],
        ..Person::default()
    }
}

fn preview(method: &MethodPolicy) -> Policy {
    policy_of(Rules {
        settings: Settings {
            compatibility: Compatibility::Preview2022,
            ..Settings::default()
        },
        method: method.clone(),
        ..Rules::default()
    })
}

fn allowed(method: &MethodPolicy, person: &Person, account: &Account) -> Result<String, u32> {
    outcome(&Policy::new(method.clone()), person, account)
}

fn in_preview(method: &MethodPolicy, person: &Person, account: &Account) -> Result<String, u32> {
    outcome(&preview(method), person, account)
}

/// The binding that matched, or the code of the refusal.
fn outcome(policy: &Policy, person: &Person, account: &Account) -> Result<String, u32> {
    let evidence = path_of(person).into();
    match policy.decide(&evidence, account, &application(Requirement::Any), NOW) {
        Decision::Allow(grant) => Ok(grant.certificate().unwrap().binding.clone()),
        Decision::More(more) => Err(more.refusal.code()),
        Decision::Deny(refusal) => Err(refusal.code()),
    }
}
