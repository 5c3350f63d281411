//! Certificates for the card's keys.

use rcgen::{CertificateParams, DnType, Issuer, KeyPair, SubjectPublicKeyInfo};
use virtual_piv::{Card, Slot};

/// A certificate for the key in a slot, from an authority made for it.
pub(crate) fn issue(card: &Card, slot: Slot, name: &str) -> Vec<u8> {
    let public = card.public_key(slot).expect("the slot has a key");
    let public = SubjectPublicKeyInfo::from_der(&public).expect("a public key");
    let key = KeyPair::generate().expect("a key");
    let issuer = named("Authority");
    let issuer = Issuer::from_params(&issuer, &key);
    named(name)
        .signed_by(&public, &issuer)
        .expect("a certificate")
        .der()
        .to_vec()
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
