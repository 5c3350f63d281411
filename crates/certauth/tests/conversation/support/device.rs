//! A client that talks to the person itself: a device key, and proofs made with it.

use std::cell::Cell;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, Request, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::KeyPair;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::browser::{CHALLENGE, Page, VERIFIER, encode, visit_certauth};
use super::pki::Card;
use super::{LOGIN, World, peer};

pub(crate) struct Device<'a> {
    pub(crate) world: &'a World,
    key: KeyPair,
    proofs: Cell<u32>,
}

/// What an answer of the challenge endpoint says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Value,
}

impl<'a> Device<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            key: KeyPair::generate().unwrap(),
            proofs: Cell::new(0),
        }
    }

    pub(crate) fn proof(&self, method: &str, path: &str, token: Option<&str>) -> String {
        self.proofs.set(self.proofs.get() + 1);
        let point = self.key.public_key_raw();
        let jwk = json!({
            "kty": "EC", "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        });
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("dpop+jwt".to_owned());
        header.jwk = Some(serde_json::from_value(jwk).unwrap());
        let mut claims = json!({
            "jti": format!("proof {}", self.proofs.get()),
            "htm": method, "htu": format!("{LOGIN}{path}"), "iat": self.world.now(),
        });
        if let Some(token) = token {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
            claims["ath"] = URL_SAFE_NO_PAD.encode(digest).into();
        }
        let key = EncodingKey::from_ec_der(&self.key.serialize_der());
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let proof = self.proof("POST", path, None);
        self.post_with(path, form, &[("dpop", &proof)]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(peer());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(encode(form))).unwrap();
        Answer::of(self.world, request).await
    }

    /// Shows an access token, with a proof if it is bound.
    pub(crate) async fn show(&self, path: &str, token: &str, bound: bool) -> Answer {
        let scheme = if bound { "DPoP" } else { "Bearer" };
        let mut request = Request::builder()
            .uri(path)
            .header(header::AUTHORIZATION, format!("{scheme} {token}"))
            .extension(peer());
        if bound {
            request = request.header("dpop", self.proof("GET", path, Some(token)));
        }
        Answer::of(self.world, request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn challenge(&self, form: &[(&str, &str)]) -> Answer {
        let path = format!("/{}/oauth2/v2.0/challenge", self.world.tenant.id);
        let mut all = vec![("client_id", "lanyard")];
        all.extend(form);
        self.post(&path, &all).await
    }

    pub(crate) async fn begin(&self, username: &str, extra: &[(&str, &str)]) -> Answer {
        let mut form = vec![
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("nonce", "the nonce"),
        ];
        if !username.is_empty() {
            form.push(("username", username));
        }
        form.extend(extra);
        self.challenge(&form).await
    }

    pub(crate) async fn go_on(&self, session: &str, name: &str, value: &str) -> Answer {
        self.challenge(&[("auth_session", session), (name, value)])
            .await
    }

    /// Asks for the certificate step, and visits the certauth host with a card.
    pub(crate) async fn result_code(&self, session: &str, card: Option<Card<'_>>) -> String {
        let asked = self.go_on(session, "method", "certificate").await;
        assert_eq!(asked.text("error"), "certificate_required", "{asked:?}");
        self.visit(&asked, card).await
    }

    /// Visits the certauth host as an answer says.
    pub(crate) async fn visit(&self, asked: &Answer, card: Option<Card<'_>>) -> String {
        let link = format!(
            "{}?ticket={}",
            asked.text("certificate_endpoint"),
            asked.text("ticket")
        );
        let page = visit_certauth(self.world, &link, card, "application/json").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        page.json()["result_code"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn present(&self, session: &str, card: Option<Card<'_>>) -> Answer {
        let code = self.result_code(session, card).await;
        self.go_on(session, "result_code", &code).await
    }

    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        let path = format!("/{}/oauth2/v2.0/token", self.world.tenant.id);
        let mut all = vec![("client_id", "lanyard")];
        all.extend(form);
        self.post(&path, &all).await
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str, extra: &[(&str, &str)]) -> Answer {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        form.extend(extra);
        self.token(&form).await
    }

    /// Signs in with a card and redeems the code.
    pub(crate) async fn signed_in(&self, username: &str, card: Card<'_>) -> Answer {
        let begun = self.begin(username, &[]).await;
        let done = self.present(begun.text("auth_session"), Some(card)).await;
        assert_eq!(done.status, StatusCode::OK, "{:?}", done.body);
        let tokens = self.redeem(done.text("authorization_code")).await;
        assert_eq!(tokens.status, StatusCode::OK, "{:?}", tokens.body);
        tokens
    }
}

impl Answer {
    async fn of(world: &World, request: Request<Body>) -> Self {
        let page = Page::of(world.login.clone().oneshot(request).await.unwrap()).await;
        Self {
            status: page.status,
            headers: page.headers.clone(),
            body: serde_json::from_str(&page.body).unwrap_or(Value::String(page.body)),
        }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    pub(crate) fn code(&self) -> u64 {
        self.body["error_codes"][0].as_u64().unwrap_or_default()
    }

    /// Status and error together.
    pub(crate) fn told(&self) -> (u16, &str) {
        (self.status.as_u16(), self.text("error"))
    }
}

/// The claims of a JWT, unverified.
pub(crate) fn claims(jwt: &str) -> Value {
    let body = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}
