//! What this device remembers between sign-ins: accounts and marked certificates, no secrets.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sign_in::view::{Method, RecentAccount, Strength, UsedCertificate};
use sign_in::{Remembered, Session};

/// The state file, `accounts.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    /// Newest first.
    pub(crate) accounts: Vec<Account>,
    /// The certificate to mark for each account: SHA-256 by username, by the server's origin.
    pub(crate) certificates: BTreeMap<String, BTreeMap<String, String>>,
}

/// An account that was used here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) server: String,
    pub(crate) username: String,
    pub(crate) issuer: String,
    pub(crate) name: String,
    pub(crate) tenant: String,
    /// Set while the keyring holds its session.
    pub(crate) session: Option<Kept>,
}

/// What is known of a kept session; its token and key lie in the keyring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) since: i64,
    pub(crate) until: i64,
    pub(crate) strength: Strength,
    pub(crate) factors: Vec<Method>,
    pub(crate) certificate: Option<UsedCertificate>,
}

impl Memory {
    pub(crate) fn find(&self, server: &str, username: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.is(server, username))
    }

    /// Puts an account first.
    pub(crate) fn note(&mut self, account: Account) {
        self.accounts
            .retain(|old| !old.is(&account.server, &account.username));
        self.accounts.insert(0, account);
        self.accounts.truncate(MOST_ACCOUNTS);
    }

    pub(crate) fn end_session(&mut self, server: &str, username: &str) {
        for account in self
            .accounts
            .iter_mut()
            .filter(|account| account.is(server, username))
        {
            account.session = None;
        }
    }

    /// Marks a certificate for the next time.
    pub(crate) fn mark(&mut self, server: String, username: &str, sha256: String) {
        self.certificates
            .entry(server)
            .or_default()
            .insert(username.to_lowercase(), sha256);
    }

    pub(crate) fn forget(&mut self, server: &str, username: &str) {
        if let Some(marked) = self.certificates.get_mut(server) {
            marked.remove(&username.to_lowercase());
        }
        self.accounts
            .retain(|account| !account.is(server, username));
    }

    /// What the conversation needs of it.
    pub(crate) fn for_conversation(&self, now: i64) -> sign_in::Memory {
        let accounts = self.accounts.iter().map(|account| RecentAccount {
            server: account.server.clone(),
            username: account.username.clone(),
            name: Some(account.name.clone()),
            signed_in: account
                .session
                .as_ref()
                .is_some_and(|session| session.until > now),
        });
        let certificates = self.certificates.iter().flat_map(|(server, marked)| {
            marked.iter().map(|(username, sha256)| Remembered {
                server: server.clone(),
                username: username.clone(),
                sha256: sha256.clone(),
            })
        });
        sign_in::Memory {
            accounts: accounts.collect(),
            certificates: certificates.collect(),
            server: String::new(),
            username: String::new(),
        }
    }
}

impl Account {
    pub(crate) fn is(&self, server: &str, username: &str) -> bool {
        self.server == server && self.username.eq_ignore_ascii_case(username)
    }

    /// The session as a person knows it.
    pub(crate) fn session(&self, memory_only: bool) -> Option<Session> {
        let kept = self.session.clone()?;
        Some(Session {
            server: self.server.clone(),
            name: self.name.clone(),
            username: self.username.clone(),
            tenant: self.tenant.clone(),
            since: kept.since,
            until: kept.until,
            strength: kept.strength,
            factors: kept.factors,
            certificate: kept.certificate,
            memory_only,
        })
    }
}

/// The state file on disk, changed by one process at a time.
#[derive(Clone, Debug)]
pub(crate) struct MemoryFile {
    folder: PathBuf,
}

impl MemoryFile {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Reads the file. One that is missing or damaged means nothing is remembered: it holds
    /// comforts, and a sign-in must not depend on them.
    pub(crate) fn read(&self) -> Memory {
        let mut text = String::new();
        let read = File::open(self.file())
            .and_then(|file| file.take(LONGEST).read_to_string(&mut text).map(|_| ()));
        match read {
            Ok(()) => serde_json::from_str(&text).unwrap_or_else(|cause| {
                tracing::warn!(%cause, "the remembered accounts cannot be read");
                Memory::default()
            }),
            Err(cause) => {
                if cause.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%cause, "the remembered accounts cannot be read");
                }
                Memory::default()
            }
        }
    }

    /// Changes the file under a lock: the new one is written beside it and takes its place whole.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Memory)) -> io::Result<Memory> {
        private_folder(&self.folder)?;
        let lock = private_file(&self.folder.join("accounts.lock"))?;
        lock.lock()?;
        let mut memory = self.read();
        change(&mut memory);
        let beside = self.folder.join("accounts.json.new");
        let mut file = private_file(&beside)?;
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec_pretty(&memory)?)?;
        file.sync_all()?;
        fs::rename(&beside, self.file())?;
        Ok(memory)
    }

    fn file(&self) -> PathBuf {
        self.folder.join("accounts.json")
    }
}

/// Makes a folder that only its owner reads.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file that only its owner reads, and makes it where it is missing.
pub(crate) fn private_file(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

const MOST_ACCOUNTS: usize = 20;
const LONGEST: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::{Account, Memory, MemoryFile};

    fn account(username: &str) -> Account {
        Account {
            server: "https://login.example".to_owned(),
            username: username.to_owned(),
            issuer: "https://login.example/t/v2.0".to_owned(),
            name: "Lee Park".to_owned(),
            tenant: "Meridian".to_owned(),
            session: None,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = MemoryFile::in_folder(&folder.path().join("state"));
        assert_eq!(file.read(), Memory::default());
        file.change(|memory| memory.note(account("lee@meridian.example")))
            .expect("written");
        file.change(|memory| memory.note(account("sam@meridian.example")))
            .expect("written");
        let names: Vec<_> = file
            .read()
            .accounts
            .into_iter()
            .map(|a| a.username)
            .collect();
        assert_eq!(names, ["sam@meridian.example", "lee@meridian.example"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        MemoryFile::in_folder(&state)
            .change(|_| {})
            .expect("written");
        let mode = |path: &std::path::Path| {
            std::fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!(mode(&state), 0o700);
        assert_eq!(mode(&state.join("accounts.json")), 0o600);
    }

    #[test]
    fn a_damaged_file_is_forgotten_and_can_be_written_again() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("accounts.json"), "{\"acc").expect("written");
        let file = MemoryFile::in_folder(folder.path());
        assert_eq!(file.read(), Memory::default());
        file.change(|memory| memory.note(account("lee@meridian.example")))
            .expect("written");
        assert_eq!(file.read().accounts.len(), 1);
    }

    #[test]
    fn writers_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = MemoryFile::in_folder(folder.path());
        std::thread::scope(|scope| {
            for number in 0..10 {
                let file = &file;
                scope.spawn(move || {
                    file.change(|memory| memory.note(account(&format!("a{number}@b.example"))))
                        .expect("written");
                });
            }
        });
        assert_eq!(file.read().accounts.len(), 10);
    }

    #[test]
    fn an_account_is_found_in_any_case_and_noted_once() {
        let mut memory = Memory::default();
        memory.note(account("lee@meridian.example"));
        memory.note(account("Lee@Meridian.example"));
        assert_eq!(memory.accounts.len(), 1);
        assert!(
            memory
                .find("https://login.example", "LEE@meridian.example")
                .is_some()
        );
    }
}
