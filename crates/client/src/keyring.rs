//! Where a session's token and key are kept: the keyring of the operating system, or this
//! process's memory when there is none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keyring_core::{CredentialStore, Error};
use thiserror::Error as ThisError;
use zeroize::Zeroizing;

use crate::device_key::DeviceKey;
use crate::secret::Secret;

/// The keyring.
///
/// Its store is opened again after a failure, because a desktop's keyring may start after this
/// program. Its calls block, so they run on threads that may.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    source: Source,
    open: Mutex<Option<Arc<CredentialStore>>>,
    /// Sessions that could not be given to a keyring.
    memory: Mutex<HashMap<String, Zeroizing<Vec<u8>>>>,
}

enum Source {
    OperatingSystem,
    Given(Arc<CredentialStore>),
    Nowhere,
}

/// What a session is made of, and what nothing but the keyring may hold.
#[derive(Clone, Debug)]
pub(crate) struct KeptSession {
    pub(crate) refresh_token: Secret,
    pub(crate) key: Arc<DeviceKey>,
}

/// Where a session was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Keyring,
    MemoryOnly,
}

impl Keyring {
    /// The keyring of this person's operating system.
    pub fn of_this_computer() -> Self {
        Self::from(Source::OperatingSystem)
    }

    /// A store of one's own.
    pub fn in_store(store: Arc<CredentialStore>) -> Self {
        Self::from(Source::Given(store))
    }

    /// No keyring: sessions last as long as this process.
    pub fn memory_only() -> Self {
        Self::from(Source::Nowhere)
    }

    fn from(source: Source) -> Self {
        Self(Arc::new(Inner {
            source,
            open: Mutex::new(None),
            memory: Mutex::new(HashMap::new()),
        }))
    }

    /// Reads the session of an account.
    pub(crate) async fn read(
        &self,
        issuer: &str,
        account: &str,
    ) -> Result<Option<KeptSession>, KeyringError> {
        let name = entry_name(issuer, account);
        if let Some(bytes) = lock(&self.0.memory).get(&name) {
            return Ok(KeptSession::from_bytes(bytes));
        }
        let bytes = self
            .blocking(
                move |store| match store.build(SERVICE, &name, None)?.get_secret() {
                    Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
                    Err(Error::NoEntry) => Ok(None),
                    Err(error) => Err(error),
                },
            )
            .await?;
        Ok(bytes.and_then(|bytes| KeptSession::from_bytes(&bytes)))
    }

    /// Keeps a session; in memory when no keyring takes it.
    pub(crate) async fn write(&self, issuer: &str, account: &str, session: &KeptSession) -> Place {
        let name = entry_name(issuer, account);
        let bytes = session.to_bytes();
        if bytes.len() < LARGEST_ENTRY {
            let (entry, copy) = (name.clone(), bytes.clone());
            let written = self
                .blocking(move |store| store.build(SERVICE, &entry, None)?.set_secret(&copy))
                .await;
            match written {
                Ok(()) => {
                    lock(&self.0.memory).remove(&name);
                    return Place::Keyring;
                }
                Err(cause) => tracing::warn!(%cause, "the session is kept in memory only"),
            }
        }
        lock(&self.0.memory).insert(name, bytes);
        Place::MemoryOnly
    }

    /// Removes the session of an account; it is no error when there is none.
    pub(crate) async fn remove(&self, issuer: &str, account: &str) -> Result<(), KeyringError> {
        let name = entry_name(issuer, account);
        if lock(&self.0.memory).remove(&name).is_some() {
            return Ok(());
        }
        self.blocking(
            move |store| match store.build(SERVICE, &name, None)?.delete_credential() {
                Ok(()) | Err(Error::NoEntry) => Ok(()),
                Err(error) => Err(error),
            },
        )
        .await
    }

    /// Tries the keyring with a write, because a locked one may read "no entry" and still refuse
    /// to write.
    pub(crate) async fn probe(&self) -> Result<(), KeyringError> {
        self.blocking(|store| {
            let entry = store.build(SERVICE, &format!("probe {}", std::process::id()), None)?;
            entry.set_secret(b"probe")?;
            entry.delete_credential()
        })
        .await
    }

    /// Runs a call on a thread that may block; opens the store again and repeats the call once
    /// when it fails, because the service may have been started anew.
    async fn blocking<T: Send + 'static>(
        &self,
        call: impl Fn(&CredentialStore) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let keyring = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let (store, was_open) = keyring.store()?;
            match call(&*store) {
                Err(error) if was_open => {
                    tracing::debug!(%error, "the keyring is opened again");
                    lock(&keyring.0.open).take();
                    let (store, _) = keyring.store()?;
                    call(&*store)
                }
                outcome => outcome,
            }
        });
        match tokio::time::timeout(PATIENCE, task).await {
            Ok(Ok(outcome)) => outcome.map_err(KeyringError::from),
            Ok(Err(_)) => Err(KeyringError::Stopped),
            Err(_) => Err(KeyringError::TimedOut),
        }
    }

    /// The open store, and whether it was open before.
    fn store(&self) -> keyring_core::Result<(Arc<CredentialStore>, bool)> {
        if let Some(store) = lock(&self.0.open).clone() {
            return Ok((store, true));
        }
        let store = match &self.0.source {
            Source::OperatingSystem => system_store()?,
            Source::Given(store) => Arc::clone(store),
            Source::Nowhere => return Err(Error::NoDefaultStore),
        };
        *lock(&self.0.open) = Some(Arc::clone(&store));
        Ok((store, false))
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(***)")
    }
}

