//! The authorization challenge endpoint, step by step.

use http::StatusCode;
use serde_json::json;

use crate::support::World;
use crate::support::browser::VERIFIER;
use crate::support::device::claims;
use crate::support::pki::Card;
use crate::support::{PASSWORD, World as Place};

#[tokio::test]
async fn a_strong_certificate_alone_signs_in_to_an_application_that_asks_for_two_factors() {
    let world = World::new().await;
    let device = world.device();
    let begun = device
        .begin("lee@meridian.example", &[("resource", "payroll")])
        .await;
    assert_eq!(begun.told(), (401, "method_required"));
    assert_eq!(begun.body["methods"], json!(["certificate", "password"]));
    let session = begun.text("auth_session");
    let asked = device.go_on(session, "method", "certificate").await;
    assert_eq!(asked.told(), (401, "certificate_required"));
    assert_eq!(asked.body["expires_in"], 300);
    let host = format!(
        "https://t{0}.certauth.login.localhost:8443/{0}/certauth",
        world.tenant.id
    );
    assert_eq!(asked.text("certificate_endpoint"), host);
    let code = device.visit(&asked, Some(Card::strong("lee"))).await;
    let done = device.go_on(session, "result_code", &code).await;
    assert_eq!(done.status, StatusCode::OK);
    let tokens = device.redeem(done.text("authorization_code")).await;
    assert_eq!(tokens.text("token_type"), "DPoP");
    let id = claims(tokens.text("id_token"));
    assert_eq!(id["preferred_username"], "lee@meridian.example");
    assert_eq!(id["nonce"], "the nonce");
    assert_eq!(id["acr"], "mfa");
    assert_eq!(id["amr"], json!(["pop", "mfa"]));
    assert!(!tokens.text("refresh_token").is_empty());
    assert_eq!(tokens.body["refresh_token_expires_in"], 14 * 86_400);
}

#[tokio::test]
async fn a_single_factor_certificate_leads_to_the_password_and_never_to_a_dead_end() {
    let world = World::new().await;
    let device = world.device();
    let begun = device
        .begin("sam@meridian.example", &[("resource", "payroll")])
        .await;
    let session = begun.text("auth_session");
    let more = device.present(session, Some(Card::of("sam"))).await;
    assert_eq!(more.told(), (401, "password_required"));
    assert_eq!(more.body["proven"], json!(["certificate"]));
    assert_eq!(more.body["methods"], json!(["password"]));
    assert_eq!(more.text("application"), "Payroll");
    let wrong = device.go_on(session, "password", "not it").await;
    assert_eq!(wrong.told(), (401, "password_required"));
    assert_eq!(wrong.text("problem"), "not_right");
    assert_eq!(wrong.code(), 50126);
    let done = device.go_on(session, "password", PASSWORD).await;
    let tokens = device.redeem(done.text("authorization_code")).await;
    let id = claims(tokens.text("id_token"));
    assert_eq!(id["amr"], json!(["pop", "pwd", "mfa"]));
}

#[tokio::test]
async fn a_password_first_leads_to_a_code_or_a_certificate() {
    let world = World::new().await;
    let device = world.device();
    let begun = device
        .begin("lee@meridian.example", &[("resource", "payroll")])
        .await;
    let session = begun.text("auth_session");
    let more = device.go_on(session, "password", PASSWORD).await;
    assert_eq!(more.told(), (401, "code_required"));
    assert_eq!(more.body["methods"], json!(["code", "certificate"]));
    assert_eq!(more.body["proven"], json!(["password"]));
    let wrong = device.go_on(session, "code", "000000").await;
    assert_eq!(wrong.text("problem"), "code_not_right");
    let other = device.go_on(session, "method", "certificate").await;
    assert_eq!(other.told(), (401, "certificate_required"));
    let back = device.go_on(session, "method", "code").await;
    assert_eq!(back.told(), (401, "code_required"));
    let done = device.go_on(session, "code", &world.code()).await;
    let tokens = device.redeem(done.text("authorization_code")).await;
    assert_eq!(
        claims(tokens.text("id_token"))["amr"],
        json!(["pwd", "otp", "mfa"])
    );
}

