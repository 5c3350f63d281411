//! Reading parameters from queries and posted forms, strictly.
//!
//! OAuth forbids a parameter twice (RFC 6749 §3.1), and a lenient decoder that keeps "the last
//! one" is how two parsers come to disagree. Text that is not UTF-8, and anything longer than this
//! server ever sends or needs, is refused before a handler sees it.

use std::collections::BTreeMap;
use std::fmt;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use zeroize::Zeroizing;

/// Parameters of one request, each at most once.
///
/// Values may be passwords and tokens, so they are wiped when dropped and printed as `***`.
#[derive(Default)]
pub struct Params(BTreeMap<String, Zeroizing<String>>);

/// Why the parameters cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// The same name twice.
    #[error("a parameter was sent twice")]
    Duplicate,
    /// Too many, or one that is too long.
    #[error("a parameter is too long, or there are too many of them")]
    TooLong,
    /// Not `application/x-www-form-urlencoded` text in UTF-8.
    #[error("the parameters are not URL-encoded UTF-8")]
    NotText,
    /// The body has another media type.
    #[error("the body must be application/x-www-form-urlencoded")]
    MediaType,
    /// The body is larger than 64 KB or did not arrive.
    #[error("the body is too large or broke off")]
    Body,
}

impl Params {
    /// Decodes `name=value&…`.
    ///
    /// # Errors
    /// See [`ParamsError`].
    pub fn parse(text: &[u8]) -> Result<Self, ParamsError> {
        let mut params = BTreeMap::new();
        for pair in text
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
        {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default(), MAX_NAME)?;
            let value = decode(halves.next().unwrap_or_default(), MAX_VALUE)?;
            if params.insert(name.to_string(), value).is_some() {
                return Err(ParamsError::Duplicate);
            }
            if params.len() > MAX_PARAMETERS {
                return Err(ParamsError::TooLong);
            }
        }
        Ok(Self(params))
    }

    /// Reads the query of a request.
    ///
    /// # Errors
    /// See [`ParamsError`].
    pub fn of_query(uri: &http::Uri) -> Result<Self, ParamsError> {
        Self::parse(uri.query().unwrap_or_default().as_bytes())
    }

    /// The value of a parameter; an empty one counts as absent (RFC 6749 §3.1).
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|value| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The value as an owned string.
    pub fn owned(&self, name: &str) -> Option<String> {
        self.value(name).map(str::to_owned)
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.keys().map(|name| (name, "***")))
            .finish()
    }
}

/// Takes the query of a GET and the form of a POST; never a mixture of both.
impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = ParamsError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ParamsError> {
        read(request, state).await
    }
}

/// For a handler that has no face of its own; the others say it in their way.
impl IntoResponse for ParamsError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, format!("{self}\n")).into_response()
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Params, ParamsError> {
    if request.method() != Method::POST {
        return Params::of_query(request.uri());
    }
    let form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| {
            value
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
    let body = Bytes::from_request(request, state)
        .await
        .map_err(|_| ParamsError::Body)?;
    if !form && !body.is_empty() {
        return Err(ParamsError::MediaType);
    }
    Params::parse(&body)
}

fn decode(text: &[u8], limit: usize) -> Result<Zeroizing<String>, ParamsError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(|digit| hex(*digit));
                let low = rest.next().and_then(|digit| hex(*digit));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(ParamsError::NotText);
                };
                high << 4 | low
            }
            0..=0x20 | 0x7f.. => return Err(ParamsError::NotText),
            plain => *plain,
        });
    }
    if bytes.len() > limit {
        return Err(ParamsError::TooLong);
    }
    if bytes.contains(&0) {
        return Err(ParamsError::NotText);
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(ParamsError::NotText),
    }
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

const MAX_NAME: usize = 64;
const MAX_VALUE: usize = 8 * 1024;
const MAX_PARAMETERS: usize = 40;

#[cfg(test)]
mod tests {
    use super::{Params, ParamsError};

    #[test]
    fn values_are_decoded_and_empty_ones_are_absent() {
        let params = Params::parse(b"a=1%202&b=x+y&c=&d").unwrap_or_default();
        assert_eq!(params.value("a"), Some("1 2"));
        assert_eq!(params.value("b"), Some("x y"));
        assert_eq!(params.value("c"), None);
        assert_eq!(params.value("d"), None);
    }

    #[test]
    fn hostile_text_is_refused_with_its_reason() {
        let long = format!("a={}", "x".repeat(9000));
        let many: Vec<String> = (0..60).map(|n| format!("p{n}=1")).collect();
        let many = many.join("&");
        let table: [(&[u8], ParamsError); 8] = [
            (b"a=1&a=2", ParamsError::Duplicate),
            (b"a=1&%61=2", ParamsError::Duplicate),
            (b"a=%ff", ParamsError::NotText),
            (b"a=%0", ParamsError::NotText),
            (b"a=%zz", ParamsError::NotText),
            (b"a=%00", ParamsError::NotText),
            (long.as_bytes(), ParamsError::TooLong),
            (many.as_bytes(), ParamsError::TooLong),
        ];
        for (text, expected) in table {
            assert_eq!(Params::parse(text).err(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn debug_output_holds_no_value() {
        let params = Params::parse(b"password=hunter2").unwrap_or_default();
        assert!(!format!("{params:?}").contains("hunter2"));
    }
}
