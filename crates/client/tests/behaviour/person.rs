//! A person in front of the client, on a device of the test's own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::intent::Intent;
use client::view::{Method, Screen, View};
use client::{Conversation, Device, Keyring, Offer, Places, Settings};
use token::TokenHost;
use tokio::sync::watch;

use crate::server::{PASSWORD, Server, USERNAME};

/// What stays when the program is started again.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    pub(crate) keyring: Keyring,
    opened: Arc<Mutex<Vec<String>>>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let store = keyring_core::mock::Store::new().expect("a store");
        Self::with(Keyring::in_store(store))
    }

    pub(crate) fn with(keyring: Keyring) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            folder,
            keyring,
            opened: Arc::default(),
        }
    }

    pub(crate) fn device(&self, server: &Server) -> Device {
        self.device_that_trusts(server, Some(server.ca.clone()))
    }

    /// The same for a person who signs in anew.
    pub(crate) fn device_afresh(&self, server: &Server) -> Device {
        let offer = Offer {
            afresh: true,
            ..Offer::default()
        };
        self.put_together(server, Some(server.ca.clone()), offer)
    }

    pub(crate) fn device_that_trusts(&self, server: &Server, ca: Option<PathBuf>) -> Device {
        self.put_together(server, ca, Offer::default())
    }

    fn put_together(&self, server: &Server, ca: Option<PathBuf>, offer: Offer) -> Device {
        let settings = Settings::default()
            .with(Some(&server.origin), ca, [])
            .expect("settings");
        let places = Places::at(self.folder.path().join("c"), self.folder.path().join("s"));
        let opened = self.opened.clone();
        Device::new(
            settings,
            places,
            self.keyring.clone(),
            TokenHost::new(token::Settings::only([])),
            Box::new(move |url| {
                opened
                    .lock()
                    .expect("what was opened")
                    .push(url.to_string());
                Ok(())
            }),
            offer,
        )
    }

    /// What the browser was told to open.
    pub(crate) fn opened(&self) -> Vec<String> {
        self.opened.lock().expect("what was opened").clone()
    }

    /// Forgets everything but the keyring.
    pub(crate) fn lose_the_note(&self) {
        std::fs::remove_dir_all(self.folder.path().join("s")).expect("the folder goes");
    }

    /// Everything this device has written down outside of the keyring.
    pub(crate) fn written(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("s/accounts.json")).unwrap_or_default()
    }
}

/// A person, and what they see.
pub(crate) struct Person {
    pub(crate) conversation: Conversation,
    views: watch::Receiver<View>,
    server: String,
}

impl Person {
    pub(crate) fn at(desk: &Desk, server: &Server) -> Self {
        Self::on(desk.device(server), server)
    }

    pub(crate) fn on(device: Device, server: &Server) -> Self {
        let conversation = Conversation::start(device);
        let views = conversation.views();
        Self {
            conversation,
            views,
            server: server.origin.clone(),
        }
    }

    /// Waits until the screen is as told.
    pub(crate) async fn sees(&mut self, fits: impl Fn(&Screen) -> bool) -> Screen {
        let seen = tokio::time::timeout(PATIENCE, async {
            loop {
                let screen = self.views.borrow_and_update().screen.clone();
                if fits(&screen) {
                    return screen;
                }
                self.views
                    .changed()
                    .await
                    .expect("the conversation goes on");
            }
        });
        let Ok(screen) = seen.await else {
            panic!("the screen stays {:#?}", self.views.borrow().screen)
        };
        screen
    }

    pub(crate) fn wants(&self, intent: Intent) {
        self.conversation.wants(intent);
    }

    /// Enters the account and waits until the server has answered.
    pub(crate) async fn enters_the_account(&mut self) -> Screen {
        self.sees(|screen| matches!(screen, Screen::Account { busy: false, .. }))
            .await;
        self.wants(Intent::EnterAccount {
            server: self.server.clone(),
            username: USERNAME.to_owned(),
        });
        self.sees(|screen| {
            !matches!(
                screen,
                Screen::Account { busy: true, .. } | Screen::Account { problem: None, .. }
            )
        })
        .await
    }

    /// Goes as far as the password.
    pub(crate) async fn chooses_the_password(&mut self) {
        let screen = self.enters_the_account().await;
        assert!(matches!(screen, Screen::Method { .. }), "{screen:?}");
        self.wants(Intent::ChooseMethod {
            method: Method::Password,
        });
        self.sees(|screen| matches!(screen, Screen::Password { .. }))
            .await;
    }

    /// Signs in by password, and waits for the applications.
    pub(crate) async fn signs_in(&mut self) -> Screen {
        self.chooses_the_password().await;
        self.conversation.submit_password(PASSWORD.to_owned());
        self.sees(has_apps).await
    }
}

pub(crate) fn has_apps(screen: &Screen) -> bool {
    matches!(screen, Screen::SignedIn(signed_in) if signed_in.apps.is_some())
}

const PATIENCE: Duration = Duration::from_secs(30);
