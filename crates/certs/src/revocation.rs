//! What is known of revoked certificates, and the judgement of a path by it (RFC 5280 §6.3).
//!
//! The lists and answers come in read and verified; nothing is fetched here.

mod crl;
pub(crate) mod extension;
mod fault;
mod judge;
mod lists;
mod number;
mod scope;
mod standing;
mod table;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;

pub use crl::Crl;
pub use fault::CrlFault;
pub(crate) use judge::Judgement;
pub use number::CrlNumber;
pub(crate) use standing::Window;

use crate::certificate::Certificate;
use crate::fingerprint::Fingerprint;
use crate::ocsp::{OcspFault, Response};
use crate::time::Time;

/// What is known of each CA's revoked certificates, and what has to be known.
#[derive(Clone, Debug, Default)]
pub struct Revocation {
    by_authority: HashMap<Holder, Sources>,
    /// By certificate.
    answers: HashMap<Fingerprint, Result<Arc<Response>, OcspFault>>,
    /// The subject key identifiers that are exempt, if lists are required at all.
    required: Option<Vec<Vec<u8>>>,
}

/// What is configured for a CA: the lists of the certificates that it issued.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// What happens when they give no answer.
    pub requirement: Requirement,
    /// Its lists: one, or several that cover different certificates or reasons.
    pub lists: Vec<RevocationList>,
    /// The deltas to them. One that is configured has to be there and to count.
    pub deltas: Vec<RevocationList>,
}

/// What happens when nothing says whether a certificate is revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Requirement {
    /// It is refused.
    #[default]
    FailClosed,
    /// A list counts for this many hours past its nextUpdate; then, or where there is none, the
    /// certificate is refused.
    Grace {
        /// Hours past nextUpdate.
        hours: u32,
    },
    /// It passes, and the trace says that revocation is not known.
    NotRequired,
}

/// A list that is configured.
#[derive(Clone, Debug)]
pub enum RevocationList {
    /// The newest list whose signature was verified.
    Ready(Arc<Crl>),
    /// There is none, and why. Unknown is neither good nor revoked.
    Missing(CrlFault),
}

/// A certificate of a path and who issued it: what a responder is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The certificate.
    pub certificate: Certificate,
    /// The CA that issued it.
    pub issuer: Certificate,
}

/// That a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// When the CA revoked it.
    pub at: Time,
    /// Why, in the words of RFC 5280 §5.3.1.
    pub reason: Option<&'static str>,
}

impl Revocation {
    /// Nothing is configured for any CA.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Says what is configured for a CA and known of it: a single list, or [`Sources`].
    ///
    /// Certificates of one name and key are one CA: what is said of each counts for all, so that a
    /// renewed or cross-certified CA is no way around the lists of the other certificate. The
    /// strictest requirement counts.
    pub fn set(&mut self, authority: &Certificate, sources: impl Into<Sources>) {
        let sources = sources.into();
        match self.by_authority.entry(holder(authority)) {
            Entry::Vacant(place) => {
                place.insert(sources);
            }
            Entry::Occupied(mut place) => place.get_mut().join(sources),
        }
    }

    /// What is configured for a CA; none if nothing is.
    #[must_use]
    pub fn of(&self, authority: &Certificate) -> Option<&Sources> {
        self.by_authority.get(&holder(authority))
    }

    /// Says what a responder answered about a certificate, or why there is no answer.
    pub fn answer(&mut self, certificate: &Certificate, answer: Result<Arc<Response>, OcspFault>) {
        self.answers.insert(certificate.sha256(), answer);
    }

    /// Refuses people's certificates of CAs for which neither a list nor a responder is
    /// configured, as the directory's `crlValidationConfiguration` does when it is enabled.
    ///
    /// A CA whose subject key identifier is exempt is checked where it can be, and never refused
    /// for want of an answer.
    pub fn require(&mut self, exempt_key_identifiers: Vec<Vec<u8>>) {
        self.required = Some(exempt_key_identifiers);
    }

    fn answer_about(&self, certificate: &Certificate) -> Option<&Result<Arc<Response>, OcspFault>> {
        self.answers.get(&certificate.sha256())
    }

    fn is_exempt(&self, authority: &Certificate) -> bool {
        let exempt = self.required.as_deref().unwrap_or_default();
        authority
            .subject_key_identifier()
            .is_some_and(|key| exempt.iter().any(|exempt| exempt == key))
    }
}

impl Sources {
    fn join(&mut self, other: Self) {
        self.requirement = self.requirement.stricter(other.requirement);
        self.lists.extend(other.lists);
        self.deltas.extend(other.deltas);
    }
}

impl Requirement {
    fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::FailClosed, _) | (_, Self::FailClosed) => Self::FailClosed,
            (Self::Grace { hours: one }, Self::Grace { hours: other }) => Self::Grace {
                hours: one.min(other),
            },
            (Self::Grace { hours }, Self::NotRequired)
            | (Self::NotRequired, Self::Grace { hours }) => Self::Grace { hours },
            (Self::NotRequired, Self::NotRequired) => Self::NotRequired,
        }
    }
}

/// A CA by its name and its key.
type Holder = (Vec<u8>, Vec<u8>);

fn holder(authority: &Certificate) -> Holder {
    (
        authority.subject().folded().to_vec(),
        authority.subject_public_key_info().to_vec(),
    )
}

/// A single list, without which certificates are refused.
impl From<RevocationList> for Sources {
    fn from(list: RevocationList) -> Self {
        Self {
            lists: vec![list],
            ..Self::default()
        }
    }
}

impl Revoked {
    /// The reason's name (RFC 5280 §5.3.1); none for 0, unspecified, and for numbers without one.
    pub(crate) const fn word(code: u8) -> Option<&'static str> {
        Some(match code {
            1 => "key compromise",
            2 => "CA compromise",
            3 => "affiliation changed",
            4 => "superseded",
            5 => "cessation of operation",
            6 => "certificate hold",
            9 => "privilege withdrawn",
            10 => "attribute authority compromise",
            _ => return None,
        })
    }
}

/// Prints when and why, "2026-09-18T06:00:00Z, superseded".
impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        match self.reason {
            Some(reason) => write!(f, ", {reason}"),
            None => Ok(()),
        }
    }
}
