//! `certauth check`.

use std::sync::Arc;

use serde_json::Value;

use super::{Site, failed, now, succeeded, texts};
use crate::support::crl::Scope;
use crate::support::ocsp::{self, Says, Status};
use crate::support::pki::Authority;
use crate::support::shelf::{Answer, Shelf};

const DAY: i64 = 24 * 60 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_good_trust_store_has_nothing_to_say() {
    let shelf = Shelf::open().await;
    let site = Site::new();
    let root = Authority::named("Root");
    let issuing = root.authority("Issuing");
    site.trust(&root, "root", &["--crl-url", &shelf.url("/root.crl")]);
    site.trust(
        &issuing,
        "intermediate",
        &["--crl-url", &shelf.url("/issuing.crl")],
    );
    shelf.put(
        "/root.crl",
        Answer::List(root.crl(1, now() - 60, DAY, &[]).der),
    );
    shelf.put(
        "/issuing.crl",
        Answer::List(issuing.crl(1, now() - 60, DAY, &[]).der),
    );
    let said = succeeded(&site.run(&["check"], ""));
    assert_eq!(said, "everything that was looked at is as it should be\n");
    assert_eq!(succeeded(&site.run(&["check", "--json"], "")).trim(), "[]");

    // Offline the lists are looked at as they are stored, and none is.
    let said = succeeded(&site.run(&["check", "--offline"], ""));
    assert_eq!(said.matches("it was never fetched").count(), 2, "{said}");
    succeeded(&site.run(&["crl", "refresh", "--all"], ""));
    let said = succeeded(&site.run(&["check", "--offline"], ""));
    assert_eq!(said, "everything that was looked at is as it should be\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_lists_is_said_with_what_to_do() {
    let shelf = Shelf::open().await;
    let site = Site::new();
    let one = Authority::named("One");
    let two = Authority::named("Two");
    site.trust(&one, "root", &["--crl-url", &shelf.url("/one.crl")]);
    site.trust(&two, "root", &[]);
    let problem = |answer: Answer| {
        shelf.put("/one.crl", answer);
        let refused = site.run(&["check"], "");
        failed(&refused);
        texts(&refused).0
    };
    let fresh = one.crl(7, now() - 60, DAY, &[]);
    for (answer, said, code) in [
        (Answer::Status(403), "the server answered 403", 500_173),
        (
            Answer::List(two.crl(1, now() - 60, DAY, &[]).der),
            "it is the list of CN=Two",
            2_205_015,
        ),
        (
            Answer::List(b"<html>".to_vec()),
            "not a revocation list",
            2_205_011,
        ),
        (
            Answer::List(one.crl(1, now() - DAY, DAY / 2, &[]).der),
            "it ended",
            500_178,
        ),
        (
            Answer::List(one.crl(1, now() + DAY, DAY, &[]).der),
            "it counts from",
            500_178,
        ),
    ] {
        let found = problem(answer);
        assert!(found.contains(said), "{found}");
        assert!(found.contains(&format!("[{code}]")), "{found}");
    }
    shelf.put("/one.crl", Answer::List(fresh.pem.clone().into_bytes()));
    let said = succeeded(&site.run(&["check"], ""));
    assert!(said.contains("warning  encoding"), "{said}");
    assert!(said.contains("warning  revocation: CN=Two"), "{said}");

    shelf.put("/one.crl", Answer::List(fresh.der));
    succeeded(&site.run(&["crl", "refresh", "--all"], ""));
    let older = problem(Answer::List(one.crl(6, now() - 30, DAY, &[]).der));
    assert!(older.contains("older than the one that is kept"), "{older}");

    let required = site.run(&["tenant", "set", "--require-crl", "on"], "");
    succeeded(&required);
    let found = problem(Answer::List(one.crl(8, now() - 60, DAY, &[]).der));
    assert!(found.contains("PROBLEM  revocation: CN=Two"), "{found}");
    succeeded(&site.run(&["tenant", "set", "--exempt", "abcd"], ""));
    let found = problem(Answer::List(one.crl(8, now() - 60, DAY, &[]).der));
    assert!(found.contains("the exemption of abcd"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delta_and_its_base_have_to_fit() {
    let shelf = Shelf::open().await;
    let site = Site::new();
    let root = Authority::named("Root");
    let (base, delta) = (shelf.url("/base.crl"), shelf.url("/delta.crl"));
    site.trust(
        &root,
        "root",
        &["--crl-url", &base, "--delta-crl-url", &delta],
    );
    let whole = |number| root.list(Scope::Whole, number, (now() - 60, DAY), None, &[]);
    let since = |base| root.list(Scope::Since(base), 9, (now() - 60, DAY), None, &[]);
    for (base, delta, said) in [
        (whole(5), since(5), ""),
        (
            whole(5),
            since(6),
            "it changes CRL 6, and no list that is as new is there",
        ),
        (whole(5), whole(6), "it is a complete list, and not a delta"),
        (since(4), since(5), "it is a delta, and not a complete list"),
    ] {
        shelf.put("/base.crl", Answer::List(base.der));
        shelf.put("/delta.crl", Answer::List(delta.der));
        let output = site.run(&["check"], "");
        let (out, _) = texts(&output);
        assert_eq!(output.status.success(), said.is_empty(), "{out}");
        assert!(out.contains(said), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_responder_is_asked_about_an_authority_below() {
    let shelf = Shelf::open().await;
    let site = Site::new();
    let root = Arc::new(Authority::named("Root"));
    let issuing = root.authority("Issuing");
    site.trust(&root, "root", &["--ocsp-url", &shelf.url("/ocsp")]);
    let said = succeeded(&site.run(&["check"], ""));
    assert!(said.contains("note  responder"), "{said}");
    site.trust(&issuing, "intermediate", &[]);
    let responder = |status| {
        let root = root.clone();
        let says = Says {
            status,
            at: now() - 60,
            seconds: DAY,
            nonce: true,
        };
        Answer::Responder(Arc::new(move |question| {
            ocsp::answer(&root, question, says)
        }))
    };
    for (answer, said) in [
        (responder(Status::Good), ""),
        (responder(Status::Revoked), "CN=Issuing is revoked"),
        (responder(Status::Unknown), "it does not know CN=Issuing"),
        (Answer::Status(500), "answered 500"),
    ] {
        shelf.put("/ocsp", answer);
        let output = site.run(&["check"], "");
        let (out, _) = texts(&output);
        assert_eq!(output.status.success(), said.is_empty(), "{out}");
        assert!(out.contains(said), "{out}");
    }
}

#[test]
fn an_incomplete_chain_is_found_with_what_almost_fits() {
    let site = Site::new();
    let root = Authority::named("Root");
    let issuing = root.authority("Issuing");
    site.trust(&issuing, "intermediate", &[]);
    let refused = site.run(&["check", "--offline", "--json"], "");
    failed(&refused);
    let found: Value = serde_json::from_slice(&refused.stdout).unwrap();
    let chains: Vec<&Value> = found
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["check"] == "chain")
        .collect();
    assert_eq!(chains.len(), 2, "{chains:?}");
    assert_eq!(chains[0]["found"], "it has no root, so no path ends");
    assert_eq!(chains[1]["code"], 500_176);
    assert_eq!(chains[1]["about"], "CN=Issuing");

    // Another root of the same name, with another key.
    site.trust(&Authority::named("Root"), "root", &[]);
    let refused = site.run(&["check", "--offline"], "");
    let (out, _) = texts(&refused);
    failed(&refused);
    assert!(out.contains("CN=Root has that name, and the key"), "{out}");
    site.trust(&root, "root", &[]);
    let said = succeeded(&site.run(&["check", "--offline"], ""));
    assert!(!said.contains("chain"), "{said}");
}

#[test]
fn certificates_that_end_or_lack_an_identifier_are_found() {
    let site = Site::new();
    let soon = Authority::shaped("Soon", |params| {
        params.not_after = time::OffsetDateTime::from_unix_timestamp(now() + 20 * DAY).unwrap();
    });
    site.trust(&soon, "root", &[]);
    let bare = soon.authority_shaped("Bare", |params| {
        params.use_authority_key_identifier_extension = false;
    });
    site.trust(&bare, "intermediate", &[]);
    let said = succeeded(&site.run(&["check", "--offline"], ""));
    assert!(
        said.contains("warning  validity: CN=Soon\n  it ends"),
        "{said}"
    );
    assert!(
        said.contains("warning  key identifier: CN=Bare\n  it has no authority key"),
        "{said}"
    );
}

#[test]
fn a_server_certificate_of_another_name_is_found() {
    let site = Site::new();
    let authority = Authority::named("Server CA");
    let other = authority.server(&["other.localhost"]);
    site.trust(&authority, "root", &[]);
    std::fs::write(site.folder.path().join("login.pem"), &other.certificate_pem).unwrap();
    std::fs::write(
        site.folder.path().join("login.key"),
        other.key.serialize_pem(),
    )
    .unwrap();
    let refused = site.run(&["check", "--offline"], "");
    let (out, _) = texts(&refused);
    failed(&refused);
    assert!(out.contains("it does not name login.localhost"), "{out}");
}
