//! Tokens after the sign-in: refreshing, showing, exchanging, ending.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::json;

use crate::support::browser::VERIFIER;
use crate::support::device::{Answer, claims};
use crate::support::pki::Card;
use crate::support::{NOTES, PASSWORD, PAYROLL, SECRET, World};

#[tokio::test]
async fn the_primary_refresh_token_serves_every_application_and_is_not_replaced() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    let plain = device.refresh(prt, &[]).await;
    assert_eq!(plain.text("token_type"), "DPoP");
    assert!(plain.body.get("refresh_token").is_none());
    let own = claims(plain.text("access_token"));
    assert_eq!(own["aud"], "lanyard");
    assert!(own["cnf"]["jkt"].is_string());
    let notes = device
        .refresh(prt, &[("resource", "notes"), ("token_type", "Bearer")])
        .await;
    assert_eq!(notes.text("token_type"), "Bearer");
    let bearer = claims(notes.text("access_token"));
    assert_eq!(bearer["aud"], "notes");
    assert!(bearer.get("cnf").is_none());
    let refused = device
        .refresh(prt, &[("resource", "payroll"), ("token_type", "Bearer")])
        .await;
    assert_eq!(refused.told(), (400, "unauthorized_client"));
    let unknown = device.refresh(prt, &[("resource", "nothing")]).await;
    assert_eq!(unknown.told(), (400, "invalid_target"));
    world.pass(14 * 86_400 - 1);
    assert_eq!(device.refresh(prt, &[]).await.status, StatusCode::OK);
    world.pass(1);
    let over = device.refresh(prt, &[]).await;
    assert_eq!(over.told(), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_bound_token_is_shown_with_its_proof_or_not_at_all() {
    let world = World::new().await;
    let (device, thief) = (world.device(), world.device());
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let token = tokens.text("access_token");
    let userinfo = format!("/{}/oauth2/v2.0/userinfo", world.tenant.id);
    for path in [userinfo.clone(), format!("/{}/me", world.tenant.id)] {
        let shown = device.show(&path, token, true).await;
        assert_eq!(shown.status, StatusCode::OK, "{:?}", shown.body);
        assert_eq!(shown.text("preferred_username"), "lee@meridian.example");
        let bare = device.show(&path, token, false).await;
        assert_eq!(bare.told(), (401, "invalid_token"));
        let stolen = thief.show(&path, token, true).await;
        assert_eq!(stolen.told(), (401, "invalid_token"));
    }
    world.pass(3600);
    let old = device.show(&userinfo, token, true).await;
    assert_eq!(old.told(), (401, "invalid_token"));
}

#[tokio::test]
async fn the_portal_tells_who_how_and_until_when() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let token = tokens.text("access_token");
    let me = device
        .show(&format!("/{}/me", world.tenant.id), token, true)
        .await;
    assert_eq!(me.body["tenant"]["display_name"], "Meridian");
    let session = &me.body["session"];
    assert_eq!(session["strength"], "multi_factor");
    assert_eq!(session["factors"], json!(["certificate"]));
    assert_eq!(session["expires_at"], "2026-10-06T08:41:00Z");
    assert_eq!(
        session["certificate"]["issuer_name"],
        "Meridian Issuing CA 1"
    );
    let apps = device
        .show(&format!("/{}/me/apps", world.tenant.id), token, true)
        .await;
    let list = &apps.body["value"];
    assert_eq!(list.as_array().unwrap().len(), 2);
    let payroll = list
        .as_array()
        .unwrap()
        .iter()
        .find(|app| app["id"] == "payroll");
    assert_eq!(payroll.unwrap()["multiFactor"], true);
    // A token for an application is not the portal's.
    let prt = tokens.text("refresh_token");
    let notes = device
        .refresh(prt, &[("resource", "notes"), ("token_type", "Bearer")])
        .await;
    let path = format!("/{}/me", world.tenant.id);
    let other = device.show(&path, notes.text("access_token"), false).await;
    assert_eq!(other.told(), (403, "insufficient_scope"));
    let userinfo = format!("/{}/oauth2/v2.0/userinfo", world.tenant.id);
    let shown = device
        .show(&userinfo, notes.text("access_token"), false)
        .await;
    assert_eq!(shown.status, StatusCode::OK);
    let foreign = format!("/{}/oauth2/v2.0/userinfo", world.other.id);
    let shown = device
        .show(&foreign, notes.text("access_token"), false)
        .await;
    assert_eq!(shown.told(), (401, "invalid_token"));
}

#[tokio::test]
async fn an_account_that_changes_is_judged_again_at_every_refresh() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    world
        .change_user("lee", |user| user.account.enabled = false)
        .await;
    let refused = device.refresh(prt, &[]).await;
    assert_eq!(refused.told(), (400, "invalid_grant"));
    let path = format!("/{}/me", world.tenant.id);
    let shown = device.show(&path, tokens.text("access_token"), true).await;
    assert_eq!(shown.told(), (401, "invalid_token"));
}

#[tokio::test]
async fn revoking_the_primary_refresh_token_ends_the_session() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    let path = format!("/{}/oauth2/v2.0/revoke", world.tenant.id);
    for token in ["unknown", prt, prt] {
        let answer = device
            .post(&path, &[("client_id", "lanyard"), ("token", token)])
            .await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(
        device.refresh(prt, &[]).await.told(),
        (400, "invalid_grant")
    );
    let me = format!("/{}/me", world.tenant.id);
    let shown = device.show(&me, tokens.text("access_token"), true).await;
    assert_eq!(shown.told(), (401, "invalid_token"));
}

