//! Health and readiness.

use crate::support::client::Client;
use crate::support::site::{CERTAUTH, LOGIN, Site};

#[tokio::test]
async fn the_login_host_says_that_it_lives_and_can_work() {
    let site = Site::start().await;
    let client = Client::new(&site);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(client.get(&site, LOGIN, path).await.unwrap().status, 200);
        let elsewhere = client.get(&site, CERTAUTH, path).await.unwrap();
        assert_eq!(elsewhere.status, 404);
    }
}
