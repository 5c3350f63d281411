//! What a tenant chooses beside the directory's documents, and what a person is told of what is
//! asked for.

use certs::Certificate;
use http::StatusCode;
use policy::{
    CertificateField, PolicyOidsFrom, SerialOrders, TwoPossessionFactors, UserProperty,
    UsernameBinding,
};
use serde_json::{Value, json};

use crate::directory::{conditional_access, import};
use crate::support::device::{Answer, Device};
use crate::support::pki::Card;
use crate::support::{PASSWORD, World};

#[tokio::test]
async fn a_policy_that_the_path_does_not_hold_counts_for_nothing_where_the_path_decides() {
    for (from, strength) in [
        (PolicyOidsFrom::Leaf, "multi_factor"),
        (PolicyOidsFrom::Path, "single_factor"),
    ] {
        let world = World::with(|tenant| tenant.settings.policy_oids_from = from).await;
        let device = world.device();
        // The leaf asserts 1.2.3.4, which a rule rates; its issuer asserts no policy at all.
        let answer = to_payroll(&device, Card::strong("lee")).await;
        if strength == "multi_factor" {
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        } else {
            assert_eq!(answer.told(), (401, "password_required"), "{answer:?}");
            assert_eq!(answer.body["proven"], json!(["certificate"]));
        }
        let row = world.log().await.pop().unwrap();
        let rated = row
            .details
            .iter()
            .find(|one| one.key == "User certificate authentication level")
            .unwrap();
        let rated = &rated.value;
        assert_eq!(
            rated.starts_with("multi"),
            strength == "multi_factor",
            "{rated}"
        );
    }
}

#[tokio::test]
async fn a_serial_number_counts_in_the_displayed_order_only_where_the_tenant_says_so() {
    // 0x1234 is displayed 1234, and the directory writes it the other way round.
    let issuer = "X509:<I>CN=Meridian Issuing CA 1";
    for (orders, value, fits) in [
        (SerialOrders::Reversed, "3412", true),
        (SerialOrders::Reversed, "1234", false),
        (SerialOrders::Either, "3412", true),
        (SerialOrders::Either, "1234", true),
        (SerialOrders::Either, "4321", false),
    ] {
        let world = World::with(|tenant| {
            tenant.settings.serial_order = orders;
            tenant.method.username_bindings = vec![UsernameBinding {
                field: CertificateField::IssuerAndSerialNumber,
                property: UserProperty::CertificateUserIds,
                priority: 1,
                affinity: None,
            }];
        })
        .await;
        world
            .change_user("lee", |user| {
                user.account.certificate_user_ids = vec![format!("{issuer}<SR>{value}")];
            })
            .await;
        let device = world.device();
        let begun = device.begin("lee@meridian.example", &[]).await;
        let card = Card {
            serial: 0x1234,
            ..Card::of("somebody")
        };
        let answer = device.present(begun.text("auth_session"), Some(card)).await;
        if fits {
            assert_eq!(
                answer.status,
                StatusCode::OK,
                "{orders:?} {value}: {answer:?}"
            );
        } else {
            assert_eq!(answer.code(), 50_034, "{orders:?} {value}");
        }
    }
}

#[tokio::test]
async fn a_certificate_and_a_code_are_two_factors_only_where_the_tenant_says_so() {
    for (choice, methods) in [
        (TwoPossessionFactors::SingleFactor, json!(["password"])),
        (
            TwoPossessionFactors::MultiFactor,
            json!(["password", "code"]),
        ),
    ] {
        let world = World::with(|tenant| tenant.settings.two_possession_factors = choice).await;
        let device = world.device();
        let more = to_payroll(&device, Card::of("lee")).await;
        assert_eq!(more.told(), (401, "password_required"));
        assert_eq!(more.body["methods"], methods);
        let session = more.text("auth_session");
        let code = device.go_on(session, "code", &world.code()).await;
        if choice == TwoPossessionFactors::MultiFactor {
            assert_eq!(code.status, StatusCode::OK, "{code:?}");
        } else {
            // It is not asked for, and it changes nothing; the password does.
            assert_eq!(code.status, StatusCode::BAD_REQUEST, "{code:?}");
            let done = device.go_on(session, "password", PASSWORD).await;
            assert_eq!(done.status, StatusCode::OK, "{done:?}");
        }
    }
}

