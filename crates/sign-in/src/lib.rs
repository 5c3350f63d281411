//! The client's sign-in conversation as a state machine.
//!
//! It reads no clock, opens no socket and holds no secret: what happens arrives as [`Event`]s,
//! what has to be done leaves as [`Effect`]s, and what a person sees is a [`view::View`].
//!
//! ```
//! use sign_in::{Event, State, Step, intent::Intent};
//!
//! let (state, _effects) = State::start();
//! let Step { state, effects } = state.on(Event::Wants(Intent::StartOver), 1_790_000_000);
//! assert!(effects.is_empty());
//! let _picture = state.view(1_790_000_000);
//! ```

pub mod address;
pub mod candidate;
mod effect;
mod event;
pub mod intent;
pub mod judge;
mod state;
pub mod view;

pub use effect::{Attempt, Effect};
pub use event::{
    Answer, AskedFor, Event, Failure, Memory, Next, Opened, Refusal, Remembered, Session, Wait,
};
pub use state::{State, Step};
