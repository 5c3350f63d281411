//! What every request handler is given.

use std::sync::Arc;

use certs::Time;
use tokio::sync::Semaphore;

pub use self::clock::Clock;
pub use self::hosts::{HostKind, Hosts};
use crate::master_key::Sealer;
use crate::signing_keys::SigningKeys;
use crate::store::Store;
use crate::trust::TrustCache;

mod clock;
mod hosts;

/// A running server: its store, its keys and its names.
///
/// It holds no state of a sign-in; that is in the store, so that a sign-in may start on one node
/// and end on another.
pub struct Server {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The names the server answers to.
    pub hosts: Hosts,
    /// Seals what must be read again.
    pub sealer: Sealer,
    /// The keys that sign tokens.
    pub keys: SigningKeys,
    /// The trust stores of the tenants, with their newest revocation lists.
    pub trust: TrustCache,
    clock: Clock,
    hashing: Arc<Semaphore>,
}

impl Server {
    /// Puts the parts of a server together.
    pub fn new(
        store: Arc<dyn Store>,
        hosts: Hosts,
        sealer: Sealer,
        keys: SigningKeys,
        trust: TrustCache,
        clock: Clock,
    ) -> Self {
        Self {
            store,
            hosts,
            sealer,
            keys,
            trust,
            clock,
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
        }
    }

    /// The current time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// What tells the time.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Makes a secret of 32 random bytes, in base64url without padding.
    pub fn random_token(&self) -> String {
        random_token()
    }

    /// Makes a random UUID, lowercase with hyphens.
    pub fn uuid(&self) -> String {
        uuid()
    }

    /// Runs slow password work on a thread of its own, two at a time.
    ///
    /// One argon2id hash takes 19 MiB and most of a core; without the limit a handful of wrong
    /// passwords would take the whole machine.
    ///
    /// # Panics
    /// If `work` panics.
    pub async fn hashing<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let _permit = self
            .hashing
            .acquire()
            .await
            .expect("the semaphore is never closed");
        tokio::task::spawn_blocking(work)
            .await
            .expect("password work does not panic")
    }
}

/// Makes a secret of 32 random bytes, in base64url without padding.
pub fn random_token() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

/// Makes a random UUID, lowercase with hyphens.
pub fn uuid() -> String {
    uuid::Builder::from_random_bytes(random_bytes())
        .into_uuid()
        .to_string()
}

/// Draws bytes from the system's random generator.
///
/// # Panics
/// If the generator fails, which on a running system it does not; nothing secret could be made.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the server that draws randomness"
)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random generator works");
    bytes
}

/// SHA-256 of `bytes` in lowercase hex: the form in which the store keeps secrets it only has to
/// recognise.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

const HASHES_AT_ONCE: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_kept_as_the_sha256_of_fips_180() {
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn tokens_hold_32_bytes_and_differ() {
        let one = random_token();
        assert_eq!(one.len(), 43);
        assert_ne!(one, random_token());
    }

    #[test]
    fn uuids_are_version_4_and_lowercase() {
        let id = uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert_eq!(id, id.to_lowercase());
    }
}
