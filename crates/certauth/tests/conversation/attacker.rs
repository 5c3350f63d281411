//! An attacker with an account and a browser of their own, against each of the bindings.

use http::StatusCode;

use crate::support::browser::{VERIFIER, visit_certauth};
use crate::support::pki::Card;
use crate::support::{PASSWORD, World};

const ELSEWHERE: &str = "This sign-in was started elsewhere";

/// The attacker begins a sign-in as Lee and sends Lee the link to the certauth host; Lee's card
/// answers, and the result must not sign the attacker in.
#[tokio::test]
async fn a_ticket_that_another_person_opens_ends_in_started_elsewhere() {
    let world = World::new().await;
    let (attacker, lee) = (world.browser(), world.browser());
    lee.authorize("notes", &[]).await;
    let journey = attacker.begin("notes", "lee@meridian.example").await;
    let link = attacker.post(&format!("{journey}/certificate"), &[]).await;
    let code = lee
        .at_certauth(&link.location(), Some(Card::strong("lee")))
        .await;
    let page = lee.bring(&code).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains(ELSEWHERE));
    // The code is burnt, and the attacker's journey stands where it stood.
    let page = attacker.bring(&code).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        attacker
            .get(&journey)
            .await
            .body
            .contains("Enter your password")
    );
    assert_eq!(sessions(&attacker), 0);
    let rows = world.log().await;
    let row = rows.last().unwrap();
    assert_eq!((row.result.as_str(), row.code), ("failure", 90100));
    assert_eq!(row.username.as_deref(), Some("lee@meridian.example"));
}

/// The same with a client's journey: the attacker's ticket, a victim's browser.
#[tokio::test]
async fn a_clients_ticket_that_a_browser_opens_counts_in_no_browser() {
    let world = World::new().await;
    let (device, lee) = (world.device(), world.browser());
    lee.authorize("notes", &[]).await;
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    let asked = device.go_on(session, "method", "certificate").await;
    let link = format!(
        "{}?ticket={}",
        asked.text("certificate_endpoint"),
        asked.text("ticket")
    );
    let code = lee.at_certauth(&link, Some(Card::strong("lee"))).await;
    assert!(lee.bring(&code).await.body.contains(ELSEWHERE));
    let again = device.go_on(session, "result_code", &code).await;
    assert_eq!(again.told(), (400, "invalid_session"));
}

#[tokio::test]
async fn a_result_code_counts_only_in_the_journey_of_its_ticket() {
    let world = World::new().await;
    let (lee, attacker) = (world.device(), world.device());
    let hers = lee.begin("lee@meridian.example", &[]).await;
    let his = attacker.begin("lee@meridian.example", &[]).await;
    // In the attacker's own journey, and in the attacker's browser.
    let code = lee
        .result_code(hers.text("auth_session"), Some(Card::strong("lee")))
        .await;
    let stolen = attacker
        .go_on(his.text("auth_session"), "result_code", &code)
        .await;
    assert_eq!(stolen.told(), (400, "invalid_session"));
    assert_eq!(stolen.code(), 90100);
    let code = lee
        .result_code(hers.text("auth_session"), Some(Card::strong("lee")))
        .await;
    let browser = world.browser();
    browser.begin("notes", "lee@meridian.example").await;
    assert!(browser.bring(&code).await.body.contains(ELSEWHERE));
    // Between two journeys of the same device.
    let second = lee.begin("lee@meridian.example", &[]).await;
    let code = lee
        .result_code(hers.text("auth_session"), Some(Card::strong("lee")))
        .await;
    let crossed = lee
        .go_on(second.text("auth_session"), "result_code", &code)
        .await;
    assert_eq!(crossed.told(), (400, "invalid_session"));
}

