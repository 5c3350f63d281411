use certs::{Certificate, Fingerprint, KeyKind, ReadError};
use proptest::prelude::*;
use rcgen::CustomExtension;

use crate::pki::Pki;

#[test]
fn the_fields_that_name_a_person_are_read() {
    let leaf = Pki::new().issuing.issue(|_| {});
    assert_eq!(leaf.subject().to_string(), "CN=Lee Park,O=Meridian");
    assert_eq!(leaf.subject().directory_form(), "O=Meridian,CN=Lee Park");
    assert_eq!(leaf.subject().common_name(), Some("Lee Park"));
    assert_eq!(leaf.issuer().short(), "Meridian Issuing CA 1");
    assert_eq!(leaf.principal_names(), ["lee@meridian.example"]);
    assert_eq!(leaf.emails(), ["lee.park@meridian.example"]);
    assert_eq!(leaf.key().kind(), KeyKind::P256);
    assert_eq!(
        leaf.extended_key_usage(),
        Some(&["1.3.6.1.5.5.7.3.2".to_owned()][..])
    );
    assert!(!leaf.is_ca());
}

#[test]
fn pem_of_several_certificates_is_read_and_text_between_them_is_passed_over() {
    let pki = Pki::new();
    let ders = [pki.root.certificate.der(), pki.issuing.certificate.der()];
    let mut text = String::from("Bag Attributes\n");
    for der in ders {
        text +=
            &pem_rfc7468::encode_string("CERTIFICATE", pem_rfc7468::LineEnding::LF, der).unwrap();
        text += "\nsubject=anything\n";
    }
    let read = Certificate::from_pem_or_der(text.as_bytes()).unwrap();
    assert_eq!(read, [pki.root.certificate, pki.issuing.certificate]);
    assert_eq!(
        Certificate::from_pem_or_der(b"-----BEGIN NOTHING-----"),
        Err(ReadError::Empty)
    );
}

#[test]
fn bytes_after_a_certificate_and_certificates_without_bounds_are_refused() {
    let leaf = Pki::new().issuing.issue(|_| {});
    let mut longer = leaf.der().to_vec();
    longer.push(0);
    assert_eq!(
        Certificate::from_der(&longer),
        Err(ReadError::TrailingBytes)
    );
    assert!(matches!(
        Certificate::from_der(&vec![0x30; 70_000]),
        Err(ReadError::TooLarge { .. })
    ));
}

#[test]
fn an_extension_that_stands_twice_is_refused() {
    let der = Pki::new().issuing.issue_der(|params| {
        for _ in 0..2 {
            params
                .custom_extensions
                .push(CustomExtension::from_oid_content(&[1, 3, 9, 9], vec![5, 0]));
        }
    });
    assert_eq!(
        Certificate::from_der(&der),
        Err(ReadError::Extension("1.3.9.9".into()))
    );
}

#[test]
fn a_fingerprint_is_read_in_the_forms_that_people_paste() {
    let leaf = Pki::new().issuing.issue(|_| {});
    let text = leaf.sha256().to_string();
    assert_eq!(text.len(), 64);
    let spaced: Vec<String> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
        .collect();
    assert_eq!(spaced.join(":").parse::<Fingerprint>(), Ok(leaf.sha256()));
    assert!(text[1..].parse::<Fingerprint>().is_err());
    assert!(format!("{text}0").parse::<Fingerprint>().is_err());
}

proptest! {
    #[test]
    fn reading_never_panics_on_a_certificate_with_bytes_changed(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        thread_local!(static LEAF: Vec<u8> = Pki::new().issuing.issue(|_| {}).der().to_vec());
        let mut der = LEAF.with(Clone::clone);
        for (index, byte) in changes {
            let at = index.index(der.len());
            der[at] = byte;
        }
        let _ = Certificate::from_der(&der);
        let _ = Certificate::from_der(&der[..cut.index(der.len())]);
        let _ = Certificate::from_pem_or_der(&der);
    }
}