#[tokio::test]
async fn a_strength_for_one_issuer_and_policy_says_so_after_the_first_proof_and_not_before() {
    let world = World::new().await;
    let issuing = Certificate::from_der(&world.pki.issuing.der).unwrap();
    let key = certs::hex(issuing.subject_key_identifier().unwrap()).to_uppercase();
    import(&world, strength(&[&key], &["1.2.3.4"])).await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    assert_eq!(begun.body["wanted"], Value::Null);
    let session = begun.text("auth_session");
    for (name, value) in [("method", "password"), ("password", "wrong")] {
        let answer = device.go_on(session, name, value).await;
        assert_eq!(answer.body["wanted"], Value::Null, "{answer:?}");
        let whole = answer.body.to_string();
        assert!(
            !whole.contains("1.2.3.4") && !whole.contains(&key),
            "{whole}"
        );
    }
    let more = device.go_on(session, "password", PASSWORD).await;
    assert_eq!(more.told(), (401, "certificate_required"), "{more:?}");
    assert_eq!(
        more.body["wanted"],
        json!([{
            "method": "certificate", "strength": "multi_factor", "again": false, "then": [],
            "issuers": [{
                "subject_key_identifier": key, "subject": "CN=Meridian Issuing CA 1",
            }],
            "policies": ["1.2.3.4"],
        }])
    );
    // One that does not meet it leaves the way open for one that does.
    let weak = device.present(session, Some(Card::of("lee"))).await;
    assert_eq!(weak.told(), (401, "certificate_required"), "{weak:?}");
    assert_eq!(world.log().await.pop().unwrap().code, 500_187);
    let done = device.present(session, Some(Card::strong("lee"))).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");

    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let page = browser.get(&journey).await;
    assert!(!page.body.contains("1.2.3.4"), "{}", page.body);
    let given = [("password", PASSWORD)];
    browser.post(&format!("{journey}/password"), &given).await;
    let page = browser.get(&journey).await;
    let why = "Notes asks for one more proof: a certificate that counts as two factors, issued by \
               CN=Meridian Issuing CA 1, under the policy 1.2.3.4.";
    assert!(page.body.contains(why), "{}", page.body);
}

#[tokio::test]
async fn a_strength_for_another_issuer_is_met_by_none_of_ours() {
    let world = World::new().await;
    import(&world, strength(&["AB01"], &[])).await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    let more = device
        .present(begun.text("auth_session"), Some(Card::strong("lee")))
        .await;
    assert_eq!(more.told(), (401, "certificate_required"), "{more:?}");
    let issuer = &more.body["wanted"][0]["issuers"][0];
    assert_eq!(
        *issuer,
        json!({ "subject_key_identifier": "AB01", "subject": null })
    );
    assert_eq!(world.log().await.pop().unwrap().code, 500_187);
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_is_asked_for_again_in_these_words() {
    let world = World::new().await;
    let frequency = json!({
        "signInFrequency": {
            "value": 1, "type": "hours", "isEnabled": true, "frequencyInterval": "timeBased",
            "authenticationType": "secondaryAuthentication",
        },
    });
    let both = json!(["password,softwareOath"]);
    import(&world, conditional_access(&both, &frequency)).await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let given = [("password", PASSWORD)];
    browser.post(&format!("{journey}/password"), &given).await;
    let code = world.code();
    let done = browser
        .post(&format!("{journey}/code"), &[("code", &code)])
        .await;
    assert!(done.answer("code").is_some(), "{done:?}");

    world.pass(3599);
    let silent = browser.authorize("notes", &[]).await;
    assert!(silent.answer("code").is_some(), "{silent:?}");
    world.pass(2);
    let journey = browser.authorize("notes", &[]).await.location();
    let page = browser.get(&journey).await;
    let why = "Notes asks for a sign-in that is not so long ago. Prove again: a one-time code.";
    assert!(page.body.contains(why), "{}", page.body);
    assert_eq!(world.log().await.pop().unwrap().code, 70_044);
    let code = world.code();
    let done = browser
        .post(&format!("{journey}/code"), &[("code", &code)])
        .await;
    assert!(done.answer("code").is_some(), "{done:?}");
}

#[tokio::test]
async fn a_session_that_ends_while_a_second_proof_is_asked_for_ends_the_sign_in() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let done = browser.present(&journey, Some(Card::of("lee"))).await;
    assert!(done.answer("code").is_some(), "{done:?}");
    world.pass(24 * 60 * 60 - 60);
    let journey = browser.authorize("payroll", &[]).await.location();
    let page = browser.get(&journey).await;
    assert!(
        page.body.contains("Payroll asks for one more proof"),
        "{}",
        page.body
    );
    world.pass(61);
    let given = [("password", PASSWORD)];
    let over = browser.post(&format!("{journey}/password"), &given).await;
    assert_eq!(over.status, StatusCode::BAD_REQUEST, "{}", over.body);
    let row = world.log().await.pop().unwrap();
    assert_ne!(row.result, "success");
}

