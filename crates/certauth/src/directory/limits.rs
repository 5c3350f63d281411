//! How much a trust store holds: what the directory takes, so that an export fits there as well.

use certs::Certificate;
use policy::directory::{MOST_AUTHORITIES, MOST_AUTHORITY_BYTES};

use super::hints;
use crate::store::{Authority, Store, StoreError, Tenant};

/// Why a trust store would hold too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TooMuch {
    /// Too many authorities.
    #[error("the trust store would have {0} authorities, and at most {MOST_AUTHORITIES} are taken")]
    Authorities(usize),
    /// One that is too large.
    #[error("the certificate has {0} bytes, and an authority's has at most {MOST_AUTHORITY_BYTES}")]
    Certificate(usize),
    /// Too many names for a handshake.
    #[error("{}", hints::too_large(*.0))]
    Hints(usize),
}

/// Says whether a trust store with an authority as it will be, new or changed, is too much. What was
/// too much before, and is not more by it, says nothing.
///
/// # Errors
/// If the store fails.
pub async fn with(
    store: &dyn Store,
    tenant: &Tenant,
    authority: &Authority,
) -> Result<Result<(), TooMuch>, StoreError> {
    let before = store.authorities(&tenant.id).await?;
    let mut after = before.clone();
    if let Some(known) = after.iter_mut().find(|known| known.id == authority.id) {
        *known = authority.clone();
    } else {
        let size = authority.certificate.len();
        if size > MOST_AUTHORITY_BYTES {
            return Ok(Err(TooMuch::Certificate(size)));
        }
        after.push(authority.clone());
        if after.len() > MOST_AUTHORITIES {
            return Ok(Err(TooMuch::Authorities(after.len())));
        }
    }
    let on = tenant.method.issuer_hints;
    let (was, size) = (hint_bytes(on, &before), hint_bytes(on, &after));
    Ok(if size > hints::MOST_BYTES && size > was {
        Err(TooMuch::Hints(size))
    } else {
        Ok(())
    })
}

/// Says whether the names of a tenant's authorities fit into a handshake, once they are sent.
///
/// # Errors
/// If the store fails.
pub async fn hints_fit(
    store: &dyn Store,
    tenant: &Tenant,
) -> Result<Result<(), TooMuch>, StoreError> {
    let size = hint_bytes(true, &store.authorities(&tenant.id).await?);
    Ok(if size > hints::MOST_BYTES {
        Err(TooMuch::Hints(size))
    } else {
        Ok(())
    })
}

fn hint_bytes(on: bool, authorities: &[Authority]) -> usize {
    let read: Vec<(Certificate, bool)> = authorities
        .iter()
        .filter(|authority| authority.deleted_at.is_none())
        .filter_map(|authority| {
            let certificate = Certificate::from_der(&authority.certificate).ok()?;
            Some((certificate, authority.directory.issuer_hint))
        })
        .collect();
    let hinted = read.iter().map(|(certificate, flag)| (certificate, *flag));
    hints::size(&hints::names(on, hinted))
}
