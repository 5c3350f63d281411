//! One CA, accounts, applications, and paths that really hold.

use certs::{
    Authority, Certificate, CurrentPath, Presented, Revocation, Role, Settings, Time, TrustStore,
    validate,
};
use policy::{Account, Application, MethodPolicy, Requirement};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, OtherNameValue, SanType,
};

/// What a leaf says.
#[derive(Default)]
pub(crate) struct Leaf {
    pub(crate) principal_name: Option<&'static str>,
    pub(crate) email: Option<&'static str>,
    pub(crate) policies: &'static [&'static [u64]],
}

pub(crate) fn path(leaf: &Leaf) -> CurrentPath {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::default();
    ca.distinguished_name = DistinguishedName::new();
    ca.distinguished_name.push(DnType::CommonName, "Issuing CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_der = ca.self_signed(&ca_key).unwrap().der().to_vec();

    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Meridian");
    params
        .distinguished_name
        .push(DnType::CommonName, "Lee Park");
    if let Some(name) = leaf.principal_name {
        params.subject_alt_names.push(SanType::OtherName((
            vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3],
            OtherNameValue::Utf8String(name.into()),
        )));
    }
    if let Some(email) = leaf.email {
        let email = Ia5String::try_from(email).unwrap();
        params.subject_alt_names.push(SanType::Rfc822Name(email));
    }
    if !leaf.policies.is_empty() {
        params.custom_extensions.push(policies(leaf.policies));
    }
    let leaf = params.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();

    let trust = TrustStore::new(vec![Authority {
        certificate: Certificate::from_der(&ca_der).unwrap(),
        role: Role::Root,
    }]);
    let presented = Presented {
        certificates: vec![leaf.der().to_vec()],
    };
    validate(&presented, &trust, &Settings::default(), NOW)
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

/// certificatePolicies (RFC 5280 §4.2.1.4), which rcgen leaves to its user.
fn policies(oids: &[&[u64]]) -> CustomExtension {
    let content = yasna::construct_der(|writer| {
        writer.write_sequence_of(|writer| {
            for oid in oids {
                writer.next().write_sequence(|writer| {
                    writer
                        .next()
                        .write_oid(&yasna::models::ObjectIdentifier::from_slice(oid));
                });
            }
        });
    });
    CustomExtension::from_oid_content(&[2, 5, 29, 32], content)
}

pub(crate) const NOW: Time = Time::from_unix(1_790_066_460);
pub(crate) const MFA: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1, 2];
pub(crate) const OTHER: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1, 2, 1];
