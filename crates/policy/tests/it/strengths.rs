//! Which factors satisfy what, and authentication strengths, by the rows of the reference (ST).

use policy::{
    Account, AuthenticationStrength, BuiltInStrength, CertificateConfiguration, Decision, Evidence,
    Factor, GrantControl, Policy, PolicyState, Recorded, Requirement, Rules, Settings, Strength,
    StrengthReference, TwoPossessionFactors,
};
use serde_json::{Value, json};

use crate::conditional_access::{everywhere, with};
use crate::mint::{CN, Ca, Person, dn};
use crate::world::{MFA, NOW, OTHER, application, lee, path_under, policy_of};

/// What is proven, and whether it is two factors, and whether the three strengths that are always
/// there are met: the whole table.
#[test]
fn st_01_the_table_of_factors() {
    let single = certificate("single_factor");
    let multi = certificate("multi_factor");
    let verified = passkey(true);
    let unverified = passkey(false);
    let (password, code) = (plain("password"), plain("code"));
    let rows: [(&str, Vec<&Value>, [bool; 4]); 12] = [
        (
            "certificate, multi-factor",
            vec![&multi],
            [true, true, true, true],
        ),
        (
            "passkey, verified",
            vec![&verified],
            [true, true, true, true],
        ),
        (
            "certificate and verified passkey",
            vec![&single, &verified],
            [true, true, true, true],
        ),
        (
            "certificate and password",
            vec![&single, &password],
            [true, true, false, false],
        ),
        (
            "password and code",
            vec![&password, &code],
            [true, true, false, false],
        ),
        (
            "password and passkey",
            vec![&password, &unverified],
            [true, true, false, false],
        ),
        ("certificate, single-factor", vec![&single], [false; 4]),
        ("passkey, unverified", vec![&unverified], [false; 4]),
        ("password", vec![&password], [false; 4]),
        ("certificate and code", vec![&single, &code], [false; 4]),
        (
            "certificate and passkey",
            vec![&single, &unverified],
            [false; 4],
        ),
        ("passkey and code", vec![&unverified, &code], [false; 4]),
    ];
    for (name, proofs, expected) in rows {
        let proofs: Vec<Value> = proofs.into_iter().cloned().collect();
        let found = [
            met(&GrantControl::MultiFactor, Settings::default(), &proofs),
            met(&built_in(2), Settings::default(), &proofs),
            met(&built_in(3), Settings::default(), &proofs),
            met(&built_in(4), Settings::default(), &proofs),
        ];
        assert_eq!(
            found, expected,
            "{name}: mfa, MFA, passwordless, phishing-resistant"
        );
        let mut backwards = proofs;
        backwards.reverse();
        let found = met(&GrantControl::MultiFactor, Settings::default(), &backwards);
        assert_eq!(found, expected[0], "{name}, the other way round");
    }
}

#[test]
fn two_things_that_are_held_are_two_factors_only_where_the_tenant_says_so() {
    let tenant = Settings {
        two_possession_factors: TwoPossessionFactors::MultiFactor,
        ..Settings::default()
    };
    let single = certificate("single_factor");
    for other in [plain("code"), passkey(false)] {
        let proofs = [single.clone(), other];
        assert!(!met(
            &GrantControl::MultiFactor,
            Settings::default(),
            &proofs
        ));
        assert!(met(&GrantControl::MultiFactor, tenant, &proofs));
        assert!(met(&built_in(2), tenant, &proofs));
        assert!(!met(&built_in(4), tenant, &proofs));
    }
    assert!(!met(&GrantControl::MultiFactor, tenant, &[single]));
}

#[test]
fn st_01_the_ids_of_the_built_in_strengths() {
    let by_id =
        |last: u8| BuiltInStrength::by_id(&format!("00000000-0000-0000-0000-00000000000{last}"));
    assert_eq!(by_id(2), Some(BuiltInStrength::MultiFactor));
    assert_eq!(by_id(3), Some(BuiltInStrength::Passwordless));
    assert_eq!(by_id(4), Some(BuiltInStrength::PhishingResistant));
    assert_eq!(by_id(1), None);
}