#[tokio::test]
async fn a_one_time_code_counts_once() {
    let world = World::new().await;
    let device = world.device();
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let begun = device
            .begin("lee@meridian.example", &[("resource", "payroll")])
            .await;
        let session = begun.text("auth_session");
        device.go_on(session, "password", PASSWORD).await;
        let answer = device.go_on(session, "code", &world.code()).await;
        outcomes.push(answer.status);
    }
    assert_eq!(outcomes, [StatusCode::OK, StatusCode::UNAUTHORIZED]);
}

#[tokio::test]
async fn where_no_second_factor_is_enrolled_the_refusal_says_so_and_what_to_do() {
    let world = World::new().await;
    let device = world.device();
    let begun = device
        .begin("kim@meridian.example", &[("resource", "payroll")])
        .await;
    let session = begun.text("auth_session");
    let refused = device.present(session, Some(Card::of("kim"))).await;
    assert_eq!(refused.told(), (403, "access_denied"));
    assert_eq!(refused.code(), 50079);
    assert_eq!(refused.body["explanation"]["next"], "ask_administrator");
    assert_eq!(refused.body["methods"], json!(["certificate", "password"]));
}

#[tokio::test]
async fn each_refused_certificate_is_explained_and_another_may_follow() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    for (card, code, failed) in [
        (Some(Card::revoked("lee")), 500_171, "revocation"),
        (Some(Card::expired("lee")), 500_172, "time"),
        (Some(Card::strong("sam")), 50034, "account"),
        (None, 50192, "key"),
    ] {
        let refused = device.present(session, card).await;
        assert_eq!(refused.told(), (403, "access_denied"));
        assert_eq!(refused.code(), code);
        let explanation = &refused.body["explanation"];
        assert_eq!(explanation["code"], code);
        assert_eq!(explanation["failed"], failed);
        assert!(!refused.text("error_description").is_empty());
        assert_eq!(refused.body["methods"], json!(["certificate", "password"]));
    }
    let done = device.present(session, Some(Card::strong("lee"))).await;
    assert_eq!(done.status, StatusCode::OK);
}

/// What a person may read does not tell whether an account exists.
#[tokio::test]
async fn an_unknown_user_is_answered_like_one_whose_certificate_does_not_match() {
    let world = World::new().await;
    let device = world.device();
    let mut answers = Vec::new();
    for name in ["lee@meridian.example", "nobody@meridian.example"] {
        let begun = device.begin(name, &[]).await;
        let session = begun.text("auth_session");
        let refused = device.present(session, Some(Card::strong("sam"))).await;
        let wrong = device.go_on(session, "password", "not it").await;
        let strip = |mut body: serde_json::Value| {
            for name in ["auth_session", "correlation_id", "trace_id", "timestamp"] {
                body[name] = json!(null);
            }
            body.to_string().replace(name, "NAME")
        };
        answers.push((
            strip(begun.body.clone()),
            strip(refused.body),
            strip(wrong.body),
        ));
    }
    // The two leaves differ in key and fingerprint only, which no answer shows.
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].1.contains("50034"));
}

#[tokio::test]
async fn too_many_passwords_have_to_wait_and_the_certificate_does_not() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    for _ in 0..5 {
        let wrong = device.go_on(session, "password", "not it").await;
        assert_eq!(wrong.told(), (401, "password_required"));
    }
    let slow = device.go_on(session, "password", PASSWORD).await;
    assert_eq!(slow.told(), (429, "slow_down"));
    let done = device.present(session, Some(Card::of("lee"))).await;
    assert_eq!(done.status, StatusCode::OK);
    world.pass(60);
    let begun = device.begin("lee@meridian.example", &[]).await;
    let done = device
        .go_on(begun.text("auth_session"), "password", PASSWORD)
        .await;
    assert_eq!(done.status, StatusCode::OK);
}

#[tokio::test]
async fn a_disabled_account_is_refused_only_to_its_holder() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("max@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    let wrong = device.go_on(session, "password", "not it").await;
    assert_eq!(wrong.code(), 50126);
    let refused = device.go_on(session, "password", PASSWORD).await;
    assert_eq!(refused.told(), (403, "access_denied"));
    assert_eq!(refused.code(), 50057);
}

