use certs::{Certificate, Check, Line, Presented, Purpose, Settings, hex};

use super::{Checked, Severity};

impl Checked<'_> {
    /// The authorities by themselves and together.
    pub(super) fn trust_store(&mut self) {
        self.rules();
        let roots = self.authorities.iter().filter(|known| known.stored.root);
        if roots.count() == 0 {
            self.find(
                Severity::Problem,
                "chain",
                "the trust store",
                "it has no root, so no path ends",
                "Add the root: certauth ca add --file FILE --role root",
            );
        }
        if self.authorities.len() > MOST_AUTHORITIES {
            let found = format!(
                "it has {} authorities, and the directory takes {MOST_AUTHORITIES}",
                self.authorities.len()
            );
            let next = "Remove those whose certificates nobody signs in with any more.";
            self.find(Severity::Warning, "limit", "the trust store", found, next);
        }
        for place in 0..self.authorities.len() {
            self.authority(place);
        }
    }

    fn authority(&mut self, place: usize) {
        let Some(known) = self.authorities.get(place) else {
            return;
        };
        let (about, certificate) = (known.label(), known.certificate.clone());
        let (root, handle) = (known.stored.root, known.handle());
        let remove = || {
            format!(
                "Remove it with `certauth ca remove {handle}`, and add the certificate that took \
                 its place."
            )
        };
        self.dates(&certificate, "validity", &about, remove);
        self.fitness(&certificate, &about);
        if certificate.subject_key_identifier().is_none() {
            self.find(
                Severity::Warning,
                "key identifier",
                &about,
                "it has no subject key identifier, so nothing but its name tells whose issuer it is",
                "Ask the authority for a certificate with one; the directory refuses chains without.",
            );
        }
        if !root && certificate.authority_key_identifier().is_none() {
            self.find(
                Severity::Warning,
                "key identifier",
                &about,
                "it has no authority key identifier, so nothing but a name tells its issuer",
                "Ask its issuer for a certificate with one; the directory refuses chains without.",
            );
        }
        if certificate.der().len() > MOST_BYTES {
            let found = format!(
                "its certificate has {} bytes, and the directory takes {MOST_BYTES}",
                certificate.der().len()
            );
            let next = "It counts here; the directory would not take it.";
            self.find(Severity::Warning, "limit", &about, found, next);
        }
        if !root {
            self.chain(place, &certificate, &about);
        }
    }

    /// What no path may hold.
    fn fitness(&mut self, certificate: &Certificate, about: &str) {
        let next = "Every certificate below it is refused; ask for one that RFC 5280 allows.";
        let mut faults: Vec<String> = certificate
            .violations()
            .iter()
            .map(ToString::to_string)
            .collect();
        for oid in certificate.unknown_critical_extensions() {
            faults.push(format!("its critical extension {oid} is not known"));
        }
        if !certificate.key().is_accepted() {
            faults.push(format!(
                "its key is {}, which is not accepted",
                certificate.key()
            ));
        }
        for found in faults {
            self.find(Severity::Problem, "certificate", about, found, next);
        }
    }

    /// Whether the other authorities lead from this one to a root, judged as for a sign-in.
    fn chain(&mut self, place: usize, certificate: &Certificate, about: &str) {
        let presented = Presented {
            certificates: vec![certificate.der().to_vec()],
        };
        let settings = Settings {
            purpose: Purpose::Any,
            ..Settings::default()
        };
        let others = self.store_of(Some(place));
        let Err(refused) = certs::validate(&presented, &others, &settings, self.now) else {
            return;
        };
        let Some(line) = refused.trace.failure() else {
            return;
        };
        if line.check == Check::Time && line.certificate == Some(certificate.subject().to_string())
        {
            // Said already, by its dates.
            return;
        }
        let (found, next) = if line.check == Check::Path {
            self.issuer_missing(place, certificate)
        } else {
            let next = "Replace the certificate that is named.".to_owned();
            (in_words(line), next)
        };
        self.find(Severity::Problem, "chain", about, found, next);
        if let Some(finding) = self.findings.last_mut() {
            finding.code = line.code;
        }
    }

    /// That no issuer is there, and which authorities almost are it.
    fn issuer_missing(&self, place: usize, certificate: &Certificate) -> (String, String) {
        let wanted = certificate.authority_key_identifier().map(hex);
        let wanted = wanted.unwrap_or_else(|| "any key".to_owned());
        let mut found = format!(
            "its issuer {} ({wanted}) does not lead to a root of the trust store",
            certificate.issuer()
        );
        let others = self.authorities.iter().enumerate();
        let mut near = Vec::new();
        for (_, other) in others.filter(|(other, _)| *other != place) {
            let same_name = other.certificate.subject().matches(certificate.issuer());
            let key = other.certificate.subject_key_identifier();
            let same_key = key.is_some() && key == certificate.authority_key_identifier();
            let key = key.map_or_else(|| "none".to_owned(), hex);
            let words = match (same_name, same_key) {
                (true, false) => format!("{} has that name, and the key {key}", other.label()),
                (false, true) => format!("{} has that key, and another name", other.label()),
                (true, true) => format!("{} is it, and leads to no root", other.label()),
                (false, false) => continue,
            };
            near.push(words);
        }
        if !near.is_empty() {
            found.push_str("; ");
            found.push_str(&near.join("; "));
        }
        let next = "Add every authority up to the root: certauth ca add --file FILE --role \
                    intermediate, and --role root for the last.";
        (found, next.to_owned())
    }
}

fn in_words(line: &Line) -> String {
    let mut words = "no path from it holds".to_owned();
    for (word, value) in [
        (": ", &line.certificate),
        (", expected ", &line.expected),
        (", found ", &line.found),
    ] {
        if let Some(value) = value {
            words.push_str(word);
            words.push_str(value);
        }
    }
    words
}

/// What the directory's trust store takes.
const MOST_AUTHORITIES: usize = 250;
const MOST_BYTES: usize = 8 * 1024;
