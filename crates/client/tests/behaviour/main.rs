//! The client against a server that behaves, and one that does not.

mod failing;
mod nonces;
mod person;
mod server;
mod session;
mod step_up;
