//! Opening an application in a browser from a session on a device.

use http::StatusCode;

use crate::support::World;
use crate::support::device::{Answer, Device};
use crate::support::pki::Card;

#[tokio::test]
async fn a_ticket_signs_the_browser_in_after_its_page_named_the_account() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    let ticket = exchange(&device, prt, "payroll").await;
    assert_eq!(ticket.text("token_type"), "N_A");
    assert_eq!(ticket.body["expires_in"], 60);
    let browser = world.browser();
    let address = ticket.text("open_uri");
    // Looking costs nothing; the person may reload.
    for _ in 0..2 {
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("lee of Meridian"));
        assert!(page.body.contains("lee@meridian.example"));
        assert!(page.body.contains("Open Payroll"));
    }
    assert!(browser.cookies.borrow().is_empty());
    let path = format!("/{}/open", world.tenant.id);
    let form = [("ticket", ticket.text("access_token"))];
    let evil = Some("https://evil.example");
    let page = browser.post_from(evil, &path, &form).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let page = browser.post(&path, &form).await;
    assert!(
        page.location()
            .starts_with("https://payroll.example/login?iss=")
    );
    assert_eq!(
        page.answer("login_hint").as_deref(),
        Some("lee@meridian.example")
    );
    let page = browser.authorize("payroll", &[]).await;
    assert!(page.answer("code").is_some());
    // Once.
    let other = world.browser();
    assert_eq!(
        other.post(&path, &form).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(other.get(address).await.status, StatusCode::BAD_REQUEST);
    // Signing out on the device ends what it opened.
    let revoke = format!("/{}/oauth2/v2.0/revoke", world.tenant.id);
    device
        .post(&revoke, &[("client_id", "lanyard"), ("token", prt)])
        .await;
    let page = browser.authorize("payroll", &[("prompt", "none")]).await;
    assert_eq!(page.answer("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_ticket_needs_what_the_application_needs_and_lives_a_minute() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("sam@meridian.example", Card::of("sam"))
        .await;
    let prt = tokens.text("refresh_token");
    let more = exchange(&device, prt, "payroll").await;
    assert_eq!(more.told(), (400, "insufficient_user_authentication"));
    assert_eq!(more.code(), 50076);
    let nowhere = exchange(&device, prt, "lanyard").await;
    assert_eq!(nowhere.told(), (400, "invalid_target"));
    let stolen = exchange(&world.device(), prt, "notes").await;
    assert_eq!(stolen.told(), (400, "invalid_grant"));
    let ticket = exchange(&device, prt, "notes").await;
    assert_eq!(ticket.status, StatusCode::OK);
    world.pass(61);
    let page = world.browser().get(ticket.text("open_uri")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

/// Signing out while the ticket's page is open leaves nothing to open.
#[tokio::test]
async fn a_ticket_of_a_session_that_ended_opens_nothing() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    let ticket = exchange(&device, prt, "notes").await;
    let revoke = format!("/{}/oauth2/v2.0/revoke", world.tenant.id);
    device
        .post(&revoke, &[("client_id", "lanyard"), ("token", prt)])
        .await;
    let form = [("ticket", ticket.text("access_token"))];
    let path = format!("/{}/open", world.tenant.id);
    let page = world.browser().post(&path, &form).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

async fn exchange(device: &Device<'_>, prt: &str, application: &str) -> Answer {
    device
        .token(&[
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            ("subject_token", prt),
            (
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:refresh_token",
            ),
            (
                "requested_token_type",
                "urn:certauth:token-type:browser-ticket",
            ),
            ("resource", application),
        ])
        .await
}
