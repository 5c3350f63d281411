//! What the pages carry: headers, policies, labels, and the words of each refusal.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certauth::server::Hosts;
use http::StatusCode;

use crate::support::browser::{Page, visit_certauth};
use crate::support::pki::Card;
use crate::support::{PASSWORD, World};

#[tokio::test]
async fn every_page_carries_the_strict_headers() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    for path in [journey.as_str(), "/", "/nothing", "/nothing/signin/x"] {
        let page = browser.get(path).await;
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        let policy = page.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !page.body.contains("style="));
        if path != journey {
            assert!(!policy.contains("script-src") && !page.body.contains("<script"));
        }
        // HSTS on a name of this machine would lock other programs out of it.
        assert_eq!(page.header("strict-transport-security"), "");
    }
    let page = browser.get(&journey).await;
    assert!(page.header("content-security-policy").ends_with(
        "form-action 'self' https://certauth.login.localhost:8443 \
         https://*.certauth.login.localhost:8443 https://notes.example"
    ));
}

#[tokio::test]
async fn outside_of_localhost_browsers_are_told_to_stay_with_https() {
    let hosts = Hosts::new(
        "login.meridian.example",
        "certauth.login.meridian.example",
        443,
    );
    let world = World::at(hosts, |_| {}).await;
    let page = world.browser().get("/").await;
    let told = page.header("strict-transport-security");
    assert_eq!(told, "max-age=63072000; includeSubDomains");
}

#[tokio::test]
async fn the_stylesheet_is_kept_for_ever_and_its_address_changes_with_it() {
    let world = World::new().await;
    let browser = world.browser();
    let page = browser.get("/").await;
    let (_, rest) = page.body.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let address = rest.split_once('"').unwrap().0;
    let sheet = browser.get(address).await;
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert!(sheet.header("cache-control").contains("immutable"));
    for needed in [
        "prefers-color-scheme: dark",
        "prefers-contrast: more",
        "forced-colors: active",
        ":focus-visible",
    ] {
        assert!(sheet.body.contains(needed), "{needed}");
    }
}

#[tokio::test]
async fn the_certauth_page_posts_itself_with_the_one_script_that_its_policy_names() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let link = browser.post(&format!("{journey}/certificate"), &[]).await;
    let card = Some(Card::strong("lee"));
    let page = visit_certauth(&world, &link.location(), card, "text/html").await;
    assert_only_its_own_script_may_run(&page);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action https://login.localhost:8443"));
    assert!(page.body.contains("<button autofocus>Continue</button>"));
    // `Origin` has to leave, the ticket in the address must not.
    assert_eq!(page.header("referrer-policy"), "strict-origin");
    let action = format!(
        "action=\"https://login.localhost:8443/{}/signin/result\"",
        world.tenant.id
    );
    assert!(page.body.contains(&action));
}

#[tokio::test]
async fn fields_have_labels_and_say_what_they_are_to_a_password_manager() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.authorize("payroll", &[]).await.location();
    let page = browser.get(&journey).await;
    field(&page, "username", "username");
    let name = [("username", "lee@meridian.example")];
    browser.post(&format!("{journey}/username"), &name).await;
    let page = browser.get(&journey).await;
    field(&page, "password", "current-password");
    assert!(page.body.contains("Not you?"));
    assert!(!page.body.contains("Forgot your password?"));
    let wrong = [("password", "not it")];
    browser.post(&format!("{journey}/password"), &wrong).await;
    let page = browser.get(&journey).await;
    assert!(
        page.body
            .contains("aria-invalid=\"true\" aria-describedby=\"problem\"")
    );
    assert!(page.body.contains("<p class=\"problem\" id=\"problem\">"));
    let right = [("password", PASSWORD)];
    browser.post(&format!("{journey}/password"), &right).await;
    let page = browser.get(&journey).await;
    field(&page, "code", "one-time-code");
    assert!(page.body.contains("Sign in with a certificate"));
}

