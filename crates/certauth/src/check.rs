//! `certauth check`: the configuration and the trust store as an administrator needs them tested.

use certs::{Certificate, TrustStore};
use serde::Serialize;

use crate::crl::{Fetcher, NoFetcher};
use crate::installation::Installation;
use crate::server::Clock;
use crate::store::{self, Store as _, StoreError, Tenant};

mod authorities;
mod configuration;
mod lists;
mod responders;

/// Something that was looked at and is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What was looked at, a word that stays the same.
    pub check: &'static str,
    /// What it is about: a file, an authority, the address of a list.
    pub about: String,
    /// What is wrong.
    pub found: String,
    /// What to do.
    pub next: String,
    /// The code that refused sign-ins carry for it, where there is one.
    pub code: Option<u32>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// People cannot sign in, or could who should not.
    Problem,
    /// It will be a problem, or may be one.
    Warning,
    /// It was not looked at, and why.
    Note,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing could be fetched at all.
    #[error(transparent)]
    Fetcher(#[from] NoFetcher),
}

/// What the checks have in common.
struct Checked<'a> {
    installation: &'a Installation,
    tenant: &'a Tenant,
    authorities: Vec<Known>,
    now: certs::Time,
    findings: Vec<Finding>,
}

/// An authority of the trust store that can be read.
struct Known {
    stored: store::Authority,
    certificate: Certificate,
}

/// Checks an installation and a tenant's trust store. With `offline` nothing is fetched, and lists
/// are looked at as they are stored.
///
/// # Errors
/// If the checks themselves cannot be made.
pub async fn check(
    installation: &Installation,
    tenant: &Tenant,
    offline: bool,
    clock: &Clock,
) -> Result<Vec<Finding>, CheckError> {
    let mut checked = Checked {
        installation,
        tenant,
        authorities: Vec::new(),
        now: clock.now(),
        findings: Vec::new(),
    };
    checked.configuration();
    checked.read_authorities().await?;
    checked.trust_store();
    let fetcher = if offline {
        None
    } else {
        Some(Fetcher::new(installation.config.limits.fetching)?)
    };
    checked.revocation(fetcher.as_ref()).await?;
    let mut findings = checked.findings;
    findings.sort_by_key(|finding| finding.severity);
    Ok(findings)
}

impl Checked<'_> {
    async fn read_authorities(&mut self) -> Result<(), CheckError> {
        let store = &self.installation.store;
        for stored in store.authorities(&self.tenant.id).await? {
            match Certificate::from_der(&stored.certificate) {
                Ok(certificate) => self.authorities.push(Known {
                    stored,
                    certificate,
                }),
                Err(error) => self.find(
                    Severity::Problem,
                    "certificate",
                    format!("authority {}", stored.id),
                    error.to_string(),
                    format!(
                        "Remove it with `certauth ca remove {}`, and ask the authority for a \
                         certificate that RFC 5280 allows.",
                        stored.id
                    ),
                ),
            }
        }
        Ok(())
    }

    /// The authorities as paths are looked for in them.
    fn store_of(&self, but: Option<usize>) -> TrustStore {
        let all = self.authorities.iter().enumerate();
        TrustStore::new(
            all.filter(|(place, _)| Some(*place) != but)
                .map(|(_, known)| known.as_authority())
                .collect(),
        )
    }

    fn find(
        &mut self,
        severity: Severity,
        check: &'static str,
        about: impl Into<String>,
        found: impl Into<String>,
        next: impl Into<String>,
    ) {
        self.findings.push(Finding {
            severity,
            check,
            about: about.into(),
            found: found.into(),
            next: next.into(),
            code: None,
        });
    }
}

impl Known {
    fn as_authority(&self) -> certs::Authority {
        certs::Authority {
            certificate: self.certificate.clone(),
            role: if self.stored.root {
                certs::Role::Root
            } else {
                certs::Role::Intermediate
            },
        }
    }

    /// The authority as administrators know it.
    fn label(&self) -> String {
        match &self.stored.name {
            Some(name) => format!("{name} ({})", self.certificate.subject()),
            None => self.certificate.subject().to_string(),
        }
    }

    /// A way to name it on the command line.
    fn handle(&self) -> String {
        let fingerprint = self.certificate.sha256().to_string();
        fingerprint.chars().take(HANDLE_DIGITS).collect()
    }
}

const HANDLE_DIGITS: usize = 12;
