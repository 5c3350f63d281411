//! Proofs of possession (`DPoP`, RFC 9449): reading one, and refusing it a second time.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certs::Time;
use http::HeaderMap;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::server::{Server, sha256_hex};
use crate::store::{Once, OnceKind, StoreError};

/// The key that signed a proof which holds for this request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenKey {
    /// JWK thumbprint with SHA-256, base64url (RFC 7638).
    pub thumbprint: String,
}

/// Why a proof does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// There is none.
    #[error("a DPoP proof is required")]
    Missing,
    /// There are several.
    #[error("more than one DPoP proof was sent")]
    Several,
    /// It is no ES256 JWS of type `dpop+jwt` with a public key inside.
    #[error("the DPoP proof is malformed: {0}")]
    Malformed(&'static str),
    /// Its signature does not fit its key.
    #[error("the signature of the DPoP proof does not fit")]
    Signature,
    /// It was made for another method or URL.
    #[error("the DPoP proof was made for another request")]
    OtherRequest,
    /// It was made for another access token.
    #[error("the DPoP proof was made for another access token")]
    OtherToken,
    /// It is from another time.
    #[error("the DPoP proof is not from this minute; check the clock")]
    Stale,
    /// It was used before.
    #[error("the DPoP proof was used before")]
    Replayed,
    /// The store failed while looking for a replay.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The request that a proof must be about.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// `htm`.
    pub method: &'a http::Method,
    /// `htu`, without query and fragment.
    pub url: &'a str,
    /// The access token it goes with, for `ath`.
    pub access_token: Option<&'a str>,
}

/// Checks the proof of a request and uses it up.
///
/// # Errors
/// See [`ProofError`]; a request without a proof is `Missing`.
pub async fn verify(
    server: &Server,
    headers: &HeaderMap,
    expected: Expected<'_>,
) -> Result<ProvenKey, ProofError> {
    let mut all = headers.get_all("dpop").iter();
    let first = all.next().ok_or(ProofError::Missing)?;
    if all.next().is_some() {
        return Err(ProofError::Several);
    }
    let proof = first
        .to_str()
        .map_err(|_| ProofError::Malformed("not ASCII"))?;
    let now = server.now();
    let Read { key, id } = read(proof, expected, now)?;
    let fresh = server
        .store
        .put_once(&Once {
            kind: OnceKind::ProofId,
            key_sha256: sha256_hex(format!("{}.{id}", key.thumbprint).as_bytes()),
            payload: String::from("{}"),
            expires_at: now.unix() + 2 * WINDOW + 1,
        })
        .await?;
    if fresh {
        Ok(key)
    } else {
        Err(ProofError::Replayed)
    }
}

/// What a proof says, once its signature holds.
struct Read {
    key: ProvenKey,
    id: String,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    #[serde(default)]
    ath: Option<String>,
}

fn read(proof: &str, expected: Expected<'_>, now: Time) -> Result<Read, ProofError> {
    if proof.len() > MAX_PROOF {
        return Err(ProofError::Malformed("too long"));
    }
    let header =
        jsonwebtoken::decode_header(proof).map_err(|_| ProofError::Malformed("no JWS header"))?;
    if header.typ.as_deref() != Some("dpop+jwt") {
        return Err(ProofError::Malformed("typ is not dpop+jwt"));
    }
    if header.alg != Algorithm::ES256 {
        return Err(ProofError::Malformed("alg is not ES256"));
    }
    if header.crit.is_some() {
        return Err(ProofError::Malformed("crit is not supported"));
    }
    if holds_private_key(proof) {
        return Err(ProofError::Malformed("the key is a private one"));
    }
    let key = header.jwk.ok_or(ProofError::Malformed("no jwk"))?;
    let AlgorithmParameters::EllipticCurve(point) = key.algorithm else {
        return Err(ProofError::Malformed("the key is not on a curve"));
    };
    if point.curve != EllipticCurve::P256 {
        return Err(ProofError::Malformed("the key is not on P-256"));
    }
    let (x, y) = (coordinate(&point.x)?, coordinate(&point.y)?);
    let decoding = DecodingKey::from_ec_components(&x, &y)
        .map_err(|_| ProofError::Malformed("the key is not a point"))?;
    let claims = jsonwebtoken::decode::<Claims>(proof, &decoding, &signature_only())
        .map_err(|error| {
            if matches!(error.kind(), ErrorKind::Json(_)) {
                ProofError::Malformed("a claim is missing")
            } else {
                ProofError::Signature
            }
        })?
        .claims;
    if claims.htm != expected.method.as_str() || normal_url(&claims.htu) != normal_url(expected.url)
    {
        return Err(ProofError::OtherRequest);
    }
    if claims.iat.abs_diff(now.unix()) > WINDOW.unsigned_abs() {
        return Err(ProofError::Stale);
    }
    if claims.jti.is_empty() || claims.jti.len() > 256 {
        return Err(ProofError::Malformed("jti is empty or too long"));
    }
    if let Some(token) = expected.access_token
        && claims.ath.as_deref() != Some(&hash(token.as_bytes()))
    {
        return Err(ProofError::OtherToken);
    }
    Ok(Read {
        key: ProvenKey {
            thumbprint: thumbprint(&x, &y),
        },
        id: claims.jti,
    })
}

