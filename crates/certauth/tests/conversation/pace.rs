//! Sign-ins that are begun without end.

use certauth::config::Limits;
use http::StatusCode;

use crate::support::World;

const MINUTE: usize = 60;

async fn slow_world() -> World {
    World::limited(Limits {
        sign_ins_per_second: 1,
        ..Limits::default()
    })
    .await
}

#[tokio::test]
async fn a_browser_that_begins_too_many_sign_ins_gets_a_page_that_says_how_long_to_wait() {
    let world = slow_world().await;
    let browser = world.browser();
    for _ in 0..MINUTE {
        let begun = browser.authorize("notes", &[]).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER);
    }
    let refused = browser.authorize("notes", &[]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    assert!(
        refused
            .body
            .contains("Wait 1 second, then load this page again.")
    );
    // Whoever has begun goes on.
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    world.pass(1);
    assert_eq!(
        browser.authorize("notes", &[]).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_device_that_begins_too_many_sign_ins_is_told_to_slow_down_and_a_begun_one_goes_on() {
    let world = slow_world().await;
    let device = world.device();
    let begun = device.begin("lee@meridian.example", &[]).await;
    for _ in 1..MINUTE {
        device.begin("lee@meridian.example", &[]).await;
    }
    let refused = device.begin("lee@meridian.example", &[]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.text("error"), "slow_down");
    assert_eq!(refused.header("retry-after"), "1");
    // Browsers at the same address wait with it.
    let page = world.browser().authorize("notes", &[]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);

    let session = begun.text("auth_session");
    let form = [("auth_session", session), ("method", "password")];
    let next = device.challenge(&form).await;
    assert_eq!(next.text("error"), "password_required");
}
