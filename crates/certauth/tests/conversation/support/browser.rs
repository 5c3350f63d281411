//! A browser: keeps cookies, says where its posts come from, and follows links when told.

use std::cell::RefCell;
use std::collections::BTreeMap;

use axum::body::Body;
use certauth::listener::Peer;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use url::Url;

use super::pki::Card;
use super::{LOGIN, World, peer};

pub(crate) struct Browser<'a> {
    world: &'a World,
    pub(crate) cookies: RefCell<BTreeMap<String, String>>,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// PKCE of every test browser's client.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            cookies: RefCell::default(),
        }
    }

    /// Opens an address of the login host, absolute or not.
    pub(crate) async fn get(&self, address: &str) -> Page {
        self.send(Method::GET, address, None, None).await
    }

    /// Posts a form as a page of the login host.
    pub(crate) async fn post(&self, address: &str, form: &[(&str, &str)]) -> Page {
        self.post_from(Some(LOGIN), address, form).await
    }

    /// Posts a form as a page of another origin, or as a program that names none.
    pub(crate) async fn post_from(
        &self,
        origin: Option<&str>,
        address: &str,
        form: &[(&str, &str)],
    ) -> Page {
        let body = encode(form);
        self.send(Method::POST, address, Some(body), origin).await
    }

    async fn send(
        &self,
        method: Method,
        address: &str,
        form: Option<String>,
        origin: Option<&str>,
    ) -> Page {
        let path = address.strip_prefix(LOGIN).unwrap_or(address);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .extension(peer());
        let cookies: Vec<String> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(form.unwrap_or_default())).unwrap();
        let page = Page::of(self.world.login.clone().oneshot(request).await.unwrap()).await;
        for cookie in page.headers.get_all(header::SET_COOKIE) {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            assert!(rest.contains("Secure") && rest.contains("HttpOnly"));
            assert!(rest.contains("SameSite=Lax") && rest.contains("Path=/"));
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.cookies.borrow_mut().insert(name.into(), value.into());
            }
        }
        page
    }

    /// Goes to an application, which sends the browser to sign in.
    pub(crate) async fn authorize(&self, client: &str, extra: &[(&str, &str)]) -> Page {
        self.get(&authorize_address(self.world, client, extra))
            .await
    }

    /// Begins a journey and gives the username; the path of the journey's page.
    pub(crate) async fn begin(&self, client: &str, username: &str) -> String {
        let journey = self.authorize(client, &[]).await.location();
        let given = [("username", username)];
        let page = self.post(&format!("{journey}/username"), &given).await;
        assert_eq!(page.location(), journey);
        journey
    }

    /// Goes to the certauth host with a card, or without one, and comes back with its form.
    pub(crate) async fn present(&self, journey: &str, card: Option<Card<'_>>) -> Page {
        let link = self.post(&format!("{journey}/certificate"), &[]).await;
        let code = self.at_certauth(&link.location(), card).await;
        self.bring(&code).await
    }

    /// Opens a link to the certauth host; the result code of its page.
    pub(crate) async fn at_certauth(&self, link: &str, card: Option<Card<'_>>) -> String {
        let page = visit_certauth(self.world, link, card, "text/html").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.headers.get(header::SET_COOKIE).is_none());
        page.hidden("result_code")
    }

    /// Posts a result code as the certauth host's page does.
    pub(crate) async fn bring(&self, code: &str) -> Page {
        self.bring_to(&self.world.tenant.id, code).await
    }

    pub(crate) async fn bring_to(&self, tenant: &str, code: &str) -> Page {
        let origin = "https://certauth.login.localhost:8443";
        let address = format!("/{tenant}/signin/result");
        self.post_from(Some(origin), &address, &[("result_code", code)])
            .await
    }
}

impl Page {
    pub(crate) async fn of(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// Where it redirects to.
    pub(crate) fn location(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header("location").to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// A parameter of where it redirects to.
    pub(crate) fn answer(&self, name: &str) -> Option<String> {
        let url = Url::parse(&self.location()).unwrap();
        url.query_pairs()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&start).expect("the hidden field");
        rest.split_once('"').unwrap().0.to_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Opens a link to a certauth host with the certificates of a card.
pub(crate) async fn visit_certauth(
    world: &World,
    link: &str,
    card: Option<Card<'_>>,
    accept: &str,
) -> Page {
    let url = Url::parse(link).unwrap();
    let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    let request = Request::builder()
        .uri(path)
        .header(header::ACCEPT, accept)
        .extension(Peer {
            server_name: url.host_str().unwrap().to_owned(),
            certificates: card.map(|card| world.pki.card(card)).unwrap_or_default(),
            ..peer()
        })
        .body(Body::empty())
        .unwrap();
    Page::of(world.certauth.clone().oneshot(request).await.unwrap()).await
}

pub(crate) fn authorize_address(world: &World, client: &str, extra: &[(&str, &str)]) -> String {
    let redirect = match client {
        "payroll" => super::PAYROLL,
        "lanyard" => "http://127.0.0.1:5000/callback",
        _ => super::NOTES,
    };
    let mut all = vec![
        ("client_id", client),
        ("redirect_uri", redirect),
        ("response_type", "code"),
        ("scope", "openid profile offline_access"),
        ("state", "the state"),
        ("nonce", "the nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    all.retain(|(name, _)| !extra.iter().any(|(other, _)| other == name));
    all.extend(extra.iter().filter(|(_, value)| !value.is_empty()));
    format!(
        "/{}/oauth2/v2.0/authorize?{}",
        world.tenant.domains[0],
        encode(&all)
    )
}

pub(crate) fn encode(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}
