//! A server that speaks the wire contract on the loopback address, and does what a test tells it.
//! It checks every proof, and keeps what it was sent.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(crate) use self::manners::{Manners, Nonces};

mod manners;

pub(crate) const USERNAME: &str = "lee@meridian.example";
pub(crate) const PASSWORD: &str = "correct horse";

/// A running server.
pub(crate) struct Server {
    pub(crate) origin: String,
    /// The file with the CA that vouches for it.
    pub(crate) ca: PathBuf,
    shared: Arc<Shared>,
    _folder: tempfile::TempDir,
}

/// A request that came, with the key that proved it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) form: HashMap<String, String>,
    pub(crate) key: Option<String>,
    pub(crate) authorization: Option<String>,
    /// The nonce in the proof.
    pub(crate) nonce: Option<String>,
}

type Watcher = Box<dyn Fn(&Seen) + Send + Sync>;

struct Shared {
    origin: String,
    manners: Mutex<Manners>,
    seen: Mutex<Vec<Seen>>,
    proofs: Mutex<Vec<String>>,
    /// What the journey under way has sent.
    begun: Mutex<HashMap<String, String>>,
    proven: Mutex<bool>,
    watcher: Mutex<Option<Watcher>>,
    /// The nonces that were given.
    nonces: Mutex<Vec<String>>,
    key: EncodingKey,
}

