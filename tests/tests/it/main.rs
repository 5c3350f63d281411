//! Whole journeys on the demo world: real tokens, real handshakes, the real programs.

mod card;
mod command_line;
mod desk;
mod desktop;
mod desktop_card;
mod handshakes;
mod library;
mod pages;
mod place;
mod what_if;
