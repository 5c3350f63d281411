use std::sync::Arc;

use certs::{Certificate, CrlFault, CrlIndex, Time};
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject as _;

use crate::store::ListFacts;

/// A list whose signature was verified, ready for look-ups.
pub(crate) type List = CrlIndex;

/// A list as it was fetched or stored.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) list: Arc<List>,
    pub(super) der: Vec<u8>,
}

/// How a list stands to one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Newer,
    Same,
    Older,
}

/// Reads and verifies a list on a thread of its own.
pub(super) async fn read(bytes: Vec<u8>, issuer: Certificate) -> Result<Read, CrlFault> {
    tokio::task::spawn_blocking(move || {
        let list = Arc::new(CrlIndex::read(&bytes, &issuer)?);
        let der = match CertificateRevocationListDer::from_pem_slice(&bytes) {
            Ok(der) => der.as_ref().to_vec(),
            Err(_) => bytes,
        };
        Ok(Read { list, der })
    })
    .await
    .unwrap_or_else(|_| Err(CrlFault::NotDer("reading it failed".to_owned())))
}

impl Read {
    /// Whether its time is not over.
    pub(super) fn counts(&self, now: Time) -> bool {
        now <= self.list.next_update()
    }

    /// What the list says of itself.
    pub(super) fn facts(&self) -> ListFacts {
        ListFacts {
            number: self.list.number().map(str::to_owned),
            delta: false,
            this_update: self.list.this_update().unix(),
            next_update: self.list.next_update().unix(),
            next_publish: None,
            entries: u64::try_from(self.list.len()).unwrap_or(u64::MAX),
            bytes: u64::try_from(self.der.len()).unwrap_or(u64::MAX),
        }
    }
}

/// By CRL number where both have one (RFC 5280 §5.2.3), else by date.
pub(super) fn age(new: &List, known: &List) -> Age {
    let order = match (new.number(), known.number()) {
        (Some(new), Some(known)) => (new.len(), new).cmp(&(known.len(), known)),
        (Some(_) | None, None) | (None, Some(_)) => new.this_update().cmp(&known.this_update()),
    };
    match order {
        std::cmp::Ordering::Greater => Age::Newer,
        std::cmp::Ordering::Equal => Age::Same,
        std::cmp::Ordering::Less => Age::Older,
    }
}
