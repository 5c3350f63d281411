//! What each host asks of a handshake, and what a handshake proves.

use axum::routing::get;
use certauth::config::TlsVersions;
use rustls::{HandshakeKind, SupportedProtocolVersion, version};
use rustls_pki_types::CertificateDer;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::support::client::{Client, ask, exchange, shown};
use crate::support::pki::{Authority, Identity, key, rsa};
use crate::support::site::{CERTAUTH, LOGIN, Site, Wish, trusted};

static TLS12: &[&SupportedProtocolVersion] = &[&version::TLS12];
static TLS13: &[&SupportedProtocolVersion] = &[&version::TLS13];

#[tokio::test]
async fn a_certificate_with_critical_policies_arrives_whatever_its_key_and_version() {
    let site = Site::start().await;
    let people = Authority::named("People CA");
    for key in [
        rsa(),
        key(&rcgen::PKCS_ECDSA_P256_SHA256),
        key(&rcgen::PKCS_ECDSA_P384_SHA384),
        key(&rcgen::PKCS_ECDSA_P521_SHA512),
        key(&rcgen::PKCS_ED25519),
    ] {
        let person = people.person(key);
        for (versions, name) in [(TLS12, "TLSv1.2"), (TLS13, "TLSv1.3")] {
            let client = presenting(&site, versions, &person);
            let answer = client.get(&site, CERTAUTH, "/who").await.unwrap();
            assert_eq!(
                answer.json(),
                json!({
                    "server_name": CERTAUTH,
                    "tls": name,
                    "certificates": [person.certificate.as_ref()],
                }),
                "{:?}",
                person.key.algorithm()
            );
        }
    }
}

#[tokio::test]
async fn a_signature_by_another_key_is_refused() {
    let site = Site::start().await;
    let people = Authority::named("People CA");
    let makers: [fn() -> rcgen::KeyPair; 2] = [rsa, || key(&rcgen::PKCS_ECDSA_P256_SHA256)];
    for make in makers {
        let (lee, thief) = (people.person(make()), people.person(make()));
        for versions in [TLS12, TLS13] {
            let stolen = shown(lee.certificate.clone(), thief.private_key());
            let client = Client::speaking(&site, versions, Some(stolen));
            client.get(&site, CERTAUTH, "/who").await.unwrap_err();
        }
    }
}

#[tokio::test]
async fn a_signature_by_a_key_of_another_kind_is_refused() {
    let site = Site::start().await;
    let people = Authority::named("People CA");
    let lee = people.person(rsa());
    let thief = people.person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
    for versions in [TLS12, TLS13] {
        let stolen = shown(lee.certificate.clone(), thief.private_key());
        let client = Client::speaking(&site, versions, Some(stolen));
        client.get(&site, CERTAUTH, "/who").await.unwrap_err();
    }
}