#[test]
fn st_02_a_strength_allows_certificates_of_one_mode_of_the_other_or_of_both() {
    let (single, multi) = (certificate("single_factor"), certificate("multi_factor"));
    let table: [(&[&str], bool, bool); 4] = [
        (&["x509CertificateSingleFactor"], true, false),
        (&["x509CertificateMultiFactor"], false, true),
        (
            &["x509CertificateSingleFactor", "x509CertificateMultiFactor"],
            true,
            true,
        ),
        (&["fido2"], false, false),
    ];
    for (combinations, by_single, by_multi) in table {
        let strength = custom(combinations, vec![]);
        let found = [
            met(
                &strength,
                Settings::default(),
                std::slice::from_ref(&single),
            ),
            met(&strength, Settings::default(), std::slice::from_ref(&multi)),
        ];
        assert_eq!(found, [by_single, by_multi], "{combinations:?}");
    }
}

#[test]
fn st_02_combinations_of_two_are_met_by_both_in_whatever_order_they_are_written() {
    for combination in ["password,softwareOath", "softwareOath, password"] {
        let strength = custom(&[combination], vec![]);
        let (password, code) = (plain("password"), plain("code"));
        let both = [password.clone(), code];
        assert!(met(&strength, Settings::default(), &both), "{combination}");
        assert!(
            !met(&strength, Settings::default(), &[password]),
            "{combination}"
        );
    }
}

#[test]
fn st_03_one_of_the_issuers_and_one_of_the_oids() {
    let root = Ca::root(dn(&[(CN, "Issuing CA")]));
    let own = certs::hex(&root.key_identifier).to_uppercase();
    let foreign = "9A4248C6AC8C2931AB2A86537818E92E7B6C97B6".to_owned();
    let one = "1.3.6.1.4.1.99999.1.2";
    let table: [(&[&String], &[&str], bool); 8] = [
        (&[&own], &[], true),
        (&[&foreign], &[], false),
        (&[&foreign, &own], &[], true),
        (&[], &[one], true),
        (&[], &["1.2.3.4"], false),
        (&[], &["1.2.3.4", one], true),
        (&[&own], &[one], true),
        (&[&own], &["1.2.3.4"], false),
    ];
    for (issuers, oids, expected) in table {
        let strength = restricted(issuers, oids);
        let found = decide(&strength, &root, &person(&[MFA]));
        assert_eq!(found.is_ok(), expected, "{issuers:?} {oids:?}");
        if !expected {
            assert_eq!(found, Err(500_187));
        }
    }
    assert_eq!(
        decide(&restricted(&[&foreign], &[one]), &root, &person(&[MFA])),
        Err(500_187)
    );
}

#[test]
fn st_04_of_many_oids_those_count_that_match() {
    const MANY: [&[u64]; 7] = [
        &[1, 2, 9],
        &[1, 2, 8],
        &[1, 2, 7],
        &[1, 2, 6],
        &[1, 2, 5],
        &[1, 2, 4],
        MFA,
    ];
    let root = Ca::root(dn(&[(CN, "Issuing CA")]));
    let strength = restricted(&[], &["1.3.6.1.4.1.99999.1.2"]);
    assert_eq!(decide(&strength, &root, &person(&MANY)), Ok(()));
    assert_eq!(decide(&strength, &root, &person(&MANY[..6])), Err(500_187));
    assert_eq!(
        decide(
            &restricted(&[], &["1.3.6.1.4.1.99999.1"]),
            &root,
            &person(&MANY)
        ),
        Err(500_187)
    );
}

