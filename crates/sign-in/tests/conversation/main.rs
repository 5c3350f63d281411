//! The conversation from outside: events in, effects and pictures out.

mod judge;
mod properties;
mod runs;
mod world;
