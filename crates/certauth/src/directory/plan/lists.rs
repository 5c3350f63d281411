//! Addresses of revocation lists that certificates themselves name.
//!
//! A certificate says where the list of its *issuer* is (RFC 5280 §4.2.1.13), so an authority has its
//! address from the certificates below it, and never from its own.

use certs::Certificate;
use url::Url;

use super::Work;
use super::state::State;
use crate::directory::export;
use crate::store::{Authority, StoreError};

impl Work {
    /// Gives the authorities that are new, and have no list, the address that the certificates which
    /// they issued agree on.
    pub(super) fn find_lists(
        &mut self,
        before: &State,
        issued: &[Certificate],
    ) -> Result<(), StoreError> {
        let mut notes = Vec::new();
        for authority in &mut self.state.authorities {
            let is_known = before.authorities.iter().any(|one| one.id == authority.id);
            if is_known || !authority.sources.is_empty() {
                continue;
            }
            let subject = export::subject(&authority.certificate);
            let named = addresses(authority, issued);
            match named.as_slice() {
                [] => notes.push(format!(
                    "nothing in the file says where {subject} has its CRL; give it one with \
                     `certauth ca set --crl-url`, or what it revokes counts on"
                )),
                [url] => {
                    authority.sources.crl_urls = vec![url.to_string()];
                    if let Some(written) = export::authority(authority)? {
                        authority.directory.document = Some(written.written().clone());
                    }
                }
                [first, other, ..] => notes.push(format!(
                    "certificates of {subject} name {first} and {other}, and one address is taken; \
                     choose it with `certauth ca set --crl-url`"
                )),
            }
        }
        for note in notes {
            self.note("", note);
        }
        Ok(())
    }
}

/// The addresses that the authority's certificates name first, each once.
fn addresses(authority: &Authority, issued: &[Certificate]) -> Vec<Url> {
    let Ok(authority) = Certificate::from_der(&authority.certificate) else {
        return Vec::new();
    };
    let mut urls: Vec<Url> = issued
        .iter()
        .filter(|one| is_issued_by(one, &authority))
        .filter_map(|one| one.crl_urls().first().and_then(|url| url.parse().ok()))
        .collect();
    urls.sort_unstable();
    urls.dedup();
    urls
}

/// Whether names and key identifiers say so; the signature is judged when the certificate is used.
fn is_issued_by(one: &Certificate, authority: &Certificate) -> bool {
    let vouched_by = one.authority_key_identifier();
    one.sha256() != authority.sha256()
        && one.issuer().matches(authority.subject())
        && (vouched_by.is_none() || vouched_by == authority.subject_key_identifier())
}
