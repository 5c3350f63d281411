//! The judgement of a path: each certificate's answer and lists, and the CA's requirement.

use crate::certificate::Certificate;
use crate::code;
use crate::ocsp::{OcspFault, Response, Status};
use crate::path::Path;
use crate::revocation::crl::{Crl, may_sign};
use crate::revocation::lists::{Gap, Inquiry, Standing, Window};
use crate::revocation::{Requirement, Revocation, Sources};
use crate::time::Time;
use crate::trace::{Check, Line, Trace};

/// Looks each certificate of the path up, the leaf first, and stops at the first that fails.
pub(crate) fn judge(path: &Path, revocation: &Revocation, now: Time, trace: &mut Trace) {
    let judgement = Judgement {
        path,
        revocation,
        now,
    };
    for (certificate, issuer) in path.issued() {
        for line in judgement.of(certificate, issuer) {
            trace.push(line);
        }
        if trace.failure().is_some() {
            return;
        }
    }
}

struct Judgement<'a> {
    path: &'a Path,
    revocation: &'a Revocation,
    now: Time,
}

impl Judgement<'_> {
    /// The lines about one certificate: what gave no answer, then the answer.
    fn of(&self, certificate: &Certificate, issuer: &Certificate) -> Vec<Line> {
        let sources = self.revocation.of(issuer);
        let answer = self.revocation.answer_about(certificate);
        let by_lists = sources.and_then(|sources| self.by_lists(certificate, sources));
        let by_answer = answer.map(|answer| match answer {
            Ok(response) => self.by_response(issuer, response),
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
                let people = certificate.sha256() == self.path.leaf.sha256();
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
    fn by_lists(&self, certificate: &Certificate, sources: &Sources) -> Option<Standing> {
        if sources.lists.is_empty() && sources.deltas.is_empty() {
            return None;
        }
        let inquiry = Inquiry {
            certificate,
            sources,
            now: self.now,
            vouch: |list: &Crl| self.vouch(list),
        };
        Some(inquiry.standing())
    }

    /// What a response says about a certificate of this issuer.
    fn by_response(&self, issuer: &Certificate, response: &Response) -> Standing {
        let of_issuer = response.issuer().subject().matches(issuer.subject())
            && response.issuer().subject_public_key_info() == issuer.subject_public_key_info();
        if !of_issuer {
            return Standing::unknown(&OcspFault::OtherCertificate);
        }
        if let Err(fault) = self.may_answer(issuer, response) {
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
    fn may_answer(&self, issuer: &Certificate, response: &Response) -> Result<(), OcspFault> {
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
        let lists = self.revocation.of(issuer);
        match lists.and_then(|sources| self.by_lists(responder, sources)) {
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

    fn requirement(&self, issuer: &Certificate) -> Requirement {
        self.revocation
            .of(issuer)
            .map_or(Requirement::FailClosed, |sources| sources.requirement)
    }

    /// RFC 5280 §6.3.3 (f): the list's signer is a CA of the path, or has a path of its own to the
    /// same anchor.
    fn vouch(&self, list: &Crl) -> Result<(), String> {
        let key = list.signer().subject_public_key_info();
        let in_path = self.path.authorities.iter().any(|authority| {
            authority.subject_public_key_info() == key
                && authority.subject().matches(list.issuer())
                && may_sign(authority)
        });
        if in_path {
            return Ok(());
        }
        Err("its signer has no path to the same anchor".into())
    }
}

/// id-pkix-ocsp-nocheck, 1.3.6.1.5.5.7.48.1.5 (RFC 6960 §4.2.2.2.1).
const NO_CHECK: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];
