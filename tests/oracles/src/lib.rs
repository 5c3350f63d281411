//! Holds `certs` to account from outside: paths and lists made at random with one thing broken are
//! judged by it, by OpenSSL and by certval. All agree, or the difference is one of those that
//! [`differences`] writes down with what decides it.

pub mod der;
pub mod differences;
pub mod judges;
pub mod keys;
pub mod lists;
pub mod mint;
pub mod plan;
pub mod run;
pub mod world;
