//! Certificates that say that a key was made on the card, as a YubiKey issues them.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256, SerialNumber, SubjectPublicKeyInfo,
};

use crate::{PinPolicy, Slot, TouchPolicy, random};

/// The key in F9 and its certificate.
///
/// A real one is signed by Yubico; this one signs itself, and nobody should trust it.
#[derive(Debug)]
pub(crate) struct Attestation {
    key: KeyPair,
    certificate: Vec<u8>,
}

/// What is attested.
pub(crate) struct Statement {
    pub(crate) slot: Slot,
    pub(crate) subject_public_key_info: Vec<u8>,
    pub(crate) version: [u8; 3],
    pub(crate) serial: u32,
    pub(crate) pin: PinPolicy,
    pub(crate) touch: TouchPolicy,
}

impl Attestation {
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params("Virtual PIV Attestation", true)
            .self_signed(&key)?
            .der()
            .to_vec();
        Ok(Self { key, certificate })
    }

    pub(crate) fn from_parts(key: &[u8], certificate: Vec<u8>) -> Result<Self, rcgen::Error> {
        let key = KeyPair::try_from(key)?;
        Ok(Self { key, certificate })
    }

    pub(crate) fn key_pkcs8(&self) -> Vec<u8> {
        self.key.serialize_der()
    }

    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(crate) fn certify(&self, statement: &Statement) -> Result<Vec<u8>, rcgen::Error> {
        let mut subject = params(
            &format!("YubiKey PIV Attestation {}", statement.slot),
            false,
        );
        let serial = statement.serial.to_be_bytes();
        let leading = serial.iter().take(3).take_while(|byte| **byte == 0).count();
        let serial: Vec<u8> = serial.into_iter().skip(leading).collect();
        let negative = serial.first().is_some_and(|byte| byte & 0x80 != 0);
        let number = [if negative { &[0][..] } else { &[] }, &serial].concat();
        subject.custom_extensions = vec![
            extension(3, statement.version.to_vec()),
            extension(7, crate::tlv::wrap(0x02, &number)),
            extension(8, vec![statement.pin.byte(), statement.touch.byte()]),
            // A key chain with USB A.
            extension(9, vec![0x01]),
        ];
        let issuer = params("Virtual PIV Attestation", true);
        let issuer = Issuer::from_params(&issuer, &self.key);
        let public = SubjectPublicKeyInfo::from_der(&statement.subject_public_key_info)?;
        Ok(subject.signed_by(&public, &issuer)?.der().to_vec())
    }
}

/// A certificate for a key in a slot, from an authority that nobody knows: for a first look.
pub(crate) fn self_issued(name: &str, public_key: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
    let public = SubjectPublicKeyInfo::from_der(public_key)?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let issuer = params("Virtual PIV test authority", true);
    let issuer = Issuer::from_params(&issuer, &key);
    let mut subject = params(name, false);
    subject.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    subject.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    Ok(subject.signed_by(&public, &issuer)?.der().to_vec())
}

fn params(name: &str, authority: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from_slice(&random::bytes::<8>()));
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2052, 4, 17);
    if authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params
}

/// 1.3.6.1.4.1.41482.3.x: Yubico's arc for what an attestation says.
fn extension(what: u64, content: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 41_482, 3, what], content)
}
