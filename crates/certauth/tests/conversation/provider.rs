//! The authorization endpoint, sessions of browsers, discovery and sign-out.

use http::StatusCode;

use crate::support::browser::VERIFIER;
use crate::support::device::claims;
use crate::support::pki::Card;
use crate::support::{NOTES, PASSWORD, World};

#[tokio::test]
async fn a_browser_signs_in_with_a_certificate_and_the_application_gets_a_code() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("payroll", "lee@meridian.example").await;
    let page = browser.present(&journey, Some(Card::strong("lee"))).await;
    assert!(
        page.location()
            .starts_with("https://payroll.example/cb?from=sso&code=")
    );
    assert_eq!(page.answer("state").as_deref(), Some("the state"));
    let issuer = format!("https://login.localhost:8443/{}/v2.0", world.tenant.id);
    assert_eq!(page.answer("iss"), Some(issuer));
    // The second application asks nothing.
    let page = browser.authorize("notes", &[]).await;
    assert!(page.answer("code").is_some());
    let page = browser.authorize("notes", &[("prompt", "none")]).await;
    assert!(page.answer("code").is_some());
}

#[tokio::test]
async fn the_id_token_says_who_how_and_when() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let page = browser
        .post(&format!("{journey}/password"), &[("password", PASSWORD)])
        .await;
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    let form = [
        ("client_id", "notes"),
        ("grant_type", "authorization_code"),
        ("code", &page.answer("code").unwrap()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", NOTES),
    ];
    let tokens = world.device().post_with(&path, &form, &[]).await;
    let id = claims(tokens.text("id_token"));
    assert_eq!(id["aud"], "notes");
    assert_eq!(id["nonce"], "the nonce");
    assert_eq!(id["acr"], "single");
    assert_eq!(id["amr"], serde_json::json!(["pwd"]));
    assert_eq!(id["auth_time"], world.now());
    assert_eq!(id["tid"], world.tenant.id);
    assert_eq!(id["name"], "lee of Meridian");
    let access = claims(tokens.text("access_token"));
    assert_eq!(access["client_id"], "notes");
    assert_eq!(access["sid"], id["sid"]);
}

#[tokio::test]
async fn a_session_of_one_factor_is_asked_for_the_other_by_the_application_that_needs_it() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "sam@meridian.example").await;
    browser.present(&journey, Some(Card::of("sam"))).await;
    let none = browser.authorize("payroll", &[("prompt", "none")]).await;
    let error = none.answer("error");
    assert_eq!(error.as_deref(), Some("interaction_required"));
    let journey = browser.authorize("payroll", &[]).await.location();
    let page = browser.get(&journey).await;
    assert!(
        page.body
            .contains("Payroll asks for one more proof: your password.")
    );
    let cookies = browser.cookies.borrow().clone();
    let done = browser
        .post(&format!("{journey}/password"), &[("password", PASSWORD)])
        .await;
    assert!(done.answer("code").is_some());
    // The session was raised, not replaced, and counts for both from here on.
    assert_eq!(*browser.cookies.borrow(), cookies);
    let page = browser.authorize("payroll", &[("prompt", "none")]).await;
    assert!(page.answer("code").is_some());
}

#[tokio::test]
async fn a_request_may_ask_for_a_fresh_proof() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let given = [("password", PASSWORD)];
    browser.post(&format!("{journey}/password"), &given).await;
    world.pass(100);
    let asks = |page: crate::support::browser::Page| page.location().starts_with('/');
    for (extra, expected) in [
        (vec![("max_age", "200")], false),
        (vec![("max_age", "99")], true),
        (vec![("prompt", "login")], true),
        (vec![("prompt", "select_account")], true),
        (vec![("login_hint", "lee@meridian.example")], false),
        (vec![("login_hint", "sam@meridian.example")], true),
    ] {
        let page = browser.authorize("notes", &extra).await;
        assert_eq!(asks(page), expected, "{extra:?}");
    }
    // Whoever proves themselves again keeps what was proven before.
    let journey = browser.authorize("notes", &[("prompt", "login")]).await;
    let journey = journey.location();
    let name = [("username", "lee@meridian.example")];
    browser.post(&format!("{journey}/username"), &name).await;
    browser.present(&journey, Some(Card::of("lee"))).await;
    let page = browser.authorize("payroll", &[("prompt", "none")]).await;
    assert!(page.answer("code").is_some());
}

#[tokio::test]
async fn a_hint_leads_past_the_username_page() {
    let world = World::new().await;
    let browser = world.browser();
    let hint = [("login_hint", "lee@meridian.example")];
    let journey = browser.authorize("notes", &hint).await.location();
    let page = browser.get(&journey).await;
    assert!(page.body.contains("Enter your password"));
    assert!(page.body.contains("lee@meridian.example"));
    browser
        .post(&format!("{journey}/other"), &[("method", "not_me")])
        .await;
    assert!(
        browser
            .get(&journey)
            .await
            .body
            .contains("name=\"username\"")
    );
}

