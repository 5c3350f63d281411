//! Comparing redirect URIs: exactly, but for the port of a loopback address (RFC 8252 §7.3).

use url::Url;

/// Whether a client may be answered at `asked`, given what it registered.
pub fn is_registered(registered: &[String], asked: &str) -> bool {
    registered
        .iter()
        .any(|known| known == asked || same_but_for_port(known, asked))
}

/// The origin of a redirect URI, as `form-action` names it: `https://app.example`, or `scheme:`
/// for a private-use scheme.
pub fn source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    match url.scheme() {
        "http" | "https" => Some(url.origin().ascii_serialization()),
        scheme => Some(format!("{scheme}:")),
    }
}

/// Adds parameters to a URI's query, and keeps the ones that are there.
pub fn with_query(uri: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let mut url = Url::parse(uri).ok()?;
    url.query_pairs_mut().extend_pairs(parameters);
    Some(url.into())
}

fn same_but_for_port(known: &str, asked: &str) -> bool {
    let (Some(known), Some(asked)) = (loopback(known), loopback(asked)) else {
        return false;
    };
    known == asked
}

/// A loopback URI in two parts, before and after its port; none for any other URI. Text is compared,
/// not parsed URIs, so that no normalisation makes two of one.
fn loopback(text: &str) -> Option<(&str, &str)> {
    let host = LOOPBACK.into_iter().find(|host| text.starts_with(host))?;
    let rest = text.strip_prefix(host)?;
    let rest = match rest.strip_prefix(':') {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (port, path) = rest.split_at_checked(end)?;
            let digits = port.bytes().all(|byte| byte.is_ascii_digit());
            (digits && port.parse::<u16>().is_ok()).then_some(path)?
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with('/')).then_some((host, rest))
}

const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

#[cfg(test)]
mod tests {
    use super::{is_registered, source, with_query};

    #[test]
    fn only_the_port_of_a_loopback_address_may_differ() {
        let registered = [
            "http://127.0.0.1/callback".to_owned(),
            "http://[::1]/callback".to_owned(),
            "https://app.example/cb".to_owned(),
        ];
        for (asked, expected) in [
            ("http://127.0.0.1/callback", true),
            ("http://127.0.0.1:5555/callback", true),
            ("http://[::1]:5555/callback", true),
            ("https://app.example/cb", true),
            ("http://127.0.0.1:5555/other", false),
            ("http://127.0.0.1:5555/callback?x=1", false),
            ("http://127.0.0.1:5555/callback#x", false),
            ("http://127.0.0.1:5555/x/../callback", false),
            ("http://u@127.0.0.1:5555/callback", false),
            ("http://127.0.0.2:5555/callback", false),
            ("http://localhost:5555/callback", false),
            ("https://127.0.0.1:5555/callback", false),
            ("http://127.0.0.1.evil.example/callback", false),
            ("http://127.0.0.1:5555@evil.example/callback", false),
            ("https://app.example:444/cb", false),
            ("https://app.example/cb/", false),
            ("https://app.example/CB", false),
            ("http://app.example/cb", false),
            ("", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_registered(&registered, asked), expected, "{asked}");
        }
    }

    #[test]
    fn a_source_is_an_origin_or_a_scheme() {
        assert_eq!(
            source("https://app.example/cb?x").as_deref(),
            Some("https://app.example")
        );
        assert_eq!(
            source("http://127.0.0.1:7/cb").as_deref(),
            Some("http://127.0.0.1:7")
        );
        assert_eq!(source("com.example:/cb").as_deref(), Some("com.example:"));
        assert_eq!(source("nonsense"), None);
    }

    #[test]
    fn an_answer_keeps_the_query_that_is_there() {
        assert_eq!(
            with_query("https://a.example/cb?x=1", &[("code", "a b")]).as_deref(),
            Some("https://a.example/cb?x=1&code=a+b")
        );
    }
}
