use certs::Time;
use jsonwebtoken::Validation;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Algorithm;
use super::key::Key;

/// What a token must be for.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Type in its header: `at+jwt` or `JWT`.
    pub typ: &'a str,
    /// Who issued it, exactly.
    pub issuer: &'a str,
    /// One of its audiences; none where any audience will do.
    pub audience: Option<&'a str>,
    /// When it is used; none where an expired token still names a session, as an
    /// `id_token_hint` does (`OpenID` Connect RP-Initiated Logout §2).
    pub at: Option<Time>,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRefused {
    /// It is not a JWT with the signature of one of the server's keys.
    #[error("the token is not signed by this server")]
    Signature,
    /// It is a token of another type.
    #[error("the token is of another type")]
    Type,
    /// Another tenant or server issued it.
    #[error("the token was issued by another issuer")]
    Issuer,
    /// It is meant for someone else.
    #[error("the token is meant for another audience")]
    Audience,
    /// It has ended, begins later, or says neither.
    #[error("the token is not valid at this time")]
    Time,
    /// A claim is missing or has another form.
    #[error("a claim of the token is missing or malformed")]
    Claims,
}

pub(super) fn verify<T: DeserializeOwned>(
    keys: &[Key],
    jwt: &str,
    expected: &Expected<'_>,
) -> Result<T, TokenRefused> {
    if jwt.len() > MAX_LEN {
        return Err(TokenRefused::Signature);
    }
    let header = jsonwebtoken::decode_header(jwt).map_err(|_| TokenRefused::Signature)?;
    let key = keys
        .iter()
        .find(|key| header.kid.as_deref() == Some(key.id()))
        .ok_or(TokenRefused::Signature)?;
    let claims = jsonwebtoken::decode::<Value>(jwt, key.verifying(), &signature_only(key))
        .map_err(|_| TokenRefused::Signature)?
        .claims;
    if !header
        .typ
        .is_some_and(|typ| typ.eq_ignore_ascii_case(expected.typ))
    {
        return Err(TokenRefused::Type);
    }
    if claims["iss"].as_str() != Some(expected.issuer) {
        return Err(TokenRefused::Issuer);
    }
    if let Some(audience) = expected.audience
        && !names(&claims["aud"], audience)
    {
        return Err(TokenRefused::Audience);
    }
    if let Some(now) = expected.at
        && !lives(&claims, now)
    {
        return Err(TokenRefused::Time);
    }
    serde_json::from_value(claims).map_err(|_| TokenRefused::Claims)
}

/// The claims are checked here, against the given time and not the library's clock.
fn signature_only(key: &Key) -> Validation {
    let mut validation = Validation::new(match key.algorithm() {
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
    });
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

/// RFC 7519 §4.1.3: one name, or a list of them.
fn names(aud: &Value, audience: &str) -> bool {
    aud.as_str() == Some(audience)
        || aud
            .as_array()
            .is_some_and(|list| list.iter().any(|name| name.as_str() == Some(audience)))
}

/// A token without an end, or with an end that is no number, does not live.
fn lives(claims: &Value, now: Time) -> bool {
    let ends_later = claims["exp"].as_i64().is_some_and(|exp| now.unix() < exp);
    let has_begun = claims
        .get("nbf")
        .is_none_or(|nbf| nbf.as_i64().is_some_and(|nbf| nbf <= now.unix()));
    ends_later && has_begun
}

const MAX_LEN: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::signing_keys::SigningKeys;

    const ISSUER: &str = "https://login.localhost/t/v2.0";

    fn expected() -> Expected<'static> {
        Expected {
            typ: "at+jwt",
            issuer: ISSUER,
            audience: Some("lanyard"),
            at: Some(Time::from_unix(1_000)),
        }
    }

    fn claims() -> Value {
        json!({ "iss": ISSUER, "aud": "lanyard", "exp": 2_000, "sub": "lee" })
    }

    #[test]
    fn a_token_of_either_algorithm_is_read_back() {
        let keys = SigningKeys::ephemeral().expect("keys");
        for algorithm in ["ES256", "RS256"] {
            let jwt = keys.sign(algorithm, "at+jwt", &claims()).expect("signed");
            assert_eq!(keys.verify(&jwt, &expected()), Ok(claims()));
        }
    }

    #[test]
    fn each_claim_that_differs_has_its_own_refusal() {
        let keys = SigningKeys::ephemeral().expect("keys");
        for (name, value, refused) in [
            ("iss", json!("https://evil.example"), TokenRefused::Issuer),
            ("iss", json!(null), TokenRefused::Issuer),
            ("aud", json!("payroll"), TokenRefused::Audience),
            ("aud", json!(["payroll"]), TokenRefused::Audience),
            ("exp", json!(1_000), TokenRefused::Time),
            ("exp", json!("2000"), TokenRefused::Time),
            ("exp", json!(null), TokenRefused::Time),
            ("nbf", json!(1_001), TokenRefused::Time),
        ] {
            let mut claims = claims();
            claims[name] = value;
            let jwt = keys.sign("ES256", "at+jwt", &claims).expect("signed");
            assert_eq!(
                keys.verify::<Value>(&jwt, &expected()),
                Err(refused),
                "{claims}"
            );
        }
        let jwt = keys.sign("ES256", "JWT", &claims()).expect("signed");
        assert_eq!(
            keys.verify::<Value>(&jwt, &expected()),
            Err(TokenRefused::Type)
        );
    }

    #[test]
    fn an_expired_hint_still_names_its_session() {
        let keys = SigningKeys::ephemeral().expect("keys");
        let jwt = keys.sign("ES256", "at+jwt", &claims()).expect("signed");
        let late = Expected {
            at: Some(Time::from_unix(3_000)),
            ..expected()
        };
        assert_eq!(keys.verify::<Value>(&jwt, &late), Err(TokenRefused::Time));
        let any_time = Expected { at: None, ..late };
        assert_eq!(keys.verify(&jwt, &any_time), Ok(claims()));
    }

    #[test]
    fn a_forged_token_is_refused() {
        let keys = SigningKeys::ephemeral().expect("keys");
        let other = SigningKeys::ephemeral().expect("keys");
        let jwt = keys.sign("ES256", "at+jwt", &claims()).expect("signed");
        let (head, signature) = jwt.rsplit_once('.').expect("three parts");
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
        let body = head.split_once('.').expect("two parts").1;
        let mut tampered = claims();
        tampered["sub"] = json!("root");
        let tampered = URL_SAFE_NO_PAD.encode(tampered.to_string());
        let header = head.split_once('.').expect("two parts").0;
        for forged in [
            other.sign("ES256", "at+jwt", &claims()).expect("signed"),
            format!("{none}.{body}."),
            format!("{header}.{tampered}.{signature}"),
            format!("{head}."),
            head.to_owned(),
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(MAX_LEN + 1),
        ] {
            assert_eq!(
                keys.verify::<Value>(&forged, &expected()),
                Err(TokenRefused::Signature),
                "{forged}"
            );
        }
    }
}
