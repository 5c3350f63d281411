//! The device that this program runs on, as its options and settings describe it.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use thiserror::Error;
use token::TokenHost;
use url::Url;

use crate::device::{Device, Offer, Opener};
use crate::keyring::Keyring;
use crate::places::{NoHome, Places};
use crate::settings::{Settings, SettingsError};

/// What a person names on the command line.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The server's address.
    pub server: Option<String>,
    /// A file with CA certificates that this server, and no other, is trusted by.
    pub ca: Option<PathBuf>,
    /// PKCS #11 modules beside those the system knows.
    pub modules: Vec<PathBuf>,
    /// The program that opens applications, and its first arguments.
    pub browser: Vec<String>,
    /// What to begin with.
    pub offer: Offer,
}

impl Device {
    /// This computer, with the settings of the person who runs the program.
    ///
    /// # Errors
    ///
    /// [`SetupError`] when the settings cannot be used.
    pub fn of_this_computer(options: Options) -> Result<Self, SetupError> {
        let places = Places::of_this_person()?;
        let mut settings = Settings::read(&places.settings_file())?.with(
            options.server.as_deref(),
            options.ca,
            options.modules,
        )?;
        if !options.browser.is_empty() {
            settings.browser = options.browser;
        }
        let modules = settings
            .modules
            .iter()
            .map(|module| module.path.clone())
            .collect();
        let tokens = token::Settings {
            modules,
            ..token::Settings::of_this_computer("lanyard")
        };
        let opener = opener(settings.browser.clone());
        let keyring = Keyring::of_this_computer();
        Ok(Self::new(
            settings,
            places,
            keyring,
            TokenHost::new(tokens),
            opener,
            options.offer,
        ))
    }
}

/// Why this computer cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// There is no place for settings and memory.
    #[error(transparent)]
    Home(#[from] NoHome),
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// Opens an address with a program of one's own, or with what the system uses for addresses.
fn opener(browser: Vec<String>) -> Opener {
    Box::new(move |url: &Url| match browser.split_first() {
        Some((program, arguments)) => {
            let mut child = Command::new(program)
                .args(arguments)
                .arg(url.as_str())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            // Somebody has to ask for the end of a child, or it stays in the process table.
            std::thread::spawn(move || child.wait());
            Ok::<(), io::Error>(())
        }
        None => open::that_detached(url.as_str()),
    })
}
