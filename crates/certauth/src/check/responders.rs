use certs::Certificate;
use certs::ocsp::{Hash, OcspFault, Request, Response, Status};

use super::{Checked, Severity};
use crate::crl::Fetcher;
use crate::server::random_bytes;

impl Checked<'_> {
    /// Asks an authority's responder about an authority below it, whose certificate is at hand.
    pub(super) async fn responder_of(&mut self, place: usize, fetcher: Option<&Fetcher>) {
        let (Some(known), Some(fetcher)) = (self.authorities.get(place), fetcher) else {
            return;
        };
        let Some(url) = known.stored.sources.ocsp_url.clone() else {
            return;
        };
        let about = format!("{} at {url}", known.label());
        let issuer = known.certificate.clone();
        let below = self.authorities.iter().map(|other| &other.certificate);
        let below = below.into_iter().find(|other| is_below(other, &issuer));
        let Some(below) = below.cloned() else {
            self.find(
                Severity::Note,
                "responder",
                about,
                "it was not asked: no certificate that the authority issued is at hand",
                "Ask it about a person's certificate: certauth explain CERT",
            );
            return;
        };
        match ask(&below, &issuer, &url, fetcher).await {
            Ok(Status::Good) => {}
            Ok(Status::Revoked(revoked)) => {
                let found = format!("it says that {} is revoked, {revoked}", below.subject());
                let next = "Remove the authority that is revoked, and ask whoever runs it.";
                self.find(Severity::Problem, "responder", about, found, next);
                self.with_code(certs::code::REVOKED);
            }
            Ok(Status::Unknown) => {
                let found = format!("it does not know {}", below.subject());
                let next = "Give the authority the address of its own responder.";
                self.find(Severity::Problem, "responder", about, found, next);
            }
            Err(fault) => {
                let next = "Ask it from this machine, and look at firewalls and at its own \
                            certificate.";
                self.find(
                    Severity::Problem,
                    "responder",
                    about,
                    fault.to_string(),
                    next,
                );
                self.with_code(fault.code());
            }
        }
    }
}

fn is_below(certificate: &Certificate, issuer: &Certificate) -> bool {
    let named = certificate.issuer().matches(issuer.subject());
    let key = issuer.subject_key_identifier();
    let same_key = certificate
        .authority_key_identifier()
        .is_none_or(|wanted| Some(wanted) == key);
    named && same_key && certificate.sha256() != issuer.sha256()
}

async fn ask(
    certificate: &Certificate,
    issuer: &Certificate,
    url: &str,
    fetcher: &Fetcher,
) -> Result<Status, OcspFault> {
    let nonce: [u8; 32] = random_bytes();
    let question = Request::new(certificate, issuer, Hash::Sha1, Some(&nonce))
        .map_err(|error| OcspFault::Forbidden(error.to_string()))?;
    let bytes = fetcher.ocsp(url, question.to_der().to_vec()).await?;
    let most = fetcher.bounds().ocsp.bytes;
    let response = Response::read(&bytes, certificate, issuer, Some(&nonce), most)?;
    Ok(response.status())
}
