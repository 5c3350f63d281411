//! Issuer hints: the names of authorities that the TLS handshake sends, by which people's pickers
//! leave out certificates of others.

use certs::Certificate;

/// The names to send, DER, each once: those of the authorities that are flagged, of all where none
/// is, and none where hints are off.
pub fn names<'a>(
    switched_on: bool,
    authorities: impl Iterator<Item = (&'a Certificate, bool)> + Clone,
) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    if !switched_on {
        return names;
    }
    let only_flagged = authorities.clone().any(|(_, flagged)| flagged);
    for (certificate, _) in authorities.filter(|(_, flagged)| *flagged || !only_flagged) {
        let name = certificate.subject().der();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_vec());
        }
    }
    names
}

/// The bytes that names take in the handshake: each is preceded by its length in two bytes (RFC 8446
/// §4.2.4).
pub fn size(names: &[Vec<u8>]) -> usize {
    names.iter().fold(0, |sum: usize, name| {
        sum.saturating_add(name.len()).saturating_add(2)
    })
}

/// Most bytes of names in a handshake.
pub const MOST_BYTES: usize = 16 * 1024;

/// Why so many bytes of names are refused.
pub fn too_large(size: usize) -> String {
    format!(
        "the names of the authorities take {size} bytes in the handshake, and at most {MOST_BYTES} \
         are sent; set isIssuerHintEnabled for those alone that issue people's certificates"
    )
}
