use std::sync::Arc;

use super::pool::Pool;
use crate::certificate::Certificate;

/// The CAs of a tenant. Every CA of a path must be among them; what a client sends beside its leaf
/// is not used, as in the directory.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    authorities: Arc<[Authority]>,
    pool: Arc<Pool>,
}

/// One CA of the trust store.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its certificate.
    pub certificate: Certificate,
    /// Whether a path may end at it.
    pub role: Role,
}

/// What a CA is in the trust store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A trust anchor.
    Root,
    /// A CA that a root must vouch for.
    Intermediate,
}

impl TrustStore {
    /// A trust store of these CAs.
    #[must_use]
    pub fn new(authorities: Vec<Authority>) -> Self {
        Self {
            pool: Arc::new(Pool::new(&authorities)),
            authorities: authorities.into(),
        }
    }

    /// Its CAs.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }
}
