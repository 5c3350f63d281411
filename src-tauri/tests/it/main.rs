//! The window from outside: what its page may ask for, and what the program leaves out at start.

mod boundary;
#[cfg(all(target_os = "linux", not(feature = "automation")))]
mod start;