#[tokio::test]
async fn what_cannot_be_gone_around_says_what_to_do() {
    // 53003: a policy blocks.
    let world = World::new().await;
    let mut blocks = conditional_access(&json!([]), &Value::Null);
    blocks["grantControls"] = json!({ "operator": "OR", "builtInControls": ["block"] });
    import(&world, blocks).await;
    let page = refused(&world, "lee").await;
    for text in [
        "Your organisation does not allow this sign-in",
        "Trying again does not help. Ask your administrator",
        "<strong>53003</strong>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("A policy"), "{page}");

    // 500187: nothing that the account has would do.
    let world = World::new().await;
    import(&world, conditional_access(&json!(["fido2"]), &Value::Null)).await;
    let page = refused(&world, "lee").await;
    for text in [
        "This certificate is not what the application asks for",
        "what would do stands below",
        "Expected: for Notes: a passkey",
        "<strong>500187</strong>",
        "Use your password",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }

    // 500189: certificates of this issuer are for others.
    let world = World::with(|_| {}).await;
    let issuing = Certificate::from_der(&world.pki.issuing.der).unwrap();
    let mut tenant = world.tenant.clone();
    tenant.method.authority_scopes = vec![policy::AuthorityScope {
        public_key_infrastructure: String::new(),
        subject_key_identifier: certs::hex(issuing.subject_key_identifier().unwrap()),
        group: "the holders".to_owned(),
    }];
    world.server.store.put_tenant(&tenant).await.unwrap();
    let page = refused(&world, "lee").await;
    for text in [
        "Certificates of this issuer are not meant for this account",
        "ask your administrator which issuer is meant for you",
        "<strong>500189</strong>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("the holders"), "{page}");
}

/// The page after a certificate that counts for two factors was refused.
async fn refused(world: &World, name: &str) -> String {
    let browser = world.browser();
    let user = format!("{name}@meridian.example");
    let journey = browser.begin("notes", &user).await;
    browser.present(&journey, Some(Card::strong(name))).await;
    let page = browser.get(&journey).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    page.body
}

/// Presents a card in a sign-in into the application that asks for two factors.
async fn to_payroll(device: &Device<'_>, card: Card<'_>) -> Answer {
    let into = [("resource", "payroll")];
    let begun = device.begin("lee@meridian.example", &into).await;
    device.present(begun.text("auth_session"), Some(card)).await
}

/// A policy that asks for a strength which certificates of some issuers and policies meet.
fn strength(issuers: &[&str], policies: &[&str]) -> Value {
    let mut policy = conditional_access(&json!(["x509CertificateMultiFactor"]), &Value::Null);
    policy["grantControls"]["authenticationStrength"]["combinationConfigurations"] = json!([{
        "@odata.type": "#microsoft.graph.x509CertificateCombinationConfiguration",
        "appliesToCombinations": ["x509CertificateMultiFactor"],
        "allowedIssuerSkis": issuers, "allowedPolicyOIDs": policies,
    }]);
    policy
}
