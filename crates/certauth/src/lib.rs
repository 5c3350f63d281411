//! The identity server: signs people in with certificates, passwords and one-time codes, and
//! tells applications who they are (`OpenID` Connect).
//!
//! One TLS listener serves two hosts. The login host asks for no certificate and speaks `OpenID`;
//! the certauth host asks for one inside the handshake, proves that its key is there, and judges
//! nothing else. What a certificate is worth is decided by the crates `certs` and `policy`.

pub mod check;
pub mod config;
pub mod crl;
pub mod init;
pub mod installation;
pub mod journey;
pub mod listener;
pub mod master_key;
pub mod oidc;
pub mod operations;
pub mod server;
pub mod sessions;
pub mod setup;
pub mod sign_in_log;
pub mod signing_keys;
pub mod store;
pub mod throttle;
pub mod tls;
pub mod trust;
pub mod web;
