//! `certauth explain`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::{Site, failed, now, succeeded, text};
use crate::support::pki::{Authority, Identity, key};
use crate::support::shelf::{Answer, Shelf};

const DAY: i64 = 24 * 60 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_judged_with_every_check() {
    let world = World::new(&[]).await;
    let said = succeeded(&world.explain(&[]));
    assert!(said.starts_with("accepted\n  CN=Lee Park\n"), "{said}");
    assert!(said.contains("path: passed"), "{said}");
    assert!(
        said.contains("revocation: passed on CN=Lee Park, found CRL 1 of People CA"),
        "{said}"
    );
    assert_eq!(world.shelf.fetches(), 1);
    // The list was kept.
    succeeded(&world.explain(&["--offline"]));
    succeeded(&world.explain(&[]));
    assert_eq!(world.shelf.fetches(), 1);

    let der = world.site.folder.path().join("lee.der");
    fs::write(&der, &world.lee.certificate).unwrap();
    // The time of the judgement is printed, so it is the same for all.
    let at = ["--at", "2040-01-01T00:00:00Z"];
    let said = succeeded(&world.explain(&at));
    let from_der = world
        .site
        .run(&[&["explain", text(&der)], &at[..]].concat(), "");
    let from_input = world.site.run(
        &[&["explain", "-"], &at[..]].concat(),
        &world.lee.certificate_pem,
    );
    for output in [from_der, from_input] {
        assert_eq!(succeeded(&output), said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_certificate_is_refused_with_its_code() {
    let world = World::new(&[0x1234]).await;
    let refused = world.explain(&[]);
    let (out, err) = super::texts(&refused);
    assert!(out.starts_with("refused: 500171\n"), "{out}");
    assert!(out.contains("revocation: failed on CN=Lee Park"), "{out}");
    assert!(err.contains("the certificate is refused: 500171"), "{err}");
    assert_eq!(refused.status.code(), Some(1));

    let refused = world.explain(&["--json"]);
    let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(told["verdict"], "refused");
    assert_eq!(told["code"], 500_171);
    assert_eq!(told["next"], "choose_another");
    let checks = told["checks"].as_array().unwrap();
    let failed = checks
        .iter()
        .find(|check| check["outcome"] == "failed")
        .unwrap();
    assert_eq!(failed["check"], "revocation");
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_nothing_is_fetched_and_what_is_unknown_refuses() {
    let world = World::new(&[]).await;
    let refused = world.explain(&["--offline"]);
    let (out, _) = super::texts(&refused);
    failed(&refused);
    assert!(out.starts_with("refused: 500175\n"), "{out}");
    assert_eq!(world.shelf.fetches(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_time_moves_the_validity() {
    let world = World::new(&[]).await;
    succeeded(&world.explain(&["--at", "2040-01-01T00:00:00Z"]));
    let refused = world.explain(&["--at", "9999-01-01T00:00:00Z"]);
    let (out, _) = super::texts(&refused);
    failed(&refused);
    assert!(out.starts_with("refused: 500172\n"), "{out}");
    let wrong = failed(&world.explain(&["--at", "tomorrow"]));
    assert!(wrong.contains("2027-01-15T08:00:00Z"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_user_the_account_s_side_is_judged_too() {
    let world = World::new(&[]).await;
    for upn in ["lee@meridian.example", "sam@meridian.example"] {
        let add = ["user", "add", "--upn", upn, "--name", "Somebody"];
        succeeded(&world.site.run(&add, ""));
    }
    let said = succeeded(&world.explain(&["--as", "lee@meridian.example"]));
    assert!(said.starts_with("accepted\n"), "{said}");
    assert!(said.contains("account: passed"), "{said}");
    assert!(said.contains("strength: passed"), "{said}");
    for nobody in ["sam@meridian.example", "nobody@meridian.example"] {
        let refused = world.explain(&["--as", nobody]);
        let (out, _) = super::texts(&refused);
        failed(&refused);
        assert!(out.contains("account: failed"), "{out}");
    }

    let app = [
        "app",
        "add",
        "--id",
        "payroll",
        "--name",
        "Payroll",
        "--public",
        "--redirect-uri",
        "https://payroll.example/",
        "--require-multi-factor",
    ];
    succeeded(&world.site.run(&app, ""));
    let lee = ["--as", "lee@meridian.example", "--app", "payroll"];
    let refused = failed(&world.explain(&lee));
    assert!(refused.contains("the certificate is refused"), "{refused}");
    failed(&world.explain(&["--as", "lee@meridian.example", "--app", "other"]));
    failed(&world.explain(&["--app", "payroll"]));
}

#[test]
fn what_is_no_certificate_is_said_to_be_none() {
    let site = Site::new();
    let file = site.file("text.pem", "hello");
    let said = failed(&site.run(&["explain", text(&file)], ""));
    assert!(said.contains("does not hold a certificate"), "{said}");
    let file = site.file("odd.der", "0hello");
    let refused = site.run(&["explain", text(&file)], "");
    let (out, _) = super::texts(&refused);
    failed(&refused);
    assert!(out.starts_with("refused: 50017\n"), "{out}");
    failed(&site.run(&["explain", "/nowhere"], ""));
}

/// An installation that trusts a CA with a list, and a person's certificate.
struct World {
    site: Site,
    shelf: Arc<Shelf>,
    lee: Identity,
    file: PathBuf,
}

impl World {
    async fn new(revoked: &[u64]) -> Self {
        let shelf = Shelf::open().await;
        let site = Site::new();
        let ca = Authority::named("People CA");
        site.trust(&ca, "root", &["--crl-url", &shelf.url("/list.crl")]);
        let list = ca.crl(1, now() - 60, DAY, revoked);
        shelf.put("/list.crl", Answer::List(list.der));
        let lee = ca.person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
        let file = site.file("lee.pem", &lee.certificate_pem);
        Self {
            site,
            shelf,
            lee,
            file,
        }
    }

    fn explain(&self, more: &[&str]) -> std::process::Output {
        let first = ["explain", text(&self.file)];
        self.site.run(&[&first[..], more].concat(), "")
    }
}
