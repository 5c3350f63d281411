//! What administrators do from a terminal.

use std::process::Command;

use certauth::server::{sha256_hex, uuid};
use certauth::store::{Detail, LogRow, Store as _};
use certs::Time;
use policy::{Affinity, Strength, StrengthRule, password};
use serde_json::{Value, json};

use super::{Site, failed, run, succeeded, text};
use crate::support::pki::Authority;

#[tokio::test]
async fn a_user_is_added_with_a_password_from_standard_input() {
    let site = Site::new();
    let arguments = [
        "user",
        "add",
        "--upn",
        "lee@meridian.example",
        "--name",
        "Lee Park",
        "--group",
        "staff",
        "--certificate-user-id",
        "X509:<SKI>aa",
        "--password-stdin",
    ];
    succeeded(&site.run(&arguments, "correct horse battery\n"));
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let lee = store.user_by_name(&tenant.id, "lee@meridian.example").await;
    let lee = lee.unwrap().unwrap();
    assert_eq!(lee.account.groups, ["staff"]);
    assert_eq!(lee.account.certificate_user_ids, ["X509:<SKI>aa"]);
    assert!(!lee.administrator);
    let hash = lee.password.as_ref().unwrap();
    let now = Time::from_unix(5);
    password::verify(Some((&lee.account, hash)), "correct horse battery", now).unwrap();

    let again = failed(&site.run(&arguments, "other\n"));
    assert!(
        again.contains("lee@meridian.example exists already"),
        "{again}"
    );
}

#[test]
fn a_user_with_wrong_options_is_refused() {
    let site = Site::new();
    let add = |upn: &str, more: &[&str], input: &str| {
        let mut arguments = vec!["user", "add", "--upn", upn, "--name", "X"];
        arguments.extend(more);
        failed(&site.run(&arguments, input))
    };
    let said = add("lee@other.example", &[], "");
    assert!(said.contains("@meridian.example"), "{said}");
    add("@meridian.example", &[], "");
    add("lee", &[], "");
    let said = add(
        "lee@meridian.example",
        &["--certificate-user-id", "PN:lee"],
        "",
    );
    assert!(said.contains("X509:<PN>"), "{said}");
    let said = add("lee@meridian.example", &["--password-stdin"], "\n");
    assert!(said.contains("no password on standard input"), "{said}");
    let said = add("lee@meridian.example", &["--password"], "");
    assert!(said.contains("--password-stdin"), "{said}");
}

#[tokio::test]
async fn an_enrolled_code_is_sealed_and_shown_once() {
    let site = Site::new();
    let sam = ["--upn", "sam@meridian.example"];
    succeeded(&site.run(&["user", "add", sam[0], sam[1], "--name", "Sam"], ""));
    let enrol = ["user", "enrol-code", sam[0], sam[1]];
    let shown = succeeded(&site.run(&enrol, ""));
    assert!(
        shown.contains('█') && shown.contains("otpauth://totp/"),
        "{shown}"
    );

    let shown = succeeded(&site.run(&[&enrol[..], &["--json"]].concat(), ""));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let secret = shown["secret"].as_str().unwrap();
    assert!(shown["link"].as_str().unwrap().contains(secret));

    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let sam = store
        .user_by_name(&tenant.id, sam[1])
        .await
        .unwrap()
        .unwrap();
    let sealed = sam.code_secret.unwrap();
    let database = site.dir.join("database/certauth.sqlite");
    let key = site.dir.join("keys/master.key");
    let master = certauth::master_key::read(&key, &database).unwrap();
    let opened = master.open("one-time-code", &sealed).unwrap();
    let opened = policy::one_time_code::Secret::from_bytes(&opened).unwrap();
    assert_eq!(opened.base32().as_str(), secret);
}