#[tokio::test]
async fn an_unknown_client_or_address_is_told_on_a_page_and_sent_nowhere() {
    let world = World::new().await;
    let browser = world.browser();
    for extra in [
        ("client_id", "nothing"),
        ("client_id", ""),
        ("redirect_uri", "https://evil.example/cb"),
        ("redirect_uri", "https://notes.example/cb/"),
        ("redirect_uri", "https://notes.example/cb?x=1"),
        ("redirect_uri", ""),
    ] {
        let page = browser.authorize("notes", &[extra]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{extra:?}");
        assert!(page.headers.get("location").is_none());
        assert!(page.body.contains("Correlation ID"));
    }
}

#[tokio::test]
async fn other_mistakes_are_told_to_the_client() {
    let world = World::new().await;
    let browser = world.browser();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("request", "e30", "request_not_supported"),
        (
            "request_uri",
            "https://x.example",
            "request_uri_not_supported",
        ),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("dpop_jkt", "x", "invalid_request"),
    ] {
        let page = browser.authorize("notes", &[(name, value)]).await;
        assert_eq!(
            page.answer("error").as_deref(),
            Some(error),
            "{name}={value}"
        );
        assert_eq!(page.answer("state").as_deref(), Some("the state"));
        assert!(page.answer("iss").is_some());
    }
}

/// RFC 8252: the system browser signs in for the client, whose loopback port is whatever is free.
#[tokio::test]
async fn a_native_client_may_use_the_browser_and_any_port() {
    let world = World::new().await;
    let (browser, device) = (world.browser(), world.device());
    let journey = browser.begin("lanyard", "lee@meridian.example").await;
    let page = browser.present(&journey, Some(Card::strong("lee"))).await;
    assert!(
        page.location()
            .starts_with("http://127.0.0.1:5000/callback?code=")
    );
    let code = page.answer("code").unwrap();
    let tokens = device
        .token(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", "http://127.0.0.1:5000/callback"),
        ])
        .await;
    assert_eq!(tokens.text("token_type"), "DPoP");
    let prt = tokens.text("refresh_token");
    assert_eq!(device.refresh(prt, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn discovery_describes_the_tenant_by_id_and_by_domain() {
    let world = World::new().await;
    let browser = world.browser();
    let mut bodies = Vec::new();
    for name in [
        world.tenant.id.as_str(),
        "meridian.example",
        "MERIDIAN.example",
    ] {
        let path = format!("/{name}/v2.0/.well-known/openid-configuration");
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        bodies.push(page.json());
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
    let body = &bodies[0];
    let origin = format!("https://login.localhost:8443/{}", world.tenant.id);
    assert_eq!(body["issuer"], format!("{origin}/v2.0"));
    assert_eq!(body["tenant_name"], "Meridian");
    assert_eq!(
        body["authorization_challenge_endpoint"],
        format!("{origin}/oauth2/v2.0/challenge")
    );
    let keys = browser.get(body["jwks_uri"].as_str().unwrap()).await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert!(keys["keys"][0].get("d").is_none());
    let nobody = browser
        .get("/nobody.example/v2.0/.well-known/openid-configuration")
        .await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sign_out_asks_unless_the_application_shows_its_token_and_then_nothing_is_left() {
    let world = World::new().await;
    let browser = world.browser();
    let path = format!("/{}/oauth2/v2.0/logout", world.tenant.id);
    let token = signed_in(&world, &browser).await;
    // Any site may link here; the person is asked.
    let page = browser.get(&path).await;
    assert!(page.body.contains("You are signed in to this browser as"));
    let evil = Some("https://evil.example");
    let page = browser.post_from(evil, &path, &[]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let still = browser.authorize("notes", &[("prompt", "none")]).await;
    assert!(still.answer("code").is_some());
    let asks = |uri: &str| {
        let query = crate::support::browser::encode(&[
            ("id_token_hint", &token),
            ("post_logout_redirect_uri", uri),
            ("state", "s t"),
        ]);
        format!("{path}?{query}")
    };
    let page = browser.get(&asks("https://notes.example/bye")).await;
    assert_eq!(page.location(), "https://notes.example/bye?state=s+t");
    let gone = browser.authorize("notes", &[("prompt", "none")]).await;
    assert_eq!(gone.answer("error").as_deref(), Some("login_required"));
    // An address that was not registered is not gone to.
    signed_in(&world, &browser).await;
    let page = browser.get(&asks("https://evil.example/bye")).await;
    assert_eq!(page.status, StatusCode::OK);
    let page = browser.post(&path, &[]).await;
    assert!(page.body.contains("You are signed out"));
    let gone = browser.authorize("notes", &[("prompt", "none")]).await;
    assert_eq!(gone.answer("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn the_first_page_takes_a_wrong_password_calmly_and_keeps_the_other_ways_open() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let wrong = [("password", "not it")];
    for _ in 0..5 {
        browser.post(&format!("{journey}/password"), &wrong).await;
        let page = browser.get(&journey).await;
        assert!(page.body.contains("was not right"));
        assert!(page.body.contains("Sign in with a certificate"));
    }
    browser.post(&format!("{journey}/password"), &wrong).await;
    let page = browser.get(&journey).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!page.header("retry-after").is_empty());
    let page = browser.present(&journey, Some(Card::of("lee"))).await;
    assert!(page.answer("code").is_some());
}

/// Signs in to `notes`; its ID token.
async fn signed_in(world: &World, browser: &crate::support::browser::Browser<'_>) -> String {
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let page = browser
        .post(&format!("{journey}/password"), &[("password", PASSWORD)])
        .await;
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    let form = [
        ("client_id", "notes"),
        ("grant_type", "authorization_code"),
        ("code", &page.answer("code").unwrap()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", NOTES),
    ];
    let tokens = world.device().post_with(&path, &form, &[]).await;
    tokens.text("id_token").to_owned()
}
