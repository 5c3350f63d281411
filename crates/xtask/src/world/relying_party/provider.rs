//! The OpenID provider as a relying party sees it: discovery, token endpoint, keys.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::pending::Begun;
use crate::world::people::DOMAIN;
use crate::world::pki::LOGIN_HOST;

/// Reaches the provider over TLS that trusts the demo's server authority alone.
#[derive(Debug)]
pub struct Provider {
    client: Client,
    origin: RwLock<Option<String>>,
}

/// What the provider says about itself (OpenID Connect Discovery §3).
#[derive(Clone, Debug, Deserialize)]
pub struct Metadata {
    /// The provider's name, as every answer and token carries it.
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: String,
    /// Where sign-out begins.
    pub end_session_endpoint: Option<String>,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
}

/// Who asks: a registered application.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    /// The `client_id`.
    pub id: &'a str,
    /// The client's secret, where it has one.
    pub secret: Option<&'a str>,
    /// Where the code is delivered.
    pub redirect_uri: &'a str,
}

/// A sign-in that the provider vouches for.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The ID token, for sign-out.
    pub id_token: String,
    /// The claims of the ID token, verified.
    pub claims: Map<String, Value>,
    /// What userinfo says of the same person.
    pub user: Map<String, Value>,
}

impl Provider {
    /// Prepares to reach a provider whose server certificate this authority (PEM) issued.
    ///
    /// # Errors
    ///
    /// When the authority is not readable.
    pub fn trusting(authority: &str) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(20))
            .resolve(LOGIN_HOST, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .build()?;
        Ok(Self {
            client,
            origin: RwLock::new(None),
        })
    }

    /// Learns where the login host listens, as in `https://login.localhost:8443`.
    pub fn moved_to(&self, origin: &str) {
        *self.origin.write().unwrap_or_else(PoisonError::into_inner) = Some(origin.to_owned());
    }

    /// Fetches what the provider says about itself.
    ///
    /// # Errors
    ///
    /// When it is not running, or speaks for an issuer on another origin.
    pub async fn metadata(&self) -> Result<Metadata> {
        let origin = self
            .origin
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .context("certauth is not running")?;
        let url = format!("{origin}/{DOMAIN}/v2.0/.well-known/openid-configuration");
        let metadata: Metadata = self.json(self.client.get(url)).await?;
        ensure!(
            metadata.issuer.starts_with(&format!("{origin}/")),
            "the provider at {origin} calls itself {}",
            metadata.issuer
        );
        Ok(metadata)
    }

    /// Redeems a code and checks everything that comes back (OpenID Connect Core §3.1.3).
    ///
    /// # Errors
    ///
    /// When the provider refuses, or its answer does not fit the request.
    pub async fn redeem(
        &self,
        metadata: &Metadata,
        registration: Registration<'_>,
        code: &str,
        begun: &Begun,
    ) -> Result<SignedIn> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", registration.redirect_uri),
            ("code_verifier", begun.verifier.secret()),
        ];
        let mut request = self.client.post(&metadata.token_endpoint);
        match registration.secret {
            Some(secret) => request = request.basic_auth(registration.id, Some(secret)),
            None => form.push(("client_id", registration.id)),
        }
        let tokens: Tokens = self.json(request.form(&form)).await?;
        let claims = self
            .verify(metadata, registration.id, &tokens.id_token, &begun.nonce)
            .await?;
        let user: Map<String, Value> = self
            .json(
                self.client
                    .get(&metadata.userinfo_endpoint)
                    .bearer_auth(&tokens.access_token),
            )
            .await?;
        ensure!(
            user.get("sub").is_some() && user.get("sub") == claims.get("sub"),
            "userinfo speaks of somebody else than the ID token"
        );
        Ok(SignedIn {
            id_token: tokens.id_token,
            claims,
            user,
        })
    }

    async fn verify(
        &self,
        metadata: &Metadata,
        audience: &str,
        id_token: &str,
        nonce: &str,
    ) -> Result<Map<String, Value>> {
        let keys: JwkSet = self.json(self.client.get(&metadata.jwks_uri)).await?;
        verify(&keys, &metadata.issuer, audience, id_token, nonce)
    }

    async fn json<T: serde::de::DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T> {
        let answer = request.send().await?;
        let status = answer.status();
        let body = answer.text().await?;
        if !status.is_success() {
            bail!("the provider answered {status}: {body}");
        }
        serde_json::from_str(&body).context("the provider's answer is not what it should be")
    }
}

fn verify(
    keys: &JwkSet,
    issuer: &str,
    audience: &str,
    id_token: &str,
    nonce: &str,
) -> Result<Map<String, Value>> {
    let header = jsonwebtoken::decode_header(id_token)?;
    ensure!(
        matches!(header.alg, Algorithm::ES256 | Algorithm::RS256),
        "the ID token is signed with {:?}",
        header.alg
    );
    let key_id = header.kid.context("the ID token names no key")?;
    let key = keys
        .find(&key_id)
        .context("the ID token names a key that the provider does not publish")?;
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let token = jsonwebtoken::decode::<Map<String, Value>>(
        id_token,
        &DecodingKey::from_jwk(key)?,
        &validation,
    )?;
    ensure!(
        token.claims.get("nonce").and_then(Value::as_str) == Some(nonce),
        "the ID token answers another request"
    );
    Ok(token.claims)
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    #[test]
    fn an_id_token_for_this_request_is_believed() {
        let (keys, token) = signed(&json!({}));
        let claims = verify(&keys, "https://login", "payroll", &token, "n1").expect("believed");
        assert_eq!(claims["sub"], "lee");
    }

    #[test]
    fn an_id_token_that_answers_another_request_is_refused() {
        for (claims, told) in [
            (json!({"nonce": "n2"}), "another request"),
            (json!({"iss": "https://elsewhere"}), "InvalidIssuer"),
            (json!({"aud": "handbook"}), "InvalidAudience"),
            (json!({"exp": 1_000}), "ExpiredSignature"),
        ] {
            let (keys, token) = signed(&claims);
            let error = verify(&keys, "https://login", "payroll", &token, "n1")
                .expect_err("not for this request");
            assert!(error.to_string().contains(told), "{claims}: {error}");
        }
    }

    #[test]
    fn an_id_token_signed_by_another_key_is_refused() {
        let (_, token) = signed(&json!({}));
        let (others, _) = signed(&json!({}));
        assert!(verify(&others, "https://login", "payroll", &token, "n1").is_err());
    }

    fn signed(changes: &Value) -> (JwkSet, String) {
        let pair = rcgen::KeyPair::generate().expect("a P-256 key");
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).expect("a JWK");
        public.common.key_id = Some("k1".to_owned());
        let mut claims = json!({
            "iss": "https://login",
            "aud": "payroll",
            "sub": "lee",
            "nonce": "n1",
            "exp": crate::clock::unix_now() + 600,
        });
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k1".to_owned());
        let token = jsonwebtoken::encode(&header, &claims, &key).expect("a token");
        (JwkSet { keys: vec![public] }, token)
    }
}
