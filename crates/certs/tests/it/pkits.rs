//! NIST's PKITS, from `tests/data/pkits`: 249 tests, each with the check that decides it.

use std::collections::BTreeMap;
use std::sync::Arc;

use certs::{
    Authority, Certificate, Crl, InitialPolicies, Oid, Presented, Purpose, Refused, Revocation,
    RevocationList, Role, Settings, Sources, Time, TrustStore, ValidPath, validate,
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
fn every_test_of_pkits_comes_out_as_the_suite_says_with_its_lists() {
    let mut wrong = Vec::new();
    for (id, test) in &tests() {
        let found = match run(test).and_then(|path| path.check(&revocation(test), NOW)) {
            Ok(path) => {
                if path.policies() != test.policies() {
                    wrong.push(format!("{id}: policies {:?}", path.policies()));
                }
                "accepted".to_owned()
            }
            Err(refused) => reason(&refused),
        };
        if found != test.expect {
            wrong.push(format!("{id}: {found}, and expected was {}", test.expect));
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

#[test]
fn another_reader_reads_the_same_certificates() {
    use x509_parser::extensions::ParsedExtension;
    use x509_parser::prelude::{FromDer, X509Certificate};
    for (_, test) in tests() {
        for name in &test.path {
            let ours = certificate(name);
            let (_, theirs) = X509Certificate::from_der(ours.der()).unwrap();
            assert_eq!(ours.serial(), theirs.raw_serial(), "{name}");
            assert_eq!(ours.subject().der(), theirs.subject().as_raw(), "{name}");
            assert_eq!(ours.issuer().der(), theirs.issuer().as_raw(), "{name}");
            assert_eq!(
                ours.subject_public_key_info(),
                theirs.public_key().raw,
                "{name}"
            );
            let validity = theirs.validity();
            assert_eq!(ours.not_before().unix(), validity.not_before.timestamp());
            assert_eq!(ours.not_after().unix(), validity.not_after.timestamp());
            assert_eq!(ours.is_ca(), theirs.is_ca(), "{name}");
            let policies = theirs.extensions().iter().find_map(|extension| {
                if let ParsedExtension::CertificatePolicies(policies) = extension.parsed_extension()
                {
                    Some(
                        policies
                            .iter()
                            .map(|it| it.policy_id.to_id_string())
                            .collect(),
                    )
                } else {
                    None
                }
            });
            let policies: Vec<String> = policies.unwrap_or_default();
            assert_eq!(ours.policies(), policies, "{name}");
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

/// Every list of the test, offered for each of its CAs; a CA without one of them is refused.
pub(crate) fn revocation(test: &Test) -> Revocation {
    let trust = trust(test);
    let mut revocation = Revocation::none();
    for authority in trust.authorities() {
        let read =
            |name: &String| match Crl::read(crl(name), &authority.certificate, &trust, 1_000_000) {
                Ok(list) => RevocationList::Ready(Arc::new(list)),
                Err(fault) => RevocationList::Missing(fault),
            };
        let sources = Sources {
            lists: test.crls.iter().map(read).collect(),
            ..Sources::default()
        };
        revocation.set(&authority.certificate, sources);
    }
    revocation
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

fn policy(name: impl AsRef<str>) -> Oid {
    match name.as_ref() {
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
