//! A small PKI: a root, an issuing CA, and whatever leaf a test wants.

use certs::{Authority, Certificate, Presented, Role, Time, TrustStore};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, OtherNameValue, SanType,
};
use time::OffsetDateTime;

pub(crate) struct Ca {
    pub(crate) certificate: Certificate,
    pub(crate) issuer: Issuer<'static, KeyPair>,
}

pub(crate) struct Pki {
    pub(crate) root: Ca,
    pub(crate) issuing: Ca,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let root = Ca::root("Meridian Root CA");
        let issuing = root.issue_ca("Meridian Issuing CA 1", |_| {});
        Self { root, issuing }
    }

    pub(crate) fn trust(&self) -> TrustStore {
        TrustStore::new(vec![
            authority(&self.root, Role::Root),
            authority(&self.issuing, Role::Intermediate),
        ])
    }
}

impl Ca {
    pub(crate) fn root(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = ca_params(name);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate: read(certificate.der()),
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn issue_ca(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = ca_params(name);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self {
            certificate: read(certificate.der()),
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn issue(&self, change: impl FnOnce(&mut CertificateParams)) -> Certificate {
        read(&self.issue_der(change))
    }

    pub(crate) fn issue_der(&self, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = name("Lee Park");
        params.not_before = at(NOT_BEFORE);
        params.not_after = at(NOT_AFTER);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names = vec![
            SanType::OtherName((
                vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3],
                OtherNameValue::Utf8String("lee@meridian.example".into()),
            )),
            SanType::Rfc822Name(Ia5String::try_from("lee.park@meridian.example").unwrap()),
        ];
        change(&mut params);
        params.signed_by(&key, &self.issuer).unwrap().der().to_vec()
    }
}

pub(crate) fn authority(ca: &Ca, role: Role) -> Authority {
    Authority {
        certificate: ca.certificate.clone(),
        role,
    }
}

pub(crate) fn presented(leaf: &Certificate) -> Presented {
    Presented {
        certificates: vec![leaf.der().to_vec()],
    }
}

pub(crate) fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Meridian");
    name.push(DnType::CommonName, common_name);
    name
}

pub(crate) fn at(time: Time) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.unix()).unwrap()
}

fn ca_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(common_name);
    params.not_before = at(NOT_BEFORE);
    params.not_after = at(NOT_AFTER);
    params.use_authority_key_identifier_extension = true;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn read(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

/// 22 September 2026, 08:41.
pub(crate) const NOW: Time = Time::from_unix(1_790_066_460);
pub(crate) const NOT_BEFORE: Time = NOW.plus(-86_400);
pub(crate) const NOT_AFTER: Time = NOW.plus(86_400);
