//! Whole journeys on the demo world: real tokens, real handshakes, the real programs.

mod command_line;
mod desktop;
mod handshakes;
mod library;
mod pages;
mod place;
