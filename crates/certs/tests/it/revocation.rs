use std::sync::Arc;

use certs::{
    Certificate, Check, Crl, CrlFault, Revocation, RevocationList, Settings, Time, TrustStore,
    validate,
};
use rcgen::{CertificateRevocationListParams, RevocationReason, RevokedCertParams, SerialNumber};

use crate::pki::{Ca, NOW, Pki, at, presented};

#[test]
fn a_revoked_certificate_is_refused_with_500171_its_date_and_its_reason() {
    let pki = Pki::new();
    let leaf = pki.issuing.issue(|_| {});
    let list = crl(&pki.issuing, &[&leaf], NOW.plus(-60), NOW.plus(60));
    let (code, found) = refusal(
        &pki,
        &leaf,
        RevocationList::Ready(Arc::new(list.unwrap())),
        NOW,
    );
    assert_eq!(code, 500_171);
    assert_eq!(found, format!("{}, superseded", NOW.plus(-3600)));
}

#[test]
fn another_certificate_of_the_same_ca_is_still_good() {
    let pki = Pki::new();
    let revoked = pki.issuing.issue(|_| {});
    let leaf = pki.issuing.issue(|_| {});
    let list = crl(&pki.issuing, &[&revoked], NOW.plus(-60), NOW.plus(60)).unwrap();
    let number = list.number().map(ToString::to_string);
    assert_eq!((list.len(), number.as_deref()), (1, Some("412")));
    let mut lists = Revocation::none();
    lists.set(
        &pki.issuing.certificate,
        RevocationList::Ready(Arc::new(list)),
    );
    let path = validate(&presented(&leaf), &pki.trust(), &Settings::default(), NOW).unwrap();
    assert!(path.check(&lists, NOW).is_ok());
}

#[test]
fn unknown_revocation_is_neither_good_nor_revoked() {
    let pki = Pki::new();
    let leaf = pki.issuing.issue(|_| {});
    let expected = [
        (CrlFault::NotFetched, 500_175),
        (CrlFault::Status(403), 500_173),
        (CrlFault::TimedOut(10), 500_179),
        (CrlFault::Late(10), 2_205_012),
        (CrlFault::BeingFetched, 2_205_013),
        (CrlFault::TooLarge(20_000_000), 2_205_014),
    ];
    for (fault, code) in expected {
        assert_eq!(
            refusal(&pki, &leaf, RevocationList::Missing(fault), NOW).0,
            code
        );
    }
}

#[test]
fn a_list_counts_from_its_publication_until_its_next_update() {
    let pki = Pki::new();
    let leaf = pki.issuing.issue(|_| {});
    let list = Arc::new(crl(&pki.issuing, &[], NOW.plus(-60), NOW.plus(60)).unwrap());
    for time in [NOW.plus(-61), NOW.plus(61)] {
        let (code, _) = refusal(&pki, &leaf, RevocationList::Ready(list.clone()), time);
        assert_eq!(code, 500_178);
    }
}

#[test]
fn a_list_of_another_ca_or_with_a_changed_byte_is_not_read() {
    let pki = Pki::new();
    let of_root = der(&pki.root, &[], NOW, NOW.plus(60));
    assert!(matches!(
        read(of_root, &pki.issuing),
        Err(CrlFault::WrongSigner { .. })
    ));
    let mut changed = der(&pki.issuing, &[], NOW, NOW.plus(60));
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(
        read(changed, &pki.issuing),
        Err(CrlFault::Signature(_))
    ));
    assert!(matches!(
        read(b"<html>Not found</html>".to_vec(), &pki.issuing),
        Err(CrlFault::NotDer(_))
    ));
}

#[test]
fn a_list_in_pem_is_read() {
    let pki = Pki::new();
    let der = der(&pki.issuing, &[], NOW, NOW.plus(60));
    let pem = pem_rfc7468::encode_string("X509 CRL", pem_rfc7468::LineEnding::LF, &der).unwrap();
    assert!(read(pem.into_bytes(), &pki.issuing).unwrap().is_empty());
}

fn refusal(pki: &Pki, leaf: &Certificate, list: RevocationList, now: Time) -> (u32, String) {
    let mut lists = Revocation::none();
    lists.set(&pki.issuing.certificate, list);
    let path = validate(&presented(leaf), &pki.trust(), &Settings::default(), now).unwrap();
    let refused = path.check(&lists, now).unwrap_err();
    let line = refused.trace.failure().unwrap();
    assert_eq!(line.check, Check::Revocation);
    (refused.code(), line.found.clone().unwrap())
}

fn crl(ca: &Ca, revoked: &[&Certificate], from: Time, until: Time) -> Result<Crl, CrlFault> {
    read(der(ca, revoked, from, until), ca)
}

fn read(bytes: Vec<u8>, ca: &Ca) -> Result<Crl, CrlFault> {
    Crl::read(bytes, &ca.certificate, &TrustStore::default(), 1_000_000)
}

fn der(ca: &Ca, revoked: &[&Certificate], from: Time, until: Time) -> Vec<u8> {
    let params = CertificateRevocationListParams {
        this_update: at(from),
        next_update: at(until),
        crl_number: SerialNumber::from(412),
        issuing_distribution_point: None,
        revoked_certs: revoked
            .iter()
            .map(|certificate| RevokedCertParams {
                serial_number: SerialNumber::from_slice(certificate.serial()),
                revocation_time: at(NOW.plus(-3600)),
                reason_code: Some(RevocationReason::Superseded),
                invalidity_date: None,
            })
            .collect(),
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    params.signed_by(&ca.issuer).unwrap().der().to_vec()
}
