//! Documents of a directory: imported, asked and exported.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certauth::store::{DocumentKind, RESTORABLE, Store as _};
use policy::UserProperty;
use serde_json::{Value, json};

use super::{Site, failed, now, succeeded, text};
use crate::support::pki::{Authority, key};

#[tokio::test]
async fn an_export_is_imported_after_its_plan_and_comes_out_as_it_was() {
    let site = Site::new();
    let ca = Authority::named("People CA");
    let file = site.file("all.json", &documents(&ca).to_string());

    let planned = succeeded(&site.run(&["import", text(&file), "--dry-run"], ""));
    for line in [
        "~ change method X509Certificate",
        "+ add pki Contoso PKI",
        "+ add ca CN=People CA",
        "+ add strengths Certificates of the people",
        "+ add conditional-access Strong for payroll",
        "+ add groups Holders",
        "+ add users lee@meridian.example",
    ] {
        assert!(planned.contains(line), "{line}: {planned}");
    }
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    assert_eq!(store.authorities(&tenant.id).await.unwrap(), []);

    let unasked = failed(&site.run(&["import", text(&file)], ""));
    assert!(unasked.contains("--yes"), "{unasked}");
    succeeded(&site.run(&["import", text(&file), "--yes"], ""));
    assert_eq!(store.authorities(&tenant.id).await.unwrap().len(), 1);
    let lee = store
        .user_by_name(&tenant.id, "lee@meridian.example")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(lee.account.groups, [GROUP]);

    let folder = site.folder.path().join("out");
    succeeded(&site.run(&["export", "--out", text(&folder)], ""));
    let out = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
    };
    let given = documents(&ca);
    assert_eq!(out("method.json"), given[0]);
    assert_eq!(out("pki.json")["value"][0], given[1]);
    assert_eq!(out("strengths.json")["value"][0], given[2]);
    assert_eq!(out("conditional-access.json")["value"][0], given[3]);
    assert_eq!(out("groups.json")["value"][0], given[4]);
    assert_eq!(out("users.json")["value"][0], given[5]);

    // What comes out changes nothing when it goes in again, each file and all of it as one.
    let names = [
        "method.json",
        "pki.json",
        "strengths.json",
        "conditional-access.json",
        "groups.json",
        "users.json",
    ];
    let paths: Vec<String> = names
        .iter()
        .map(|name| text(&folder.join(name)).to_owned())
        .collect();
    let mut arguments = vec!["import", "--dry-run"];
    arguments.extend(paths.iter().map(String::as_str));
    let again = succeeded(&site.run(&arguments, ""));
    assert!(again.starts_with("nothing changes"), "{again}");
    let whole = succeeded(&site.run(&["export"], ""));
    let again = succeeded(&site.run(&["import", "-", "--yes"], &whole));
    assert!(again.starts_with("nothing changes"), "{again}");
}

#[tokio::test]
async fn a_document_that_is_refused_leaves_everything_as_it_was() {
    let site = Site::new();
    let ca = Authority::named("People CA");
    let all = documents(&ca);
    let good = site.file("good.json", &json!([all[1], all[5]]).to_string());
    let mut odd = all[3].clone();
    odd["conditions"]["signInRiskLevels"] = json!(["high"]);
    let odd = site.file("odd.json", &odd.to_string());
    let last = site.file("last.json", &all[2].to_string());
    let before = state(&site).await;
    let files = [
        "import",
        "--yes",
        "--json",
        text(&good),
        text(&odd),
        text(&last),
    ];
    let refused = site.run(&files, "");
    let said = failed(&refused);
    assert!(said.contains("nothing was imported"), "{said}");
    let plan: Value = serde_json::from_slice(&refused.stdout).unwrap();
    let first = &plan["refused"][0];
    assert_eq!(first["path"], "conditions.signInRiskLevels");
    assert!(first["file"].as_str().unwrap().ends_with("odd.json"));
    assert_eq!(state(&site).await, before);
}

