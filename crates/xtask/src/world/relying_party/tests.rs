use hyper::HeaderMap;
use hyper::header::HeaderValue;
use time::OffsetDateTime;

use super::*;
use crate::world::pki::Pki;

#[test]
fn an_authorization_request_carries_what_its_answer_is_tied_to() {
    let party = party();
    let begun = Begun {
        state: "s1".to_owned(),
        browser: "b1".to_owned(),
        nonce: "n1".to_owned(),
        verifier: Verifier::new("verifier".to_owned()),
    };
    let url = party
        .authorization_request(&metadata(), &begun, Some("lee@meridian.example"))
        .expect("a URL");
    let url = Url::parse(&url).expect("a URL");
    let sent: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(sent["state"], "s1");
    assert_eq!(sent["nonce"], "n1");
    assert_eq!(sent["code_challenge"], begun.verifier.challenge());
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(sent["redirect_uri"], "http://127.0.0.1:1/payroll/callback");
    assert_eq!(sent["login_hint"], "lee@meridian.example");
    assert!(!url.as_str().contains("verifier="));
}

#[test]
fn cookies_are_read_from_every_header() {
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, HeaderValue::from_static("a=1; payroll-session=x"));
    headers.append(COOKIE, HeaderValue::from_static("b=2"));
    let cookies = Cookies::of(&headers);
    assert_eq!(cookies.get("payroll-session"), Some(&"x".to_owned()));
    assert_eq!(cookies.get("b"), Some(&"2".to_owned()));
    assert_eq!(cookies.get("c"), None);
}

#[test]
fn a_sign_in_waits_for_the_provider_and_says_so() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let answer = runtime
        .block_on(party().answer("/sign-in", "", &Cookies::default()))
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

fn party() -> RelyingParty {
    let folder = tempfile::tempdir().expect("a folder");
    let now = OffsetDateTime::from_unix_timestamp(1_790_000_000).expect("a time");
    let pki = Pki::mint(folder.path(), now.unix_timestamp()).expect("a PKI");
    let provider = Provider::trusting(pki.servers.pem()).expect("a provider");
    let application = Application {
        id: "payroll",
        name: "Payroll",
        description: "Pay slips",
        multi_factor: true,
        secret: None,
    };
    RelyingParty::new(application, "http://127.0.0.1:1", Arc::new(provider))
}

fn metadata() -> Metadata {
    serde_json::from_value(serde_json::json!({
        "issuer": "https://login.localhost:8443/t/v2.0",
        "authorization_endpoint": "https://login.localhost:8443/t/oauth2/v2.0/authorize",
        "token_endpoint": "https://login.localhost:8443/t/oauth2/v2.0/token",
        "userinfo_endpoint": "https://login.localhost:8443/t/oauth2/v2.0/userinfo",
        "jwks_uri": "https://login.localhost:8443/t/discovery/v2.0/keys",
    }))
    .expect("metadata")
}