/// Secret Service. The facade `keyring` opens its store once per process and never again, so its
/// store is used here directly.
#[cfg(target_os = "linux")]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

/// Keychain or Credential Manager, which are always there.
#[cfg(not(target_os = "linux"))]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    if let Err(error) = keyring::Entry::store_status() {
        tracing::debug!(%error, "the keyring did not open");
    }
    keyring_core::get_default_store().ok_or(Error::NoDefaultStore)
}

impl KeptSession {
    /// A version, the length of the token, the token, the key.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let token = self.refresh_token.reveal().as_bytes();
        let length = u16::try_from(token.len()).unwrap_or(u16::MAX);
        let mut bytes =
            Zeroizing::new(Vec::with_capacity(3 + token.len() + self.key.pkcs8().len()));
        bytes.push(VERSION);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(token);
        bytes.extend_from_slice(self.key.pkcs8());
        bytes
    }

    /// An entry of another version or a damaged one is no session: the person signs in again.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[VERSION, high, low], rest) = bytes.split_first_chunk::<3>()? else {
            return None;
        };
        let (token, key) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
        let token = std::str::from_utf8(token).ok()?;
        let key = DeviceKey::from_pkcs8(Zeroizing::new(key.to_vec())).ok()?;
        Some(Self {
            refresh_token: Secret::new(token.to_owned()),
            key: Arc::new(key),
        })
    }
}

/// Why the keyring could not be used.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no keyring, or it cannot be reached.
    #[error("no keyring can be reached: {0}")]
    Unreachable(Error),
    /// It is locked, or has no place to keep anything.
    #[error("the keyring is locked: {0}")]
    Locked(Error),
    /// Anything else it said.
    #[error("the keyring refused: {0}")]
    Refused(Error),
    /// It gave no answer.
    #[error("the keyring gave no answer")]
    TimedOut,
    /// The thread that asked it stopped.
    #[error("the keyring's thread stopped")]
    Stopped,
}

impl From<Error> for KeyringError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else it says is a refusal"
    )]
    fn from(error: Error) -> Self {
        match error {
            Error::PlatformFailure(_) | Error::NoDefaultStore => Self::Unreachable(error),
            Error::NoStorageAccess(_) => Self::Locked(error),
            other => Self::Refused(other),
        }
    }
}

fn entry_name(issuer: &str, account: &str) -> String {
    format!("{issuer} {}", account.to_lowercase())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const SERVICE: &str = "lanyard";
const VERSION: u8 = 1;
/// Windows takes 2,560 bytes in one entry.
const LARGEST_ENTRY: usize = 2_560;
/// A person may have to unlock the keyring first.
const PATIENCE: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{KeptSession, Keyring, LARGEST_ENTRY, Place};
    use crate::device_key::DeviceKey;
    use crate::secret::Secret;

    fn session(token: &str) -> KeptSession {
        KeptSession {
            refresh_token: Secret::new(token.to_owned()),
            key: Arc::new(DeviceKey::new()),
        }
    }

    fn mock() -> Keyring {
        Keyring::in_store(keyring_core::mock::Store::new().expect("a store"))
    }

    #[tokio::test]
    async fn a_session_is_kept_by_issuer_and_account() {
        let keyring = mock();
        assert_eq!(
            keyring.write("i", "lee@m", &session("one")).await,
            Place::Keyring
        );
        assert_eq!(
            keyring.write("i", "sam@m", &session("two")).await,
            Place::Keyring
        );
        let lee = keyring
            .read("i", "Lee@m")
            .await
            .expect("readable")
            .expect("kept");
        assert_eq!(lee.refresh_token.reveal(), "one");
        assert!(
            keyring
                .read("j", "lee@m")
                .await
                .expect("readable")
                .is_none()
        );
        keyring.remove("i", "lee@m").await.expect("removed");
        assert!(
            keyring
                .read("i", "lee@m")
                .await
                .expect("readable")
                .is_none()
        );
        keyring
            .remove("i", "lee@m")
            .await
            .expect("nothing to remove");
    }

    #[tokio::test]
    async fn without_a_keyring_the_session_lasts_as_long_as_the_process() {
        let keyring = Keyring::memory_only();
        assert!(keyring.probe().await.is_err());
        assert_eq!(
            keyring.write("i", "lee@m", &session("one")).await,
            Place::MemoryOnly
        );
        let lee = keyring
            .read("i", "lee@m")
            .await
            .expect("readable")
            .expect("kept");
        assert_eq!(lee.refresh_token.reveal(), "one");
    }

    #[tokio::test]
    async fn a_probe_leaves_nothing_behind() {
        let keyring = mock();
        keyring.probe().await.expect("it writes");
        let name = format!("probe {}", std::process::id());
        assert!(
            keyring
                .read("probe", &name)
                .await
                .expect("readable")
                .is_none()
        );
    }

    #[test]
    fn an_entry_fits_windows_with_a_long_token() {
        assert!(session(&"t".repeat(2_048)).to_bytes().len() < LARGEST_ENTRY);
    }

    #[test]
    fn a_damaged_entry_is_no_session() {
        let bytes = session("one").to_bytes();
        assert!(KeptSession::from_bytes(&bytes).is_some());
        for end in 0..bytes.len() {
            assert!(
                KeptSession::from_bytes(&bytes[..end]).is_none(),
                "{end} bytes"
            );
        }
        assert!(KeptSession::from_bytes(&[2, 0, 0]).is_none());
    }
}
