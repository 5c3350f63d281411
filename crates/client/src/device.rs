//! This device: its settings, tokens, keyring and memory, handed to whoever signs a person in.

use std::io;
use std::sync::Arc;

use sign_in::{Failure, Memory, address};
use tls_identity::Trust;
use token::TokenHost;
use url::Url;

use crate::account_lock::AccountLock;
use crate::ambient;
use crate::keyring::{KeptSession, Keyring, Place};
use crate::memory::{self, MemoryFile};
use crate::places::Places;
use crate::reach;
use crate::session::OpenSession;
use crate::settings::Settings;
use crate::wire::http::Http;

/// What opens an address in the person's browser.
pub type Opener = Box<dyn Fn(&Url) -> io::Result<()> + Send + Sync>;

/// Everything a sign-in needs of the computer it runs on.
#[derive(Clone)]
pub struct Device(Arc<Inner>);

struct Inner {
    settings: Settings,
    places: Places,
    keyring: Keyring,
    tokens: TokenHost,
    opener: Opener,
    offer: Offer,
}

/// What to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The username to offer, or whose session to go on with.
    pub username: Option<String>,
    /// Whether to sign in anew though a session is kept.
    pub afresh: bool,
}

impl Device {
    /// Puts a device together.
    pub fn new(
        settings: Settings,
        places: Places,
        keyring: Keyring,
        tokens: TokenHost,
        opener: Opener,
        offer: Offer,
    ) -> Self {
        Self(Arc::new(Inner {
            settings,
            places,
            keyring,
            tokens,
            opener,
            offer,
        }))
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    pub(crate) fn tokens(&self) -> &TokenHost {
        &self.0.tokens
    }

    pub(crate) fn open(&self, url: &Url) -> io::Result<()> {
        (self.0.opener)(url)
    }

    pub(crate) fn http(&self, origin: &str) -> Result<Http, Failure> {
        reach::http(self.settings(), origin)
    }

    pub(crate) fn trust(&self, origin: &str) -> Result<Trust, Failure> {
        reach::trust(self.settings(), origin)
    }

    pub(crate) fn memory_file(&self) -> MemoryFile {
        MemoryFile::in_folder(self.0.places.state())
    }

    /// What this device remembers, with the server and username to offer.
    pub(crate) fn memory(&self) -> Memory {
        self.offer(&self.memory_file().read())
    }

    fn offer(&self, memory: &memory::Memory) -> Memory {
        let servers = &self.0.settings.servers;
        let set = servers.first().map(|server| server.origin.clone());
        let last = memory
            .accounts
            .first()
            .map(|account| account.server.clone());
        Memory {
            server: set.or(last).unwrap_or_default(),
            username: self.0.offer.username.clone().unwrap_or_default(),
            ..memory.for_conversation(ambient::now())
        }
    }

    /// Changes what this device remembers. That it cannot be written is no reason to stop.
    pub(crate) async fn remember(
        &self,
        change: impl FnOnce(&mut memory::Memory) + Send + 'static,
    ) -> Memory {
        let file = self.memory_file();
        let task = tokio::task::spawn_blocking(move || file.change(change));
        match task.await.map_err(io::Error::other).flatten() {
            Ok(memory) => self.offer(&memory),
            Err(cause) => {
                tracing::warn!(%cause, "what this device remembers cannot be written");
                self.memory()
            }
        }
    }

    /// The account to go on with: the one that was named, or the one used last.
    pub(crate) fn last_account(&self) -> Option<(String, String)> {
        let memory = self.memory_file().read();
        let server = self
            .0
            .settings
            .servers
            .first()
            .map(|server| server.origin.as_str());
        let username = self.0.offer.username.as_deref();
        let fits = |account: &&memory::Account| {
            server.is_none_or(|server| account.server == server)
                && username.is_none_or(|username| account.username.eq_ignore_ascii_case(username))
        };
        let account = memory.accounts.iter().find(fits)?;
        Some((account.server.clone(), account.username.clone()))
    }

    /// Opens the session that is kept for an account.
    ///
    /// There is none for a person who signs in anew.
    ///
    /// Reading is enough for every use of a session: its token is bound to the device key and not
    /// rotated, so any number of processes may use it at once.
    pub(crate) async fn open_session(
        &self,
        server: &str,
        username: &str,
    ) -> Option<Arc<OpenSession>> {
        if self.0.offer.afresh {
            return None;
        }
        let server = address::origin(server)?;
        let memory = self.memory_file().read();
        let account = memory.find(&server, username)?;
        let session = account
            .session(false)
            .filter(|session| session.until > ambient::now())?;
        match self
            .keyring()
            .read(&account.issuer, &account.username)
            .await
        {
            Ok(Some(kept)) => Some(OpenSession::new(
                self.clone(),
                account.issuer.clone(),
                session,
                kept,
            )),
            Ok(None) => {
                let username = username.to_owned();
                self.remember(move |memory| memory.end_session(&server, &username))
                    .await;
                None
            }
            // It may only be locked for now: the session stays noted.
            Err(cause) => {
                tracing::warn!(%cause, "the kept session cannot be read");
                None
            }
        }
    }

    /// Keeps a session: first its token in the keyring, then the note of it. Stopped in between,
    /// the device has either the old note or none, and a person signs in again at worst.
    ///
    /// The session that was kept before is given back, to be ended at the server.
    pub(crate) async fn keep(
        &self,
        account: memory::Account,
        kept: &KeptSession,
    ) -> (Place, Option<KeptSession>) {
        let _lock = self.lock(&account.issuer, &account.username).await;
        let before = self
            .keyring()
            .read(&account.issuer, &account.username)
            .await
            .ok()
            .flatten();
        let place = self
            .keyring()
            .write(&account.issuer, &account.username, kept)
            .await;
        let session = account.session.clone().filter(|_| place == Place::Keyring);
        self.remember(move |memory| memory.note(memory::Account { session, ..account }))
            .await;
        (place, before)
    }

    /// Removes a session, and the account with it when it is to be forgotten.
    pub(crate) async fn remove(&self, server: &str, username: &str, forget: bool) -> Memory {
        let known = self.memory_file().read().find(server, username).cloned();
        if let Some(account) = known {
            let _lock = self.lock(&account.issuer, &account.username).await;
            if let Err(cause) = self
                .keyring()
                .remove(&account.issuer, &account.username)
                .await
            {
                tracing::warn!(%cause, "the session stays in the keyring, without use");
            }
        }
        let (server, username) = (server.to_owned(), username.to_owned());
        self.remember(move |memory| {
            if forget {
                memory.forget(&server, &username);
            } else {
                memory.end_session(&server, &username);
            }
        })
        .await
    }

    /// One process at a time; where no lock can be had, changes go on without.
    async fn lock(&self, issuer: &str, username: &str) -> Option<AccountLock> {
        match AccountLock::take(self.0.places.state(), issuer, username).await {
            Ok(lock) => Some(lock),
            Err(cause) => {
                tracing::warn!(%cause, "the account cannot be locked");
                None
            }
        }
    }
}
