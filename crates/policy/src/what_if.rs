//! What would happen: the answer of a policy to a certificate, with nothing that lets anybody in.

use certs::{CurrentPath, Refused, Time};

use crate::account::{Account, Application};
use crate::decision::{Decision, Lacking, Policy};
use crate::evidence::{Evidence, Factor};
use crate::explanation::{CheckLine, Explanation, Refusal, all_checks};
use crate::strength::Strength;

/// What would happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The person would be in.
    Allowed {
        /// How strong the sign-in would be.
        strength: Strength,
        /// What was checked, for an administrator.
        checks: Vec<CheckLine>,
    },
    /// The person would be asked for more.
    MoreNeeded {
        /// What would do, the first one to suggest first.
        offers: Vec<Factor>,
        /// What each of them has to be.
        lacking: Vec<Lacking>,
        /// Why, for an administrator.
        explanation: Explanation,
    },
    /// The person would be refused.
    Refused {
        /// Why, for an administrator.
        explanation: Explanation,
    },
}

impl Policy {
    /// Says what would happen if somebody signed in as the account, into the application, with a
    /// certificate that was judged already. Without an account it is what an unknown username gets.
    #[must_use]
    pub fn what_if(
        &self,
        certificate: Result<CurrentPath, Refused>,
        account: Option<&Account>,
        application: &Application,
        now: Time,
    ) -> Answer {
        let refused = |refusal: &Refusal| Answer::Refused {
            explanation: refusal.for_administrator(),
        };
        let path = match certificate {
            Ok(path) => path,
            Err(cause) => return refused(&Refusal::from(cause)),
        };
        let Some(account) = account else {
            return refused(&self.refuse_unknown(&path));
        };
        match self.decide(&Evidence::from(path), account, application, now) {
            Decision::Allow(grant) => Answer::Allowed {
                strength: grant.strength(),
                checks: all_checks(grant.trace()),
            },
            Decision::More(more) => Answer::MoreNeeded {
                offers: more.offers,
                lacking: more.lacking,
                explanation: more.refusal.for_administrator(),
            },
            Decision::Deny(refusal) => refused(&refusal),
        }
    }
}