/// The JWK thumbprint of a P-256 key with coordinates in canonical base64url (RFC 7638 §3).
pub fn thumbprint(x: &str, y: &str) -> String {
    hash(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes())
}

/// SHA-256 in base64url without padding, as `ath`, `jkt` and S256 challenges want it.
pub fn hash(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, bytes))
}

/// A coordinate in canonical form, so that one key has one thumbprint.
fn coordinate(text: &str) -> Result<String, ProofError> {
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if bytes.len() == 32 => Ok(URL_SAFE_NO_PAD.encode(bytes)),
        _ => Err(ProofError::Malformed("a coordinate is not 32 bytes")),
    }
}

fn holds_private_key(proof: &str) -> bool {
    proof
        .split('.')
        .next()
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .is_none_or(|header| header["jwk"].get("d").is_some())
}

/// Scheme, host and path; the query and the fragment do not count (RFC 9449 §4.3).
fn normal_url(text: &str) -> Option<url::Url> {
    let mut url = url::Url::parse(text).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

/// The claims have rules of their own, checked above; the library checks the signature.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.algorithms = vec![Algorithm::ES256];
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

/// How far `iat` may lie from the server's clock, both ways.
const WINDOW: i64 = 60;
const MAX_PROOF: usize = 4096;

#[cfg(test)]
mod tests {
    use super::{Expected, ProofError, hash, read};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use certs::Time;
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use serde_json::{Value, json};

    const URL: &str = "https://login.localhost/t/oauth2/v2.0/token";

    /// Makes a proof out of a right one, changed by the test.
    fn proof(change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let key = rcgen::KeyPair::generate().expect("a P-256 key");
        let point = key.public_key_raw();
        let mut header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {
            "kty": "EC", "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        }});
        let mut claims = json!({"jti": "1", "htm": "POST", "htu": URL, "iat": 1000});
        change(&mut header, &mut claims);
        let header: Header = match serde_json::from_value(header.clone()) {
            Ok(header) => header,
            Err(_) => return String::from("not.a.header"),
        };
        let key = EncodingKey::from_ec_der(&key.serialize_der());
        if header.alg == Algorithm::ES256 {
            jsonwebtoken::encode(&header, &claims, &key).expect("a signed proof")
        } else {
            jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"x")).expect("a MAC")
        }
    }

    fn outcome(text: &str, token: Option<&str>) -> Result<String, String> {
        let expected = Expected {
            method: &http::Method::POST,
            url: URL,
            access_token: token,
        };
        read(text, expected, Time::from_unix(1030))
            .map(|read| read.id)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_right_proof_holds_and_its_query_does_not_count() {
        assert_eq!(outcome(&proof(|_, _| ()), None), Ok("1".to_owned()));
        let with_query = proof(|_, claims| claims["htu"] = json!(format!("{URL}?a=b")));
        assert_eq!(outcome(&with_query, None), Ok("1".to_owned()));
        let with_token = proof(|_, claims| claims["ath"] = json!(hash(b"token")));
        assert_eq!(outcome(&with_token, Some("token")), Ok("1".to_owned()));
    }

    #[test]
    fn every_broken_proof_is_refused() {
        type Change = fn(&mut Value, &mut Value);
        let table: [(&str, Change); 12] = [
            ("typ", |header, _| header["typ"] = json!("JWT")),
            ("alg", |header, _| header["alg"] = json!("HS256")),
            ("crit", |header, _| header["crit"] = json!(["b64"])),
            ("no key", |header, _| {
                header.as_object_mut().map(|header| header.remove("jwk"));
            }),
            ("other curve", |header, _| {
                header["jwk"]["crv"] = json!("P-384");
            }),
            ("short point", |header, _| {
                header["jwk"]["x"] = json!("AAAA");
            }),
            ("other key", |header, _| {
                header["jwk"]["x"] = json!(URL_SAFE_NO_PAD.encode([7; 32]));
            }),
            ("method", |_, claims| claims["htm"] = json!("GET")),
            ("url", |_, claims| {
                claims["htu"] = json!("https://login.localhost/t/oauth2/v2.0/userinfo");
            }),
            ("old", |_, claims| claims["iat"] = json!(900)),
            ("early", |_, claims| claims["iat"] = json!(1100)),
            ("no jti", |_, claims| claims["jti"] = json!("")),
        ];
        for (what, change) in table {
            assert!(outcome(&proof(change), None).is_err(), "{what}");
        }
        assert!(outcome(&proof(|_, _| ()), Some("token")).is_err());
        for hostile in [
            "",
            ".",
            "..",
            "a.b.c",
            "eyJhbGciOiJub25lIn0.e30.",
            "\u{1F600}.a.b",
        ] {
            assert!(outcome(hostile, None).is_err(), "{hostile}");
        }
    }

    #[test]
    fn a_changed_claim_breaks_the_signature() {
        let good = proof(|_, _| ());
        let mut parts: Vec<&str> = good.split('.').collect();
        let other = URL_SAFE_NO_PAD
            .encode(json!({"jti": "2", "htm": "POST", "htu": URL, "iat": 1000}).to_string());
        parts[1] = &other;
        let expected = Expected {
            method: &http::Method::POST,
            url: URL,
            access_token: None,
        };
        let outcome = read(&parts.join("."), expected, Time::from_unix(1000));
        assert!(matches!(outcome, Err(ProofError::Signature)));
    }
}
