//! What the server tells about the person: the session and the applications.

use serde::Deserialize;
use serde_json::Value;
use sign_in::Failure;
use sign_in::view::App;
use url::Url;

use super::http::{Http, Reply};
use super::protocol;
use crate::device_key::DeviceKey;
use crate::secret::Secret;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    multi_factor: bool,
}

#[derive(Deserialize)]
struct Entries {
    value: Vec<Entry>,
}

/// The person's applications.
pub(crate) async fn apps(
    http: &Http,
    url: &Url,
    token: &Secret,
    key: &DeviceKey,
) -> Result<Vec<App>, Failure> {
    let entries: Entries = good(&http.get_bound(url, token, key).await?)?.json()?;
    let app = |entry: Entry| App {
        id: entry.id,
        name: entry.name,
        description: entry.description,
        multi_factor: entry.multi_factor,
    };
    Ok(entries.value.into_iter().map(app).collect())
}

/// The person and the session, as the server tells it.
pub(crate) async fn me(
    http: &Http,
    url: &Url,
    token: &Secret,
    key: &DeviceKey,
) -> Result<Value, Failure> {
    good(&http.get_bound(url, token, key).await?)?.json()
}

fn good(reply: &Reply) -> Result<&Reply, Failure> {
    if let Some(pause) = reply.slow_down() {
        return Err(pause);
    }
    match reply.status {
        200 => Ok(reply),
        // The token was issued a moment ago, so it is the session that has ended.
        401 => Err(Failure::SessionEnded),
        status => Err(protocol(format!("status {status}"))),
    }
}
