//! Sign-ins that a relying party has begun and whose answer it waits for.

use std::collections::VecDeque;

use super::pkce::Verifier;

/// What a relying party remembers between the authorization request and its answer.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Ties the answer to the request (RFC 6749 §10.12).
    pub state: String,
    /// Names the browser that began; the answer counts only in the same one.
    pub browser: String,
    /// Ties the ID token to the request (OpenID Connect Core §3.1.2.1).
    pub nonce: String,
    /// Shows who asked for the code.
    pub verifier: Verifier,
}

/// The sign-ins that are under way, the oldest first, bounded.
#[derive(Debug, Default)]
pub struct Pending(VecDeque<Begun>);

impl Pending {
    /// Remembers a sign-in, and forgets the oldest where there are too many.
    pub fn begin(&mut self, begun: Begun) {
        if self.0.len() == LIMIT {
            self.0.pop_front();
        }
        self.0.push_back(begun);
    }

    /// Takes out the sign-in that an answer belongs to, once, and only in the browser that began.
    pub fn take(&mut self, state: &str, browser: &str) -> Option<Begun> {
        let place = self
            .0
            .iter()
            .position(|begun| begun.state == state && begun.browser == browser)?;
        self.0.remove(place)
    }
}

const LIMIT: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_once() {
        let mut pending = Pending::default();
        pending.begin(begun("s1"));
        assert!(pending.take("s1", "browser").is_some());
        assert!(pending.take("s1", "browser").is_none());
    }

    #[test]
    fn an_answer_in_another_browser_is_refused_and_leaves_the_sign_in_alone() {
        let mut pending = Pending::default();
        pending.begin(begun("s1"));
        assert!(pending.take("s1", "another").is_none());
        assert!(pending.take("s1", "browser").is_some());
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut pending = Pending::default();
        for number in 0..=LIMIT {
            pending.begin(begun(&format!("s{number}")));
        }
        assert!(pending.take("s0", "browser").is_none());
        assert!(pending.take("s1", "browser").is_some());
    }

    fn begun(state: &str) -> Begun {
        Begun {
            state: state.to_owned(),
            browser: "browser".to_owned(),
            nonce: "nonce".to_owned(),
            verifier: Verifier::new("verifier".to_owned()),
        }
    }
}
