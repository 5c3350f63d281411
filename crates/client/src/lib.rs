//! Carries out what the sign-in conversation asks for: sockets, token threads, keyring.
//!
//! [`Conversation`] drives one sign-in after the other for a window or a terminal: it owns the
//! pure state, carries out its effects, and publishes a view after each change.
//! [`Account`] is what a script needs of a session that is kept, and [`Device::examine`] looks at
//! everything a sign-in depends on.
//!
//! ```no_run
//! use client::{Conversation, Device, intent::Intent};
//!
//! # async fn run(device: Device) {
//! let conversation = Conversation::start(device);
//! let mut views = conversation.views();
//! conversation.wants(Intent::EnterAccount {
//!     server: "login.example".to_owned(),
//!     username: "lee@meridian.example".to_owned(),
//! });
//! while views.changed().await.is_ok() {
//!     println!("{:?}", views.borrow_and_update().screen);
//! }
//! # }
//! ```

mod account;
mod account_lock;
pub mod ambient;
mod candidates;
mod cards;
mod certificate_host;
mod computer;
mod conversation;
mod device;
mod device_key;
mod doctor;
mod export;
mod keyring;
mod memory;
mod pin_card;
mod places;
mod reach;
mod secret;
mod session;
mod settings;
mod tokens;
mod wire;

pub use account::Account;
pub use computer::{Options, SetupError};
pub use conversation::Conversation;
pub use device::{Device, Offer, Opener};
pub use doctor::{Held, NotLoaded, Row, Trouble};
pub use keyring::{Keyring, KeyringError};
pub use pin_card::PinCard;
pub use places::{NoHome, Places};
pub use secret::Secret;
pub use settings::{Module, Server, Settings, SettingsError};
pub use sign_in::candidate;
pub use sign_in::{Failure, Memory, Session, intent, view};
pub use token::helper::run_if_asked as run_helper_if_asked;
pub use token::{ChangePinError, Pin, Puk, UnblockError};
pub use wire::tokens::{AccessToken, NoToken};
