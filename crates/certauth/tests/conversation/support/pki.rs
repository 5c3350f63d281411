//! A root, an issuing CA with a revocation list, and people's certificates.

use certs::Time;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, OtherNameValue,
    RevokedCertParams, SanType, SerialNumber,
};
use time::OffsetDateTime;

pub(crate) struct Ca {
    pub(crate) der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

pub(crate) struct Pki {
    pub(crate) root: Ca,
    pub(crate) issuing: Ca,
}

/// What a person's certificate looks like.
#[derive(Clone, Copy)]
pub(crate) struct Card<'a> {
    pub(crate) name: &'a str,
    pub(crate) multi_factor: bool,
    pub(crate) serial: u64,
    pub(crate) not_after: Time,
}

impl<'a> Card<'a> {
    /// A good certificate that counts for one factor.
    pub(crate) fn of(name: &'a str) -> Self {
        Self {
            name,
            multi_factor: false,
            serial: 0x77,
            not_after: NOW.plus(400 * 86_400),
        }
    }

    /// A good certificate that counts for two.
    pub(crate) fn strong(name: &'a str) -> Self {
        Self {
            multi_factor: true,
            ..Self::of(name)
        }
    }

    /// A certificate that its issuer revoked.
    pub(crate) fn revoked(name: &'a str) -> Self {
        Self {
            serial: REVOKED,
            ..Self::strong(name)
        }
    }

    pub(crate) fn expired(name: &'a str) -> Self {
        Self {
            not_after: NOW.plus(-60),
            ..Self::strong(name)
        }
    }
}

impl Pki {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = ca("Meridian Root CA");
        let certificate = params.self_signed(&key).unwrap();
        let root = Ca {
            der: certificate.der().to_vec(),
            issuer: Issuer::new(params, key),
        };
        let key = KeyPair::generate().unwrap();
        let params = ca("Meridian Issuing CA 1");
        let certificate = params.signed_by(&key, &root.issuer).unwrap();
        let issuing = Ca {
            der: certificate.der().to_vec(),
            issuer: Issuer::new(params, key),
        };
        Self { root, issuing }
    }

    /// The certificates of a handshake.
    pub(crate) fn card(&self, card: Card<'_>) -> Vec<Vec<u8>> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, card.name);
        params.serial_number = Some(SerialNumber::from(card.serial));
        params.not_before = at(NOW.plus(-86_400));
        params.not_after = at(card.not_after);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names = vec![SanType::OtherName((
            vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3],
            OtherNameValue::Utf8String(format!("{}@meridian.example", card.name)),
        ))];
        if card.multi_factor {
            // SEQUENCE { SEQUENCE { OBJECT IDENTIFIER 1.2.3.4 } }
            let policies = vec![0x30, 0x07, 0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04];
            let policies = CustomExtension::from_oid_content(&[2, 5, 29, 32], policies);
            params.custom_extensions.push(policies);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuing.issuer).unwrap();
        vec![certificate.der().to_vec()]
    }

    /// The issuing CA's revocation list.
    pub(crate) fn crl(&self) -> Vec<u8> {
        let list = CertificateRevocationListParams {
            this_update: at(NOW.plus(-3600)),
            next_update: at(NOW.plus(100 * 86_400)),
            crl_number: SerialNumber::from(412_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(REVOKED),
                revocation_time: at(NOW.plus(-7200)),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let signed = list.signed_by(&self.issuing.issuer).unwrap();
        signed.der().to_vec()
    }
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = at(NOW.plus(-86_400));
    params.not_after = at(NOW.plus(4000 * 86_400));
    params.use_authority_key_identifier_extension = true;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn at(time: Time) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.unix()).unwrap()
}

/// 22 September 2026, 08:41.
pub(crate) const NOW: Time = Time::from_unix(1_790_066_460);
const REVOKED: u64 = 0x0bad;