#[tokio::test]
async fn a_certificate_value_of_somebody_else_is_refused_by_name() {
    let site = Site::new();
    let add = [
        "user",
        "add",
        "--upn",
        "kim@meridian.example",
        "--name",
        "Kim",
    ];
    let value = ["--certificate-user-id", "X509:<PN>LEE@meridian.example"];
    succeeded(&site.run(&[&add[..], &value].concat(), ""));
    let user = json!({
        "userPrincipalName": "lee@meridian.example",
        "authorizationInfo": { "certificateUserIds": ["X509:<PN>lee@meridian.example"] },
    });
    let refused = site.run(&["import", "-", "--yes"], &user.to_string());
    let (out, _) = super::texts(&refused);
    failed(&refused);
    assert!(
        out.contains("is a value of kim@meridian.example already"),
        "{out}"
    );
    assert!(
        out.contains("authorizationInfo.certificateUserIds"),
        "{out}"
    );
}

#[tokio::test]
async fn names_that_are_too_much_for_a_handshake_are_refused_with_their_size() {
    let site = Site::new();
    let named = |number: usize| format!("{number} {}", "long ".repeat(12));
    let authorities: Vec<Value> = (0..240)
        .map(|number| entry(&Authority::named(&named(number))))
        .collect();
    let pki = json!({
        "@odata.type": "#microsoft.graph.certificateBasedAuthPki",
        "displayName": "Many", "certificateAuthorities": authorities,
    });
    let mut method = method();
    method["certificateAuthorityScopes"] = json!([]);
    let file = site.file("many.json", &json!([pki, method]).to_string());
    let refused = site.run(&["import", text(&file), "--yes"], "");
    let (out, _) = super::texts(&refused);
    failed(&refused);
    assert!(out.contains("issuerHintsConfiguration.state"), "{out}");
    assert!(out.contains("at most 16384"), "{out}");

    let mut flagged = pki.clone();
    flagged["certificateAuthorities"][0]["isIssuerHintEnabled"] = json!(true);
    let file = site.file("one.json", &json!([flagged, method]).to_string());
    succeeded(&site.run(&["import", text(&file), "--yes"], ""));
}

#[tokio::test]
async fn the_classic_list_counts_where_the_container_has_no_list_or_another() {
    let site = Site::new();
    let ca = Authority::named("People CA");
    let mut bare = entry(&ca);
    bare["certificateRevocationListUrl"] = Value::Null;
    let pki = |authority: &Value| {
        json!({
            "@odata.type": "#microsoft.graph.certificateBasedAuthPki",
            "id": "p", "displayName": "Contoso PKI", "certificateAuthorities": [authority],
        })
    };
    let classic = json!({
        "id": "c",
        "certificateAuthorities": [{
            "certificate": STANDARD.encode(&ca.der), "isRootAuthority": true,
            "certificateRevocationListUrl": "http://crl.example/classic.crl",
        }],
    });
    let import = |value: Value| {
        succeeded(&site.run(&["import", "-", "--yes"], &value.to_string()));
    };
    import(json!([pki(&bare), classic]));
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let only = async || store.authorities(&tenant.id).await.unwrap().remove(0);
    let known = only().await;
    assert_eq!(known.sources.crl_urls, ["http://crl.example/classic.crl"]);
    assert!(known.directory.classic_counts.is_some());
    let exported: Value =
        serde_json::from_str(&succeeded(&site.run(&["export", "pki"], ""))).unwrap();
    let exported = &exported["value"][0]["certificateAuthorities"][0];
    assert_eq!(exported["certificateRevocationListUrl"], Value::Null);

    let mut same = bare.clone();
    same["certificateRevocationListUrl"] = json!("http://crl.example/classic.crl");
    import(pki(&same));
    assert_eq!(only().await.directory.classic_counts, None);
    let mut other = bare;
    other["certificateRevocationListUrl"] = json!("http://crl.example/other.crl");
    import(pki(&other));
    let known = only().await;
    assert_eq!(known.sources.crl_urls, ["http://crl.example/classic.crl"]);
    assert!(known.directory.classic_counts.is_some());
}

