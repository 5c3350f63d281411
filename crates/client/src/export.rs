//! The certificates at hand, as a file that other programs read.

use pem_rfc7468::LineEnding;
use token::TokenHost;

use crate::Device;

impl Device {
    /// Gives the certificates at hand in PEM (RFC 7468 §5), or the one with this SHA-256 (lowercase
    /// hex). Nothing is unlocked: a certificate is no secret.
    ///
    /// Those that a sign-in would never offer are among them, so that whoever asks why can look.
    pub async fn exported(&self, sha256: Option<&str>) -> Vec<String> {
        let host = self.tokens().clone();
        let sha256 = sha256.map(str::to_owned);
        let task = tokio::task::spawn_blocking(move || export(&host, sha256.as_deref()));
        task.await.unwrap_or_default()
    }
}

fn export(host: &TokenHost, sha256: Option<&str>) -> Vec<String> {
    let listing = host.enumerate();
    listing
        .tokens
        .iter()
        .flat_map(|found| &found.credentials)
        .filter(|credential| {
            sha256.is_none_or(|wanted| credential.fingerprint.to_string() == wanted)
        })
        .filter_map(|credential| {
            let der = &credential.certificate;
            pem_rfc7468::encode_string("CERTIFICATE", LineEnding::LF, der).ok()
        })
        .collect()
}
