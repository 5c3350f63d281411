use std::path::Path;

use certs::Certificate;
use policy::StrengthRule;
use rustls_pki_types::{CertificateDer, ServerName};

use super::{Checked, Severity};
use crate::config::KeyFiles;
use crate::tls::Tls;

impl Checked<'_> {
    /// The server's own certificates and keys, and the tenant's rules.
    pub(super) fn configuration(&mut self) {
        let config = &self.installation.config;
        if let Err(error) = Tls::load(config) {
            self.find(
                Severity::Problem,
                "server certificate",
                "the configuration",
                error.to_string(),
                "Put a chain and its key at the places that the configuration names.",
            );
        }
        let tenant_host = format!("t{}.{}", self.tenant.id, config.certauth_host);
        let login = [config.login_host.as_str()];
        let certauth = [config.certauth_host.as_str(), tenant_host.as_str()];
        self.server_certificate(&config.login, &login);
        self.server_certificate(&config.certauth, &certauth);
    }

    fn server_certificate(&mut self, files: &KeyFiles, hosts: &[&str]) {
        let Some(certificate) = read(&files.certificate) else {
            // Said already, by what loads it.
            return;
        };
        let about = files.certificate.display().to_string();
        for host in hosts.iter().filter(|host| !names(&certificate, host)) {
            self.find(
                Severity::Problem,
                "server certificate",
                &about,
                format!("it does not name {host}"),
                "Ask for a certificate that has all names of the host; the certauth host needs a \
                 wildcard below it as well.",
            );
        }
        self.dates(&certificate, "server certificate", &about, || {
            "Renew it and start the server again.".to_owned()
        });
    }

    /// That a certificate counts, and will for a while.
    pub(super) fn dates(
        &mut self,
        certificate: &Certificate,
        check: &'static str,
        about: &str,
        renew: impl Fn() -> String,
    ) {
        let (begin, end) = (certificate.not_before(), certificate.not_after());
        if self.now < begin {
            let found = format!("it counts from {begin}");
            let next = "Wait for that time, or look at this machine's clock.";
            self.find(Severity::Problem, check, about, found, next);
        } else if self.now > end {
            self.find(
                Severity::Problem,
                check,
                about,
                format!("it ended {end}"),
                renew(),
            );
        } else if self.now.plus(SOON) > end {
            self.find(
                Severity::Warning,
                check,
                about,
                format!("it ends {end}"),
                renew(),
            );
        }
    }

    /// Rules for issuers that no certificate can have.
    pub(super) fn rules(&mut self) {
        let subjects: Vec<String> = self
            .authorities
            .iter()
            .map(|known| known.certificate.subject().to_string())
            .collect();
        for rule in &self.tenant.method.rules {
            let StrengthRule::Issuer { issuer, .. } = rule else {
                continue;
            };
            if !subjects.contains(issuer) {
                self.find(
                    Severity::Warning,
                    "rule",
                    format!("the rule for {issuer}"),
                    "no authority of the trust store has this name",
                    "Add the authority, or make a rule for the name that `certauth ca list` prints.",
                );
            }
        }
    }
}

fn read(path: &Path) -> Option<Certificate> {
    let bytes = std::fs::read(path).ok()?;
    Certificate::from_pem_or_der(&bytes)
        .ok()?
        .into_iter()
        .next()
}

fn names(certificate: &Certificate, host: &str) -> bool {
    let der = CertificateDer::from(certificate.der());
    let Ok(certificate) = webpki::EndEntityCert::try_from(&der) else {
        return false;
    };
    ServerName::try_from(host)
        .is_ok_and(|name| certificate.verify_is_valid_for_subject_name(&name).is_ok())
}

/// Seconds before its end from which a certificate is spoken of.
const SOON: i64 = 30 * 24 * 60 * 60;
