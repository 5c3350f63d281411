use policy::{
    Affinity, CertificateField, Decision, MethodPolicy, Policy, Requirement, UserProperty,
    UsernameBinding,
};

use crate::world::{Leaf, NOW, application, lee, path};

#[test]
fn each_field_matches_the_value_that_an_administrator_stores_for_it() {
    let path = path(&Leaf {
        principal_name: Some("Lee@Meridian.example"),
        email: Some("lee.park@meridian.example"),
        policies: &[],
    });
    let leaf = path.leaf();
    let reversed = certs::hex(&leaf.serial().iter().rev().copied().collect::<Vec<u8>>());
    let table = [
        (
            CertificateField::PrincipalName,
            "X509:<PN>lee@meridian.example".to_owned(),
        ),
        (
            CertificateField::Rfc822Name,
            "X509:<RFC822>lee.park@meridian.example".to_owned(),
        ),
        (
            CertificateField::Sha1PublicKey,
            format!("X509:<SHA1-PUKEY>{}", leaf.thumbprint()),
        ),
        (
            CertificateField::Subject,
            "X509:<S>O=Meridian,CN=Lee Park".to_owned(),
        ),
        (
            CertificateField::IssuerAndSubject,
            "X509:<I>CN=Issuing CA<S>O=Meridian,CN=Lee Park".to_owned(),
        ),
        (
            CertificateField::IssuerAndSerialNumber,
            format!("X509:<I>CN=Issuing CA<SR>{reversed}"),
        ),
    ];
    for (field, stored) in table {
        let mut account = lee();
        account.certificate_user_ids = vec![stored.clone()];
        let allowed = |stored: &[String]| {
            let mut account = account.clone();
            account.certificate_user_ids = stored.to_vec();
            let policy = Policy::new(only(field, UserProperty::CertificateUserIds));
            let evidence = path.clone().into();
            matches!(
                policy.decide(&evidence, &account, &application(Requirement::Any), NOW),
                Decision::Allow(_)
            )
        };
        assert!(allowed(std::slice::from_ref(&stored)), "{stored}");
        assert!(
            !allowed(&[stored.replacen("X509", "x509", 1)]),
            "prefixes are exact: {stored}"
        );
        assert!(!allowed(&[format!("{stored}0")]), "{stored}");
        assert!(!allowed(&[]), "{stored}");
    }
}

#[test]
fn a_name_is_not_enough_where_high_affinity_is_required() {
    let leaf = Leaf {
        principal_name: Some("lee@meridian.example"),
        ..Leaf::default()
    };
    let mut method = only(
        CertificateField::PrincipalName,
        UserProperty::UserPrincipalName,
    );
    let allowed = |method: &MethodPolicy| {
        let decision = Policy::new(method.clone()).decide(
            &path(&leaf).into(),
            &lee(),
            &application(Requirement::Any),
            NOW,
        );
        matches!(decision, Decision::Allow(_))
    };
    assert!(allowed(&method));
    method.required_affinity = Affinity::High;
    assert!(!allowed(&method));
}

#[test]
fn an_empty_principal_name_matches_no_account() {
    let leaf = Leaf {
        principal_name: Some(""),
        ..Leaf::default()
    };
    let mut account = lee();
    account.on_premises_user_principal_name = Some(String::new());
    let method = only(
        CertificateField::PrincipalName,
        UserProperty::OnPremisesUserPrincipalName,
    );
    let decision = Policy::new(method).decide(
        &path(&leaf).into(),
        &account,
        &application(Requirement::Any),
        NOW,
    );
    assert!(matches!(decision, Decision::Deny(_)));
}

fn only(field: CertificateField, property: UserProperty) -> MethodPolicy {
    MethodPolicy {
        username_bindings: vec![UsernameBinding::new(field, property, 1)],
        ..MethodPolicy::default()
    }
}
