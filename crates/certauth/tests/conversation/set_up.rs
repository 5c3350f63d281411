//! The set-up page of the first administrator.

use axum::body::Body;
use certauth::listener::Peer;
use certauth::server::sha256_hex;
use certauth::store::{Once, OnceKind};
use certs::Time;
use http::{Request, StatusCode};
use policy::one_time_code::Secret;
use tower::ServiceExt as _;

use crate::support::browser::Page;
use crate::support::{World, peer};

const TOKEN: &str = "the token of the set-up link";

#[tokio::test]
async fn a_link_makes_one_administrator_who_can_then_sign_in_with_two_factors() {
    let world = with_link().await;
    let browser = world.browser();
    let page = browser.get(&address()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("src=\"data:image/svg+xml;base64,"));
    let code = shown_code(&world, &page);
    let good = [
        ("token", TOKEN),
        ("secret", &page.hidden("secret")),
        ("name", "Ada Root"),
        ("username", "ada@meridian.example"),
        ("password", "a long password"),
        ("again", "a long password"),
        ("code", &code),
    ];
    for (name, value, problem) in [
        ("name", "", "Enter a name."),
        ("username", "ada@elsewhere.example", "domain"),
        ("username", "@meridian.example", "domain"),
        ("username", "lee@meridian.example", "already"),
        ("password", "short", "12 characters"),
        ("again", "another password", "differ"),
        ("code", "000000", "That code was not right"),
    ] {
        let form = good.map(|(known, right)| (known, if known == name { value } else { right }));
        let page = browser.post("/setup", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(page.body.contains(problem), "{name}: {}", page.body);
    }
    let page = browser.post("/setup", &good).await;
    assert!(
        page.body.contains("The administrator is there"),
        "{}",
        page.body
    );
    assert_eq!(
        browser.post("/setup", &good).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        browser.get(&address()).await.status,
        StatusCode::BAD_REQUEST
    );
    let user = world
        .server
        .store
        .user_by_name(&world.tenant.id, "ada@meridian.example")
        .await
        .unwrap()
        .unwrap();
    assert!(user.administrator && user.account.has_code && user.account.has_password);
    let journey = browser.begin("payroll", "ada@meridian.example").await;
    let password = [("password", "a long password")];
    browser
        .post(&format!("{journey}/password"), &password)
        .await;
    // The code of the set-up was used; the next one counts.
    let path = format!("{journey}/code");
    browser.post(&path, &[("code", &code)]).await;
    assert!(
        browser
            .get(&journey)
            .await
            .body
            .contains("That code was not right")
    );
    world.pass(30);
    let code = code_of(&secret_of(&page_secret(&user, &world)), &world);
    let done = browser.post(&path, &[("code", &code)]).await;
    assert!(done.answer("code").is_some());
}

#[tokio::test]
async fn a_link_opens_only_on_the_servers_own_machine_and_for_an_hour() {
    let world = with_link().await;
    for (ip, expected) in [
        ([192, 0, 2, 1], StatusCode::FORBIDDEN),
        ([127, 0, 0, 1], StatusCode::OK),
    ] {
        let request = Request::builder()
            .uri(address())
            .extension(Peer {
                address: (ip, 40000).into(),
                ..peer()
            })
            .body(Body::empty())
            .unwrap();
        let page = Page::of(world.login.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(page.status, expected);
    }
    let browser = world.browser();
    let page = browser.get("/setup?token=guessed").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    world.pass(3600);
    assert_eq!(
        browser.get(&address()).await.status,
        StatusCode::BAD_REQUEST
    );
}

/// The sealed secret of another link, or one that was tampered with, does not count.
#[tokio::test]
async fn the_secret_belongs_to_its_link() {
    let world = with_link().await;
    let browser = world.browser();
    let page = browser.get(&address()).await;
    let sealed = page.hidden("secret");
    let mut other = sealed.clone().into_bytes();
    other[20] ^= 1;
    let other = String::from_utf8(other).unwrap();
    let form = [("token", TOKEN), ("secret", other.as_str())];
    let page = browser.post("/setup", &form).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

async fn with_link() -> World {
    let world = World::new().await;
    let link = Once {
        kind: OnceKind::SetupLink,
        key_sha256: sha256_hex(TOKEN.as_bytes()),
        payload: serde_json::json!({ "tenant": world.tenant.id }).to_string(),
        expires_at: world.now() + 3600,
    };
    world.server.store.put_once(&link).await.unwrap();
    world
}

fn address() -> String {
    format!("/setup?token={}", TOKEN.replace(' ', "%20"))
}

/// The code that an authenticator shows after the page's secret was typed into it.
fn shown_code(world: &World, page: &Page) -> String {
    let (_, rest) = page.body.split_once("<code>").unwrap();
    let text = rest.split_once("</code>").unwrap().0;
    code_of(&secret_of(&base32(text)), world)
}

fn page_secret(user: &certauth::store::User, world: &World) -> Vec<u8> {
    let sealed = user.code_secret.as_ref().unwrap();
    let opened = world.server.sealer.open("one-time-code", sealed).unwrap();
    opened.to_vec()
}

fn secret_of(bytes: &[u8]) -> Secret {
    Secret::from_bytes(bytes).unwrap()
}

fn code_of(secret: &Secret, world: &World) -> String {
    secret.code_at(Time::from_unix(world.now())).unwrap()
}

/// RFC 4648 §6, without padding.
fn base32(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => panic!("not base32"),
        };
        held = held << 5 | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}
