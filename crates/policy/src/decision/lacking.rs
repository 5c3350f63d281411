//! What a proof has to be that would bring a person nearer.

use serde::{Deserialize, Serialize};

use crate::authentication_strength::Asked;
use crate::combination::Part;
use crate::evidence::Factor;
use crate::strength::Strength;

/// What a proof has to be that would bring a person nearer. It is told only to whoever proved to be
/// the account already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// The factor.
    pub factor: Factor,
    /// How a certificate has to be rated; none where that is not what matters.
    pub rated: Option<Strength>,
    /// Key identifiers, in hex, of which one has to be the certificate's issuer's; any, where there
    /// are none.
    pub issuers: Vec<String>,
    /// Policy OIDs of which the certificate has to have one; any, where there are none.
    pub policies: Vec<String>,
    /// Whether it was proven, longer ago than is asked for.
    pub again: bool,
    /// What is needed after it.
    pub then: Vec<Factor>,
}

impl Lacking {
    /// Whether the same proof is meant.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let Self {
            factor,
            rated,
            issuers,
            policies,
            again: _,
            then: _,
        } = self;
        *factor == other.factor
            && *rated == other.rated
            && *issuers == other.issuers
            && *policies == other.policies
    }
}

/// Certificates of both ratings that would do alike are one: the rating is not what matters then.
pub(super) fn however_rated(mut all: Vec<Lacking>) -> Vec<Lacking> {
    let plain = |one: &Lacking| Lacking {
        rated: None,
        again: false,
        ..one.clone()
    };
    let mut certificates = all.iter().filter(|one| one.rated.is_some());
    if let (Some(one), Some(other), None) = (
        certificates.next(),
        certificates.next(),
        certificates.next(),
    ) && plain(one) == plain(other)
    {
        let both = Lacking {
            again: one.again || other.again,
            ..plain(one)
        };
        all.retain(|one| one.rated.is_none());
        all.push(both);
    }
    all
}

impl Asked {
    /// What a proof of a part has to be.
    pub(super) fn lacking(&self, part: Part, then: &[Part], again: bool) -> Lacking {
        let rated = match part {
            Part::MultiFactorCertificate => Some(Strength::MultiFactor),
            Part::SingleFactorCertificate => Some(Strength::SingleFactor),
            Part::VerifiedPasskey | Part::Passkey | Part::Password | Part::Code => None,
        };
        let (issuers, policies) = rated.map(|rated| self.limits_of(rated)).unwrap_or_default();
        Lacking {
            factor: part.factor(),
            rated,
            issuers,
            policies,
            again,
            then: then.iter().map(|part| part.factor()).collect(),
        }
    }
}