#[test]
fn st_05_an_issuer_is_known_by_the_key_that_the_certificate_names() {
    let root = Ca::root(dn(&[(CN, "Issuing CA")]));
    let own = certs::hex(&root.key_identifier);
    let nameless = Person {
        names_its_issuers_key: false,
        ..person(&[MFA])
    };
    assert_eq!(
        decide(&restricted(&[&own], &[]), &root, &nameless),
        Err(500_187)
    );
    assert_eq!(decide(&restricted(&[], &[]), &root, &nameless), Ok(()));
}

#[test]
fn a_configuration_for_one_rating_says_nothing_of_the_other() {
    let root = Ca::root(dn(&[(CN, "Issuing CA")]));
    let control = |rated| {
        custom(
            &["x509CertificateSingleFactor"],
            vec![CertificateConfiguration {
                applies_to: vec![rated],
                allowed_issuer_skis: vec!["AB".into()],
                allowed_policy_oids: vec![],
            }],
        )
    };
    let person = person(&[]);
    assert_eq!(
        decide(&control(Strength::MultiFactor), &root, &person),
        Ok(())
    );
    assert_eq!(
        decide(&control(Strength::SingleFactor), &root, &person),
        Err(500_187)
    );
}

#[test]
fn st_06_the_administrator_reads_what_the_certificate_has_and_the_person_does_not_read_the_rule() {
    let root = Ca::root(dn(&[(CN, "Issuing CA")]));
    let refusal = match asked(&restricted(&[], &["1.2.3.4"]), &root, &person(&[OTHER])) {
        Decision::More(more) => more.refusal,
        other @ (Decision::Allow(_) | Decision::Deny(_)) => panic!("expected More, got {other:?}"),
    };
    let administrator = format!("{:?}", refusal.for_administrator());
    assert!(
        administrator.contains("1.3.6.1.4.1.99999.1.2.1"),
        "{administrator}"
    );
    assert!(administrator.contains("Clearance"), "{administrator}");
    let person = format!("{:?}", refusal.for_person());
    assert!(!person.contains("Clearance"), "{person}");
}

#[test]
fn mf_03_a_single_factor_certificate_is_offered_what_is_enrolled() {
    let root = Ca::root(dn(&[(CN, "Issuing CA")]));
    let offered = |control: &GrantControl, password, has_code, has_passkey| {
        let account = Account {
            has_password: password,
            has_code,
            has_passkey,
            ..lee()
        };
        let policy = policy_of(everywhere(control.clone()));
        let evidence = path_under(&[&root], &person(&[])).into();
        match policy.decide(&evidence, &account, &application(Requirement::Any), NOW) {
            Decision::More(more) => Ok(more.offers),
            Decision::Deny(refusal) => Err(refusal.code()),
            Decision::Allow(grant) => panic!("expected more, got {grant:?}"),
        }
    };
    let key = Factor::Passkey {
        user_verified: true,
    };
    let mfa = GrantControl::MultiFactor;
    assert_eq!(
        offered(&mfa, true, true, true),
        Ok(vec![key, Factor::Password])
    );
    assert_eq!(
        offered(&mfa, true, false, false),
        Ok(vec![Factor::Password])
    );
    assert_eq!(offered(&mfa, false, true, true), Ok(vec![key]));
    assert_eq!(offered(&mfa, false, true, false), Err(50079));
    assert_eq!(
        offered(&built_in(4), true, true, true),
        Ok(vec![key, Factor::Certificate])
    );
    assert_eq!(
        offered(&built_in(4), true, true, false),
        Ok(vec![Factor::Certificate])
    );
    assert_eq!(
        offered(
            &custom(&["password,softwareOath"], vec![]),
            true,
            true,
            false
        ),
        Ok(vec![Factor::Password])
    );
    assert_eq!(
        offered(
            &custom(&["password,softwareOath"], vec![]),
            true,
            false,
            false
        ),
        Err(500_187)
    );
}

