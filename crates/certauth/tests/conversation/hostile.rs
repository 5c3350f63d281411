//! Input that nobody sends by accident.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use tower::ServiceExt as _;

use crate::support::browser::{Page, authorize_address};
use crate::support::{World, peer};

#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused_everywhere() {
    let world = World::new().await;
    let browser = world.browser();
    let authorize = authorize_address(&world, "notes", &[]);
    let twice = format!("{authorize}&client_id=payroll");
    assert_eq!(browser.get(&twice).await.status, StatusCode::BAD_REQUEST);
    let tenant = &world.tenant.id;
    for path in ["token", "challenge", "revoke", "authorize"] {
        let path = format!("/{tenant}/oauth2/v2.0/{path}");
        let body = b"client_id=lanyard&client_id=notes".to_vec();
        assert_eq!(send(&world, &path, FORM, body).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn bodies_are_small_forms_in_utf_8() {
    let world = World::new().await;
    let tenant = &world.tenant.id;
    let journey = world.browser().begin("notes", "lee@meridian.example").await;
    for path in [
        format!("/{tenant}/oauth2/v2.0/token"),
        format!("/{tenant}/oauth2/v2.0/challenge"),
        format!("/{tenant}/oauth2/v2.0/revoke"),
        format!("/{tenant}/oauth2/v2.0/authorize"),
        format!("/{tenant}/oauth2/v2.0/logout"),
        format!("/{tenant}/open"),
        String::from("/setup"),
    ] {
        for (kind, body) in [
            (FORM, vec![b'a'; 65 * 1024]),
            (FORM, b"username=%ff%fe".to_vec()),
            (FORM, b"username=\xff\xfe".to_vec()),
            (FORM, b"username=a%00b".to_vec()),
            (FORM, b"x=".iter().copied().chain([b'y'; 9000]).collect()),
            (FORM, b"&a=1".repeat(50)),
            ("application/json", br#"{"client_id":"lanyard"}"#.to_vec()),
            ("multipart/form-data; boundary=x", b"--x--".to_vec()),
        ] {
            let length = body.len();
            let page = send(&world, &path, kind, body).await;
            assert_eq!(
                page.status,
                StatusCode::BAD_REQUEST,
                "{path} {kind} {length}"
            );
        }
    }
    // Whoever has no cookie of the journey learns nothing of how the form is read.
    let page = send(
        &world,
        &format!("{journey}/password"),
        FORM,
        vec![b'='; 70_000],
    )
    .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn odd_paths_and_ids_are_not_found_or_refused_and_nothing_breaks() {
    let world = World::new().await;
    let tenant = world.tenant.id.clone();
    for path in [
        "/%ff/signin/x".to_owned(),
        format!("/{tenant}/signin/%00"),
        format!("/{tenant}/signin/{}", "x".repeat(5000)),
        format!("/{tenant}/signin/..%2f..%2fsetup"),
        format!("/{}/oauth2/v2.0/authorize", "t".repeat(5000)),
        format!("/{tenant}/open?ticket={}", "x".repeat(7000)),
        format!("/{tenant}/open"),
        "/setup?token=%27%20or%201=1".to_owned(),
        "/assets/0000000000000000/certauth.css".to_owned(),
        "/assets/..%2f..%2f/etc".to_owned(),
        "/meridian.example'--/v2.0/.well-known/openid-configuration".to_owned(),
    ] {
        let page = world.browser().get(&path).await;
        assert!(page.status.is_client_error(), "{path}: {}", page.status);
    }
}

#[tokio::test]
async fn what_people_type_is_escaped() {
    let world = World::new().await;
    let browser = world.browser();
    let name = "\"><script>alert(1)</script>@meridian.example";
    let journey = browser.begin("notes", name).await;
    let page = browser.get(&journey).await;
    assert!(!page.body.contains("<script>alert"));
    assert!(page.body.contains("&#60;script&#62;") || page.body.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn over_long_names_are_refused_with_a_reason() {
    let world = World::new().await;
    let long = format!("{}@meridian.example", "x".repeat(400));
    let refused = world.device().begin(&long, &[]).await;
    assert_eq!(refused.told(), (400, "invalid_request"));
    assert_eq!(refused.text("error_description"), "username is too long");
    let browser = world.browser();
    let journey = browser.authorize("notes", &[]).await.location();
    let page = browser
        .post(&format!("{journey}/username"), &[("username", &long)])
        .await;
    assert!(page.body.contains("Enter your username."));
    let page = browser.authorize("notes", &[("login_hint", &long)]).await;
    assert_eq!(page.answer("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn headers_that_do_not_parse_are_refused() {
    let world = World::new().await;
    let device = world.device();
    let tenant = &world.tenant.id;
    let path = format!("/{tenant}/oauth2/v2.0/token");
    for value in [
        "Basic",
        "Basic !!!",
        "Basic bm9jb2xvbg==",
        "Bearer x",
        "Basic OmE=",
    ] {
        let answer = device
            .post_with(&path, &[("grant_type", "x")], &[("authorization", value)])
            .await;
        assert_eq!(answer.told(), (401, "invalid_client"), "{value}");
    }
    let path = format!("/{tenant}/oauth2/v2.0/challenge");
    let proof = device.proof("POST", &path, None);
    let long = "a".repeat(9000);
    for value in ["", "a.b.c", "....", long.as_str()] {
        let answer = device
            .post_with(&path, &[("client_id", "lanyard")], &[("dpop", value)])
            .await;
        assert_eq!(answer.told(), (400, "invalid_dpop_proof"));
    }
    let twice = [("dpop", proof.as_str()), ("dpop", proof.as_str())];
    let answer = device
        .post_with(&path, &[("client_id", "lanyard")], &twice)
        .await;
    assert_eq!(answer.told(), (400, "invalid_dpop_proof"));
}

#[tokio::test]
async fn other_methods_and_other_origins_get_nothing() {
    let world = World::new().await;
    let path = format!("/{}/oauth2/v2.0/token", world.tenant.id);
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let request = Request::builder()
            .method(method)
            .uri(&path)
            .header(header::ORIGIN, "https://app.example")
            .extension(peer())
            .body(Body::empty())
            .unwrap();
        let page = Page::of(world.login.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(page.header("access-control-allow-origin"), "");
    }
}

async fn send(world: &World, path: &str, kind: &str, body: Vec<u8>) -> Page {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, kind)
        .extension(peer())
        .body(Body::from(body))
        .unwrap();
    Page::of(world.login.clone().oneshot(request).await.unwrap()).await
}

const FORM: &str = "application/x-www-form-urlencoded";
