//! Whole journeys on the demo world: real tokens, real handshakes, the real programs.

mod handshakes;
mod pages;
