//! What is known of a certificate, and why nothing is.

use crate::code;
use crate::ocsp::{OcspFault, Response};
use crate::revocation::crl::Crl;
use crate::revocation::{Requirement, Revoked};
use crate::time::Time;

/// What is known of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is not revoked, by what this says.
    Good(String),
    /// It is revoked, by what this says.
    Revoked(Revoked, String),
    /// Nothing that counts says either.
    Unknown(Gap),
}

/// Why nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Gap {
    /// What says most to an administrator comes first.
    pub(super) rank: Rank,
    pub(crate) code: u32,
    pub(crate) found: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// The configuration cannot work.
    Configuration,
    /// A list did not come.
    Missing,
    /// A list does not count at this time.
    Time,
    /// A delta does not belong to any list.
    Delta,
    /// A list's signer has no path.
    Signer,
    /// The lists cover some reasons only.
    Reasons,
    /// A list covers other certificates.
    Scope,
}

/// Whether a list or a response counts at a time.
pub(crate) enum Window {
    Open,
    /// It is past its date, and the CA's grace is not.
    Grace,
    Closed(&'static str),
}

impl Window {
    /// The window of what is published and counts until a time.
    pub(crate) fn until(end: Time, now: Time, grace: i64) -> Self {
        if now <= end {
            Self::Open
        } else if now <= end.plus(grace) {
            Self::Grace
        } else {
            Self::Closed("its nextUpdate is past")
        }
    }
}

impl Requirement {
    /// Seconds past nextUpdate.
    pub(crate) fn grace(self) -> i64 {
        match self {
            Self::Grace { hours } => i64::from(hours).saturating_mul(3600),
            Self::FailClosed | Self::NotRequired => 0,
        }
    }

    /// Whether what is past its date still refuses those whom it revokes: where it could otherwise
    /// make a revoked certificate pass.
    pub(crate) const fn remembers(self) -> bool {
        match self {
            Self::FailClosed => false,
            Self::Grace { .. } | Self::NotRequired => true,
        }
    }
}

impl Standing {
    /// There is no response that can be used.
    pub(crate) fn unknown(fault: &OcspFault) -> Self {
        Self::Unknown(Gap {
            rank: Rank::Missing,
            code: fault.code(),
            found: fault.to_string(),
        })
    }
}

impl Gap {
    /// A response that says nothing, or does not count.
    pub(crate) fn of_response(response: &Response, why: &str) -> Self {
        Self {
            rank: Rank::Time,
            code: code::CRL_STALE,
            found: format!("{response}: {why}"),
        }
    }

    pub(super) fn new(rank: Rank, code: u32, list: &Crl, why: &str) -> Self {
        Self {
            rank,
            code,
            found: format!("{list}: {why}"),
        }
    }
}
