//! Certificate values of accounts, by the rows of the reference (CU, §8.1).

use policy::user_ids::{self, LONGEST, MOST, SerialOrder, UserIdFault};
use policy::{
    Account, CertificateField, Decision, MethodPolicy, Requirement, Rules, SerialOrders, Settings,
    UserProperty, UsernameBinding,
};

use crate::mint::{C, CN, Ca, DC, O, OU, Person, dn};
use crate::world::{NOW, application, lee, path_under, policy_of};

#[test]
fn s8_1_the_verified_vector_gives_every_value_that_is_expected() {
    let leaf = vector();
    let path = path_under(&[&contoso()], &leaf);
    let all = user_ids::of(path.leaf());
    let of = |field: CertificateField| -> Vec<&str> {
        all.iter()
            .filter(|id| id.field == field)
            .map(|id| id.value.as_str())
            .collect()
    };
    assert_eq!(
        of(CertificateField::PrincipalName),
        ["X509:<PN>contoso@microsoft.com"]
    );
    assert_eq!(
        of(CertificateField::Subject),
        ["X509:<S>DC=com,DC=contoso,DC=corp,OU=UserAccounts,CN=Contoso User"]
    );
    assert_eq!(
        of(CertificateField::IssuerAndSubject),
        ["X509:<I>CN=Contoso<S>DC=com,DC=contoso,DC=corp,OU=UserAccounts,CN=Contoso User"]
    );
    assert_eq!(
        of(CertificateField::SubjectKeyIdentifier),
        ["X509:<SKI>C6F4E96CAAD84640361F9FB5F74F6308247CB8B4"]
    );
    // The directory's order, then the order in which the helper prints it.
    assert_eq!(
        of(CertificateField::IssuerAndSerialNumber),
        [
            "X509:<I>CN=Contoso<SR>8a2d086464fa23449686bf4441978c1e",
            "X509:<I>CN=Contoso<SR>1e8c974144bf86964423fa6464082d8a",
        ]
    );
    assert_eq!(of(CertificateField::Rfc822Name), [""; 0]);
    let sha1 = of(CertificateField::Sha1PublicKey);
    assert_eq!(
        sha1,
        [format!("X509:<SHA1-PUKEY>{}", path.leaf().thumbprint())]
    );
    let orders: Vec<SerialOrder> = all.iter().filter_map(|id| id.serial).collect();
    assert_eq!(orders, [SerialOrder::Reversed, SerialOrder::Displayed]);
}

#[test]
fn cu_03_each_value_that_is_printed_matches_and_prefixes_are_exact() {
    let person = Person {
        emails: vec!["contoso@microsoft.com".into()],
        ..vector()
    };
    let ca = contoso();
    let path = path_under(&[&ca], &person);
    for id in user_ids::of(path.leaf()) {
        let in_the_directorys_order = id.serial != Some(SerialOrder::Displayed);
        for (stored, expected) in [
            (id.value.clone(), in_the_directorys_order),
            (id.value.replacen("X509", "x509", 1), false),
            (id.value.replacen(":<", ":< ", 1), false),
            (format!("{}0", id.value), false),
        ] {
            assert_eq!(
                fits(id.field, &stored, &path, SerialOrders::Reversed),
                expected,
                "{stored}"
            );
        }
    }
}

#[test]
fn cu_07_values_are_written_as_windows_writes_them() {
    let ca = Ca::root(dn(&[(C, "NL"), (O, "Meridian, Inc."), (CN, "CA \"one\"")]));
    let mut subject = dn(&[(O, "Meridian"), (CN, "Lee Park")]);
    subject[1].push((OU, "Cards".into()));
    subject.push(vec![(&[2, 5, 4, 8], "Utrecht".to_owned())]);
    subject.push(vec![(&[2, 5, 4, 65], "lp".to_owned())]);
    let person = Person {
        subject,
        ..Person::default()
    };
    let path = path_under(&[&ca], &person);
    let all = user_ids::of(path.leaf());
    let value = |field| &all.iter().find(|id| id.field == field).unwrap().value;
    assert_eq!(
        value(CertificateField::IssuerAndSubject),
        "X509:<I>C=NL,O=\"Meridian, Inc.\",CN=\"CA \"\"one\"\"\"\
         <S>O=Meridian,OU=Cards CN=Lee Park,S=Utrecht,OID.2.5.4.65=lp"
    );
    assert!(fits(
        CertificateField::IssuerAndSubject,
        value(CertificateField::IssuerAndSubject),
        &path,
        SerialOrders::Reversed
    ));
}

