//! The conversation from outside: events in, effects and pictures out.

mod cards;
mod judge;
mod properties;
mod runs;
mod waiting;
mod world;
