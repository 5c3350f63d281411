//! `certauth ca`, `certauth crl` and `certauth tenant set`.

use std::process::Command;
use std::sync::Arc;

use certauth::store::{CrlValidation, Purpose, Requirement, Sources, Store as _, Validation};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Site, failed, now, succeeded, text, texts};
use crate::support::pki::Authority;
use crate::support::shelf::{Answer, Shelf};

const DAY: i64 = 24 * 60 * 60;

#[tokio::test]
async fn an_authority_is_named_changed_and_removed() {
    let site = Site::new();
    let root = Authority::named("Root");
    site.trust(&root, "root", &["--crl-url", "http://crl.example/root.crl"]);
    let set = |ca: &str, more: &[&str]| site.run(&[&["ca", "set", ca], more].concat(), "");
    let said = succeeded(&set(
        "CN=Root",
        &[
            "--name",
            "Ours",
            "--crl-url",
            "https://crl.example/one.crl",
            "--crl-url",
            "http://crl.example/two.crl",
            "--delta-crl-url",
            "http://crl.example/delta.crl",
            "--ocsp-url",
            "http://ocsp.example/",
            "--revocation",
            "grace=24h",
        ],
    ));
    assert!(said.contains("counts 24 h past its end"), "{said}");
    let store = site.store().await;
    let tenant = store.tenants().await.unwrap().remove(0);
    let sources = async || {
        store
            .authorities(&tenant.id)
            .await
            .unwrap()
            .remove(0)
            .sources
    };
    let whole = Sources {
        crl_urls: vec![
            "https://crl.example/one.crl".to_owned(),
            "http://crl.example/two.crl".to_owned(),
        ],
        delta_crl_url: Some("http://crl.example/delta.crl".to_owned()),
        ocsp_url: Some("http://ocsp.example/".to_owned()),
        requirement: Requirement::Grace { hours: 24 },
    };
    assert_eq!(sources().await, whole);

    // What is not named stays.
    succeeded(&set("Ours", &["--revocation", "not-required", "--no-ocsp"]));
    let kept = Sources {
        ocsp_url: None,
        requirement: Requirement::NotRequired,
        ..whole
    };
    assert_eq!(sources().await, kept);
    let refused = failed(&set(
        "Ours",
        &[
            "--role",
            "intermediate",
            "--no-crl",
            "--delta-crl-url",
            "http://x.example/",
        ],
    ));
    assert!(refused.contains("--no-crl"), "{refused}");

    let listed = succeeded(&site.run(&["ca", "list", "--json"], ""));
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["name"], "Ours");
    assert_eq!(listed[0]["role"], "root");
    assert_eq!(listed[0]["crlUrls"][1], "http://crl.example/two.crl");
    let sha256 = listed[0]["sha256"].as_str().unwrap();
    let listed = succeeded(&site.run(&["ca", "list"], ""));
    assert!(
        listed.contains("Ours (CN=Root)") && listed.contains(sha256),
        "{listed}"
    );

    let unknown = failed(&site.run(&["ca", "remove", "Theirs"], ""));
    assert!(unknown.contains("Ours (CN=Root)"), "{unknown}");
    failed(&site.run(&["ca", "remove", &sha256[..5]], ""));
    let removed = succeeded(&site.run(&["ca", "remove", &sha256[..6]], ""));
    assert!(removed.contains("removed CN=Root"), "{removed}");
    assert_eq!(store.authorities(&tenant.id).await.unwrap(), []);
}

#[test]
fn a_name_that_two_authorities_have_is_not_guessed() {
    let site = Site::new();
    for _ in 0..2 {
        site.trust(&Authority::named("Twin"), "root", &[]);
    }
    let refused = failed(&site.run(&["ca", "remove", "CN=Twin"], ""));
    assert!(refused.contains("2 authorities are named"), "{refused}");
}