#[tokio::test]
async fn a_deleted_authority_is_restored_within_thirty_days_and_purged_after_them() {
    let site = Site::new();
    let ca = Authority::named("People CA");
    site.trust(&ca, "root", &[]);
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    succeeded(&site.run(&["ca", "delete", "CN=People CA"], ""));
    assert_eq!(store.authorities(&tenant.id).await.unwrap(), []);
    store.sweep(now() + RESTORABLE - 60).await.unwrap();
    succeeded(&site.run(&["ca", "restore", "CN=People CA"], ""));
    assert_eq!(store.authorities(&tenant.id).await.unwrap().len(), 1);
    succeeded(&site.run(&["ca", "delete", "CN=People CA"], ""));
    store.sweep(now() + RESTORABLE + 60).await.unwrap();
    failed(&site.run(&["ca", "restore", "CN=People CA"], ""));
    assert_eq!(store.deleted_authorities(&tenant.id).await.unwrap(), []);
}

#[tokio::test]
async fn a_container_that_lists_its_authorities_deletes_the_others_and_restores_them() {
    let site = Site::new();
    let (one, two) = (Authority::named("One"), Authority::named("Two"));
    let pki = |authorities: &[&Authority]| {
        json!({
            "@odata.type": "#microsoft.graph.certificateBasedAuthPki", "id": "p",
            "displayName": "Contoso PKI",
            "certificateAuthorities": authorities.iter().map(|ca| entry(ca)).collect::<Vec<_>>(),
        })
        .to_string()
    };
    let import = |text: String| succeeded(&site.run(&["import", "-", "--yes"], &text));
    import(pki(&[&one, &two]));
    let said = import(pki(&[&two]));
    assert!(said.contains("- remove ca CN=One"), "{said}");
    let said = import(pki(&[&one, &two]));
    assert!(said.contains("+ restore ca CN=One"), "{said}");
}

#[tokio::test]
async fn what_an_export_does_not_hold_goes_only_where_it_is_asked_for() {
    let site = Site::new();
    let all = documents(&Authority::named("People CA"));
    succeeded(&site.run(
        &["import", "-", "--yes"],
        &json!([all[2], all[3]]).to_string(),
    ));
    let mut other = all[3].clone();
    other["id"] = json!("7b31ac51-b855-40a5-a986-0a4ed23e9008");
    other["displayName"] = json!("Another");
    let other = site.file("other.json", &other.to_string());
    let kept = succeeded(&site.run(&["import", text(&other), "--dry-run"], ""));
    assert!(!kept.contains("- remove"), "{kept}");
    let gone = succeeded(&site.run(&["import", text(&other), "--replace", "--yes"], ""));
    assert!(
        gone.contains("- remove conditional-access Strong for payroll"),
        "{gone}"
    );
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let kinds = [DocumentKind::ConditionalAccess, DocumentKind::Strength];
    assert_eq!(store.documents(&tenant.id, &kinds).await.unwrap().len(), 2);
}

