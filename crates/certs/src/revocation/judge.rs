//! The judgement of a path: each certificate's answer and lists, and the CA's requirement.

use std::cell::{Cell, RefCell};

use crate::certificate::Certificate;
use crate::code;
use crate::distribution_point::DistributionPoint;
use crate::name::Name;
use crate::ocsp::{OcspFault, Response, Status};
use crate::path::{InitialPolicies, Path, Settings, TrustStore, vouch};
use crate::revocation::crl::{Crl, may_sign};
use crate::revocation::lists::Inquiry;
use crate::revocation::standing::{Gap, Standing, Window};
use crate::revocation::{Requirement, Revocation};
use crate::time::Time;
use crate::trace::{Check, Line, Outcome, Trace};

/// What a decision judges revocation by.
pub(crate) struct Judgement<'a> {
    revocation: &'a Revocation,
    trust: &'a TrustStore,
    /// Those of paths to signers, of which no policy is asked.
    settings: Settings,
    now: Time,
    /// The signers that were vouched for: their keys, and the anchors.
    vouched: RefCell<Vec<(Certificate, Certificate)>>,
    /// How many more signers may be looked for.
    searches: Cell<usize>,
}

/// A path that is judged, and whose signers led to it: a list that one of them signed says nothing
/// about it.
#[derive(Clone, Copy)]
struct Way<'a> {
    path: &'a Path,
    below: Option<(&'a Certificate, &'a Way<'a>)>,
}

impl<'a> Judgement<'a> {
    pub(crate) fn new(
        revocation: &'a Revocation,
        trust: &'a TrustStore,
        settings: &'a Settings,
        now: Time,
    ) -> Self {
        Self {
            revocation,
            trust,
            settings: Settings {
                initial_policies: InitialPolicies::Any,
                explicit_policy: false,
                most_steps: settings.most_steps.min(MOST_STEPS),
                most_signatures: settings.most_signatures.min(MOST_SIGNATURES),
                ..settings.clone()
            },
            now,
            vouched: RefCell::default(),
            searches: Cell::new(MOST_SEARCHES),
        }
    }

    /// Looks each certificate of the path up, the leaf first, and stops at the first that fails.
    pub(crate) fn judge(&self, path: &Path, trace: &mut Trace) {
        let way = Way { path, below: None };
        for (certificate, issuer) in path.issued() {
            for line in self.of(certificate, issuer, way) {
                trace.push(line);
            }
            if trace.failure().is_some() {
                return;
            }
        }
    }

    /// The lines about one certificate: what gave no answer, then the answer.
    fn of(&self, certificate: &Certificate, issuer: &Certificate, way: Way<'_>) -> Vec<Line> {
        let answer = self.revocation.answer_about(certificate);
        let by_lists = self.by_lists(certificate, issuer, way);
        let by_answer = answer.map(|answer| match answer {
            Ok(response) => self.by_response(issuer, response, way),
            Err(fault) => Standing::unknown(fault),
        });
        let passed = |found: String| {
            Line::passed(Check::Revocation)
                .on(certificate.subject())
                .found(found)
        };
        let unknown = |found: String| {
            Line::not_checked(Check::Revocation)
                .on(certificate.subject())
                .found(found)
        };
        match (by_answer, by_lists) {
            (Some(Standing::Revoked(revoked, by)), _)
            | (_, Some(Standing::Revoked(revoked, by))) => {
                vec![
                    Line::failed(Check::Revocation, code::REVOKED)
                        .on(certificate.subject())
                        .expected(by)
                        .found(revoked),
                ]
            }
            (Some(Standing::Good(by)), None) | (None, Some(Standing::Good(by))) => {
                vec![passed(by)]
            }
            (Some(Standing::Good(answer)), Some(Standing::Good(lists))) => {
                vec![passed(format!("{answer}; {lists}"))]
            }
            (Some(Standing::Good(by)), Some(Standing::Unknown(gap)))
            | (Some(Standing::Unknown(gap)), Some(Standing::Good(by))) => {
                vec![unknown(gap.found), passed(by)]
            }
            (Some(Standing::Unknown(gap)), None) | (None, Some(Standing::Unknown(gap))) => {
                vec![self.unanswered(certificate, issuer, &gap.found, gap.code)]
            }
            (Some(Standing::Unknown(answer)), Some(Standing::Unknown(lists))) => {
                vec![
                    unknown(answer.found),
                    self.unanswered(certificate, issuer, &lists.found, lists.code),
                ]
            }
            (None, None) => {
                let found = format!("no list is configured for {}", issuer.subject().short());
                let people = way.below.is_none() && *certificate == way.path.leaf;
                if people && self.revocation.required.is_some() {
                    vec![self.unanswered(certificate, issuer, &found, code::CRL_MISSING)]
                } else {
                    vec![unknown(found)]
                }
            }
        }
    }