#[tokio::test]
async fn a_result_code_counts_only_in_its_tenant() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let link = browser.post(&format!("{journey}/certificate"), &[]).await;
    let code = browser
        .at_certauth(&link.location(), Some(Card::strong("lee")))
        .await;
    let page = browser.bring_to(&world.other.id, &code).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains(ELSEWHERE));
    assert_eq!(sessions(&browser), 0);
}

#[tokio::test]
async fn an_auth_session_belongs_to_the_key_that_began_it() {
    let world = World::new().await;
    let (lee, attacker) = (world.device(), world.device());
    let begun = lee.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    let stolen = attacker.go_on(session, "password", PASSWORD).await;
    assert_eq!(stolen.told(), (400, "invalid_session"));
    assert_eq!(stolen.code(), 90100);
    assert_eq!(stolen.text("correlation_id"), begun.text("correlation_id"));
    let rows = world.log().await;
    assert_eq!(rows.last().unwrap().code, 90100);
    let path = format!("/{}/oauth2/v2.0/challenge", world.other.id);
    let form = [
        ("client_id", "lanyard"),
        ("auth_session", session),
        ("password", PASSWORD),
    ];
    let moved = lee.post(&path, &form).await;
    assert_eq!(moved.told(), (400, "invalid_session"));
    let own = lee.go_on(session, "password", PASSWORD).await;
    assert_eq!(own.status, StatusCode::OK);
}

/// The attacker puts a journey of their own into the victim's address bar, with and without a
/// cookie there; and reads the address of the victim's journey.
#[tokio::test]
async fn a_journey_in_another_browser_shows_nothing_and_takes_nothing() {
    let world = World::new().await;
    let (attacker, lee) = (world.browser(), world.browser());
    let journey = attacker.begin("notes", "lee@meridian.example").await;
    for other in [&lee, &world.browser()] {
        let page = other.get(&journey).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.body.contains(ELSEWHERE));
        assert!(!page.body.contains("lee@meridian.example"));
        let given = [("password", PASSWORD)];
        let page = other.post(&format!("{journey}/password"), &given).await;
        assert!(page.body.contains(ELSEWHERE));
    }
    lee.authorize("notes", &[]).await;
    assert!(lee.get(&journey).await.body.contains(ELSEWHERE));
    assert_eq!(sessions(&lee), 0);
}

#[tokio::test]
async fn a_browsers_journey_is_no_auth_session() {
    let world = World::new().await;
    let (browser, device) = (world.browser(), world.device());
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let id = journey.rsplit('/').next().unwrap();
    let answer = device.go_on(id, "password", PASSWORD).await;
    assert_eq!(answer.told(), (400, "invalid_session"));
}

#[tokio::test]
async fn a_ticket_a_result_a_code_and_a_proof_count_once() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    let asked = device.go_on(session, "method", "certificate").await;
    let card = Some(Card::strong("lee"));
    let code = device.visit(&asked, card).await;
    let link = format!(
        "{}?ticket={}",
        asked.text("certificate_endpoint"),
        asked.text("ticket")
    );
    let replay = visit_certauth(&world, &link, card, "application/json").await;
    assert_eq!(replay.status, StatusCode::BAD_REQUEST);
    assert_eq!(replay.json()["error"], "invalid_ticket");
    assert_eq!(replay.json()["error_codes"][0], 50089);
    let done = device.go_on(session, "result_code", &code).await;
    assert_eq!(done.status, StatusCode::OK);

    let second = device.begin("lee@meridian.example", &[]).await;
    let replay = device
        .go_on(second.text("auth_session"), "result_code", &code)
        .await;
    assert_eq!(replay.told(), (400, "invalid_session"));

    let path = format!("/{}/oauth2/v2.0/challenge", world.tenant.id);
    let proof = device.proof("POST", &path, None);
    let form = [
        ("client_id", "lanyard"),
        ("auth_session", second.text("auth_session")),
        ("method", "password"),
    ];
    let first = device.post_with(&path, &form, &[("dpop", &proof)]).await;
    assert_eq!(first.told(), (401, "password_required"));
    let replay = device.post_with(&path, &form, &[("dpop", &proof)]).await;
    assert_eq!(replay.told(), (400, "invalid_dpop_proof"));
}

