//! What would happen, and the explanations as they read.

use certs::{Check, Presented, Revocation, Time, TrustStore};
use policy::directory::Bundle;
use policy::{Account, Answer, Explanation, Factor, Policy, Requirement, Settings, Strength};
use serde_json::json;

use crate::directory::{conditional_access, method_policy};
use crate::mint::{CN, Ca, DC, Person, dn};
use crate::world::{NOW, application, lee, path_under};

#[test]
fn an_exported_policy_is_asked_as_it_stands() {
    let policy = exported();
    let root = contoso();
    let ask = |person: &Person, account: Option<&Account>| {
        let path = path_under(&[&root], person);
        policy.what_if(Ok(path), account, &application(Requirement::Any), NOW)
    };
    let by_key = holder();
    let Answer::Allowed { checks, .. } = ask(&strong(), Some(&by_key)) else {
        panic!("expected Allowed")
    };
    insta::assert_snapshot!("allowed", lines(checks.iter()));

    let Answer::MoreNeeded {
        offers,
        lacking,
        explanation,
    } = ask(&weak(), Some(&by_key))
    else {
        panic!("expected MoreNeeded")
    };
    assert_eq!(offers, [Factor::Certificate]);
    assert_eq!(lacking.len(), 1);
    assert_eq!(lacking[0].rated, Some(Strength::MultiFactor));
    insta::assert_snapshot!("more_needed", told(&explanation));

    let Answer::Refused { explanation } = ask(&weak(), None) else {
        panic!("expected Refused")
    };
    insta::assert_snapshot!("refused_without_account", told(&explanation));

    let outside = Account {
        groups: vec![],
        ..by_key
    };
    let Answer::Refused { explanation } = ask(&weak(), Some(&outside)) else {
        panic!("expected Refused")
    };
    insta::assert_snapshot!("refused_out_of_scope", told(&explanation));
}

#[test]
fn a_certificate_whose_path_does_not_hold_is_refused_with_its_own_reason() {
    let root = contoso();
    let presented = Presented {
        certificates: vec![root.issue(&weak())],
    };
    let refused = certs::validate(
        &presented,
        &TrustStore::new(vec![]),
        &certs::Settings::default(),
        NOW,
    )
    .and_then(|path| path.check(&Revocation::none(), NOW))
    .unwrap_err();
    let answer = exported().what_if(
        Err(refused),
        Some(&holder()),
        &application(Requirement::Any),
        NOW,
    );
    let Answer::Refused { explanation } = answer else {
        panic!("expected Refused, got {answer:?}")
    };
    assert_eq!(explanation.code, certs::code::ISSUER_NOT_TRUSTED);
}

#[test]
fn time_is_what_is_asked() {
    let path = path_under(&[&contoso()], &strong());
    let answer = exported().what_if(
        Ok(path),
        Some(&holder()),
        &application(Requirement::Any),
        Time::from_unix(0),
    );
    assert!(matches!(answer, Answer::Allowed { .. }));
}

#[test]
fn the_person_reads_less_than_the_administrator() {
    let policy = exported();
    let path = path_under(&[&contoso()], &weak());
    let refusal = policy.refuse_unknown(&path);
    insta::assert_snapshot!("refused_for_the_person", told(&refusal.for_person()));
}

/// The policy with every member of the reference, beside a conditional access policy for the
/// application and the group.
fn exported() -> Policy {
    let mut method = method_policy();
    method["certificateAuthorityScopes"] = json!([]);
    let (method, access) = (method.to_string(), conditional_access().to_string());
    let bundle = Bundle::read(&[method.as_bytes(), access.as_bytes()]).unwrap();
    Policy::of(bundle.rules(Settings::default())).unwrap()
}

fn contoso() -> Ca {
    Ca::root(dn(&[(DC, "org"), (DC, "Contoso"), (CN, "OtherCA")]))
}

/// A certificate that a rule rates as two factors.
fn strong() -> Person {
    Person {
        principal_names: vec!["lee@meridian.example".into()],
        policies: vec![&[1, 2, 3, 4]],
        ..Person::default()
    }
}

fn weak() -> Person {
    Person {
        policies: vec![&[1, 2, 3]],
        ..strong()
    }
}

fn holder() -> Account {
    Account {
        certificate_user_ids: vec!["X509:<SKI>C6F4E96C".into()],
        groups: vec!["2c7f0f6d-0000-4000-8000-000000000001".into()],
        has_password: false,
        ..lee()
    }
}

fn told(explanation: &Explanation) -> String {
    format!(
        "{} {:?} {:?}\n{}",
        explanation.code,
        explanation.failed,
        explanation.next,
        lines(explanation.checks.iter())
    )
}

/// One line for each check from the account on; what `certs` checked is told in its own tests. Keys
/// are new in every run, so their identifiers are left out.
fn lines<'a>(checks: impl Iterator<Item = &'a policy::CheckLine>) -> String {
    let part = |name: &str, value: &Option<String>| {
        value
            .as_ref()
            .map(|value| format!("\n    {name} {}", without_identifiers(value)))
            .unwrap_or_default()
    };
    checks
        .skip_while(|line| line.check != Check::Account)
        .map(|line| {
            format!(
                "{:?} {:?}{}{}{}\n",
                line.outcome,
                line.check,
                part("on", &line.certificate),
                part("expected", &line.expected),
                part("found", &line.found)
            )
        })
        .collect::<Vec<_>>()
        .concat()
}

fn without_identifiers(text: &str) -> String {
    text.split(' ')
        .map(|word| {
            let bare = word.trim_end_matches([',', ')']);
            let is_key = bare.len() == 40 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_key { "(key)" } else { word }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
