//! NIST's PKITS, from `tests/data/pkits`: 249 tests, each with the check that decides it.

use std::collections::BTreeMap;

use certs::{
    Authority, Certificate, InitialPolicies, Oid, Presented, Purpose, Refused, Role, Settings,
    Time, TrustStore, ValidPath, validate,
};
use serde::Deserialize;

/// One test, as `tests.toml` lists it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    /// "accepted", or the check that refuses the path.
    pub(crate) expect: String,
    /// Below the anchor, the end of the path last.
    pub(crate) path: Vec<String>,
    /// The lists that are offered.
    #[expect(dead_code, reason = "revocation is judged by its own tests")]
    pub(crate) crls: Vec<String>,
    #[serde(default = "any")]
    initial: Vec<String>,
    #[serde(default)]
    explicit: bool,
    #[serde(default)]
    inhibit_mapping: bool,
    #[serde(default)]
    inhibit_any: bool,
    /// The user-constrained-policy-set.
    #[serde(default)]
    policies: Vec<String>,
}

#[test]
fn every_path_of_pkits_comes_out_as_the_suite_says_and_for_its_reason() {
    let tests = tests();
    assert_eq!(tests.len(), 249);
    let mut wrong = Vec::new();
    for (id, test) in &tests {
        let found = match run(test) {
            Ok(path) => {
                if test.expect == "accepted" && path.policies() != test.policies() {
                    wrong.push(format!("{id}: policies {:?}", path.policies()));
                }
                "accepted".to_owned()
            }
            Err(refused) => reason(&refused),
        };
        // What is revoked, or has no list that counts, is a path that holds until then.
        let expected = match test.expect.as_str() {
            "revocation" => "accepted",
            other => other,
        };
        if found != expected {
            wrong.push(format!("{id}: {found}, and expected was {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_forbidden_in_the_certificates_of_paths_that_hold() {
    let holds = |test: &Test| test.expect == "accepted";
    for (id, test) in tests().into_iter().filter(|(_, test)| holds(test)) {
        for name in &test.path {
            assert_eq!(certificate(name).violations(), [], "{id}: {name}");
        }
    }
}

/// The tests by their numbers.
pub(crate) fn tests() -> BTreeMap<String, Test> {
    toml::from_str(&String::from_utf8(file("tests.toml")).unwrap()).unwrap()
}

/// Judges the path of a test, all but revocation.
pub(crate) fn run(test: &Test) -> Result<ValidPath, Refused> {
    let presented = Presented {
        certificates: vec![certificate(test.path.last().unwrap()).der().to_vec()],
    };
    validate(&presented, &trust(test), &settings(test), NOW)
}

/// The anchor, and every CA of the test.
pub(crate) fn trust(test: &Test) -> TrustStore {
    let mut authorities = vec![Authority {
        certificate: certificate("TrustAnchorRootCertificate"),
        role: Role::Root,
    }];
    authorities.extend(test.path.iter().rev().skip(1).map(|name| Authority {
        certificate: certificate(name),
        role: Role::Intermediate,
    }));
    TrustStore::new(authorities)
}

pub(crate) fn settings(test: &Test) -> Settings {
    Settings {
        purpose: Purpose::Any,
        initial_policies: InitialPolicies::These(test.initial.iter().map(policy).collect()),
        explicit_policy: test.explicit,
        inhibit_policy_mapping: test.inhibit_mapping,
        inhibit_any_policy: test.inhibit_any,
        ..Settings::default()
    }
}

/// The check that refused, as `tests.toml` names it.
pub(crate) fn reason(refused: &Refused) -> String {
    let check = refused.trace.failure().unwrap().check;
    serde_json::to_value(check)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

/// The bytes of one of the lists.
#[expect(dead_code, reason = "revocation is judged by its own tests")]
pub(crate) fn crl(name: &str) -> Vec<u8> {
    file(&format!("crls/{name}.crl"))
}

pub(crate) fn certificate(name: &str) -> Certificate {
    Certificate::from_der(&file(&format!("certs/{name}.crt"))).unwrap()
}

impl Test {
    /// The user-constrained-policy-set, sorted.
    pub(crate) fn policies(&self) -> Vec<Oid> {
        let mut policies: Vec<Oid> = self.policies.iter().map(policy).collect();
        policies.sort();
        policies
    }
}

fn policy(name: &String) -> Oid {
    match name.as_str() {
        "any" => Oid::any_policy(),
        number => format!("2.16.840.1.101.3.2.1.48.{number}").parse().unwrap(),
    }
}

fn any() -> Vec<String> {
    vec!["any".to_owned()]
}

#[expect(
    clippy::disallowed_methods,
    reason = "the suite is in files, which the crate itself never reaches"
)]
fn file(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/pkits/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// 15 April 2011, when the suite's certificates count.
pub(crate) const NOW: Time = Time::from_unix(1_302_825_600);