/// A ticket of one tenant at another tenant's host or path.
#[tokio::test]
async fn a_ticket_counts_only_at_its_own_tenant() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    for (host, path) in [
        (&world.other.id, &world.tenant.id),
        (&world.tenant.id, &world.other.id),
        (&world.other.id, &world.other.id),
    ] {
        let session = begun.text("auth_session");
        let asked = device.go_on(session, "method", "certificate").await;
        let ticket = asked.text("ticket");
        let link = format!(
            "https://t{host}.certauth.login.localhost:8443/{path}/certauth?ticket={ticket}"
        );
        let page = visit_certauth(&world, &link, None, "application/json").await;
        assert_eq!(page.json()["error"], "invalid_ticket");
    }
}

#[tokio::test]
async fn a_late_ticket_and_a_late_result_count_no_longer() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    let code = device.result_code(session, Some(Card::strong("lee"))).await;
    world.pass(61);
    let late = device.go_on(session, "result_code", &code).await;
    assert_eq!(late.told(), (400, "invalid_session"));
    let asked = device.go_on(session, "method", "certificate").await;
    world.pass(5 * 60 + 1);
    let link = format!(
        "{}?ticket={}",
        asked.text("certificate_endpoint"),
        asked.text("ticket")
    );
    let page = visit_certauth(&world, &link, None, "text/html").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("50089"));
}