#[tokio::test]
async fn authorities_and_rules_are_added_and_shown() {
    let site = Site::new();
    let root = site.file("root.pem", &Authority::named("Meridian Root").pem);
    let role = ["--role", "root", "--crl-url", "http://127.0.0.1:1/root.crl"];
    let added = succeeded(&site.run(
        &[&["ca", "add", "--file", text(&root)], &role[..]].concat(),
        "",
    ));
    assert!(added.contains("CN=Meridian Root"), "{added}");
    let again = failed(&site.run(&["ca", "add", "--file", text(&root), "--role", "root"], ""));
    assert!(again.contains("exists already"), "{again}");

    let add_rule = |options: &[&str]| site.run(&[&["rule", "add"], options].concat(), "");
    succeeded(&add_rule(&["--policy-oid", "1.2.3.4", "--mode", "multi"]));
    succeeded(&add_rule(&[
        "--issuer",
        "CN=Meridian Root",
        "--mode",
        "single",
    ]));
    for refused in [
        &["--policy-oid", "1.2.3.4", "--mode", "single"][..],
        &["--policy-oid", "1.02.3", "--mode", "multi"],
        &["--policy-oid", "policy", "--mode", "multi"],
        &["--issuer", "CN=Nobody", "--mode", "multi"],
        &["--mode", "multi"],
    ] {
        failed(&add_rule(refused));
    }

    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    assert_eq!(
        tenant.method.rules,
        [
            StrengthRule::PolicyOid {
                policy_oid: "1.2.3.4".to_owned(),
                strength: Strength::MultiFactor,
                required_affinity: Affinity::Low,
            },
            StrengthRule::Issuer {
                issuer: "CN=Meridian Root".to_owned(),
                strength: Strength::SingleFactor,
                required_affinity: Affinity::Low,
            },
        ]
    );
    let shown = succeeded(&site.run(&["tenant", "show"], ""));
    for part in [
        "Meridian\n",
        tenant.id.as_str(),
        "CN=Meridian Root",
        "http://127.0.0.1:1/root.crl",
        "policy 1.2.3.4: multi-factor",
        "PrincipalName = userPrincipalName",
        "lanyard",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
}

#[test]
fn what_is_no_authority_is_refused() {
    let site = Site::new();
    let ca = Authority::named("Root");
    let leaf = ca.server(&["leaf.example"]);
    for (name, content, role, said) in [
        (
            "leaf.pem",
            leaf.certificate_pem.as_str(),
            "root",
            "is not an authority",
        ),
        ("text.pem", "hello", "root", "does not hold a certificate"),
        (
            "two.pem",
            &format!("{}{}", ca.pem, ca.pem),
            "root",
            "holds 2 certificates",
        ),
    ] {
        let file = site.file(name, content);
        let refused = failed(&site.run(&["ca", "add", "--file", text(&file), "--role", role], ""));
        assert!(refused.contains(said), "{refused}");
    }
    let file = site.file("root.pem", &ca.pem);
    let ldap = ["--role", "root", "--crl-url", "ldap://crl.example/list"];
    let refused = failed(&site.run(
        &[&["ca", "add", "--file", text(&file)], &ldap[..]].concat(),
        "",
    ));
    assert!(refused.contains("neither http nor https"), "{refused}");
}

#[tokio::test]
async fn applications_are_registered_with_safe_addresses_only() {
    let site = Site::new();
    let app = |id: &str, uri: &str, more: &[&str], input: &str| {
        let first = [
            "app",
            "add",
            "--id",
            id,
            "--name",
            "Payroll",
            "--redirect-uri",
            uri,
        ];
        site.run(&[&first[..], more].concat(), input)
    };
    let https = "https://payroll.example/callback";
    let bare = "https://script.example";
    let secret = "0123456789abcdef0123456789abcdef";
    let more = [
        "--secret-stdin",
        "--require-multi-factor",
        "--initiate-login-uri",
        https,
    ];
    succeeded(&app("payroll", https, &more, secret));
    succeeded(&app(
        "script",
        "http://127.0.0.1:9000/",
        &["--public", "--allow-bearer", "--redirect-uri", bare],
        "",
    ));
    for (id, uri, more) in [
        ("payroll", https, &["--public"][..]),
        ("http", "http://payroll.example/", &["--public"]),
        ("fragment", "https://payroll.example/#x", &["--public"]),
        ("javascript", "javascript:alert(1)", &["--public"]),
        ("a b", https, &["--public"]),
        ("both", https, &["--public", "--secret-stdin"]),
        ("neither", https, &[]),
        ("short", https, &["--secret-stdin"]),
        ("algorithm", https, &["--public", "--id-token-alg", "none"]),
    ] {
        failed(&app(id, uri, more, "short"));
    }
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let applications = store.applications(&tenant.id).await.unwrap();
    let ids: Vec<&str> = applications
        .iter()
        .map(|app| app.application.id.as_str())
        .collect();
    assert_eq!(ids, ["lanyard", "payroll", "script"]);
    let payroll = &applications[1];
    assert_eq!(payroll.secret_sha256, Some(sha256_hex(secret.as_bytes())));
    assert_eq!(
        payroll.application.requires,
        policy::Requirement::MultiFactor
    );
    assert!(payroll.listed && !payroll.allow_bearer && !payroll.first_party);
    assert!(applications[2].allow_bearer && !applications[2].listed);
    // Kept as it was typed: clients send theirs as they know it.
    assert_eq!(applications[2].redirect_uris[1], bare);
}

#[test]
fn the_log_of_a_new_installation_is_empty() {
    let site = Site::new();
    assert_eq!(succeeded(&site.run(&["log", "--json"], "")).trim(), "[]");
    let said = succeeded(&site.run(&["log"], ""));
    assert_eq!(said, "nobody has tried to sign in yet\n");
}

#[test]
fn a_full_disk_is_said_in_words() {
    let site = Site::new();
    let config = site.dir.join("certauth.toml");
    // No file may grow beyond 64 KiB, and the user's name alone takes more.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_certauth")])
        .args(["--config", text(&config), "user", "add"])
        .args(["--upn", "lee@meridian.example"])
        .args(["--name", &"x".repeat(100_000)])
        .output()
        .unwrap();
    let refused = failed(&output);
    assert!(refused.starts_with("certauth: the database"), "{refused}");
    assert!(
        refused.contains("full") || refused.contains("I/O"),
        "{refused}"
    );
    let shown = succeeded(&site.run(&["tenant", "show"], ""));
    assert!(shown.contains("users     0"), "{shown}");
}

#[test]
fn every_command_explains_itself() {
    for command in [
        &["--help"][..],
        &["init", "--help"],
        &["serve", "--help"],
        &["user", "add", "--help"],
        &["user", "enrol-code", "--help"],
        &["ca", "add", "--help"],
        &["ca", "set", "--help"],
        &["ca", "list", "--help"],
        &["ca", "remove", "--help"],
        &["crl", "list", "--help"],
        &["crl", "refresh", "--help"],
        &["check", "--help"],
        &["explain", "--help"],
        &["tenant", "set", "--help"],
        &["app", "add", "--help"],
        &["rule", "add", "--help"],
        &["log", "--help"],
        &["tenant", "show", "--help"],
    ] {
        let help = succeeded(&run(command, ""));
        assert!(help.contains("Usage: certauth"), "{help}");
    }
}

#[tokio::test]
async fn the_log_shows_what_was_compared() {
    let site = Site::new();
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let row = |created_at, code| LogRow {
        id: uuid(),
        created_at,
        tenant: tenant.id.clone(),
        correlation_id: "0d3e".to_owned(),
        username: Some("lee@meridian.example".to_owned()),
        application: Some("payroll".to_owned()),
        result: "failure".to_owned(),
        code,
        step: "certificate".to_owned(),
        factors: vec!["certificate".to_owned()],
        details: vec![Detail {
            key: "User certificate issuer".to_owned(),
            value: "CN=Issuing CA".to_owned(),
        }],
        explanation: Some(json!({
            "checks": [{ "check": "time", "outcome": "failed", "certificate": "CN=Lee",
                "expected": "later", "found": "2026-01-01T00:00:00Z" }],
        })),
        ..LogRow::default()
    };
    store
        .log(&[row(0, 1), row(1_800_000_000, 500_172)])
        .await
        .unwrap();
    let said = succeeded(&site.run(&["log", "--last", "1"], ""));
    assert_eq!(
        said,
        "2027-01-15T08:00:00Z  failure 500172  certificate  lee@meridian.example for payroll\n    \
         Correlation id           0d3e\n    \
         Address                  -\n    \
         Factors                  certificate\n    \
         User certificate issuer  CN=Issuing CA\n    \
         time: failed on CN=Lee, expected later, found 2026-01-01T00:00:00Z\n"
    );
    let all = succeeded(&site.run(&["log", "--json"], ""));
    let all: Vec<LogRow> = serde_json::from_str(&all).unwrap();
    let codes: Vec<u32> = all.iter().map(|row| row.code).collect();
    assert_eq!(codes, [1, 500_172]);
}
