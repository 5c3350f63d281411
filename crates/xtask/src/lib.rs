//! `cargo verify`, `cargo demo`, further tasks of `cargo xtask`, and the demo world that they and the journeys
//! stand on.
//!
//! It links nothing that a fresh machine lacks: the packages that everything else needs are what
//! it installs.

pub mod arguments;
pub mod clock;
pub mod dist;
pub mod folders;
pub mod oracles;
pub mod packages;
pub mod say;
pub mod verify;

#[cfg(feature = "world")]
pub mod demo;
#[cfg(feature = "world")]
pub mod world;