#[tokio::test]
async fn a_code_that_comes_twice_ends_the_session_it_began() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let done = device
        .go_on(begun.text("auth_session"), "password", PASSWORD)
        .await;
    let code = done.text("authorization_code");
    let tokens = device.redeem(code).await;
    let prt = tokens.text("refresh_token");
    assert_eq!(device.refresh(prt, &[]).await.status, StatusCode::OK);
    let replay = device.redeem(code).await;
    assert_eq!(replay.told(), (400, "invalid_grant"));
    assert_eq!(replay.code(), 50089);
    let ended = device.refresh(prt, &[]).await;
    assert_eq!(ended.told(), (400, "invalid_grant"));
    let path = format!("/{}/oauth2/v2.0/userinfo", world.tenant.id);
    let shown = device.show(&path, tokens.text("access_token"), true).await;
    assert_eq!(shown.told(), (401, "invalid_token"));
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_the_client_and_the_verifier() {
    let world = World::new().await;
    let (lee, attacker) = (world.device(), world.device());
    let code = || async {
        let begun = lee.begin("lee@meridian.example", &[]).await;
        let done = lee
            .go_on(begun.text("auth_session"), "password", PASSWORD)
            .await;
        done.text("authorization_code").to_owned()
    };
    let stolen = attacker.redeem(&code().await).await;
    assert_eq!(stolen.told(), (400, "invalid_grant"));
    let wrong = lee
        .token(&[
            ("grant_type", "authorization_code"),
            ("code", &code().await),
            ("code_verifier", &VERIFIER.replace('d', "e")),
        ])
        .await;
    assert_eq!(wrong.told(), (400, "invalid_grant"));
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    let form = [
        ("client_id", "notes"),
        ("grant_type", "authorization_code"),
        ("code", &code().await),
        ("code_verifier", VERIFIER),
    ];
    let other = lee.post(&path, &form).await;
    assert_eq!(other.told(), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_primary_refresh_token_is_worth_nothing_without_its_key() {
    let world = World::new().await;
    let (lee, attacker) = (world.device(), world.device());
    let tokens = lee
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    let stolen = attacker.refresh(prt, &[]).await;
    assert_eq!(stolen.told(), (400, "invalid_grant"));
    assert_eq!(stolen.code(), 90100);
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    let form = [
        ("client_id", "lanyard"),
        ("grant_type", "refresh_token"),
        ("refresh_token", prt),
    ];
    let bare = lee.post_with(&path, &form, &[]).await;
    assert_eq!(bare.told(), (400, "invalid_dpop_proof"));
    let raised = attacker.begin("", &[("subject_token", prt)]).await;
    assert_eq!(raised.told(), (400, "invalid_grant"));
    let path = format!("/{}/oauth2/v2.0/token", world.other.id);
    let elsewhere = lee.post(&path, &form).await;
    assert_eq!(elsewhere.told(), (400, "invalid_grant"));
    // Nor is it a browser's cookie.
    let browser = world.browser();
    let name = "__Host-certauth-session".to_owned();
    browser.cookies.borrow_mut().insert(name, prt.to_owned());
    let page = browser.authorize("notes", &[("prompt", "none")]).await;
    assert_eq!(page.answer("error").as_deref(), Some("login_required"));
    assert_eq!(lee.refresh(prt, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_from_another_site_does_nothing() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let given = [("password", PASSWORD), ("method", "not_me")];
    for origin in [
        "https://evil.example",
        "null",
        "https://login.localhost",
        "https://x.certauth.login.localhost:8443",
    ] {
        for step in ["password", "certificate", "other", "username", "code"] {
            let address = format!("{journey}/{step}");
            let page = browser.post_from(Some(origin), &address, &given).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{origin} {step}");
        }
    }
    assert!(
        browser
            .get(&journey)
            .await
            .body
            .contains("Enter your password")
    );
    let link = browser.post(&format!("{journey}/certificate"), &[]).await;
    let code = browser
        .at_certauth(&link.location(), Some(Card::strong("lee")))
        .await;
    let address = format!("/{}/signin/result", world.tenant.id);
    let form = [("result_code", code.as_str())];
    let evil = Some("https://evil.example");
    let page = browser.post_from(evil, &address, &form).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    // It was refused before the code was looked at.
    assert_eq!(browser.bring(&code).await.status, StatusCode::SEE_OTHER);
}

/// After the first factor another username would inherit its proof.
#[tokio::test]
async fn a_proof_does_not_pass_to_another_username() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("payroll", "sam@meridian.example").await;
    browser
        .post(&format!("{journey}/password"), &[("password", PASSWORD)])
        .await;
    let lee = [("username", "lee@meridian.example")];
    let page = browser.post(&format!("{journey}/username"), &lee).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    let page = browser.present(&journey, Some(Card::of("lee"))).await;
    assert!(browser.get(&page.location()).await.body.contains("50034"));
    assert_eq!(sessions(&browser), 0);
}

/// Two answers at the same time move the journey once.
#[tokio::test]
async fn a_journey_gives_one_code_however_often_it_is_answered() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    let answers = tokio::join!(
        device.go_on(session, "password", PASSWORD),
        device.go_on(session, "password", PASSWORD),
        device.go_on(session, "password", PASSWORD),
    );
    let codes = [answers.0, answers.1, answers.2]
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert_eq!(codes, 1);
}

/// A cookie that the attacker planted before the sign-in names no session after it.
#[tokio::test]
async fn a_session_gets_a_cookie_of_its_own() {
    let world = World::new().await;
    let browser = world.browser();
    let name = "__Host-certauth-session";
    let planted = "P".repeat(43);
    browser
        .cookies
        .borrow_mut()
        .insert(name.to_owned(), planted.clone());
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let page = browser
        .post(&format!("{journey}/password"), &[("password", PASSWORD)])
        .await;
    assert!(
        page.location()
            .starts_with("https://notes.example/cb?code=")
    );
    assert_ne!(browser.cookies.borrow()[name], planted);
}

fn sessions(browser: &crate::support::browser::Browser<'_>) -> usize {
    let cookies = browser.cookies.borrow();
    usize::from(cookies.contains_key("__Host-certauth-session"))
}
