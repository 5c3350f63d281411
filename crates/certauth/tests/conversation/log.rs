//! The sign-in log: a row for every attempt, with everything an administrator asks for.

use certauth::store::LogRow;

use crate::support::pki::Card;
use crate::support::{PASSWORD, World};

#[tokio::test]
async fn a_certificate_sign_in_leaves_its_rows_with_the_x509_details() {
    let world = World::new().await;
    let device = world.device();
    device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let rows = world.log().await;
    let steps: Vec<_> = rows
        .iter()
        .map(|row| (row.step.as_str(), row.result.as_str(), row.code))
        .collect();
    assert_eq!(
        steps,
        [
            ("certificate", "interrupted", 0),
            ("certificate", "success", 0),
            ("token", "success", 0),
        ]
    );
    for row in &rows {
        assert_eq!(row.correlation_id, rows[0].correlation_id);
        assert_eq!(row.username.as_deref(), Some("lee@meridian.example"));
        assert_eq!(row.application.as_deref(), Some("lanyard"));
        assert_eq!(row.address.as_deref(), Some("127.0.0.1"));
        assert_eq!(detail(row, "User certificate subject name"), "CN=lee");
        assert_eq!(
            detail(row, "User certificate issuer"),
            "CN=Meridian Issuing CA 1"
        );
        assert_eq!(detail(row, "User certificate serial number"), "77");
        assert_eq!(
            detail(row, "User certificate policy identifiers"),
            "1.2.3.4"
        );
        assert_eq!(
            detail(row, "User certificate valid from"),
            "2026-09-21T08:41:00Z"
        );
        assert_eq!(detail(row, "User certificate thumbprint").len(), 40);
    }
    let row = &rows[1];
    assert_eq!(
        detail(row, "User certificate binding"),
        "Certificate: PrincipalName; User Attribute: userPrincipalName; Rank: 1"
    );
    assert_eq!(
        detail(row, "User certificate authentication level"),
        "multiFactorAuthentication"
    );
    assert_eq!(
        detail(row, "User certificate authentication level type"),
        "PolicyId"
    );
    assert_eq!(
        detail(row, "User certificate authentication level identifier"),
        "1.2.3.4"
    );
    assert_eq!(row.factors, ["certificate"]);
    assert!(row.account.is_some());
    let checks = row.explanation.as_ref().unwrap()["checks"].clone();
    let checks: Vec<policy::CheckLine> = serde_json::from_value(checks).unwrap();
    let revocation = checks
        .iter()
        .find(|line| line.check == certs::Check::Revocation);
    let found = revocation.unwrap().found.as_deref().unwrap();
    assert!(
        found.contains("CRL 412 of Meridian Issuing CA 1"),
        "{found}"
    );
    assert!(rows[0].explanation.is_none());
}

#[tokio::test]
async fn every_refusal_is_logged_with_the_administrators_explanation() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("nobody@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    device.present(session, Some(Card::strong("lee"))).await;
    device.go_on(session, "password", "not it").await;
    device.present(session, Some(Card::revoked("lee"))).await;
    let steps = world.steps().await;
    let expected = [
        ("certificate", "interrupted", 0),
        ("certificate", "failure", 50034),
        ("password", "failure", 50126),
        ("certificate", "interrupted", 0),
        ("certificate", "failure", 500_171),
    ]
    .map(|(step, result, code)| (step.to_owned(), result.to_owned(), code));
    assert_eq!(steps, expected);
    let rows = world.log().await;
    // That the account does not exist is for the administrator alone.
    let told = rows[1].explanation.as_ref().unwrap().to_string();
    assert!(told.contains("no account has the username"));
    assert!(rows[1].account.is_none());
    assert_eq!(
        rows[4].explanation.as_ref().unwrap()["failed"],
        "revocation"
    );
}

#[tokio::test]
async fn what_is_asked_for_beyond_the_first_factor_is_logged_as_interrupted() {
    let world = World::new().await;
    let device = world.device();
    let begun = device
        .begin("sam@meridian.example", &[("resource", "payroll")])
        .await;
    let session = begun.text("auth_session");
    device.present(session, Some(Card::of("sam"))).await;
    device.go_on(session, "password", PASSWORD).await;
    let rows = world.log().await;
    assert_eq!(
        (rows[1].result.as_str(), rows[1].code),
        ("interrupted", 50076)
    );
    assert_eq!(rows[1].application.as_deref(), Some("payroll"));
    assert_eq!(
        detail(&rows[1], "User certificate authentication level"),
        "singleFactorAuthentication"
    );
    assert_eq!(
        (rows[2].step.as_str(), rows[2].result.as_str()),
        ("password", "success")
    );
    assert_eq!(rows[2].factors, ["certificate", "password"]);
}

#[tokio::test]
async fn the_log_holds_no_secret() {
    let world = World::new().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let session = begun.text("auth_session");
    device.go_on(session, "password", "a wrong secret").await;
    let done = device.go_on(session, "password", PASSWORD).await;
    let code = done.text("authorization_code").to_owned();
    let tokens = device.redeem(&code).await;
    let text = serde_json::to_string(&world.log().await).unwrap();
    for secret in [
        "a wrong secret",
        PASSWORD,
        session,
        code.as_str(),
        tokens.text("refresh_token"),
        tokens.text("access_token"),
    ] {
        assert!(!text.contains(secret));
    }
}

fn detail<'a>(row: &'a LogRow, key: &str) -> &'a str {
    row.details
        .iter()
        .find(|detail| detail.key == key)
        .map(|detail| detail.value.as_str())
        .unwrap_or_default()
}
