//! Keys and certificates, minted for each test.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, OtherNameValue,
    RevokedCertParams, RsaKeySize, SanType, SerialNumber, SignatureAlgorithm,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// A CA that signs everything itself.
pub(crate) struct Authority {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
    pub(crate) issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) certificate_pem: String,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn named(name: &str) -> Self {
        Self::shaped(name, |_| {})
    }

    /// A root with something of its own.
    pub(crate) fn shaped(name: &str, shape: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = authority(name);
        shape(&mut params);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// An authority below this one.
    pub(crate) fn authority(&self, name: &str) -> Self {
        self.authority_shaped(name, |_| {})
    }

    /// An authority below this one, with something of its own.
    pub(crate) fn authority_shaped(
        &self,
        name: &str,
        shape: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = authority(name);
        params.use_authority_key_identifier_extension = true;
        shape(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for host names.
    pub(crate) fn server(&self, names: &[&str]) -> Identity {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let params = CertificateParams::new(names).unwrap();
        self.issue(&params, KeyPair::generate().unwrap())
    }

    /// A person's certificate with a critical certificatePolicies extension, as smart cards have.
    pub(crate) fn person(&self, key: KeyPair) -> Identity {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Lee Park");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.subject_alt_names = vec![SanType::OtherName((
            vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3],
            OtherNameValue::Utf8String("lee@meridian.example".to_owned()),
        ))];
        params.serial_number = Some(SerialNumber::from(0x1234_u64));
        // SEQUENCE { SEQUENCE { OBJECT IDENTIFIER 1.2.3.4 } }
        let policies = vec![0x30, 0x07, 0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04];
        let mut policies = CustomExtension::from_oid_content(&[2, 5, 29, 32], policies);
        policies.set_criticality(true);
        params.custom_extensions.push(policies);
        self.issue(&params, key)
    }

    fn issue(&self, params: &CertificateParams, key: KeyPair) -> Identity {
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            certificate: certificate.der().clone(),
            certificate_pem: certificate.pem(),
            key,
        }
    }

    /// A CRL with a number, valid from `from` for `seconds`, that revokes these serial numbers.
    pub(crate) fn crl(&self, number: u64, from: i64, seconds: i64, revoked: &[u64]) -> Crl {
        let time = |unix| time::OffsetDateTime::from_unix_timestamp(unix).unwrap();
        let list = CertificateRevocationListParams {
            this_update: time(from),
            next_update: time(from + seconds),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|serial| RevokedCertParams {
                    serial_number: SerialNumber::from(*serial),
                    revocation_time: time(from),
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.issuer).unwrap();
        Crl {
            der: list.der().as_ref().to_vec(),
            pem: list.pem().unwrap(),
        }
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A revocation list in both forms.
pub(crate) struct Crl {
    pub(crate) der: Vec<u8>,
    pub(crate) pem: String,
}

impl Identity {
    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }
}

/// A CMS `SignedData` that signs nothing and carries these certificates (RFC 5652 §5).
pub(crate) fn collection(certificates: &[&[u8]]) -> Vec<u8> {
    use yasna::Tag;
    use yasna::models::ObjectIdentifier;

    let of = |last| ObjectIdentifier::from_slice(&[1, 2, 840, 113_549, 1, 7, last]);
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_oid(&of(2));
            writer.next().write_tagged(Tag::context(0), |writer| {
                writer.write_sequence(|writer| {
                    writer.next().write_u8(1);
                    writer.next().write_set(|_| {});
                    writer
                        .next()
                        .write_sequence(|writer| writer.next().write_oid(&of(1)));
                    writer
                        .next()
                        .write_tagged_implicit(Tag::context(0), |writer| {
                            writer.write_sequence(|writer| {
                                for der in certificates {
                                    writer.next().write_der(der);
                                }
                            });
                        });
                    writer.next().write_set(|_| {});
                });
            });
        });
    })
}

/// A key that is not RSA.
pub(crate) fn key(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

/// An RSA key.
pub(crate) fn rsa() -> KeyPair {
    KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}
