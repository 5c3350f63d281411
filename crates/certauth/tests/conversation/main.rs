//! The conversation of the server with browsers, clients and applications, driven through the
//! routes of both hosts in process, and played by an attacker where one could gain something.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

mod attacker;
mod challenge;
mod choices;
mod directory;
mod hostile;
mod log;
mod opening;
mod pace;
mod pages;
mod provider;
mod set_up;
mod support;
mod tokens;
