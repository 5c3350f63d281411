//! The key of this device, and the proofs it makes (RFC 9449).

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

use crate::ambient;

/// A P-256 key that every token of a session is bound to.
pub(crate) struct DeviceKey {
    pkcs8: Zeroizing<Vec<u8>>,
    signing: EncodingKey,
    public: Jwk,
}

impl DeviceKey {
    pub(crate) fn new() -> Self {
        Self::from_pkcs8(ambient::new_key()).expect("a key that was just made can be read")
    }

    pub(crate) fn from_pkcs8(pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, NotAKey> {
        let signing = EncodingKey::from_ec_der(&pkcs8);
        let mut public = Jwk::from_encoding_key(&signing, Algorithm::ES256).map_err(|_| NotAKey)?;
        public.common.key_algorithm = None;
        Ok(Self {
            pkcs8,
            signing,
            public,
        })
    }

    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// A proof for one request; `token` is the access token it is sent with, and `nonce` what the
    /// server wants to find in it, if any.
    pub(crate) fn proof(
        &self,
        method: &str,
        url: &Url,
        token: Option<&str>,
        nonce: Option<&str>,
        now: i64,
    ) -> String {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        let claims = Proof {
            jti: ambient::random_text(),
            htm: method,
            htu: target.as_str(),
            iat: now,
            nonce,
            ath: token.map(|token| {
                URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
            }),
        };
        let header = Header {
            typ: Some("dpop+jwt".to_owned()),
            jwk: Some(self.public.clone()),
            ..Header::new(Algorithm::ES256)
        };
        jsonwebtoken::encode(&header, &claims, &self.signing)
            .expect("a key that was read can sign a proof")
    }
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKey(***)")
    }
}

/// The bytes are no P-256 key in PKCS #8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a P-256 key")]
pub(crate) struct NotAKey;

/// The claims of RFC 9449 §4.2.
#[derive(Serialize)]
struct Proof<'a> {
    jti: String,
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use serde_json::Value;
    use zeroize::Zeroizing;

    use super::DeviceKey;

    #[test]
    fn a_proof_names_the_request_and_verifies_under_the_key_it_carries() {
        let key = DeviceKey::new();
        let url = "https://login.example/t/token?x=1#y"
            .parse()
            .expect("a URL");
        let proof = key.proof("POST", &url, Some("token"), Some("n-1"), 1_790_000_000);
        let header = jsonwebtoken::decode_header(&proof).expect("a header");
        assert_eq!(header.typ.as_deref(), Some("dpop+jwt"));
        let jwk = header.jwk.expect("the key is in the header");
        let mut rules = Validation::new(Algorithm::ES256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        let public = DecodingKey::from_jwk(&jwk).expect("a public key");
        let claims = jsonwebtoken::decode::<Value>(&proof, &public, &rules).expect("it verifies");
        assert_eq!(claims.claims["htu"], "https://login.example/t/token");
        assert_eq!(claims.claims["htm"], "POST");
        assert_eq!(claims.claims["nonce"], "n-1");
        assert_eq!(
            claims.claims["ath"],
            "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A"
        );
        let raw = proof.split('.').next().expect("a header");
        let raw = URL_SAFE_NO_PAD.decode(raw).expect("base64url");
        assert!(
            !String::from_utf8_lossy(&raw).contains("\"d\""),
            "the private key stays here"
        );
    }

    #[test]
    fn two_proofs_differ() {
        let key = DeviceKey::new();
        let url = "https://login.example/".parse().expect("a URL");
        assert_ne!(
            key.proof("GET", &url, None, None, 1),
            key.proof("GET", &url, None, None, 1)
        );
    }

    #[test]
    fn other_bytes_are_no_key() {
        assert!(DeviceKey::from_pkcs8(Zeroizing::new(vec![1, 2, 3])).is_err());
    }

    #[test]
    fn a_key_survives_being_stored() {
        let key = DeviceKey::new();
        let again = DeviceKey::from_pkcs8(Zeroizing::new(key.pkcs8().to_vec())).expect("a key");
        assert_eq!(again.public, key.public);
    }
}
