//! What the journeys stand on: the demo world, the programs under test, and a driver for the
//! desktop app. The journeys themselves are in `tests/it`.

pub mod alone;
pub mod curl;
pub mod desktop;
pub mod requires;
pub mod shell;
