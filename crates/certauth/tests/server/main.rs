//! The ground of the server: its store, its TLS, its revocation lists and its command line.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

mod command_line;
mod connections;
mod durability;
mod operations;
mod revocation;
mod store_contract;
mod support;
mod tls;
