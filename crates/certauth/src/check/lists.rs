use std::sync::Arc;

use certs::{Crl, CrlFault, Time, TrustStore, hex};

use super::{CheckError, Checked, Severity};
use crate::crl::{self, Age, Fetched, Fetcher, Validators};
use crate::store::Store as _;

/// A list as it was had for the check.
struct Had {
    list: Arc<Crl>,
    was_pem: bool,
    size: usize,
}

impl Checked<'_> {
    /// Where revocations are asked for, and what is there.
    pub(super) async fn revocation(&mut self, fetcher: Option<&Fetcher>) -> Result<(), CheckError> {
        self.sources();
        for place in 0..self.authorities.len() {
            self.lists_of(place, fetcher).await?;
            self.responder_of(place, fetcher).await;
        }
        Ok(())
    }

    /// Authorities without a source, and exemptions of nobody.
    fn sources(&mut self) {
        let crl = self.tenant.validation.crl_validation_configuration.clone();
        let key = |place: usize| {
            let known = self.authorities.get(place)?;
            known.certificate.subject_key_identifier().map(hex)
        };
        let keys: Vec<Option<String>> = (0..self.authorities.len()).map(key).collect();
        for exempt in &crl.exempted_subject_key_identifiers {
            let known = keys
                .iter()
                .flatten()
                .any(|key| key.eq_ignore_ascii_case(exempt));
            if !known {
                self.find(
                    Severity::Warning,
                    "exemption",
                    format!("the exemption of {exempt}"),
                    "no authority of the trust store has this subject key identifier",
                    "Compare it with `certauth ca list --json`, and name the right ones with \
                     `certauth tenant set --exempt`.",
                );
            }
        }
        let bare: Vec<(String, String, bool, bool)> = self
            .authorities
            .iter()
            .zip(&keys)
            .filter(|(known, _)| known.stored.sources.is_empty())
            .map(|(known, key)| {
                let exempt = key.as_ref().is_some_and(|key| {
                    crl.exempted_subject_key_identifiers
                        .iter()
                        .any(|exempt| exempt.eq_ignore_ascii_case(key))
                });
                let issues_people = !self.authorities.iter().any(|other| {
                    other
                        .certificate
                        .issuer()
                        .matches(known.certificate.subject())
                        && other.certificate.sha256() != known.certificate.sha256()
                });
                (known.label(), known.handle(), exempt, issues_people)
            })
            .collect();
        for (about, handle, exempt, issues_people) in bare {
            let next = format!("Give it its list: certauth ca set {handle} --crl-url URL");
            if crl.required && issues_people && !exempt {
                let found = "it has neither a CRL nor an OCSP responder, and the tenant requires \
                             one: whoever it issued a certificate to is refused";
                self.find(Severity::Problem, "revocation", about, found, next);
                self.with_code(certs::code::CRL_MISSING);
            } else if !exempt {
                let found = "it has neither a CRL nor an OCSP responder: what it revoked counts on";
                self.find(Severity::Warning, "revocation", about, found, next);
            }
        }
    }

    async fn lists_of(
        &mut self,
        place: usize,
        fetcher: Option<&Fetcher>,
    ) -> Result<(), CheckError> {
        let Some(known) = self.authorities.get(place) else {
            return Ok(());
        };
        let sources = known.stored.sources.clone();
        if let Err(wrong) = sources.check() {
            let (about, next) = (known.label(), "Change it with `certauth ca set`.");
            self.find(
                Severity::Problem,
                "revocation",
                about,
                wrong.to_string(),
                next,
            );
        }
        let mut bases: Vec<Arc<Crl>> = Vec::new();
        for (url, delta) in sources.lists() {
            let Some(had) = self.have(place, url, fetcher).await? else {
                continue;
            };
            self.judge_list(place, url, delta, &had);
            if delta {
                self.judge_delta(place, url, &had.list, &bases);
            } else {
                bases.push(Arc::clone(&had.list));
            }
        }
        Ok(())
    }

    /// Has a list from its address, or from the store; none if something is said of why not.
    async fn have(
        &mut self,
        place: usize,
        url: &str,
        fetcher: Option<&Fetcher>,
    ) -> Result<Option<Had>, CheckError> {
        let Some(known) = self.authorities.get(place) else {
            return Ok(None);
        };
        let stored = self.installation.store.crl(&known.stored.id, url).await?;
        let about = format!("{} at {url}", known.label());
        let (issuer, handle) = (known.certificate.clone(), known.handle());
        let bytes = if let Some(fetcher) = fetcher {
            let ahead = fetcher.bounds().ahead;
            match fetcher.list(url, ahead, &Validators::default()).await {
                Ok(Fetched::Body(bytes, _)) => bytes,
                // Nobody said what would be unchanged.
                Ok(Fetched::Unchanged) => return Ok(None),
                Err(fault) => {
                    self.not_had(about, &fault);
                    return Ok(None);
                }
            }
        } else if let Some(stored) = &stored {
            stored.der.clone()
        } else {
            let next = format!("Fetch it: certauth crl refresh {handle}");
            let found = "it was never fetched";
            self.find(Severity::Warning, "list", about, found, next);
            return Ok(None);
        };
        let (was_pem, size) = (bytes.starts_with(b"-----"), bytes.len());
        let had = match crl::read(bytes.clone(), issuer.clone(), self.store_of(None)).await {
            Ok(list) => Had {
                list,
                was_pem,
                size,
            },
            Err(fault) => {
                let others = self.who_signed(place, &bytes).await;
                self.not_usable(about, &fault, &others);
                return Ok(None);
            }
        };
        if let (Some(stored), Some(_)) = (stored, fetcher)
            && let Ok(kept) = crl::read(stored.der, issuer, self.store_of(None)).await
            && crl::age(&had.list, &kept) == Age::Older
        {
            self.find(
                Severity::Problem,
                "list",
                about,
                "it is older than the one that is kept, which goes on to count until it ends",
                "Look at the authority's publication. If the authority was made anew with the same \
                 key: certauth crl refresh --allow-older",
            );
            self.with_code(certs::code::CRL_NOT_USABLE);
        }
        Ok(Some(had))
    }

    /// The other authorities that signed what an authority's address gave.
    async fn who_signed(&self, place: usize, bytes: &[u8]) -> Vec<String> {
        let mut others = Vec::new();
        for (other, known) in self.authorities.iter().enumerate() {
            let issuer = known.certificate.clone();
            let none = TrustStore::default();
            if other != place && crl::read(bytes.to_vec(), issuer, none).await.is_ok() {
                others.push(known.label());
            }
        }
        others
    }

    fn not_had(&mut self, about: String, fault: &CrlFault) {
        let next = if let CrlFault::TooLarge(_) = fault {
            "Raise crl_background_max_bytes, or have the authority publish it in parts."
        } else if let CrlFault::TimedOut(_) = fault {
            "Have it published on a faster server, or raise crl_background_timeout_seconds."
        } else {
            "Open the address from this machine, and look at firewalls and at the web server."
        };
        self.find(Severity::Problem, "list", about, fault.to_string(), next);
        self.with_code(fault.code());
    }

    fn not_usable(&mut self, about: String, fault: &CrlFault, others: &[String]) {
        let mut found = fault.to_string();
        let next = if others.is_empty() {
            "Give the authority the address of the list that it issues itself: the one that is \
             named in the certificates below it."
        } else {
            found.push_str("; it is the list of ");
            found.push_str(&others.join(" and of "));
            "Give the address to the authority whose list it is, and this one the address that is \
             named in the certificates below it."
        };
        self.find(Severity::Problem, "list", about, found, next);
        self.with_code(fault.code());
    }

    fn judge_list(&mut self, place: usize, url: &str, delta: bool, had: &Had) {
        let Some(known) = self.authorities.get(place) else {
            return;
        };
        let about = format!("{} at {url}", known.label());
        let facts = crl::facts(&had.list);
        let time = Time::from_unix;
        let publish = "Have the authority publish a new one, and look at its clock.";
        let left = facts.next_update.saturating_sub(self.now.unix());
        let whole = facts.next_update.saturating_sub(facts.this_update);
        if left < 0 {
            let found = format!("it ended {}", time(facts.next_update));
            self.find(Severity::Problem, "list", &about, found, publish);
            self.with_code(certs::code::CRL_STALE);
        } else if facts.this_update > self.now.unix() {
            let found = format!("it counts from {}", time(facts.this_update));
            self.find(Severity::Problem, "list", &about, found, publish);
            self.with_code(certs::code::CRL_STALE);
        } else if left < whole / 10 {
            let found = format!(
                "it ends {}, and no newer one is there",
                time(facts.next_update)
            );
            self.find(Severity::Warning, "list", &about, found, publish);
        }
        if facts.delta != delta {
            let (found, next) = if delta {
                (
                    "it is a complete list, and not a delta",
                    "Give it as --crl-url.",
                )
            } else {
                (
                    "it is a delta, and not a complete list",
                    "Give it as --delta-crl-url.",
                )
            };
            self.find(Severity::Problem, "list", &about, found, next);
            self.with_code(certs::code::CRL_NOT_USABLE);
        }
        let waited_for = self.installation.config.limits.fetching.waited_for.bytes;
        if had.size > waited_for {
            let found = format!(
                "it has {} bytes, and a sign-in waits for {waited_for} at most: until the \
                 background has it, everybody is refused",
                had.size
            );
            let next = "Raise crl_max_bytes, or have the authority publish it in parts.";
            self.find(Severity::Warning, "limit", &about, found, next);
            self.with_code(certs::code::CRL_TOO_LARGE);
        }
        if had.was_pem {
            let found = "it is PEM, which counts here and nowhere in the directory";
            let next = "Have it published in DER, as RFC 5280 asks.";
            self.find(Severity::Warning, "encoding", &about, found, next);
        }
    }

    fn judge_delta(&mut self, place: usize, url: &str, delta: &Crl, bases: &[Arc<Crl>]) {
        let Some(known) = self.authorities.get(place) else {
            return;
        };
        let about = format!("{} at {url}", known.label());
        if let Some(number) = crl::without_base(delta, bases) {
            let found = format!("it changes CRL {number}, and no list that is as new is there");
            let next = "Have the authority publish base and delta together.";
            self.find(Severity::Problem, "list", about, found, next);
            self.with_code(certs::code::CRL_NOT_USABLE);
        }
    }

    pub(super) fn with_code(&mut self, code: u32) {
        if let Some(finding) = self.findings.last_mut() {
            finding.code = Some(code);
        }
    }
}
