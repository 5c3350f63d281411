//! The client's sign-in conversation as a state machine.
//!
//! It reads no clock, opens no socket and holds no secret: what happens arrives as events, what
//! has to be done leaves as effects, and what a person sees is a [`view::View`].

pub mod intent;
pub mod view;
