//! `lanyard token`: an access token for a script.

use client::{AccessToken, Device, NoToken, Secret};
use serde_json::json;
use url::Url;

use crate::arguments::Token;
use crate::outcome::{Outcome, Trouble};
use crate::{session, terminal, words};

/// Prints a token, and with `--dpop` the proof for one request beside it.
pub(crate) async fn run(wanted: Token, device: &Device) -> Result<Outcome, Trouble> {
    let request = wanted.dpop.as_deref().map(request).transpose()?;
    let account = session::account(device).await?;
    let got = account
        .access_token(wanted.app.as_deref(), request.is_none())
        .await;
    let token = match got {
        Ok(token) => token,
        Err(NoToken::MoreNeeded) => {
            return Err(Trouble::new(Outcome::Refused, words::MORE_NEEDED));
        }
        Err(NoToken::Failed(failure)) => return Err(session::failed(account, failure).await),
    };
    let bearer = token.token_type.eq_ignore_ascii_case("Bearer");
    let proof = match &request {
        // A bound token without a proof is of no use, and looks as if it were.
        None if !bearer => return Err(Trouble::new(Outcome::Refused, words::NO_BEARER)),
        None => None,
        Some((method, url)) => Some(account.proof(method, url, &token)),
    };
    if wanted.json {
        terminal::print_json(&json!({
            "access_token": token.access_token.reveal(),
            "token_type": token.token_type,
            "expires_in": token.expires_in,
            "dpop": proof,
        }));
    } else {
        terminal::print(&text(&token, proof.as_deref()));
    }
    Ok(Outcome::Done)
}

/// The token alone, or the two headers of a bound one.
fn text(token: &AccessToken, proof: Option<&str>) -> String {
    let access_token: &Secret = &token.access_token;
    match proof {
        None => access_token.reveal().to_owned(),
        Some(proof) => {
            format!(
                "Authorization: {} {}\nDPoP: {proof}",
                token.token_type,
                access_token.reveal()
            )
        }
    }
}

/// Reads the method and the address of the request that a proof is for.
fn request(typed: &[String]) -> Result<(String, Url), Trouble> {
    let [method, url] = typed else {
        return Err(Trouble::new(Outcome::Usage, words::NOT_A_REQUEST));
    };
    let reads = !method.is_empty() && method.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    match Url::parse(url) {
        Ok(url) if reads && url.has_host() => Ok((method.to_ascii_uppercase(), url)),
        Ok(_) | Err(_) => Err(Trouble::new(Outcome::Usage, words::NOT_A_REQUEST)),
    }
}

#[cfg(test)]
mod tests {
    use client::{AccessToken, Secret};

    use super::{request, text};

    fn token(token_type: &str) -> AccessToken {
        AccessToken {
            access_token: Secret::new("abc".to_owned()),
            token_type: token_type.to_owned(),
            expires_in: 3600,
        }
    }

    #[test]
    fn a_bearer_token_is_printed_alone() {
        assert_eq!(text(&token("Bearer"), None), "abc");
    }

    #[test]
    fn a_bound_token_and_its_proof_are_headers_that_curl_can_read() {
        let headers = text(&token("DPoP"), Some("proof"));
        assert_eq!(headers, "Authorization: DPoP abc\nDPoP: proof");
    }

    #[test]
    fn a_request_is_a_method_and_an_address() {
        let typed = |method: &str, url: &str| [method.to_owned(), url.to_owned()];
        let (method, url) = request(&typed("get", "https://a.example/x")).expect("a request");
        assert_eq!(
            (method.as_str(), url.as_str()),
            ("GET", "https://a.example/x")
        );
        for (method, url) in [
            ("", "https://a.example"),
            ("GET", "/x"),
            ("G T", "https://a"),
        ] {
            assert!(request(&typed(method, url)).is_err(), "{method} {url}");
        }
    }
}
