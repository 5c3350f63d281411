//! What the person is told before the demo begins.

use crate::say;
use crate::world::World;
use crate::world::card;
use crate::world::certauth::Certauth;
use crate::world::token::{LABEL, PIN};

/// Prints who can sign in with what, where, and where to look afterwards.
pub(super) fn print(world: &World, certauth: &Certauth) {
    say::line(format_args!("folder          {}", world.folder().display()));
    say::line(format_args!("server          {}", certauth.origin()));
    for party in world.applications() {
        let application = party.application();
        say::line(format_args!(
            "application     {:<10} {}  ({})",
            application.name,
            party.home(),
            if application.multi_factor {
                "two factors"
            } else {
                "one factor"
            }
        ));
    }
    say::line(format_args!("token           {LABEL}, PIN {PIN}"));
    if world.card().is_some() {
        say::line(format_args!(
            "card            a YubiKey in memory, PIN {}, PUK {}",
            card::PIN,
            card::PUK
        ));
    }
    for person in world.people() {
        say::line(format_args!(
            "person          {:<26} password {}",
            person.user_principal_name, person.password
        ));
    }
    for line in CERTIFICATES {
        say::line(format_args!("certificate     {line}"));
    }
    say::line(format_args!(
        "sign-in log     {} --config {} log",
        world
            .binaries()
            .certauth()
            .map_or_else(|_| "certauth".to_owned(), |path| path.display().to_string()),
        world.installation().configuration().display()
    ));
    say::line(format_args!(
        "server's log    {}",
        world.installation().log_file().display()
    ));
}

const CERTIFICATES: &[&str] = &[
    "Lee Park             RSA 2048, two factors by its policy",
    "Sam Ortiz            P-256, one factor",
    "Lee Park (expired)   P-256, not to be accepted",
    "Lee Park (Borealis)  P-384, from an authority that nobody here trusts",
];