#[test]
fn exported_documents_are_asked_without_an_installation() {
    let site = Site::new();
    let ca = Authority::named("People CA");
    let mut all = documents(&ca);
    let lee = ca.person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
    let file = site.file("lee.pem", &lee.certificate_pem);
    let ask = |documents: &Value, more: &[&str]| {
        let policy = site.file("policy.json", &documents.to_string());
        let first = ["explain", text(&file), "--policy", text(&policy)];
        let who = ["--as", "lee@meridian.example", "--app", "payroll"];
        super::run(&[&first[..], &who, more].concat(), "")
    };
    // The leaf asserts 1.2.3.4, which the policy rates as two factors.
    let allowed = ask(&all, &[]);
    let said = succeeded(&allowed);
    assert!(
        said.contains("application: passed, expected the policy \"Strong for payroll\""),
        "{said}"
    );
    assert!(said.contains("nothing is fetched here"), "{said}");

    let rules = &mut all[0]["authenticationModeConfiguration"]["rules"];
    rules[0]["x509CertificateAuthenticationMode"] = json!("x509CertificateSingleFactor");
    let more = ask(&all, &["--json"]);
    assert_eq!(more.status.code(), Some(3));
    let told: Value = serde_json::from_slice(&more.stdout).unwrap();
    assert_eq!(told["verdict"], "moreNeeded");
    assert_eq!(told["code"], 500_187);

    all[4]["members"] = json!([]);
    let refused = ask(&all, &["--json"]);
    assert_eq!(refused.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(told["code"], 130_501);

    all[3]["conditions"]["signInRiskLevels"] = json!(["high"]);
    let odd = ask(&all, &[]);
    let (out, _) = super::texts(&odd);
    failed(&odd);
    assert!(out.contains("conditions.signInRiskLevels"), "{out}");
}

#[test]
fn a_list_that_is_given_is_judged_and_one_of_nobody_is_refused() {
    let site = Site::new();
    let ca = Authority::named("People CA");
    let all = documents(&ca);
    let lee = ca.person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
    let certificate = site.file("lee.pem", &lee.certificate_pem);
    let policy = site.file("policy.json", &all.to_string());
    let list = |name: &str, of: &Authority| {
        let path = site.folder.path().join(name);
        fs::write(&path, of.crl(1, now() - 60, 3600, &[0x1234]).der).unwrap();
        path
    };
    let ask = |list: &std::path::Path| {
        let first = ["explain", text(&certificate), "--crl", text(list)];
        super::run(&[&first[..], &["--policy", text(&policy)]].concat(), "")
    };
    let (out, _) = super::texts(&ask(&list("revoked.crl", &ca)));
    assert!(out.starts_with("refused: 500171\n"), "{out}");
    let said = failed(&ask(&list("other.crl", &Authority::named("Other CA"))));
    assert!(said.contains("other.crl is no revocation list"), "{said}");
}

#[test]
fn every_certificate_value_is_shown_with_whom_it_matches() {
    let site = Site::new();
    let ca = Authority::named("People CA");
    let lee = ca.person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
    let file = site.file("lee.pem", &lee.certificate_pem);
    let value = "X509:<I>CN=People CA<SR>1234";
    let add = [
        "user",
        "add",
        "--upn",
        "lee@meridian.example",
        "--name",
        "Lee",
    ];
    succeeded(&site.run(&[&add[..], &["--certificate-user-id", value]].concat(), ""));
    let shown: Value = serde_json::from_str(&succeeded(
        &site.run(&["user-ids", text(&file), "--json"], ""),
    ))
    .unwrap();
    let of = |value: &str| {
        let mut all = shown.as_array().unwrap().iter();
        all.find(|one| one["value"] == value).unwrap().clone()
    };
    let name = of("X509:<PN>lee@meridian.example");
    assert_eq!(name["matches"][0]["user"], "lee@meridian.example");
    assert_eq!(name["matches"][0]["counts"], true);
    assert_eq!(of("X509:<I>CN=People CA<SR>3412")["matches"], json!([]));
    let displayed = of(value);
    assert_eq!(displayed["serialOrder"], "displayed");
    assert_eq!(displayed["matches"][0]["counts"], false);

    let nowhere = super::run(
        &["--config", "/nowhere/x.toml", "user-ids", text(&file)],
        "",
    );
    let said = succeeded(&nowhere);
    assert!(said.contains("X509:<SHA1-PUKEY>"), "{said}");
    assert!(said.contains("nobody was looked for"), "{said}");
}

/// Documents, accounts and authorities of the tenant, as far as an import could change them.
async fn state(site: &Site) -> (i64, usize, usize, usize) {
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let documents = store.documents(&tenant.id, &DocumentKind::ALL).await;
    let users = store.users(&tenant.id).await.unwrap();
    let values = ["lee@meridian.example".to_owned()];
    let property = UserProperty::UserPrincipalName;
    let found = store.users_by_property(&tenant.id, property, &values, 9);
    assert_eq!(found.await.unwrap(), []);
    let authorities = store.authorities(&tenant.id).await.unwrap();
    (
        tenant.version,
        documents.unwrap().len(),
        users.len(),
        authorities.len(),
    )
}

/// One of each: method policy, container, strength, conditional access, group, user.
pub(super) fn documents(ca: &Authority) -> Value {
    json!([
        method(),
        {
            "@odata.type": "#microsoft.graph.certificateBasedAuthPki",
            "id": "0f0c5d2e-0000-4000-8000-000000000002",
            "displayName": "Contoso PKI", "status": "succeeded",
            "certificateAuthorities": [entry(ca)],
        },
        {
            "@odata.type": "#microsoft.graph.authenticationStrengthPolicy",
            "id": "3f0c5d2e-0000-4000-8000-000000000003",
            "displayName": "Certificates of the people", "description": "kept as it is",
            "policyType": "custom", "requirementsSatisfied": "mfa",
            "allowedCombinations": ["x509CertificateMultiFactor"],
            "combinationConfigurations": [],
        },
        {
            "@odata.type": "#microsoft.graph.conditionalAccessPolicy",
            "id": "4f0c5d2e-0000-4000-8000-000000000004",
            "displayName": "Strong for payroll", "state": "enabled",
            "createdDateTime": "2026-07-24T04:56:11Z",
            "conditions": {
                "clientAppTypes": ["all"], "signInRiskLevels": [],
                "applications": { "includeApplications": ["payroll"] },
                "users": { "includeUsers": ["All"] },
            },
            "grantControls": {
                "operator": "OR", "builtInControls": [],
                "authenticationStrength": { "id": "3f0c5d2e-0000-4000-8000-000000000003" },
            },
        },
        {
            "@odata.type": "#microsoft.graph.group", "id": GROUP, "displayName": "Holders",
            "members": [{ "id": LEE }], "mailEnabled": false,
        },
        {
            "@odata.type": "#microsoft.graph.user", "id": LEE,
            "userPrincipalName": "lee@meridian.example", "displayName": "Lee Park",
            "accountEnabled": true, "jobTitle": "kept as it is",
            "authorizationInfo": { "certificateUserIds": ["X509:<RFC822>lee@meridian.example"] },
        },
    ])
}

pub(super) fn method() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "id": "X509Certificate", "state": "enabled",
        "includeTargets": [{ "id": GROUP, "targetType": "group", "isRegistrationRequired": false }],
        "excludeTargets": [],
        "certificateUserBindings": [{
            "x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName",
            "priority": 1, "trustAffinityLevel": "low",
        }],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "x509CertificateDefaultRequiredAffinityLevel": "low",
            "rules": [{
                "x509CertificateRuleType": "policyOID", "identifier": "1.2.3.4",
                "policyOidIdentifier": "1.2.3.4",
                "x509CertificateAuthenticationMode": "x509CertificateMultiFactor",
                "x509CertificateRequiredAffinityLevel": "low",
            }],
        },
        "issuerHintsConfiguration": { "state": "enabled" },
        "crlValidationConfiguration": {
            "state": "disabled", "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": [],
        },
        "certificateAuthorityScopes": [],
    })
}

pub(super) fn entry(ca: &Authority) -> Value {
    let certificate = certs::Certificate::from_der(&ca.der).unwrap();
    json!({
        "@odata.type": "#microsoft.graph.certificateAuthorityDetail",
        "id": certificate.sha256().to_string(),
        "certificateAuthorityType": "root", "certificate": STANDARD.encode(&ca.der),
        "displayName": "A CA", "thumbprint": certificate.thumbprint(),
        "certificateRevocationListUrl": "http://crl.example/people.crl",
        "deltaCertificateRevocationListUrl": null, "isIssuerHintEnabled": false,
    })
}

pub(super) const GROUP: &str = "1f0c5d2e-0000-4000-8000-000000000001";
pub(super) const LEE: &str = "5f0c5d2e-0000-4000-8000-000000000005";
