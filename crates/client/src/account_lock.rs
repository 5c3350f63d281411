//! One process at a time changes what is kept of an account.

use std::fs::File;
use std::io;
use std::path::Path;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::memory::{private_file, private_folder};

/// Held while the keyring's entry of an account changes; the system releases it when the process
/// ends, however it ends.
#[derive(Debug)]
pub(crate) struct AccountLock(#[expect(dead_code, reason = "held for its lock")] File);

impl AccountLock {
    /// Waits until no other process holds the lock.
    pub(crate) async fn take(state: &Path, issuer: &str, account: &str) -> io::Result<Self> {
        let folder = state.join("locks");
        let name = format!("{issuer} {}", account.to_lowercase());
        let name = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, name.as_bytes()));
        tokio::task::spawn_blocking(move || {
            private_folder(&folder)?;
            let file = private_file(&folder.join(name))?;
            file.lock()?;
            Ok(Self(file))
        })
        .await
        .map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::AccountLock;

    #[tokio::test]
    async fn a_second_taker_waits_for_the_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = AccountLock::take(folder.path(), "i", "lee@m")
            .await
            .expect("the lock");
        let path = folder.path().to_owned();
        let second = tokio::spawn(async move { AccountLock::take(&path, "i", "LEE@m").await });
        let other = AccountLock::take(folder.path(), "i", "sam@m").await;
        assert!(other.is_ok(), "another account is not locked");
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.expect("it runs").is_ok());
    }
}
