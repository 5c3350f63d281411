//! The nonces that servers put into proofs (RFC 9449 §8 and §9).

use std::sync::{Mutex, PoisonError};

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use serde::Deserialize;

/// Which of a server's two parts gave a nonce: one that comes from the authorization server says
/// nothing to a resource, and the other way round (RFC 9449 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The token and challenge endpoints.
    Authorization,
    /// What access tokens open.
    Resource,
}

/// The newest nonces of one server.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<[Option<String>; 2]>);

impl Nonces {
    /// The nonce that the next proof for this part carries.
    pub(super) fn newest(&self, part: Part) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [authorization, resource] = &*kept;
        match part {
            Part::Authorization => authorization.clone(),
            Part::Resource => resource.clone(),
        }
    }

    /// Keeps the nonce of an answer, whatever the answer says (RFC 9449 §8.2). One that no honest
    /// server sends is left out: it would come back in every proof.
    pub(super) fn keep(&self, part: Part, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all("dpop-nonce").iter();
        let (Some(nonce), None) = (given.next(), given.next()) else {
            return false;
        };
        let Some(nonce) = nonce.to_str().ok().filter(|nonce| is_nonce(nonce)) else {
            return false;
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [authorization, resource] = &mut *kept;
        let place = match part {
            Part::Authorization => authorization,
            Part::Resource => resource,
        };
        *place = Some(nonce.to_owned());
        true
    }
}

/// Whether an answer says that the proof lacks the server's nonce: the error of RFC 9449 §8 in the
/// body, or that of §9 in the challenge of a resource.
pub(super) fn is_wanted(part: Part, status: u16, headers: &HeaderMap, body: &[u8]) -> bool {
    match part {
        Part::Authorization => {
            matches!(status, 400 | 401)
                && serde_json::from_slice::<Told>(body).is_ok_and(|told| told.error == WANTED)
        }
        Part::Resource => {
            status == 401
                && headers.get_all(WWW_AUTHENTICATE).iter().any(|challenge| {
                    challenge
                        .to_str()
                        .is_ok_and(|text| text.contains("error=\"use_dpop_nonce\""))
                })
        }
    }
}

#[derive(Deserialize)]
struct Told {
    error: String,
}

/// Letters of RFC 9449 §8.1, and not without end.
fn is_nonce(text: &str) -> bool {
    let is_letter = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_letter)
}

const WANTED: &str = "use_dpop_nonce";
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::{Nonces, Part};

    fn kept(values: &[&str]) -> Option<String> {
        let nonces = Nonces::default();
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("dpop-nonce", HeaderValue::from_str(value).expect("a value"));
        }
        nonces.keep(Part::Authorization, &headers);
        assert_eq!(nonces.newest(Part::Resource), None);
        nonces.newest(Part::Authorization)
    }

    #[test]
    fn one_nonce_of_the_allowed_letters_is_kept() {
        assert_eq!(
            kept(&["eyJ7S_zG.eyJH0-Z"]).as_deref(),
            Some("eyJ7S_zG.eyJH0-Z")
        );
        for none in [&[][..], &[""], &["a b"], &["a\"b"], &["a\\b"], &["a", "b"]] {
            assert_eq!(kept(none), None, "{none:?}");
        }
        assert!(kept(&[&"n".repeat(1024)]).is_some());
        assert_eq!(kept(&[&"n".repeat(1025)]), None);
    }
}