    /// Nothing says whether the certificate is revoked: the CA's requirement decides.
    fn unanswered(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        found: &str,
        code: u32,
    ) -> Line {
        let open = |why: &str| {
            Line::not_checked(Check::Revocation)
                .on(certificate.subject())
                .found(format!("{found}; {why}"))
        };
        let of_issuer = || format!("the revocation list of {}", issuer.subject().short());
        if self.revocation.is_exempt(issuer) {
            return open("the CA is exempt from revocation checks");
        }
        match self.requirement(issuer) {
            Requirement::NotRequired => open("the CA does not require an answer"),
            Requirement::FailClosed | Requirement::Grace { .. } => {
                Line::failed(Check::Revocation, code)
                    .on(certificate.subject())
                    .expected(of_issuer())
                    .found(found)
            }
        }
    }

    /// What the lists say; none if none is configured.
    fn by_lists(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        way: Way<'_>,
    ) -> Option<Standing> {
        let sources = self.revocation.of(issuer)?;
        if sources.lists.is_empty() && sources.deltas.is_empty() {
            return None;
        }
        let inquiry = Inquiry {
            certificate,
            sources,
            requirement: self.requirement(issuer),
            now: self.now,
            vouch: |list: &Crl| self.vouch(list, certificate, way),
        };
        Some(inquiry.standing())
    }

    /// What a response says about a certificate of this issuer.
    fn by_response(&self, issuer: &Certificate, response: &Response, way: Way<'_>) -> Standing {
        let of_issuer = response.issuer().subject().matches(issuer.subject())
            && response.issuer().subject_public_key_info() == issuer.subject_public_key_info();
        if !of_issuer {
            return Standing::unknown(&OcspFault::OtherCertificate);
        }
        if let Err(fault) = self.may_answer(issuer, response, way) {
            return Standing::unknown(&fault);
        }
        let requirement = self.requirement(issuer);
        let by_grace = match response.window(self.now, requirement.grace()) {
            Window::Open => false,
            Window::Grace => true,
            Window::Closed(why) => {
                return match response.status() {
                    Status::Revoked(revoked) if requirement.remembers() => {
                        Standing::Revoked(revoked, response.to_string())
                    }
                    Status::Good | Status::Revoked(_) | Status::Unknown => {
                        Standing::Unknown(Gap::of_response(response, why))
                    }
                };
            }
        };
        match response.status() {
            Status::Good if by_grace => {
                Standing::Good(format!("{response}, within the time of grace"))
            }
            Status::Good => Standing::Good(response.to_string()),
            Status::Revoked(revoked) => Standing::Revoked(revoked, response.to_string()),
            Status::Unknown => Standing::Unknown(Gap::of_response(
                response,
                "the responder does not know the certificate",
            )),
        }
    }

    /// RFC 6960 §4.2.2.2: whoever answers for the CA has a certificate that counts at this time,
    /// and that is not revoked: it says that nobody has to ask (id-pkix-ocsp-nocheck), or a list
    /// of the CA says so.
    fn may_answer(
        &self,
        issuer: &Certificate,
        response: &Response,
        way: Way<'_>,
    ) -> Result<(), OcspFault> {
        let Some(responder) = response.responder() else {
            return Ok(());
        };
        let fault = |why: String| Err(OcspFault::Responder(why));
        if self.now < responder.not_before() || self.now > responder.not_after() {
            return fault("its certificate is outside its validity".into());
        }
        if responder.extension(NO_CHECK).is_some() {
            return Ok(());
        }
        match self.by_lists(responder, issuer, way) {
            Some(Standing::Good(_)) => Ok(()),
            Some(Standing::Revoked(revoked, _)) => {
                fault(format!("its certificate is revoked, {revoked}"))
            }
            Some(Standing::Unknown(gap)) => fault(format!(
                "nothing says whether its certificate is revoked: {}",
                gap.found
            )),
            None => fault(
                "its certificate has no id-pkix-ocsp-nocheck, and no list says whether it is revoked"
                    .into(),
            ),
        }
    }

