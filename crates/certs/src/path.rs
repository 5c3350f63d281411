//! From a leaf to a trust anchor: candidates ([`search`]), and RFC 5280 §6.1 on each ([`processing`]).

use crate::certificate::Certificate;
use crate::code;
use crate::oid::Oid;
use crate::revocation::{self, Question, Revocation};
use crate::time::Time;
use crate::trace::{Check, Line, Trace};

mod checks;
mod judge;
mod name_constraints;
mod policy_graph;
mod pool;
mod processing;
mod search;
mod settings;
mod trust_store;
mod work;

pub(crate) use judge::vouch;
pub use settings::{InitialPolicies, Settings};
pub use trust_store::{Authority, Role, TrustStore};

/// The certificates as the TLS handshake carried them, the leaf first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// DER of each; empty when the client sent none.
    pub certificates: Vec<Vec<u8>>,
}

/// A path whose signatures, validity, constraints and purpose hold; revocation is not yet judged.
///
/// There may be more than one such path from the leaf: bridges and renewed CAs make several. They
/// are kept, so that a revoked cross-certificate refuses nobody whom another path still leads to.
#[derive(Clone, Debug)]
pub struct ValidPath {
    /// Never empty; in the order in which they are tried.
    candidates: Vec<Judged>,
    /// Where the paths of those are found who sign lists.
    trust: TrustStore,
    settings: Settings,
}

/// A path that holds in every respect at the time of the decision.
#[derive(Clone, Debug)]
pub struct CurrentPath(Judged);

/// A path that was judged, and how.
#[derive(Clone, Debug)]
struct Judged {
    path: Path,
    trace: Trace,
    policies: Vec<Oid>,
}

/// The leaf and its issuers up to the anchor.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) leaf: Certificate,
    /// Never empty: the issuing CA first, the anchor last.
    pub(crate) authorities: Vec<Certificate>,
}

/// A path that is to be judged.
#[derive(Clone, Debug)]
struct Candidate<'a> {
    leaf: &'a Certificate,
    /// Never empty: the issuing CA first, the anchor last.
    authorities: Vec<&'a Certificate>,
}

/// No path holds; the trace says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The checks up to the one that failed.
    pub trace: Trace,
    /// The leaf, if one could be read.
    pub leaf: Option<Certificate>,
}

/// Finds the paths from the presented leaf to an anchor on which every check holds.
///
/// # Errors
/// [`Refused`] with the trace of the path that came furthest.
pub fn validate(
    presented: &Presented,
    anchors: &TrustStore,
    settings: &Settings,
    now: Time,
) -> Result<ValidPath, Refused> {
    let Some(leaf) = presented.certificates.first() else {
        return Err(unread(
            Line::failed(Check::Key, code::NO_CERTIFICATE).found("no certificate"),
        ));
    };
    let leaf = match Certificate::from_der(leaf) {
        Ok(leaf) => leaf,
        Err(cause) => {
            return Err(unread(
                Line::failed(Check::Key, code::CERTIFICATE_NOT_VALID).found(cause),
            ));
        }
    };
    match judge::valid_paths(&leaf, anchors, settings, now) {
        Ok(candidates) => Ok(ValidPath {
            candidates,
            trust: anchors.clone(),
            settings: settings.clone(),
        }),
        Err(trace) => Err(Refused {
            trace,
            leaf: Some(leaf),
        }),
    }
}

impl ValidPath {
    /// Judges whether a certificate of the path is revoked. Of several paths the first counts whose
    /// certificates are all good; a leaf that is revoked has none.
    ///
    /// # Errors
    /// [`Refused`] if every path has a revoked certificate or one of which nothing is known, with
    /// the trace of the first.
    pub fn check(self, revocation: &Revocation, now: Time) -> Result<CurrentPath, Refused> {
        let mut first: Option<Refused> = None;
        let judgement = revocation::Judgement::new(revocation, &self.trust, &self.settings, now);
        for mut judged in self.candidates {
            let before = judged.trace.lines().len();
            judgement.judge(&judged.path, &mut judged.trace);
            let Some(failure) = judged.trace.failure() else {
                return Ok(CurrentPath(judged));
            };
            // The leaf is looked up first.
            let leaf_revoked = failure.code == Some(code::REVOKED)
                && judged.trace.lines().get(before) == Some(failure);
            first.get_or_insert(Refused {
                trace: judged.trace,
                leaf: Some(judged.path.leaf),
            });
            if leaf_revoked {
                break;
            }
        }
        Err(first.unwrap_or_else(|| unread(Line::failed(Check::Path, code::ISSUER_NOT_TRUSTED))))
    }

    /// The user-constrained-policy-set of the first path; see [`CurrentPath::policies`].
    #[must_use]
    pub fn policies(&self) -> &[Oid] {
        self.candidates
            .first()
            .map_or(&[], |judged| judged.policies.as_slice())
    }

    /// The certificates of the paths that can be revoked, each once with its issuer, those of the
    /// first path first and the leaf before its issuers: what responders may be asked about before
    /// [`check`](Self::check).
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        let mut questions: Vec<Question> = Vec::new();
        let paths = self.candidates.iter().map(|judged| &judged.path);
        for (certificate, issuer) in paths.flat_map(Path::issued) {
            let asked = questions.iter().any(|question| {
                question.certificate == *certificate
                    && question.issuer.subject_public_key_info() == issuer.subject_public_key_info()
            });
            if !asked {
                questions.push(Question {
                    certificate: certificate.clone(),
                    issuer: issuer.clone(),
                });
            }
        }
        questions
    }
}

impl CurrentPath {
    /// The certificate of the person.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        &self.0.path.leaf
    }

    /// Its issuers: the issuing CA first, the anchor last.
    #[must_use]
    pub fn authorities(&self) -> &[Certificate] {
        &self.0.path.authorities
    }

    /// The user-constrained-policy-set (RFC 5280 §6.1.5 (g)), sorted: the policies of the anchor's
    /// domain that hold from the anchor down to the leaf, among those that were asked for. With
    /// anyPolicy among them, any does.
    #[must_use]
    pub fn policies(&self) -> &[Oid] {
        &self.0.policies
    }

    /// What was checked.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.0.trace
    }
}

impl Refused {
    /// The code of the check that failed.
    #[must_use]
    pub fn code(&self) -> u32 {
        self.trace
            .failure()
            .and_then(|line| line.code)
            .unwrap_or(code::CERTIFICATE_NOT_VALID)
    }
}

impl Path {
    /// Each certificate that can be revoked, with its issuer: the leaf first.
    pub(crate) fn issued(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        std::iter::once(&self.leaf)
            .chain(&self.authorities)
            .zip(&self.authorities)
            .filter(|(certificate, issuer)| certificate.sha256() != issuer.sha256())
    }
}

impl<'a> Candidate<'a> {
    /// The trust anchor. A candidate always has one; were it to have none, its leaf would stand for
    /// it, which is no CA that issued it.
    fn anchor(&self) -> &'a Certificate {
        self.authorities.last().copied().unwrap_or(self.leaf)
    }

    fn owned(&self) -> Path {
        Path {
            leaf: self.leaf.clone(),
            authorities: self.authorities.iter().copied().cloned().collect(),
        }
    }
}

/// A refusal before a leaf could be read.
fn unread(line: Line) -> Refused {
    let mut trace = Trace::new();
    trace.push(line);
    Refused { trace, leaf: None }
}

fn validity(certificate: &Certificate) -> String {
    format!("{}/{}", certificate.not_before(), certificate.not_after())
}
