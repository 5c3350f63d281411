use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Algorithm, SignError};

/// One signing key, parsed once: a token costs one signature and nothing else.
pub(super) struct Key {
    id: String,
    public: Value,
    verifying: DecodingKey,
    pair: Pair,
}

enum Pair {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

/// Makes a key, as PKCS #8.
pub(super) fn generate(algorithm: Algorithm) -> Option<Zeroizing<Vec<u8>>> {
    let pkcs8 = match algorithm {
        Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| pair.to_pkcs8v1())
            .map(|document| Zeroizing::new(document.as_ref().to_vec())),
        Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048)
            .and_then(|pair| pair.as_der())
            .map(|document| Zeroizing::new(document.as_ref().to_vec())),
    };
    pkcs8.ok()
}

impl Key {
    /// Reads a key from PKCS #8; none if it is not a key of that algorithm.
    pub(super) fn read(algorithm: Algorithm, pkcs8: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::Es256 => Self::read_es256(pkcs8),
            Algorithm::Rs256 => Self::read_rs256(pkcs8),
        }
    }

    fn read_es256(pkcs8: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok()?;
        // An uncompressed point, SEC 1 §2.3.3: 04, x, y.
        let point = pair.public_key().as_ref().strip_prefix(&[4])?;
        let (x, y) = point.split_at_checked(point.len() / 2)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        Some(Self {
            verifying: DecodingKey::from_ec_components(&x, &y).ok()?,
            id: thumbprint(&format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#
            )),
            public: json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }),
            pair: Pair::Es256(pair),
        })
    }

    fn read_rs256(pkcs8: &[u8]) -> Option<Self> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let (n, e) = (
            URL_SAFE_NO_PAD.encode(public.n),
            URL_SAFE_NO_PAD.encode(public.e),
        );
        Some(Self {
            verifying: DecodingKey::from_rsa_components(&n, &e).ok()?,
            id: thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)),
            public: json!({ "kty": "RSA", "n": n, "e": e }),
            pair: Pair::Rs256(pair),
        })
    }

    /// Its `kid`: the JWK thumbprint (RFC 7638).
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Es256(_) => Algorithm::Es256,
            Pair::Rs256(_) => Algorithm::Rs256,
        }
    }

    pub(super) fn verifying(&self) -> &DecodingKey {
        &self.verifying
    }

    /// Its public half as the JWKS lists it.
    pub(super) fn jwk(&self) -> Value {
        let mut jwk = self.public.clone();
        jwk["kid"] = json!(self.id);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.algorithm().name());
        jwk
    }

    /// Signs claims in compact form (RFC 7515 §7.1).
    pub(super) fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let header = json!({ "alg": self.algorithm().name(), "kid": self.id, "typ": typ });
        let mut token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
        let signature = self
            .signature(token.as_bytes())
            .ok_or_else(|| SignError::Failed {
                id: self.id.clone(),
            })?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    fn signature(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Es256(pair) => {
                let signature = pair.sign(&random, message).ok()?;
                Some(signature.as_ref().to_vec())
            }
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .ok()?;
                Some(signature)
            }
        }
    }
}

fn thumbprint(canonical: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        // The key of RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        assert_eq!(
            thumbprint(&format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#)),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn a_key_is_the_same_after_reading_it_back() {
        for algorithm in Algorithm::ALL {
            let pkcs8 = generate(algorithm).expect("made");
            let one = Key::read(algorithm, &pkcs8).expect("read");
            let two = Key::read(algorithm, &pkcs8).expect("read");
            assert_eq!(one.jwk(), two.jwk());
            assert!(one.jwk().get("d").is_none());
        }
    }

    #[test]
    fn a_key_of_another_algorithm_is_not_read() {
        let pkcs8 = generate(Algorithm::Es256).expect("made");
        assert!(Key::read(Algorithm::Rs256, &pkcs8).is_none());
        assert!(Key::read(Algorithm::Es256, b"").is_none());
    }
}
