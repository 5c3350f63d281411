//! Proof key for code exchange (RFC 7636).

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The secret that shows, at the token endpoint, who asked for the code.
#[derive(Clone, Debug)]
pub struct Verifier(String);

impl Verifier {
    /// Takes an unguessable word of 43 to 128 unreserved characters (RFC 7636 §4.1).
    pub fn new(word: String) -> Self {
        Self(word)
    }

    /// Returns the secret itself, for the token endpoint.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Returns what the authorization request carries, method `S256`.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standards_own_example() {
        let verifier = Verifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