#[tokio::test]
async fn a_session_is_raised_with_its_own_token_and_needs_only_what_is_missing() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("sam@meridian.example", Card::of("sam"))
        .await;
    let prt = tokens.text("refresh_token");
    let needed = device.refresh(prt, &[("resource", "payroll")]).await;
    assert_eq!(needed.told(), (400, "insufficient_user_authentication"));
    let begun = device
        .begin(
            "sam@meridian.example",
            &[("resource", "payroll"), ("subject_token", prt)],
        )
        .await;
    assert_eq!(begun.told(), (401, "password_required"));
    assert_eq!(begun.body["proven"], json!(["certificate"]));
    let done = device
        .go_on(begun.text("auth_session"), "password", PASSWORD)
        .await;
    let raised = device.redeem(done.text("authorization_code")).await;
    assert_eq!(raised.status, StatusCode::OK, "{:?}", raised.body);
    assert!(raised.body.get("refresh_token").is_none());
    let sid = |tokens: &str| claims(tokens)["sid"].clone();
    assert_eq!(sid(raised.text("id_token")), sid(tokens.text("id_token")));
    let payroll = device.refresh(prt, &[("resource", "payroll")]).await;
    assert_eq!(payroll.status, StatusCode::OK);
    assert_eq!(claims(payroll.text("access_token"))["aud"], "payroll");
}

#[tokio::test]
async fn a_session_that_is_enough_needs_nothing_more() {
    let world = World::new().await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    let done = device
        .begin("", &[("resource", "payroll"), ("subject_token", prt)])
        .await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.body);
}

#[tokio::test]
async fn a_journey_ends_after_a_quarter_of_an_hour_and_a_code_after_a_minute() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session").to_owned();
    world.pass(15 * 60);
    let over = device.go_on(&session, "password", PASSWORD).await;
    assert_eq!(over.told(), (400, "invalid_session"));
    assert_eq!(over.code(), 50089);
    let begun = device.begin("lee@meridian.example", &[]).await;
    let done = device
        .go_on(begun.text("auth_session"), "password", PASSWORD)
        .await;
    world.pass(61);
    let late = device.redeem(done.text("authorization_code")).await;
    assert_eq!(late.told(), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_finished_journey_answers_nothing_more() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    device.go_on(session, "password", PASSWORD).await;
    for (name, value) in [("password", PASSWORD), ("method", "certificate")] {
        let answer = device.go_on(session, name, value).await;
        assert_eq!(answer.told(), (400, "invalid_request"), "{name}");
    }
}

#[tokio::test]
async fn a_request_says_exactly_one_thing() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    for form in [
        vec![],
        vec![("method", "password"), ("password", PASSWORD)],
        vec![("method", "passkey")],
        vec![("code", "123456")],
    ] {
        let mut all = vec![("auth_session", session)];
        all.extend(&form);
        let answer = device.challenge(&all).await;
        assert_eq!(answer.told(), (400, "invalid_request"), "{form:?}");
    }
}

#[tokio::test]
async fn where_certificates_are_off_only_the_password_is_offered() {
    let world = Place::with(|tenant| tenant.method.enabled = false).await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    assert_eq!(begun.body["methods"], json!(["password"]));
    let refused = device
        .go_on(begun.text("auth_session"), "method", "certificate")
        .await;
    assert_eq!(refused.told(), (400, "invalid_request"));
}

#[tokio::test]
async fn the_endpoint_serves_first_party_clients_with_a_proof_and_s256_only() {
    let world = World::new().await;
    let device = world.device();
    let path = format!("/{}/oauth2/v2.0/challenge", world.tenant.id);
    let form = [
        ("client_id", "notes"),
        ("response_type", "code"),
        ("username", "lee@meridian.example"),
        ("code_challenge", VERIFIER),
        ("code_challenge_method", "S256"),
    ];
    let stranger = device.post(&path, &form).await;
    assert_eq!(stranger.told(), (400, "unauthorized_client"));
    let bare = device
        .post_with(&path, &[("client_id", "lanyard")], &[])
        .await;
    assert_eq!(bare.told(), (400, "invalid_dpop_proof"));
    let plain = device
        .begin("lee@meridian.example", &[])
        .await
        .text("auth_session")
        .to_owned();
    assert!(!plain.is_empty());
    let method = device
        .challenge(&[
            ("response_type", "code"),
            ("username", "lee@meridian.example"),
            ("code_challenge", VERIFIER),
            ("code_challenge_method", "plain"),
        ])
        .await;
    assert_eq!(method.told(), (400, "invalid_request"));
}