#[test]
fn sources_that_cannot_be_used_are_refused() {
    let site = Site::new();
    let root = Authority::named("Root");
    let file = site.file("root.pem", &root.pem);
    for (options, said) in [
        (&["--delta-crl-url", "http://crl.example/d"][..], "500177"),
        (
            &["--crl-url", "http://lee:secret@crl.example/"],
            "user or a password",
        ),
        (
            &["--ocsp-url", "ldap://ocsp.example/"],
            "neither http nor https",
        ),
        (
            &[
                "--crl-url",
                "http://crl.example/",
                "--crl-url",
                "http://crl.example/",
            ],
            "stands twice",
        ),
        (&["--revocation", "grace=0h"], "grace=24h"),
        (&["--revocation", "open"], "fail-closed"),
    ] {
        let add = ["ca", "add", "--file", text(&file), "--role", "root"];
        let refused = failed(&site.run(&[&add[..], options].concat(), ""));
        assert!(refused.contains(said), "{refused}");
    }
    site.trust(
        &root,
        "root",
        &[
            "--crl-url",
            "http://crl.example/c",
            "--delta-crl-url",
            "http://crl.example/d",
        ],
    );
    let refused = failed(&site.run(
        &[
            "ca",
            "set",
            "CN=Root",
            "--no-crl",
            "--no-ocsp",
            "--role",
            "intermediate",
            "--no-delta-crl",
            "--revocation",
            "x",
        ],
        "",
    ));
    assert!(refused.contains("fail-closed"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_fetched_on_request_and_shown_with_their_age() {
    let shelf = Shelf::open().await;
    let site = Site::new();
    let root = Authority::named("Root");
    let url = shelf.url("/root.crl");
    let none = succeeded(&site.run(&["crl", "list"], ""));
    assert!(none.contains("no list is configured"), "{none}");
    site.trust(&root, "root", &["--crl-url", &url]);
    let none = succeeded(&site.run(&["crl", "list"], ""));
    assert!(
        none.contains("no list is there") && none.contains(&url),
        "{none}"
    );

    let refused = failed(&site.run(&["crl", "refresh", "--all"], ""));
    assert!(refused.contains("1 of 1 lists were not had"), "{refused}");
    let shown = succeeded(&site.run(&["crl", "list"], ""));
    assert!(shown.contains("500173: the server answered 404"), "{shown}");
    assert!(shown.contains("once in a row"), "{shown}");

    let begin = now() - 2 * 60 * 60;
    let list = root.crl(412, begin, DAY, &[1, 2]);
    shelf.put("/root.crl", Answer::List(list.der.clone()));
    let shown = succeeded(&site.run(&["crl", "refresh", "CN=Root"], ""));
    assert!(shown.contains("CRL 412, 2 entries"), "{shown}");
    assert!(shown.contains("issued 2 h ago"), "{shown}");
    assert!(!shown.contains("failed"), "{shown}");
    let shown = succeeded(&site.run(&["crl", "list", "--json"], ""));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown[0]["subject"], "CN=Root");
    assert_eq!(shown[0]["list"]["entries"], 2);
    assert_eq!(shown[0]["list"]["bytes"], list.der.len());
    assert_eq!(shown[0]["list"]["nextUpdate"], begin + DAY);
    assert_eq!(shown[0]["failures"], 0);

    shelf.put("/root.crl", Answer::List(root.crl(7, begin, DAY, &[]).der));
    let refused = site.run(&["crl", "refresh", "--all"], "");
    let said = String::from_utf8(refused.stdout.clone()).unwrap();
    failed(&refused);
    assert!(said.contains("an older list is there: CRL 7"), "{said}");
    let shown = succeeded(&site.run(&["crl", "refresh", "--all", "--allow-older"], ""));
    assert!(shown.contains("CRL 7, 0 entries"), "{shown}");
    failed(&site.run(&["crl", "refresh"], ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_fetched_over_https_from_a_server_that_the_system_trusts() {
    let plain = Shelf::open().await;
    let site = Site::new();
    let (web, root) = (Authority::named("Web CA"), Authority::named("Root"));
    let list = root.crl(1, now() - 60, DAY, &[]).der;
    let port = serve_tls(&web, list.clone(), plain.address.port()).await;
    plain.put("/list", Answer::List(list));
    plain.put(
        "/up",
        Answer::Elsewhere(format!("https://localhost:{port}/list")),
    );
    let roots = site.file("roots.pem", &web.pem);
    let refresh = |url: &str| {
        let set = ["ca", "set", "CN=Root", "--crl-url", url];
        succeeded(&site.run(&set, ""));
        let mut command = Command::new(env!("CARGO_BIN_EXE_certauth"));
        command.args(["--config", text(&site.dir.join("certauth.toml"))]);
        command.args(["crl", "refresh", "--all"]);
        command
    };
    site.trust(&root, "root", &[]);
    let url = format!("https://localhost:{port}/list");
    let untrusted = refresh(&url).env_remove("SSL_CERT_FILE").output().unwrap();
    failed(&untrusted);
    assert!(texts(&untrusted).0.contains("500173"), "{untrusted:?}");
    let trusted = refresh(&url).env("SSL_CERT_FILE", &roots).output().unwrap();
    assert!(succeeded(&trusted).contains("CRL 1, 0 entries"));

    // From http to https the way is open, and not back.
    let up = format!("http://localhost:{}/up", plain.address.port());
    let up = refresh(&up).env("SSL_CERT_FILE", &roots).output().unwrap();
    assert!(succeeded(&up).contains("CRL 1, 0 entries"));
    let before = plain.fetches();
    let down = format!("https://localhost:{port}/down");
    let down = refresh(&down)
        .env("SSL_CERT_FILE", &roots)
        .output()
        .unwrap();
    failed(&down);
    assert!(
        texts(&down).0.contains("the server answered 302"),
        "{down:?}"
    );
    assert_eq!(plain.fetches(), before);
}

/// Serves a list at /list over TLS, and at any other path the way to a plain server's.
async fn serve_tls(web: &Authority, list: Vec<u8>, plain: u16) -> u16 {
    let server = web.server(&["localhost"]);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![server.certificate.clone()], server.private_key())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(tcp).await else {
                continue;
            };
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let wanted = request[..read].starts_with(b"GET /list ");
            let (status, location, body) = if wanted {
                ("200 OK", String::new(), list.as_slice())
            } else {
                let to = format!("Location: http://localhost:{plain}/list\r\n");
                ("302 Found", to, &[][..])
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\n{location}Content-Length: {length}\r\n\
                 Connection: close\r\n\r\n"
            );
            let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
            let _ = stream.shutdown().await;
        }
    });
    port
}

#[tokio::test]
async fn a_tenant_says_what_certificates_have_to_be_like() {
    let site = Site::new();
    let said = succeeded(&site.run(
        &[
            "tenant",
            "set",
            "--require-crl",
            "on",
            "--exempt",
            "AB:CD",
            "--purpose",
            "piv",
            "--initial-policy",
            "2.16.840.1.101.3.2.1.3.7",
            "--require-policy",
            "on",
        ],
        "",
    ));
    for part in ["PIV authentication", "abcd", "2.16.840.1.101.3.2.1.3.7"] {
        assert!(said.contains(part), "{said}");
    }
    let store = site.store().await;
    let validation = async || store.tenants().await.unwrap().remove(0).validation;
    let whole = Validation {
        crl_validation_configuration: CrlValidation {
            required: true,
            exempted_subject_key_identifiers: vec!["abcd".to_owned()],
        },
        purpose: Purpose::PivAuthentication,
        initial_policies: vec!["2.16.840.1.101.3.2.1.3.7".to_owned()],
        require_explicit_policy: true,
    };
    assert_eq!(validation().await, whole);
    succeeded(&site.run(
        &["tenant", "set", "--no-exempt", "--any-initial-policy"],
        "",
    ));
    let less = Validation {
        crl_validation_configuration: CrlValidation {
            required: true,
            exempted_subject_key_identifiers: Vec::new(),
        },
        initial_policies: Vec::new(),
        ..whole
    };
    assert_eq!(validation().await, less);
    for refused in [["--exempt", "abc"], ["--initial-policy", "1.2.x"]] {
        failed(&site.run(&[&["tenant", "set"][..], &refused].concat(), ""));
    }
    let shown = succeeded(&site.run(&["tenant", "show"], ""));
    assert!(shown.contains("be meant for PIV authentication"), "{shown}");
}
