//! The issuing authority's revocation list, signed when it is asked for.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber,
};
use time::{Duration, OffsetDateTime};

use super::pki::Pki;

/// Publishes which of the issuing authority's certificates are revoked (RFC 5280 §5).
#[derive(Debug)]
pub struct Publisher {
    pki: Arc<Pki>,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    revoked: Vec<SerialNumber>,
    signed: Option<Signed>,
}

#[derive(Debug)]
struct Signed {
    at: OffsetDateTime,
    der: Vec<u8>,
}

impl Publisher {
    /// Publishes for the issuing authority, with these certificates revoked from the start.
    pub fn new(pki: Arc<Pki>, revoked: Vec<SerialNumber>) -> Self {
        Self {
            pki,
            list: Mutex::new(List {
                revoked,
                signed: None,
            }),
        }
    }

    /// Revokes one more certificate. The next list says so.
    pub fn revoke(&self, serial: SerialNumber) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.revoked.push(serial);
        list.signed = None;
    }

    /// Returns the list as DER, at most an hour old and good for a week.
    ///
    /// # Errors
    ///
    /// When the authority cannot sign.
    pub fn der(&self, now: i64) -> Result<Vec<u8>> {
        let now = OffsetDateTime::from_unix_timestamp(now)?;
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signed) = &list.signed
            && now - signed.at < REFRESH
        {
            return Ok(signed.der.clone());
        }
        let der = self.sign(&list.revoked, now)?;
        list.signed = Some(Signed {
            at: now,
            der: der.clone(),
        });
        Ok(der)
    }

    fn sign(&self, revoked: &[SerialNumber], now: OffsetDateTime) -> Result<Vec<u8>> {
        let revoked_certs = revoked
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: serial.clone(),
                revocation_time: now - Duration::days(1),
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            })
            .collect();
        let issuer = self.pki.issuing.issuer();
        let list = CertificateRevocationListParams {
            this_update: now - CLOCK_SKEW,
            next_update: now + LIFETIME,
            crl_number: SerialNumber::from(u64::try_from(now.unix_timestamp())?),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(issuer)?;
        Ok(list.der().to_vec())
    }
}

const LIFETIME: Duration = Duration::days(7);
const REFRESH: Duration = Duration::hours(1);
const CLOCK_SKEW: Duration = Duration::minutes(5);

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::{CertificateRevocationList, FromDer as _};

    const NOW: i64 = 1_790_000_000;

    #[test]
    fn the_list_names_who_was_revoked_and_is_good_for_a_week() {
        let publisher = publisher();
        publisher.revoke(SerialNumber::from_slice(&[0x4a, 1]));
        let der = publisher.der(NOW).expect("a list");
        let (_, list) = CertificateRevocationList::from_der(&der).expect("readable");
        let serials: Vec<_> = list
            .iter_revoked_certificates()
            .map(|entry| entry.raw_serial().to_vec())
            .collect();
        assert_eq!(serials, [vec![0x4a, 1]]);
        let next = list.next_update().expect("always there").timestamp();
        assert_eq!(next, NOW + 7 * 86_400);
    }

    #[test]
    fn a_list_is_signed_again_after_an_hour_with_a_higher_number() {
        let publisher = publisher();
        let first = publisher.der(NOW).expect("a list");
        assert_eq!(publisher.der(NOW + 3599).expect("the same list"), first);
        let second = publisher.der(NOW + 3600).expect("a newer list");
        assert!(number(&second) > number(&first));
    }

    #[test]
    fn a_revocation_does_not_wait_for_the_hour() {
        let publisher = publisher();
        let first = publisher.der(NOW).expect("a list");
        publisher.revoke(SerialNumber::from_slice(&[0x4a, 2]));
        assert_ne!(publisher.der(NOW + 1).expect("a newer list"), first);
    }

    fn publisher() -> Publisher {
        let folder = tempfile::tempdir().expect("a folder");
        let pki = Pki::mint(folder.path(), NOW).expect("a PKI");
        Publisher::new(Arc::new(pki), Vec::new())
    }

    fn number(der: &[u8]) -> u64 {
        let (_, list) = CertificateRevocationList::from_der(der).expect("readable");
        let number = list.crl_number().expect("always there");
        number.to_string().parse().expect("seconds fit")
    }
}
