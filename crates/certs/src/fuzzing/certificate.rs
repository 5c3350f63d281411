//! One certificate.

use super::Outcome;
use crate::certificate::Certificate;

/// Reads a certificate, or several in PEM, and prints what a person would see.
pub fn certificate(input: &[u8]) -> Outcome {
    let read = Certificate::from_pem_or_der(input);
    if let Ok(certificate) = Certificate::from_der(input) {
        assert_eq!(
            certificate.der(),
            input,
            "a certificate is all of its bytes"
        );
        assert_eq!(read.ok().as_deref(), Some(&[certificate.clone()][..]));
        look_at(&certificate);
        return Outcome::Accepted;
    }
    for certificate in read.into_iter().flatten() {
        let again = Certificate::from_der(certificate.der());
        assert_eq!(again.as_ref(), Ok(&certificate), "DER out of PEM is DER");
        look_at(&certificate);
    }
    Outcome::Refused
}

fn look_at(certificate: &Certificate) {
    let bytes = certificate.der().len();
    let shown = format!(
        "{} {} {} {} {} {} {:?} {:?} {:?} {:?} {:?}",
        certificate.subject(),
        certificate.issuer(),
        certificate.serial_hex(),
        certificate.not_before(),
        certificate.not_after(),
        certificate.key(),
        certificate.key_usage(),
        certificate.extended_key_usage(),
        certificate.policies(),
        certificate.principal_names(),
        certificate.emails(),
    );
    // Escapes and words make it longer, and by no more than a factor.
    assert!(
        shown.len() <= 1_000 + 32 * bytes,
        "{} of {bytes}",
        shown.len()
    );
    assert!(certificate.subject().matches(certificate.subject()));
    assert_eq!(
        certificate.subject().matches(certificate.issuer()),
        certificate.issuer().matches(certificate.subject()),
    );
}
