//! Refusing forms that another site posts.
//!
//! The cookies are `SameSite=Lax`, which already keeps them from a cross-site post; the check of
//! `Origin` holds where a browser is lenient about that, and between sites that share a
//! registrable domain.

use http::{HeaderMap, header};
use url::Url;

use crate::server::{HostKind, Hosts};

/// Whether a form was posted by a page of the login host.
pub fn is_ours(hosts: &Hosts, headers: &HeaderMap) -> bool {
    match origin(headers) {
        Origin::Absent => nothing_says_otherwise(headers),
        Origin::Is(origin) => origin == hosts.login_origin(),
        Origin::Unclear => false,
    }
}

/// Whether a form was posted by a page of a certauth host.
pub fn is_certauth(hosts: &Hosts, headers: &HeaderMap) -> bool {
    match origin(headers) {
        Origin::Absent => nothing_says_otherwise(headers),
        Origin::Is(origin) => Url::parse(origin).is_ok_and(|url| {
            let kind = url.host_str().and_then(|host| hosts.kind(host));
            let port = url.port_or_known_default() == Some(hosts.port());
            let certauth = match kind {
                Some(HostKind::Certauth | HostKind::TenantCertauth { .. }) => true,
                Some(HostKind::Login) | None => false,
            };
            url.scheme() == "https" && certauth && port
        }),
        Origin::Unclear => false,
    }
}

enum Origin<'a> {
    Absent,
    Is(&'a str),
    Unclear,
}

fn origin(headers: &HeaderMap) -> Origin<'_> {
    let mut all = headers.get_all(header::ORIGIN).iter();
    match (all.next(), all.next()) {
        (None, _) => Origin::Absent,
        (Some(one), None) => one.to_str().map_or(Origin::Unclear, Origin::Is),
        (Some(_), Some(_)) => Origin::Unclear,
    }
}

/// Programs that are no browsers send neither header; every browser that knows one of them says
/// where a post comes from.
fn nothing_says_otherwise(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_none_or(|value| value == "same-origin" || value == "same-site")
}

#[cfg(test)]
mod tests {
    use super::{is_certauth, is_ours};
    use crate::server::Hosts;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn only_our_own_pages_may_post() {
        let hosts = Hosts::new("login.localhost", "certauth.login.localhost", 8443);
        for (origin, ours, certauth) in [
            ("https://login.localhost:8443", true, false),
            ("https://certauth.login.localhost:8443", false, true),
            ("https://x1.certauth.login.localhost:8443", false, true),
            ("https://x1.certauth.login.localhost:8444", false, false),
            ("http://certauth.login.localhost:8443", false, false),
            ("https://login.localhost", false, false),
            ("https://login.localhost:8443.evil.example", false, false),
            ("https://evil.example", false, false),
            ("null", false, false),
            ("", false, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("origin", HeaderValue::from_static(origin));
            assert_eq!(is_ours(&hosts, &headers), ours, "{origin}");
            assert_eq!(is_certauth(&hosts, &headers), certauth, "{origin}");
        }
        let mut headers = HeaderMap::new();
        assert!(is_ours(&hosts, &headers));
        headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
        assert!(!is_ours(&hosts, &headers));
    }
}