#[tokio::test]
async fn an_ordinary_refresh_token_is_replaced_and_forgives_thirty_seconds() {
    let world = World::new().await;
    let first = notes_tokens(&world).await;
    let old = first.text("refresh_token");
    let second = refresh_notes(&world, old).await;
    let new = second.text("refresh_token").to_owned();
    assert_ne!(new, old);
    // The answer was lost: the same successor comes again.
    world.pass(30);
    let again = refresh_notes(&world, old).await;
    assert_eq!(again.text("refresh_token"), new);
    let third = refresh_notes(&world, &new).await;
    assert_eq!(third.status, StatusCode::OK);
    // Later it is a thief: the whole family ends.
    world.pass(31);
    let stolen = refresh_notes(&world, old).await;
    assert_eq!(stolen.told(), (400, "invalid_grant"));
    assert_eq!(stolen.code(), 50089);
    for token in [new.as_str(), third.text("refresh_token")] {
        let ended = refresh_notes(&world, token).await;
        assert_eq!(ended.told(), (400, "invalid_grant"));
    }
}

#[tokio::test]
async fn a_refresh_token_belongs_to_its_client_and_ends_with_its_session() {
    let world = World::new().await;
    let tokens = notes_tokens(&world).await;
    let token = tokens.text("refresh_token");
    let device = world.device();
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    let form = [
        ("client_id", "payroll"),
        ("client_secret", SECRET),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    let other = device.post_with(&path, &form, &[]).await;
    assert_eq!(other.told(), (400, "invalid_grant"));
    world.pass(24 * 3600);
    let over = refresh_notes(&world, token).await;
    assert_eq!(over.told(), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_family_along() {
    let world = World::new().await;
    let tokens = notes_tokens(&world).await;
    let second = refresh_notes(&world, tokens.text("refresh_token")).await;
    let device = world.device();
    let path = format!("/{}/oauth2/v2.0/revoke", world.tenant.id);
    let form = [
        ("client_id", "notes"),
        ("token", second.text("refresh_token")),
    ];
    let answer = device.post_with(&path, &form, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let ended = refresh_notes(&world, second.text("refresh_token")).await;
    assert_eq!(ended.told(), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_confidential_client_proves_itself_one_way() {
    let world = World::new().await;
    let browser = world.browser();
    let code = || async {
        let page = browser.authorize("payroll", &[]).await;
        let location = page.location();
        if location.starts_with("https://") {
            return page.answer("code").unwrap();
        }
        let name = [("username", "lee@meridian.example")];
        browser.post(&format!("{location}/username"), &name).await;
        let page = browser.present(&location, Some(Card::strong("lee"))).await;
        page.answer("code").unwrap()
    };
    let device = world.device();
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    let basic = |secret: &str| {
        let secret = secret.replace(' ', "+");
        format!("Basic {}", STANDARD.encode(format!("payroll:{secret}")))
    };
    let grant = |code: String| {
        vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("code".to_owned(), code),
            ("code_verifier".to_owned(), VERIFIER.to_owned()),
            ("redirect_uri".to_owned(), PAYROLL.to_owned()),
        ]
    };
    let ask = async |extra: &[(&str, &str)], headers: &[(&str, &str)], code: String| -> Answer {
        let form = grant(code);
        let mut form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        form.extend(extra);
        device.post_with(&path, &form, headers).await
    };
    let good = basic(SECRET);
    let bad = basic("wrong");
    let by_header = ask(&[], &[("authorization", &good)], code().await).await;
    assert_eq!(by_header.status, StatusCode::OK, "{:?}", by_header.body);
    assert_eq!(by_header.text("token_type"), "Bearer");
    let header = jsonwebtoken::decode_header(by_header.text("id_token")).unwrap();
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);
    let id = [("client_id", "payroll")];
    let by_form = [("client_id", "payroll"), ("client_secret", SECRET)];
    let posted = ask(&by_form, &[], code().await).await;
    assert_eq!(posted.status, StatusCode::OK);
    let none = ask(&id, &[], code().await).await;
    assert_eq!(none.told(), (401, "invalid_client"));
    let wrong = ask(&[], &[("authorization", &bad)], code().await).await;
    assert_eq!(wrong.told(), (401, "invalid_client"));
    let both = ask(&by_form, &[("authorization", &good)], code().await).await;
    assert_eq!(both.told(), (400, "invalid_request"));
    let public = [("client_id", "notes"), ("client_secret", "anything")];
    let pretends = ask(&public, &[], code().await).await;
    assert_eq!(pretends.told(), (401, "invalid_client"));
}

async fn notes_tokens(world: &World) -> Answer {
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let page = browser
        .post(&format!("{journey}/password"), &[("password", PASSWORD)])
        .await;
    let code = page.answer("code").unwrap();
    let form = [
        ("client_id", "notes"),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", NOTES),
    ];
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    let tokens = world.device().post_with(&path, &form, &[]).await;
    assert_eq!(tokens.status, StatusCode::OK, "{:?}", tokens.body);
    tokens
}

async fn refresh_notes(world: &World, token: &str) -> Answer {
    let form = [
        ("client_id", "notes"),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    world.device().post_with(&path, &form, &[]).await
}
