//! Sign-ins under rules that were imported.

use certauth::directory::plan::{File, Rest, plan};
use certauth::store::LogRow;
use http::StatusCode;
use policy::{AuthorityScope, Compatibility};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::pki::Card;

#[tokio::test]
async fn a_certificate_of_an_authority_for_others_is_refused_with_500189() {
    let world = World::new().await;
    let key = certs::Certificate::from_der(&world.pki.issuing.der)
        .unwrap()
        .subject_key_identifier()
        .map(certs::hex)
        .unwrap();
    let mut tenant = world.tenant.clone();
    tenant.method.authority_scopes = vec![AuthorityScope {
        public_key_infrastructure: String::new(),
        subject_key_identifier: key.clone(),
        group: "holders".to_owned(),
    }];
    world.server.store.put_tenant(&tenant).await.unwrap();
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let refused = device
        .present(begun.text("auth_session"), Some(Card::strong("lee")))
        .await;
    assert_eq!(refused.code(), 500_189);
    let row = world.log().await.pop().unwrap();
    assert_eq!((row.result.as_str(), row.code), ("failure", 500_189));

    world
        .change_user("lee", |user| user.account.groups = vec!["holders".into()])
        .await;
    device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let rows = world.log().await;
    let row = rows.iter().rfind(|row| row.result == "success").unwrap();
    assert_eq!(
        detail(row, "Certificate authority scope SKI"),
        Some(key.as_str())
    );
    let row = rows.iter().rfind(|row| row.step == "certificate").unwrap();
    assert_eq!(detail(row, "Is Legacy Store Used"), Some("0"));
}

#[tokio::test]
async fn a_strength_that_a_certificate_does_not_meet_asks_for_another_proof() {
    let world = World::new().await;
    import(
        &world,
        conditional_access(&json!(["x509CertificateMultiFactor"]), &Value::Null),
    )
    .await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let more = device
        .present(begun.text("auth_session"), Some(Card::of("lee")))
        .await;
    assert_eq!(more.status, StatusCode::UNAUTHORIZED);
    let row = world.log().await.pop().unwrap();
    assert_eq!(row.code, 500_187);
    device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
}

#[tokio::test]
async fn a_policy_that_blocks_an_application_refuses_with_53003() {
    let world = World::new().await;
    let mut policy = conditional_access(&json!([]), &Value::Null);
    policy["grantControls"] = json!({ "operator": "OR", "builtInControls": ["block"] });
    policy["conditions"]["applications"] = json!({ "includeApplications": ["payroll"] });
    import(&world, policy).await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    let blocked = device.refresh(prt, &[("resource", "payroll")]).await;
    assert_eq!(blocked.told(), (400, "invalid_grant"));
    assert_eq!(blocked.code(), 53_003);
}

#[tokio::test]
async fn a_session_that_is_too_old_for_a_policy_is_asked_again_at_refresh() {
    let world = World::new().await;
    let frequency = json!({
        "signInFrequency": {
            "value": 1, "type": "hours", "isEnabled": true, "frequencyInterval": "timeBased",
            "authenticationType": "primaryAndSecondaryAuthentication",
        },
    });
    import(
        &world,
        conditional_access(&json!(["x509CertificateMultiFactor"]), &frequency),
    )
    .await;
    let device = world.device();
    let tokens = device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    let prt = tokens.text("refresh_token");
    world.pass(3599);
    assert_eq!(device.refresh(prt, &[]).await.status, StatusCode::OK);
    world.pass(2);
    let old = device.refresh(prt, &[]).await;
    assert_eq!(old.text("error"), "insufficient_user_authentication");
    assert_eq!(old.code(), 70_044);
}

#[tokio::test]
async fn in_the_preview_the_certificate_finds_the_account_and_the_first_row_is_a_success() {
    let world = World::with(|tenant| {
        tenant.settings.compatibility = Compatibility::Preview2022;
        tenant.method.username_bindings = Vec::new();
    })
    .await;
    world
        .change_user("lee", |user| {
            user.account.on_premises_user_principal_name = Some("LEE@meridian.example".into());
        })
        .await;
    let device = world.device();
    device
        .signed_in("lee@meridian.example", Card::strong("lee"))
        .await;
    assert_eq!(
        world.steps().await[0],
        ("certificate".into(), "success".into(), 0)
    );

    // Two accounts with the name: nobody is found.
    world
        .change_user("sam", |user| {
            user.account.on_premises_user_principal_name = Some("lee@meridian.example".into());
        })
        .await;
    let begun = device.begin("lee@meridian.example", &[]).await;
    let refused = device
        .present(begun.text("auth_session"), Some(Card::strong("lee")))
        .await;
    assert_eq!(refused.code(), 50_034);
}

pub(crate) async fn import(world: &World, document: Value) {
    let store = &*world.server.store;
    let tenant = store.tenant(&world.tenant.id).await.unwrap().unwrap();
    let file = File {
        name: "policy.json".to_owned(),
        bytes: document.to_string().into_bytes(),
    };
    let now = certs::Time::from_unix(world.now());
    let plan = plan(store, &tenant, &[file], Rest::Keep, now)
        .await
        .unwrap();
    assert_eq!(plan.refused, []);
    plan.apply(store).await.unwrap();
    // Another change came first.
    assert!(plan.apply(store).await.is_err());
}

pub(crate) fn conditional_access(combinations: &Value, session: &Value) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.conditionalAccessPolicy",
        "id": "4f0c5d2e-0000-4000-8000-000000000004", "displayName": "A policy",
        "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": { "includeApplications": ["All"] },
            "users": { "includeUsers": ["All"] },
        },
        "grantControls": {
            "operator": "OR", "builtInControls": [],
            "authenticationStrength": {
                "id": "3f0c5d2e-0000-4000-8000-000000000003", "displayName": "Ours",
                "policyType": "custom", "requirementsSatisfied": "mfa",
                "allowedCombinations": combinations, "combinationConfigurations": [],
            },
        },
        "sessionControls": session,
    })
}

fn detail<'a>(row: &'a LogRow, key: &str) -> Option<&'a str> {
    let mut all = row.details.iter();
    all.find(|one| one.key == key).map(|one| one.value.as_str())
}
