use std::cmp::Ordering;
use std::sync::Arc;

use certs::{Certificate, Crl, CrlFault, Time, TrustStore};

use crate::store::ListFacts;

/// How a list stands to one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Newer,
    Same,
    Older,
}

/// Reads and verifies a list on a thread of its own.
pub(crate) async fn read(
    bytes: Vec<u8>,
    issuer: Certificate,
    trust: TrustStore,
) -> Result<Arc<Crl>, CrlFault> {
    tokio::task::spawn_blocking(move || {
        // Whoever fetched it knows the limit that counts.
        let most = bytes.len();
        Crl::read(bytes, &issuer, &trust, most).map(Arc::new)
    })
    .await
    .unwrap_or_else(|_| Err(CrlFault::NotDer("reading it failed".to_owned())))
}

/// What a list says of itself.
pub(crate) fn facts(list: &Crl) -> ListFacts {
    ListFacts {
        number: list.number().map(ToString::to_string),
        delta: list.is_delta(),
        this_update: list.this_update().unix(),
        next_update: list.next_update().unix(),
        next_publish: list.next_publish().map(Time::unix),
        entries: u64::try_from(list.len()).unwrap_or(u64::MAX),
        bytes: u64::try_from(list.der().len()).unwrap_or(u64::MAX),
    }
}

/// How a list that came from an address stands to the one that came from it before.
pub(crate) fn age(new: &Crl, known: &Crl) -> Age {
    if new.supersedes(known) {
        return Age::Newer;
    }
    let order = match (new.number(), known.number()) {
        (Some(new), Some(known)) => new.cmp(known),
        (Some(_) | None, None) => new.this_update().cmp(&known.this_update()),
        (None, Some(_)) => Ordering::Less,
    };
    match order {
        Ordering::Less => Age::Older,
        Ordering::Equal | Ordering::Greater => Age::Same,
    }
}

/// The number of the list that a delta changes, if none of these is it or a newer one
/// (RFC 5280 §5.2.4).
pub(crate) fn without_base(delta: &Crl, bases: &[Arc<Crl>]) -> Option<String> {
    let wanted = delta.base_number()?;
    let there = bases.iter().filter_map(|base| base.number());
    let fits = there.into_iter().any(|number| number >= wanted);
    (!fits).then(|| wanted.to_string())
}