#[test]
fn cu_08_a_certificate_without_key_identifier_has_no_such_value() {
    let person = Person {
        key_identifier: None,
        ..Person::default()
    };
    let path = path_under(&[&contoso()], &person);
    let ids = user_ids::of(path.leaf());
    assert!(
        ids.iter()
            .all(|id| id.field != CertificateField::SubjectKeyIdentifier)
    );
}

#[test]
fn cu_10_the_serial_number_is_reversed_and_either_order_is_the_tenants_choice() {
    let ca = contoso();
    let person = Person {
        serial: vec![
            0x48, 0xef, 0xa0, 0x6b, 0xa8, 0x12, 0x72, 0x99, 0x49, 0x9b, 0x06, 0x9f, 0x13, 0x34,
            0x41, 0xb2,
        ],
        ..Person::default()
    };
    let path = path_under(&[&ca], &person);
    let reversed = "X509:<I>CN=Contoso<SR>b24134139f069b49997212a86ba0ef48";
    let displayed = "X509:<I>CN=Contoso<SR>48efa06ba8127299499b069f133441b2";
    let field = CertificateField::IssuerAndSerialNumber;
    for (stored, orders, expected) in [
        (reversed, SerialOrders::Reversed, true),
        (reversed, SerialOrders::Either, true),
        (displayed, SerialOrders::Reversed, false),
        (displayed, SerialOrders::Either, true),
    ] {
        assert_eq!(
            fits(field, stored, &path, orders),
            expected,
            "{stored} {orders:?}"
        );
    }
}

#[test]
fn cu_10_the_zero_in_front_of_a_serial_number_says_nothing() {
    let person = Person {
        serial: vec![0x00, 0xb2, 0x41],
        ..Person::default()
    };
    let path = path_under(&[&contoso()], &person);
    let field = CertificateField::IssuerAndSerialNumber;
    for (stored, expected) in [
        ("41b200", true),
        ("41b2", true),
        ("41B2", true),
        ("0041b2", false),
    ] {
        let stored = format!("X509:<I>CN=Contoso<SR>{stored}");
        assert_eq!(
            fits(field, &stored, &path, SerialOrders::Reversed),
            expected,
            "{stored}"
        );
    }
}

#[test]
fn cu_12_a_blank_after_a_tag_is_part_of_the_value() {
    let path = path_under(&[&contoso()], &Person::default());
    for stored in [
        "X509:<I>CN=Contoso<SR> 1200000000ac11000000002b",
        "X509:<S> O=Meridian,CN=Lee Park",
        "X509:<S>O=Meridian, CN=Lee Park",
    ] {
        let field = user_ids::field_of(stored).unwrap();
        assert!(
            !fits(field, stored, &path, SerialOrders::Either),
            "{stored}"
        );
    }
}

#[test]
fn cu_02_an_account_has_at_most_ten_values_of_1024_characters_and_each_once() {
    let values = |count: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("X509:<SKI>{number:04}"))
            .collect()
    };
    assert_eq!(user_ids::check(&values(MOST), []), Ok(()));
    let faults = user_ids::check(&values(MOST + 1), []).unwrap_err();
    assert_eq!(faults, [(None, UserIdFault::TooMany(11))]);

    let of_length = |length: usize| format!("X509:<PN>{}", "é".repeat(length - 9));
    assert_eq!(user_ids::check(&[of_length(LONGEST)], []), Ok(()));
    let faults = user_ids::check(&[of_length(LONGEST + 1)], []).unwrap_err();
    assert_eq!(faults, [(Some(0), UserIdFault::TooLong(1025))]);

    let twice = ["X509:<SKI>aa".to_owned(), "X509:<SKI>AA".to_owned()];
    let faults = user_ids::check(&twice, []).unwrap_err();
    assert_eq!(
        faults,
        [(Some(1), UserIdFault::Twice("X509:<SKI>AA".into()))]
    );
}