impl Server {
    pub(crate) async fn start(manners: Manners) -> Self {
        let authority_key = KeyPair::generate().expect("a key");
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, authority_key).expect("a CA");
        let names = vec![
            "login.localhost".to_owned(),
            "*.login.localhost".to_owned(),
            "*.certauth.login.localhost".to_owned(),
        ];
        let server_key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(names)
            .and_then(|params| params.signed_by(&server_key, &authority))
            .expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.pem()).expect("written");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(server_key.serialize_der()).expect("a key"),
            )
            .expect("a configuration");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let key = KeyPair::generate().expect("a key").serialize_der();
        let shared = Arc::new(Shared {
            origin: format!("https://login.localhost:{port}"),
            manners: Mutex::new(manners),
            seen: Mutex::default(),
            proofs: Mutex::default(),
            begun: Mutex::default(),
            proven: Mutex::default(),
            watcher: Mutex::default(),
            nonces: Mutex::default(),
            key: EncodingKey::from_ec_der(&key),
        });
        let origin = shared.origin.clone();
        tokio::spawn(accept(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            shared.clone(),
        ));
        Self {
            origin,
            ca,
            shared,
            _folder: folder,
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.shared.manners.lock().expect("manners"));
    }

    /// Calls this for each request before it is answered.
    pub(crate) fn watch(&self, watcher: impl Fn(&Seen) + Send + Sync + 'static) {
        *self.shared.watcher.lock().expect("a watcher") = Some(Box::new(watcher));
    }

    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.shared.seen.lock().expect("what was seen");
        seen.iter()
            .filter(|seen| seen.path == path)
            .cloned()
            .collect()
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, shared: Arc<Shared>) {
    while let Ok((connection, _)) = listener.accept().await {
        let (tls, shared) = (tls.clone(), shared.clone());
        tokio::spawn(async move {
            let Ok(connection) = tls.accept(connection).await else {
                return;
            };
            let service = hyper::service::service_fn(move |request| {
                let shared = shared.clone();
                async move { Ok::<_, Infallible>(shared.take(request).await) }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service);
            // A client that goes away is none of the server's business.
            let _ = served.await;
        });
    }
}

impl Shared {
    async fn take(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        let text = |name: &str| {
            let value = head.headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let path = head.uri.path().to_owned();
        let authorization = text("authorization");
        let (key, nonce) = match text("dpop") {
            Some(proof) => match self.check(
                &proof,
                head.method.as_str(),
                &path,
                authorization.as_deref(),
            ) {
                Ok((key, nonce)) => (Some(key), nonce),
                Err(flaw) => {
                    return answer(
                        400,
                        &json!({ "error": "invalid_dpop_proof", "error_description": flaw }),
                    );
                }
            },
            None => (None, None),
        };
        let form = url::form_urlencoded::parse(&body).into_owned().collect();
        let seen = Seen {
            path,
            form,
            key,
            authorization,
            nonce,
        };
        self.seen.lock().expect("what was seen").push(seen.clone());
        if let Some(watcher) = self.watcher.lock().expect("a watcher").as_ref() {
            watcher(&seen);
        }
        let policy = self.manners.lock().expect("manners").nonces;
        if policy == Nonces::None || seen.key.is_none() {
            return self.answer(&seen);
        }
        let resource = seen.authorization.is_some();
        let part = if resource { "rs" } else { "as" };
        let mut given = self.nonces.lock().expect("nonces");
        let known = seen
            .nonce
            .as_ref()
            .is_some_and(|nonce| given.contains(nonce) && nonce.starts_with(part));
        let next = format!("{part}-{}", given.len());
        given.push(next.clone());
        let right = policy == Nonces::Rotating && known;
        let mut response = match (right, resource) {
            (true, _) => self.answer(&seen),
            (false, false) => answer(400, &json!({ "error": "use_dpop_nonce" })),
            (false, true) => {
                let mut challenge = answer(401, &json!({}));
                let wants = "DPoP error=\"use_dpop_nonce\", algs=\"ES256\"";
                let wants = wants.parse().expect("a header");
                challenge.headers_mut().insert("www-authenticate", wants);
                challenge
            }
        };
        let next = next.parse().expect("a header");
        response.headers_mut().insert("dpop-nonce", next);
        response
    }

    /// Checks a proof as RFC 9449 §4.3 says, and gives the thumbprint of its key and the nonce.
    fn check(
        &self,
        proof: &str,
        method: &str,
        path: &str,
        authorization: Option<&str>,
    ) -> Result<(String, Option<String>), String> {
        let header = jsonwebtoken::decode_header(proof).map_err(|error| error.to_string())?;
        let key = header
            .jwk
            .filter(|_| header.typ.as_deref() == Some("dpop+jwt"));
        let key = key.ok_or("no key")?;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        let public = DecodingKey::from_jwk(&key).map_err(|error| error.to_string())?;
        let claims = jsonwebtoken::decode::<Value>(proof, &public, &rules)
            .map_err(|error| error.to_string())?
            .claims;
        if claims["htm"] != method || claims["htu"] != format!("{}{path}", self.origin) {
            return Err(format!("a proof for another request: {claims}"));
        }
        if authorization.is_some() != claims["ath"].is_string() {
            return Err("a proof without its token".to_owned());
        }
        let mut proofs = self.proofs.lock().expect("proofs");
        let name = claims["jti"].to_string();
        if proofs.contains(&name) {
            return Err("a proof that was used before".to_owned());
        }
        proofs.push(name);
        let thumbprint = key
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|error| error.to_string())?;
        Ok((thumbprint, claims["nonce"].as_str().map(str::to_owned)))
    }

    fn answer(&self, seen: &Seen) -> Response<Full<Bytes>> {
        let manners = self.manners.lock().expect("manners").clone();
        match seen.path.as_str() {
            "/meridian.example/v2.0/.well-known/openid-configuration" => self.discovery(&manners),
            "/t/keys" => answer(200, &json!(self.keys())),
            "/t/challenge" => self.challenge(seen, &manners),
            "/t/token" => self.token(seen, &manners),
            "/t/me/apps" if manners.ended => answer(401, &json!({ "error": "invalid_token" })),
            "/t/me/apps" => answer(
                200,
                &json!({ "value": [
                { "id": "payroll", "name": "Payroll", "description": "Pay slips", "multiFactor": true },
            ] }),
            ),
            "/t/me" => answer(200, &json!({ "name": "Lee Park" })),
            "/t/revoke" => answer(200, &json!({})),
            _ => answer(404, &json!({ "error": "not_found" })),
        }
    }

    fn discovery(&self, manners: &Manners) -> Response<Full<Bytes>> {
        let at = |path: &str| format!("{}{path}", self.origin);
        let mut document = json!({
            "issuer": at("/t/v2.0"),
            "tenant_name": "Meridian",
            "authorization_challenge_endpoint": at("/t/challenge"),
            "token_endpoint": at("/t/token"),
            "jwks_uri": at("/t/keys"),
            "revocation_endpoint": at("/t/revoke"),
            "me_endpoint": at("/t/me"),
            "apps_endpoint": at("/t/me/apps"),
        });
        if manners.ordinary {
            document["authorization_challenge_endpoint"] = Value::Null;
        }
        answer(200, &document)
    }

    fn keys(&self) -> JwkSet {
        let mut key = Jwk::from_encoding_key(&self.key, Algorithm::ES256).expect("a public key");
        key.common.key_id = Some("k1".to_owned());
        JwkSet { keys: vec![key] }
    }

    fn challenge(&self, seen: &Seen, manners: &Manners) -> Response<Full<Bytes>> {
        let mut begun = self.begun.lock().expect("a journey");
        let given = |name: &str| seen.form.get(name).map(String::as_str);
        if given("username").is_some() {
            begun.clone_from(&seen.form);
            begun.insert("key".to_owned(), seen.key.clone().unwrap_or_default());
            return if given("subject_token").is_some() {
                password_required(&["certificate"], None)
            } else {
                next(&json!({ "error": "method_required", "methods": ["certificate", "password"] }))
            };
        }
        if manners.forgetful || begun.get("key") != seen.key.as_ref() {
            return answer(400, &json!({ "error": "invalid_session" }));
        }
        match (given("method"), given("password")) {
            (Some("password"), _) => password_required(&[], None),
            (Some("certificate"), _) => next(&json!({
                "error": "certificate_required",
                "certificate_endpoint": manners.certificate_endpoint,
                "ticket": "t1",
                "expires_in": 300,
            })),
            (_, Some(_)) if manners.busy => {
                let mut pause = answer(429, &json!({ "error": "slow_down" }));
                pause.headers_mut().insert("retry-after", 7.into());
                pause
            }
            (_, Some(PASSWORD)) => {
                *self.proven.lock().expect("what was proven") = true;
                answer(200, &json!({ "authorization_code": "c1" }))
            }
            (_, Some(_)) => password_required(&[], Some("not_right")),
            (Some(_), _) | (None, None) => answer(400, &json!({ "error": "invalid_request" })),
        }
    }

    fn token(&self, seen: &Seen, manners: &Manners) -> Response<Full<Bytes>> {
        let begun = self.begun.lock().expect("a journey").clone();
        let stepped_up = begun.contains_key("subject_token");
        match seen.form.get("grant_type").map(String::as_str) {
            Some("authorization_code") => {
                let verifier = seen.form.get("code_verifier").cloned().unwrap_or_default();
                if begun.get("code_challenge") != Some(&challenge_of(&verifier)) {
                    return answer(400, &json!({ "error": "invalid_grant" }));
                }
                let mut tokens = json!({
                    "access_token": "a1", "token_type": "DPoP", "expires_in": 3600,
                    "id_token": self.id_token(&begun, manners),
                    "refresh_token": "prt", "refresh_token_expires_in": 86_400,
                });
                if stepped_up {
                    tokens["refresh_token"] = Value::Null;
                }
                answer(200, &tokens)
            }
            Some(_) if manners.ended => answer(400, &json!({ "error": "invalid_grant" })),
            Some("refresh_token") => answer(
                200,
                &json!({ "access_token": "a2", "token_type": "DPoP", "expires_in": 3600 }),
            ),
            Some(_) if manners.wants_two_factors && !stepped_up => {
                answer(400, &json!({ "error": "insufficient_user_authentication" }))
            }
            Some(_) => {
                let own = format!("{}/t/open?ticket=x", self.origin);
                answer(
                    200,
                    &json!({ "open_uri": manners.open_uri.clone().unwrap_or(own) }),
                )
            }
            None => answer(400, &json!({ "error": "invalid_request" })),
        }
    }

    fn id_token(&self, begun: &HashMap<String, String>, manners: &Manners) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k1".to_owned());
        let stepped_up = begun.contains_key("subject_token");
        let claims = json!({
            "iss": format!("{}/t/v2.0", self.origin),
            "aud": "lanyard",
            "sub": "s1",
            "exp": 4_000_000_000_u64,
            "nonce": manners.nonce.clone().or(begun.get("nonce").cloned()),
            "name": "Lee Park",
            "preferred_username": USERNAME,
            "amr": if stepped_up { vec!["pop", "pwd", "mfa"] } else { vec!["pwd"] },
        });
        jsonwebtoken::encode(&header, &claims, &self.key).expect("a token")
    }
}

fn challenge_of(verifier: &str) -> String {
    use base64::Engine as _;

    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
}

fn password_required(proven: &[&str], problem: Option<&str>) -> Response<Full<Bytes>> {
    next(&json!({
        "error": "password_required",
        "methods": ["password"],
        "proven": proven,
        "application": "Payroll",
        "problem": problem,
    }))
}

fn next(step: &Value) -> Response<Full<Bytes>> {
    let mut step = step.clone();
    step["auth_session"] = "s1".into();
    answer(401, &step)
}

fn answer(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}