#[tokio::test]
async fn the_help_link_is_there_only_where_the_tenant_has_one() {
    let world = World::with(|tenant| {
        tenant.help_url = Some("https://help.meridian.example/?a=1&b=2".to_owned());
        tenant.method.enabled = false;
    })
    .await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let page = browser.get(&journey).await;
    assert!(page.body.contains("Forgot your password?"));
    assert!(
        page.body
            .contains("https://help.meridian.example/?a=1&#38;b=2")
    );
    // And certificates only where they are switched on.
    assert!(!page.body.contains("Sign in with a certificate"));
    let page = browser.post(&format!("{journey}/certificate"), &[]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_refusal_says_what_happened_what_to_do_and_what_was_checked() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    for (card, title, code) in [
        (
            Some(Card::revoked("lee")),
            "This certificate was revoked",
            "500171",
        ),
        (
            Some(Card::expired("lee")),
            "This certificate is outside its validity",
            "500172",
        ),
        (
            Some(Card::strong("sam")),
            "This certificate does not fit the username",
            "50034",
        ),
        (None, "No certificate arrived", "50192"),
    ] {
        let back = browser.present(&journey, card).await;
        assert_eq!(back.location(), journey);
        let page = browser.get(&journey).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(
            page.body
                .contains(&format!("<h1 tabindex=\"-1\" autofocus>{title}</h1>"))
        );
        assert!(page.body.contains(&format!("<strong>{code}</strong>")));
        assert!(page.body.contains("Correlation ID"));
        assert!(page.body.contains("2026-09-22T08:41:00Z"));
        assert!(page.body.contains("<summary>More details</summary>"));
        assert!(page.body.contains("Choose another certificate"));
        assert!(page.body.contains("Use your password"));
        let rows = world.log().await;
        assert!(page.body.contains(&rows.last().unwrap().correlation_id));
    }
}

#[tokio::test]
async fn a_policy_that_is_missing_and_a_list_that_is_not_there_are_told_apart() {
    let world = World::with(|tenant| {
        tenant.validation.require_explicit_policy = true;
    })
    .await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    browser.present(&journey, Some(Card::of("lee"))).await;
    let page = browser.get(&journey).await;
    let title = "This certificate has none of the policies that are asked for";
    assert!(page.body.contains(title), "{}", page.body);
    assert!(page.body.contains("<strong>Certificate policies</strong>"));

    let world = World::new().await;
    // The list's time is over, and nobody has a newer one.
    world.pass(101 * 86_400);
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    browser.present(&journey, Some(Card::of("lee"))).await;
    let page = browser.get(&journey).await;
    let title = "The certificate&#39;s revocation could not be checked";
    assert!(page.body.contains(title), "{}", page.body);
    assert!(page.body.contains("<strong>500178</strong>"));
    assert!(page.body.contains("Try again later"));
}

#[tokio::test]
async fn the_certificate_as_second_factor_has_a_page_of_its_own() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("payroll", "sam@meridian.example").await;
    let given = [("password", PASSWORD)];
    browser.post(&format!("{journey}/password"), &given).await;
    let page = browser.get(&journey).await;
    assert!(page.body.contains("<h1>Use your certificate</h1>"));
    assert!(
        page.body
            .contains("Payroll asks for one more proof: your certificate.")
    );
    let done = browser.present(&journey, Some(Card::of("sam"))).await;
    assert!(done.answer("code").is_some());
}

/// Browsers remember per host which certificate was chosen, or that none was.
#[tokio::test]
async fn after_a_refusal_the_browser_is_sent_to_a_host_of_a_new_name() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let first = browser.post(&format!("{journey}/certificate"), &[]).await;
    let host = format!(
        "https://t{}.certauth.login.localhost:8443/",
        world.tenant.id
    );
    assert!(first.location().starts_with(&host));
    browser.present(&journey, None).await;
    let second = browser.post(&format!("{journey}/certificate"), &[]).await;
    assert!(second.location().starts_with("https://x"));
    let code = browser
        .at_certauth(&second.location(), Some(Card::of("lee")))
        .await;
    assert!(browser.bring(&code).await.answer("code").is_some());
}

fn field(page: &Page, id: &str, autocomplete: &str) {
    let label = format!("<label for=\"{id}\">");
    assert!(page.body.contains(&label), "{}", page.body);
    let (_, rest) = page
        .body
        .split_once(&format!("<input id=\"{id}\""))
        .unwrap();
    let tag = rest.split_once('>').unwrap().0;
    assert!(
        tag.contains(&format!("autocomplete=\"{autocomplete}\"")),
        "{tag}"
    );
    assert!(tag.contains("autofocus"), "{tag}");
}

#[tokio::test]
async fn the_password_is_shown_by_the_one_script_and_the_page_works_without_it() {
    let world = World::new().await;
    let browser = world.browser();
    let journey = browser.begin("notes", "lee@meridian.example").await;
    let page = browser.get(&journey).await;
    assert_only_its_own_script_may_run(&page);
    // Without the script there is no button that does nothing, and the field stays hidden.
    let button = "<button type=\"button\" class=\"link\" id=\"show\" aria-controls=\"password\" \
                  hidden>Show password</button>";
    assert!(page.body.contains(button), "{}", page.body);
    assert!(page.body.contains("name=\"password\" type=\"password\""));
    let signed_in = browser
        .post(&format!("{journey}/password"), &[("password", PASSWORD)])
        .await;
    assert!(signed_in.location().starts_with("https://notes.example/cb"));
}

/// The page holds one script, and its policy names that one by its hash and nothing else.
fn assert_only_its_own_script_may_run(page: &Page) {
    let scripts: Vec<&str> = page.body.split("<script").skip(1).collect();
    let [script] = scripts.as_slice() else {
        panic!("{} scripts", scripts.len());
    };
    let script = script.strip_prefix('>').unwrap();
    let script = script.split_once("</script>").unwrap().0;
    let hash = STANDARD.encode(digest(&SHA256, script.as_bytes()));
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains(&format!("; script-src 'sha256-{hash}'; ")),
        "{policy}"
    );
}
