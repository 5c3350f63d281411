//! The work of one decision, counted: a hostile trust store or certificate ends in a refusal that
//! says which bound it met, never in a wait, and never in an acceptance.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::Settings;
use crate::certificate::Certificate;
use crate::fingerprint::Fingerprint;
use crate::key::SignatureFault;

/// What is left of each bound, and the signatures that were verified.
#[derive(Debug)]
pub(super) struct Work<'a> {
    steps: usize,
    candidates: usize,
    signatures: usize,
    policy_nodes: usize,
    name_comparisons: usize,
    /// By the certificate and the key that is said to have signed it.
    verified: HashMap<(Fingerprint, &'a [u8]), Result<(), SignatureFault>>,
    /// A certificate whose names lie within the constraints of a CA, and that CA.
    names_hold: HashSet<(Fingerprint, Fingerprint)>,
}

/// A bound that was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Steps,
    Candidates,
    Signatures,
    PolicyNodes,
    NameComparisons,
}

impl<'a> Work<'a> {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            steps: settings.most_steps,
            candidates: settings.most_candidates,
            signatures: settings.most_signatures,
            policy_nodes: settings.most_policy_nodes,
            name_comparisons: settings.most_name_comparisons,
            verified: HashMap::new(),
            names_hold: HashSet::new(),
        }
    }

    /// Goes on to find the reason of a refusal that is certain: over few candidates.
    pub(super) fn only_explain(&mut self) {
        self.candidates = self.candidates.min(MOST_EXPLAINED);
    }

    pub(super) fn step(&mut self) -> Result<(), Bound> {
        take(&mut self.steps, Bound::Steps)
    }

    pub(super) fn candidate(&mut self) -> Result<(), Bound> {
        take(&mut self.candidates, Bound::Candidates)
    }

    pub(super) fn policy_node(&mut self) -> Result<(), Bound> {
        take(&mut self.policy_nodes, Bound::PolicyNodes)
    }

    pub(super) fn name_comparison(&mut self) -> Result<(), Bound> {
        take(&mut self.name_comparisons, Bound::NameComparisons)
    }

    /// Whether it is known that the names of a certificate lie within a CA's constraints.
    pub(super) fn names_hold(&self, certificate: &Certificate, authority: &Certificate) -> bool {
        let pair = (certificate.sha256(), authority.sha256());
        self.names_hold.contains(&pair)
    }

    pub(super) fn remember_names(&mut self, certificate: &Certificate, authority: &Certificate) {
        let pair = (certificate.sha256(), authority.sha256());
        self.names_hold.insert(pair);
    }

    /// Verifies once that `issuer`'s key signed `certificate`.
    pub(super) fn verify(
        &mut self,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
    ) -> Result<Result<(), SignatureFault>, Bound> {
        let pair = (certificate.sha256(), issuer.subject_public_key_info());
        if let Some(known) = self.verified.get(&pair) {
            return Ok(known.clone());
        }
        take(&mut self.signatures, Bound::Signatures)?;
        let outcome = certificate.verify_signed_by(issuer);
        self.verified.insert(pair, outcome.clone());
        Ok(outcome)
    }

    /// Whether it is known that `issuer`'s key did not sign `certificate`.
    pub(super) fn is_refuted(&self, certificate: &'a Certificate, issuer: &'a Certificate) -> bool {
        let pair = (certificate.sha256(), issuer.subject_public_key_info());
        self.verified.get(&pair).is_some_and(Result::is_err)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "too many ways lead up from this certificate",
            Self::Candidates => "too many paths lead up from this certificate",
            Self::Signatures => "too many signatures would have to be verified",
            Self::PolicyNodes => "the policies of the path have too many combinations",
            Self::NameComparisons => "the path has too many names and name constraints",
        })
    }
}

fn take(left: &mut usize, bound: Bound) -> Result<(), Bound> {
    *left = left.checked_sub(1).ok_or(bound)?;
    Ok(())
}

/// Candidates whose reasons are compared for the one that is reported.
const MOST_EXPLAINED: usize = 32;
