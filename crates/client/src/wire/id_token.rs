//! What the ID token says, after it was checked (OpenID Connect Core §3.1.3.7).

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use sign_in::Failure;
use sign_in::view::{Method, Strength};

use super::http::Http;
use super::provider::Provider;
use super::{CLIENT_ID, protocol};
use crate::secret::Secret;

/// The claims that Lanyard uses.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Claims {
    exp: i64,
    nonce: Option<String>,
    pub(crate) preferred_username: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) auth_time: Option<i64>,
    #[serde(default)]
    amr: Vec<String>,
}

impl Claims {
    /// Fetches the server's keys and checks signature, issuer, audience, nonce and expiry.
    pub(crate) async fn check(
        http: &Http,
        provider: &Provider,
        token: &Secret,
        nonce: &str,
        now: i64,
    ) -> Result<Self, Failure> {
        let keys: JwkSet = http.get(&provider.keys).await?.json()?;
        Self::check_with(&keys, &provider.issuer, token, nonce, now)
    }

    fn check_with(
        keys: &JwkSet,
        issuer: &str,
        token: &Secret,
        nonce: &str,
        now: i64,
    ) -> Result<Self, Failure> {
        let refused = |error: jsonwebtoken::errors::Error| protocol(format!("ID token: {error}"));
        let header = jsonwebtoken::decode_header(token.reveal()).map_err(refused)?;
        let name = header
            .kid
            .ok_or_else(|| protocol("ID token: it names no key"))?;
        let key = keys
            .find(&name)
            .ok_or_else(|| protocol("ID token: its key is not known"))?;
        let key = DecodingKey::from_jwk(key).map_err(refused)?;
        // The algorithm goes with the key; a symmetric one, or none, is never taken.
        if ![Algorithm::ES256, Algorithm::RS256].contains(&header.alg) {
            return Err(protocol(format!("ID token: signed with {:?}", header.alg)));
        }
        let mut rules = Validation::new(header.alg);
        rules.set_issuer(&[issuer]);
        rules.set_audience(&[CLIENT_ID]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The clock is ours.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Self>(token.reveal(), &key, &rules)
            .map_err(refused)?
            .claims;
        if claims.exp.saturating_add(LEEWAY) < now {
            return Err(protocol(
                "ID token: it has ended; is this computer's clock right?",
            ));
        }
        if claims.nonce.as_deref() != Some(nonce) {
            return Err(protocol("ID token: it belongs to another sign-in"));
        }
        Ok(claims)
    }

    /// What was proven, from `amr` (RFC 8176).
    pub(crate) fn factors(&self) -> Vec<Method> {
        let mut factors = Vec::new();
        for name in &self.amr {
            let factor = match name.as_str() {
                "pop" | "sc" | "hwk" | "swk" => Method::Certificate,
                "pwd" => Method::Password,
                "otp" => Method::Code,
                _ => continue,
            };
            if !factors.contains(&factor) {
                factors.push(factor);
            }
        }
        factors
    }

    pub(crate) fn strength(&self) -> Strength {
        if self.amr.iter().any(|name| name == "mfa") {
            Strength::MultiFactor
        } else {
            Strength::SingleFactor
        }
    }
}

/// Seconds by which two clocks may differ.
const LEEWAY: i64 = 300;

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::{Jwk, JwkSet};
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use serde_json::{Value, json};
    use sign_in::view::{Method, Strength};

    use super::Claims;
    use crate::ambient;
    use crate::secret::Secret;

    const NOW: i64 = 1_790_000_000;
    const ISSUER: &str = "https://login.example/t/v2.0";

    struct Issuer {
        key: EncodingKey,
        keys: JwkSet,
    }

    impl Issuer {
        fn new() -> Self {
            let key = EncodingKey::from_ec_der(&ambient::new_key());
            let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).expect("a key");
            public.common.key_id = Some("k1".to_owned());
            Self {
                key,
                keys: JwkSet { keys: vec![public] },
            }
        }

        fn check(&self, change: impl FnOnce(&mut Value)) -> Result<Claims, String> {
            let mut claims = json!({
                "iss": ISSUER, "aud": "lanyard", "sub": "s", "exp": NOW + 60, "nonce": "n",
                "preferred_username": "lee@meridian.example", "amr": ["pop", "mfa"],
            });
            change(&mut claims);
            let mut header = Header::new(Algorithm::ES256);
            header.kid = Some("k1".to_owned());
            let token = jsonwebtoken::encode(&header, &claims, &self.key).expect("a token");
            Claims::check_with(&self.keys, ISSUER, &Secret::new(token), "n", NOW)
                .map_err(|failure| format!("{failure:?}"))
        }
    }

    #[test]
    fn a_good_token_is_taken() {
        let claims = Issuer::new().check(|_| {}).expect("it is good");
        assert_eq!(claims.factors(), [Method::Certificate]);
        assert_eq!(claims.strength(), Strength::MultiFactor);
    }

    #[test]
    fn each_flaw_refuses_it() {
        let issuer = Issuer::new();
        let flaws: [(&str, Value); 5] = [
            ("iss", "https://evil.example/t/v2.0".into()),
            ("aud", "another".into()),
            ("exp", (NOW - 301).into()),
            ("nonce", "another".into()),
            ("sub", Value::Null),
        ];
        for (claim, value) in flaws {
            assert!(
                issuer.check(|claims| claims[claim] = value).is_err(),
                "{claim}"
            );
        }
    }

    #[test]
    fn a_token_of_another_key_is_refused() {
        let mut issuer = Issuer::new();
        issuer.key = EncodingKey::from_ec_der(&ambient::new_key());
        assert!(issuer.check(|_| {}).is_err());
    }

    #[test]
    fn a_symmetric_signature_is_refused() {
        let issuer = Issuer::new();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("k1".to_owned());
        let claims =
            json!({ "iss": ISSUER, "aud": "lanyard", "sub": "s", "exp": NOW + 60, "nonce": "n" });
        let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"k1"));
        let token = Secret::new(token.expect("a token"));
        assert!(Claims::check_with(&issuer.keys, ISSUER, &token, "n", NOW).is_err());
    }
}
