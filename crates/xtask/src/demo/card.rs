//! The demo's card, where this machine lets it have a reader.

use std::thread;
use std::time::Duration;

use virtual_piv::{Profile, Shared, Slot, Touch, TouchPolicy};

use crate::say;
use crate::world::World;
use crate::world::card::Key;
use crate::world::token::KeyKind;

/// Puts Lee's card into a reader of the demo's own, or says why there is none: the token does
/// without.
pub(super) fn offer(world: &mut World) {
    match world.plug_in(Profile::YUBIKEY_57, KEYS) {
        Ok(plugged) => {
            let card = plugged.card().clone();
            card.set_touch(Touch::WhenTold);
            thread::spawn(move || touch(&card));
        }
        Err(reason) => say::line(format_args!("card            none: {reason:#}")),
    }
}

/// Touches the card three seconds after it asks, as nobody can reach it, until the demo ends.
fn touch(card: &Shared) {
    loop {
        if card.awaits_touch(PATIENCE) {
            say::line("The key in 9D waits for a touch; the demo touches it in three seconds.");
            thread::sleep(Duration::from_secs(3));
            card.touch();
        }
    }
}

const KEYS: &[Key] = &[
    Key::untouched(Slot::Authentication, KeyKind::P256),
    Key::untouched(Slot::Signature, KeyKind::Rsa2048),
    Key {
        slot: Slot::KeyManagement,
        kind: KeyKind::P256,
        touch: TouchPolicy::Always,
    },
    Key::untouched(Slot::CardAuthentication, KeyKind::P256),
];

const PATIENCE: Duration = Duration::from_mins(1);
