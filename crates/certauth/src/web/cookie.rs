//! The two cookies of the login host. The certauth host sets and reads none.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

/// Names the browser; a journey belongs to it.
pub const BROWSER: &str = "__Host-certauth-browser";
/// The key of a browser's session.
pub const SESSION: &str = "__Host-certauth-session";

/// The value of the cookie that names the browser.
pub fn browser(headers: &HeaderMap) -> Option<String> {
    value(headers, BROWSER)
}

/// The key of the browser's session.
pub fn session(headers: &HeaderMap) -> Option<String> {
    value(headers, SESSION)
}

/// Sets a cookie until the browser is closed.
pub fn set(response: &mut Response, name: &str, value: &str) {
    append(
        response,
        &format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax"),
    );
}

/// Removes a cookie.
pub fn remove(response: &mut Response, name: &str) {
    append(
        response,
        &format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"),
    );
}

fn append(response: &mut Response, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A cookie that this server made: 43 characters of base64url, and only one of that name. A second
/// one was planted by somebody, so then none counts.
fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value);
    let first = found.next()?;
    let ours = first.len() == 43
        && first
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (ours && found.next().is_none()).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{BROWSER, browser};
    use http::{HeaderMap, HeaderValue, header};

    #[test]
    fn only_one_well_formed_cookie_counts() {
        let good = "A".repeat(43);
        let other = "B".repeat(43);
        for (lines, expected) in [
            (vec![format!("x=1; {BROWSER}={good}")], Some(&good)),
            (vec![format!("{BROWSER}={good}; {BROWSER}={other}")], None),
            (
                vec![format!("{BROWSER}={good}"), format!("{BROWSER}={other}")],
                None,
            ),
            (vec![format!("{BROWSER}=short")], None),
            (vec![format!("{BROWSER}={}", "\"".repeat(43))], None),
            (vec![format!("other={good}")], None),
            (vec![], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                let value = HeaderValue::from_str(line).expect("a header");
                headers.append(header::COOKIE, value);
            }
            assert_eq!(browser(&headers).as_ref(), expected, "{lines:?}");
        }
    }
}