    /// What is required of a CA: nothing if it is exempt.
    fn requirement(&self, issuer: &Certificate) -> Requirement {
        if self.revocation.is_exempt(issuer) {
            return Requirement::NotRequired;
        }
        self.revocation
            .of(issuer)
            .map_or(Requirement::FailClosed, |sources| sources.requirement)
    }

    /// RFC 5280 §6.3.3 (f): the list's signer is a CA of the path, or has a path of its own to the
    /// same anchor on which nobody is revoked.
    fn vouch(&self, list: &Crl, asked: &Certificate, way: Way<'_>) -> Result<(), String> {
        let signs = |certificate: &Certificate| {
            may_sign(certificate)
                && certificate.subject().matches(list.issuer())
                && certificate.subject_public_key_info() == list.signer().subject_public_key_info()
        };
        // A list says nothing of those on whom it depends; but its signer may be on no other,
        // where the CA that issued the signer's certificate says so in it (PKITS 4.14.30).
        if way.signers().any(signs) {
            return if signs(asked) && names_as_crl_issuer(asked, list.issuer()) {
                Ok(())
            } else {
                Err("it depends on its own signer".into())
            };
        }
        if way.path.authorities.iter().any(signs) {
            return Ok(());
        }
        let Some(anchor) = way.path.authorities.last() else {
            return Err("there is no anchor".into());
        };
        let known = |(signer, of): &(Certificate, Certificate)| signs(signer) && of == anchor;
        if self.vouched.borrow().iter().any(known) {
            return Ok(());
        }
        let mut why = "its signer is not in the trust store".to_owned();
        let authorities = self.trust.authorities().iter();
        for signer in authorities.map(|authority| &authority.certificate) {
            if !signs(signer) {
                continue;
            }
            match self.vouch_for(signer, anchor, way) {
                Ok(()) => {
                    let pair = (signer.clone(), anchor.clone());
                    self.vouched.borrow_mut().push(pair);
                    return Ok(());
                }
                Err(cause) => why = cause,
            }
        }
        Err(why)
    }

    fn vouch_for(
        &self,
        signer: &Certificate,
        anchor: &Certificate,
        way: Way<'_>,
    ) -> Result<(), String> {
        let left = self.searches.get().checked_sub(1);
        self.searches
            .set(left.ok_or("too many signers of lists would have to be judged")?);
        let path = vouch(signer, self.trust, anchor, &self.settings, self.now)
            .map_err(|trace| format!("its signer has no path: {}", reason(&trace)))?;
        let above = Way {
            path: &path,
            below: Some((signer, &way)),
        };
        for (certificate, issuer) in path.issued() {
            let lines = self.of(certificate, issuer, above);
            if let Some(line) = lines.iter().find(|line| line.outcome == Outcome::Failed) {
                let found = line.found.as_deref().unwrap_or_default();
                return Err(format!(
                    "the certificate of its signer, or one above it, is not good: {found}"
                ));
            }
        }
        Ok(())
    }
}

impl<'a> Way<'a> {
    /// The signers on whose account this path is judged.
    fn signers(self) -> impl Iterator<Item = &'a Certificate> {
        std::iter::successors(self.below, |(_, way)| way.below).map(|(signer, _)| signer)
    }
}

/// Whether a distribution point of the certificate says that `issuer` signs its lists.
fn names_as_crl_issuer(certificate: &Certificate, issuer: &Name) -> bool {
    certificate
        .crl_distribution_points()
        .and_then(|points| DistributionPoint::read_all(points, certificate.issuer()).ok())
        .is_some_and(|points| points.iter().any(|point| point.is_issued_by(issuer)))
}

fn reason(trace: &Trace) -> String {
    let found = trace.failure().and_then(|line| line.found.clone());
    found.unwrap_or_else(|| "nothing leads to the anchor".into())
}

/// Most signers of lists that are looked for in one decision.
const MOST_SEARCHES: usize = 16;
/// Bounds of the search for the path of one signer.
const MOST_STEPS: usize = 2_000;
const MOST_SIGNATURES: usize = 50;
/// id-pkix-ocsp-nocheck, 1.3.6.1.5.5.7.48.1.5 (RFC 6960 §4.2.2.2.1).
const NO_CHECK: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];