#[test]
fn cu_02_a_value_belongs_to_one_account_of_the_tenant() {
    let mine = [
        "X509:<PN>lee@meridian.example".to_owned(),
        "X509:<S>CN=Lee".to_owned(),
    ];
    let theirs = ["X509:<PN>LEE@meridian.example".to_owned()];
    let faults = user_ids::check(&mine, [("sam", &theirs[..])]).unwrap_err();
    assert_eq!(
        faults,
        [(
            Some(0),
            UserIdFault::Taken {
                value: mine[0].clone(),
                account: "sam".into()
            }
        )]
    );
    // Names in DNs are compared exactly, so these are two values.
    let theirs = ["X509:<S>CN=lee".to_owned()];
    assert_eq!(user_ids::check(&mine, [("sam", &theirs[..])]), Ok(()));
}

#[test]
fn cu_03_only_the_seven_forms_are_values() {
    for (value, field) in [
        ("X509:<PN>bob@woodgrove", CertificateField::PrincipalName),
        (
            "X509:<PN>123456789098765@mil",
            CertificateField::PrincipalName,
        ),
        (
            "X509:<RFC822>user@woodgrove.com",
            CertificateField::Rfc822Name,
        ),
        ("X509:<SKI>aabb", CertificateField::SubjectKeyIdentifier),
        ("X509:<SHA1-PUKEY>aabb", CertificateField::Sha1PublicKey),
        ("X509:<S>CN=a", CertificateField::Subject),
        ("X509:<I>CN=a<S>CN=b", CertificateField::IssuerAndSubject),
        (
            "X509:<I>CN=a<SR>01",
            CertificateField::IssuerAndSerialNumber,
        ),
    ] {
        assert_eq!(user_ids::field_of(value), Ok(field), "{value}");
    }
    for odd in [
        "",
        "lee",
        "X509:",
        "X509:<PN>",
        "x509:<PN>a",
        "X509:<pn>a",
        "X509:<I>CN=a",
        "X509:<I><S>b",
        "X509:<I>CN=a<SR>",
        "X509:<XX>a",
        " X509:<PN>a",
        "X509: <PN>a",
    ] {
        assert!(user_ids::field_of(odd).is_err(), "{odd:?}");
    }
}

/// The certificate of the vector, as far as its values depend on it.
fn vector() -> Person {
    Person {
        subject: dn(&[
            (DC, "com"),
            (DC, "contoso"),
            (DC, "corp"),
            (OU, "UserAccounts"),
            (CN, "Contoso User"),
        ]),
        serial: vec![
            0x1e, 0x8c, 0x97, 0x41, 0x44, 0xbf, 0x86, 0x96, 0x44, 0x23, 0xfa, 0x64, 0x64, 0x08,
            0x2d, 0x8a,
        ],
        principal_names: vec!["contoso@microsoft.com".into()],
        key_identifier: Some(vec![
            0xc6, 0xf4, 0xe9, 0x6c, 0xaa, 0xd8, 0x46, 0x40, 0x36, 0x1f, 0x9f, 0xb5, 0xf7, 0x4f,
            0x63, 0x08, 0x24, 0x7c, 0xb8, 0xb4,
        ]),
        ..Person::default()
    }
}

fn contoso() -> Ca {
    Ca::root(dn(&[(CN, "Contoso")]))
}

fn fits(
    field: CertificateField,
    stored: &str,
    path: &certs::CurrentPath,
    serial_order: SerialOrders,
) -> bool {
    let policy = policy_of(Rules {
        settings: Settings {
            serial_order,
            ..Settings::default()
        },
        method: MethodPolicy {
            username_bindings: vec![UsernameBinding::new(
                field,
                UserProperty::CertificateUserIds,
                1,
            )],
            ..MethodPolicy::default()
        },
        ..Rules::default()
    });
    let account = Account {
        certificate_user_ids: vec![stored.to_owned()],
        ..lee()
    };
    let evidence = path.clone().into();
    matches!(
        policy.decide(&evidence, &account, &application(Requirement::Any), NOW),
        Decision::Allow(_)
    )
}