#[tokio::test]
async fn what_is_no_certificate_is_refused() {
    let site = Site::start().await;
    let thief = Authority::named("People CA").person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
    for versions in [TLS12, TLS13] {
        for garbage in [&b"\x30\x03\x02\x01\x00"[..], b"\x00", &[0xff; 5000]] {
            let garbage = CertificateDer::from(garbage.to_vec());
            let client =
                Client::speaking(&site, versions, Some(shown(garbage, thief.private_key())));
            client.get(&site, CERTAUTH, "/who").await.unwrap_err();
        }
    }
    let answer = Client::new(&site).get(&site, CERTAUTH, "/who").await;
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn without_a_certificate_the_handshake_goes_on_and_the_request_has_none() {
    let site = Site::start().await;
    let client = Client::new(&site);
    for host in [
        CERTAUTH.to_owned(),
        site.tenant_host(),
        format!("x7f3.{CERTAUTH}"),
    ] {
        let answer = client.get(&site, &host, "/who").await.unwrap();
        assert_eq!(answer.json()["certificates"], json!([]));
        assert_eq!(client.asked(), Some(Vec::new()), "{host}");
    }
}

#[tokio::test]
async fn the_login_host_never_asks_for_a_certificate() {
    let site = Site::start().await;
    let person = Authority::named("People CA").person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
    let client = Client::with(&site, &person);
    let answer = client.get(&site, LOGIN, "/who").await.unwrap();
    assert_eq!(answer.json()["certificates"], json!([]));
    assert_eq!(client.asked(), None);
}

#[tokio::test]
async fn the_certauth_host_resumes_nothing_and_the_login_host_may() {
    let site = Site::start().await;
    let person = Authority::named("People CA").person(key(&rcgen::PKCS_ECDSA_P256_SHA256));
    for versions in [TLS12, TLS13] {
        let client = presenting(&site, versions, &person);
        assert_eq!(
            second_handshake(&client, &site, CERTAUTH).await,
            HandshakeKind::Full
        );
        assert_eq!(
            second_handshake(&client, &site, LOGIN).await,
            HandshakeKind::Resumed
        );
    }
}

#[tokio::test]
async fn the_certauth_host_speaks_http_1_1_only() {
    let site = Site::start().await;
    let mut client = Client::new(&site);
    client.config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    for (host, protocol) in [(CERTAUTH, &b"http/1.1"[..]), (LOGIN, b"h2")] {
        let stream = client.connect(&site, host).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
    }
    client.config.alpn_protocols = vec![b"h2".to_vec()];
    client.connect(&site, CERTAUTH).await.unwrap_err();
}

#[tokio::test]
async fn a_request_for_another_host_than_the_connection_is_misdirected() {
    let site = Site::start().await;
    let client = Client::new(&site);
    let tenant = site.tenant_host();
    for (connected, asked) in [
        (LOGIN, CERTAUTH),
        (CERTAUTH, LOGIN),
        (CERTAUTH, &*tenant),
        (&*tenant, CERTAUTH),
        (LOGIN, "evil.example"),
    ] {
        let mut stream = client.connect(&site, connected).await.unwrap();
        let answer = ask(&mut stream, asked, "/who").await.unwrap();
        assert_eq!(answer.status, 421, "{connected} {asked}");
    }
    let mut stream = client.connect(&site, LOGIN).await.unwrap();
    let with_port = format!("{LOGIN}:{}", site.address.port());
    assert_eq!(
        ask(&mut stream, &with_port, "/who").await.unwrap().status,
        200
    );
}

#[tokio::test]
async fn a_connection_without_a_name_is_answered_421_for_every_host() {
    let site = Site::start().await;
    let mut client = Client::new(&site);
    client.config.enable_sni = false;
    for asked in [LOGIN, CERTAUTH, ""] {
        let mut stream = client.connect(&site, LOGIN).await.unwrap();
        let answer = ask(&mut stream, asked, "/healthz").await.unwrap();
        assert_eq!(answer.status, 421, "{asked:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_not_here_ends_the_handshake() {
    let site = Site::start().await;
    let client = Client::new(&site);
    for host in [
        "evil.example",
        "other.localhost",
        "a.b.certauth.login.localhost",
    ] {
        let error = client.connect(&site, host).await.unwrap_err();
        assert!(error.to_string().contains("alert"), "{host}: {error}");
    }
}

#[tokio::test]
async fn the_tenants_host_names_its_authorities_as_soon_as_they_are_added() {
    let site = Site::start().await;
    let client = Client::new(&site);
    let host = site.tenant_host();
    client.get(&site, &host, "/who").await.unwrap();
    assert_eq!(client.asked(), Some(Vec::new()));

    let (one, two) = (Authority::named("One CA"), Authority::named("Two CA"));
    site.trust(&one).await;
    client.get(&site, &host, "/who").await.unwrap();
    assert_eq!(client.asked(), Some(vec![subject(&one)]));

    site.trust(&two).await;
    for versions in [TLS12, TLS13] {
        let client = Client::speaking(&site, versions, None);
        client.get(&site, &host, "/who").await.unwrap();
        assert_eq!(client.asked(), Some(vec![subject(&one), subject(&two)]));
    }
    client.get(&site, CERTAUTH, "/who").await.unwrap();
    assert_eq!(client.asked(), Some(Vec::new()));
}

#[tokio::test]
async fn the_tenants_host_names_those_that_are_flagged_and_nobody_where_hints_are_off() {
    let site = Site::start().await;
    let client = Client::new(&site);
    let host = site.tenant_host();
    let store = &site.server.store;
    let (one, two) = (Authority::named("One CA"), Authority::named("Two CA"));
    site.trust(&one).await;
    let mut flagged = trusted(&site.tenant, &two, None);
    flagged.directory.issuer_hint = true;
    store.put_authority(&flagged).await.unwrap();
    client.get(&site, &host, "/who").await.unwrap();
    assert_eq!(client.asked(), Some(vec![subject(&two)]));

    flagged.directory.issuer_hint = false;
    store.update_authority(&flagged).await.unwrap();
    client.get(&site, &host, "/who").await.unwrap();
    assert_eq!(client.asked(), Some(vec![subject(&one), subject(&two)]));

    let mut tenant = site.tenant.clone();
    tenant.method.issuer_hints = false;
    store.put_tenant(&tenant).await.unwrap();
    client.get(&site, &host, "/who").await.unwrap();
    assert_eq!(client.asked(), Some(Vec::new()));
}

#[tokio::test]
async fn more_than_16_kilobytes_of_names_are_not_sent() {
    let site = Site::start().await;
    let host = site.tenant_host();
    let client = Client::new(&site);
    let mut authorities = Vec::new();
    for number in 0..4 {
        let authority = Authority::named(&format!("{number} {}", "x".repeat(4060)));
        site.trust(&authority).await;
        authorities.push(authority);
    }
    client.get(&site, &host, "/who").await.unwrap();
    let all: Vec<Vec<u8>> = authorities.iter().map(subject).collect();
    let total: usize = all.iter().map(|name| name.len() + 2).sum();
    assert!((16_000..=16_384).contains(&total), "{total}");
    assert_eq!(client.asked(), Some(all));

    site.trust(&Authority::named(&"y".repeat(200))).await;
    client.get(&site, &host, "/who").await.unwrap();
    assert_eq!(client.asked(), Some(Vec::new()));
}

#[tokio::test]
async fn a_certauth_host_set_to_tls_1_2_speaks_nothing_else() {
    let site = Site::start_with(Wish {
        versions: TlsVersions::Only12,
        ..Wish::default()
    })
    .await;
    let only13 = Client::speaking(&site, TLS13, None);
    only13.get(&site, CERTAUTH, "/who").await.unwrap_err();
    assert_eq!(only13.get(&site, LOGIN, "/who").await.unwrap().status, 200);
    let answer = Client::new(&site).get(&site, CERTAUTH, "/who").await;
    assert_eq!(answer.unwrap().json()["tls"], "TLSv1.2");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_dropped() {
    let mut wish = Wish::default();
    wish.limits.handshake_timeout = std::time::Duration::from_millis(50);
    let site = Site::start_with(wish).await;
    let mut silent = TcpStream::connect(site.address).await.unwrap();
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let mut wish = Wish::default();
    wish.limits.max_body_bytes = 5000;
    let site = Site::start_with(wish).await;
    let client = Client::new(&site);
    for (length, status) in [(5000, 200), (5001, 413)] {
        let mut stream = client.connect(&site, LOGIN).await.unwrap();
        let mut request = format!(
            "POST /length HTTP/1.1\r\nHost: {LOGIN}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        request.push_str(&"x".repeat(length));
        let answer = exchange(&mut stream, request.as_bytes()).await.unwrap();
        assert_eq!(answer.status, status, "{length}");
    }
}

#[tokio::test]
async fn a_request_under_way_finishes_after_the_server_was_told_to_stop() {
    let (reached, mut at_the_handler) = tokio::sync::mpsc::channel::<()>(1);
    let go_on = std::sync::Arc::new(tokio::sync::Notify::new());
    let gate = go_on.clone();
    let slow = get(async move || {
        reached.send(()).await.unwrap();
        gate.notified().await;
        "finished"
    });
    let mut site = Site::start_with(Wish {
        login: axum::Router::new().route("/slow", slow),
        ..Wish::default()
    })
    .await;
    let client = Client::new(&site);
    let mut stream = client.connect(&site, LOGIN).await.unwrap();
    let asking = tokio::spawn(async move { ask(&mut stream, LOGIN, "/slow").await });
    at_the_handler.recv().await.unwrap();

    site.stop();
    while TcpStream::connect(site.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!site.serving.is_finished());
    go_on.notify_one();
    assert_eq!(asking.await.unwrap().unwrap().body, "finished");
    (&mut site.serving).await.unwrap();
}

fn presenting(
    site: &Site,
    versions: &[&'static SupportedProtocolVersion],
    person: &Identity,
) -> Client {
    let shown = shown(person.certificate.clone(), person.private_key());
    Client::speaking(site, versions, Some(shown))
}

async fn second_handshake(client: &Client, site: &Site, host: &str) -> HandshakeKind {
    client.get(site, host, "/who").await.unwrap();
    let mut stream = client.connect(site, host).await.unwrap();
    ask(&mut stream, host, "/who").await.unwrap();
    stream.get_ref().1.handshake_kind().unwrap()
}

fn subject(authority: &Authority) -> Vec<u8> {
    let certificate = certs::Certificate::from_der(&authority.der).unwrap();
    certificate.subject().der().to_vec()
}