#[test]
fn a_strength_that_is_named_and_not_known_is_refused_before_any_decision() {
    let rules = everywhere(GrantControl::Strength(StrengthReference {
        id: Some("11111111-1111-1111-1111-111111111111".into()),
        whole: None,
    }));
    let unresolved = Policy::of(rules.clone()).unwrap_err();
    assert_eq!(
        unresolved[0].strength,
        "11111111-1111-1111-1111-111111111111"
    );
    let known = Rules {
        strengths: vec![AuthenticationStrength {
            id: Some("11111111-1111-1111-1111-111111111111".into()),
            allowed_combinations: vec!["password".into()],
            ..AuthenticationStrength::default()
        }],
        ..rules
    };
    assert!(Policy::of(known).is_ok());
}

pub(crate) fn built_in(last: u8) -> GrantControl {
    GrantControl::Strength(StrengthReference {
        id: Some(format!("00000000-0000-0000-0000-00000000000{last}")),
        whole: None,
    })
}

pub(crate) fn custom(
    combinations: &[&str],
    certificates: Vec<CertificateConfiguration>,
) -> GrantControl {
    GrantControl::Strength(StrengthReference {
        id: None,
        whole: Some(AuthenticationStrength {
            display_name: "Clearance".into(),
            allowed_combinations: combinations.iter().map(ToString::to_string).collect(),
            certificates,
            ..AuthenticationStrength::default()
        }),
    })
}

fn restricted(issuers: &[&String], oids: &[&str]) -> GrantControl {
    let both = ["x509CertificateSingleFactor", "x509CertificateMultiFactor"];
    custom(
        &both,
        vec![CertificateConfiguration {
            applies_to: vec![Strength::SingleFactor, Strength::MultiFactor],
            allowed_issuer_skis: issuers.iter().map(ToString::to_string).collect(),
            allowed_policy_oids: oids.iter().map(ToString::to_string).collect(),
        }],
    )
}

fn person(policies: &[&'static [u64]]) -> Person {
    Person {
        principal_names: vec!["lee@meridian.example".into()],
        policies: policies.to_vec(),
        ..Person::default()
    }
}

fn asked(control: &GrantControl, root: &Ca, person: &Person) -> Decision {
    let evidence = path_under(&[root], person).into();
    let policy = policy_of(everywhere(control.clone()));
    policy.decide(&evidence, &lee(), &application(Requirement::Any), NOW)
}

fn decide(control: &GrantControl, root: &Ca, person: &Person) -> Result<(), u32> {
    match asked(control, root, person) {
        Decision::Allow(_) => Ok(()),
        Decision::More(more) => Err(more.refusal.code()),
        Decision::Deny(refusal) => Err(refusal.code()),
    }
}

pub(crate) fn plain(factor: &str) -> Value {
    json!({ "factor": factor, "at": NOW.unix(), "strength": "single_factor" })
}

pub(crate) fn certificate(strength: &str) -> Value {
    json!({ "factor": "certificate", "at": NOW.unix(), "strength": strength })
}

pub(crate) fn passkey(user_verified: bool) -> Value {
    let strength = if user_verified {
        "multi_factor"
    } else {
        "single_factor"
    };
    json!({
        "factor": { "passkey": { "user_verified": user_verified } },
        "at": NOW.unix(),
        "strength": strength,
    })
}

/// Evidence as a session keeps it.
pub(crate) fn session(proofs: &[Value]) -> Evidence {
    let recorded: Recorded =
        serde_json::from_value(json!({ "account": "lee", "proofs": proofs })).unwrap();
    recorded.live(NOW.plus(1_000_000_000), NOW).unwrap().into()
}

/// Whether proofs that a session keeps meet a control.
fn met(control: &GrantControl, settings: Settings, proofs: &[Value]) -> bool {
    let mut rules = with(PolicyState::Enabled, Some(control.clone()), None);
    rules.settings = settings;
    let decision = policy_of(rules).decide(
        &session(proofs),
        &lee(),
        &application(Requirement::Any),
        NOW,
    );
    matches!(decision, Decision::Allow(_))
}
