//! CAs, accounts, applications, and paths that really hold.

use certs::{
    Authority, Certificate, CurrentPath, Presented, Revocation, Role, Settings, Time, TrustStore,
    validate,
};
use policy::{Account, Application, MethodPolicy, Policy, Requirement, Rules};

use crate::mint::{CN, Ca, Person, dn};

/// What a leaf says.
#[derive(Default)]
pub(crate) struct Leaf {
    pub(crate) principal_name: Option<&'static str>,
    pub(crate) email: Option<&'static str>,
    pub(crate) policies: &'static [&'static [u64]],
}

/// A path of one CA, `CN=Issuing CA`.
pub(crate) fn path(leaf: &Leaf) -> CurrentPath {
    let person = Person {
        principal_names: leaf
            .principal_name
            .iter()
            .map(ToString::to_string)
            .collect(),
        emails: leaf.email.iter().map(ToString::to_string).collect(),
        policies: leaf.policies.to_vec(),
        ..Person::default()
    };
    path_of(&person)
}

pub(crate) fn path_of(person: &Person) -> CurrentPath {
    path_under(&[&Ca::root(dn(&[(CN, "Issuing CA")]))], person)
}

/// A path under these CAs, the issuing one first and the root last.
pub(crate) fn path_under(authorities: &[&Ca], person: &Person) -> CurrentPath {
    let issuing = authorities.first().unwrap();
    let last = authorities.len() - 1;
    let trusted = authorities.iter().enumerate().map(|(place, ca)| Authority {
        certificate: Certificate::from_der(&ca.der).unwrap(),
        role: if place == last {
            Role::Root
        } else {
            Role::Intermediate
        },
    });
    let presented = Presented {
        certificates: vec![issuing.issue(person)],
    };
    validate(
        &presented,
        &TrustStore::new(trusted.collect()),
        &Settings::default(),
        NOW,
    )
    .unwrap()
    .check(&Revocation::none(), NOW)
    .unwrap()
}

pub(crate) fn lee() -> Account {
    Account {
        id: "lee".into(),
        user_principal_name: "lee@meridian.example".into(),
        on_premises_user_principal_name: Some("lpark@corp.meridian.example".into()),
        certificate_user_ids: vec![],
        display_name: "Lee Park".into(),
        enabled: true,
        groups: vec!["card-holders".into()],
        has_password: true,
        has_code: false,
        has_passkey: false,
    }
}

pub(crate) fn application(requires: Requirement) -> Application {
    Application {
        id: "payroll".into(),
        name: "Payroll".into(),
        requires,
    }
}

pub(crate) fn method() -> MethodPolicy {
    MethodPolicy::default()
}

/// A policy of these rules, whose strengths are all known.
pub(crate) fn policy_of(rules: Rules) -> Policy {
    Policy::of(rules).unwrap()
}

pub(crate) const NOW: Time = Time::from_unix(1_790_066_460);
pub(crate) const MFA: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1, 2];
pub(crate) const OTHER: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1, 2, 1];
