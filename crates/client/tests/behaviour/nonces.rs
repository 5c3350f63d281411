//! Servers that want a nonce of theirs in every proof (RFC 9449 §8 and §9).

use client::view::{Fault, Screen};

use crate::person::{Desk, Person};
use crate::server::{Manners, Nonces, Server};

#[tokio::test]
async fn a_server_that_wants_nonces_is_asked_once_more_with_its_nonce() {
    let server = Server::start(Manners {
        nonces: Nonces::Rotating,
        ..Manners::default()
    })
    .await;
    let desk = Desk::new();
    Person::at(&desk, &server).signs_in().await;

    // The beginning was sent again, and everything after it carries what the last answer brought.
    let steps = server.seen("/t/challenge");
    assert_eq!(steps[0].nonce, None);
    assert_eq!(steps[0].form, steps[1].form);
    let nonces: Vec<&str> = steps[1..]
        .iter()
        .filter_map(|seen| seen.nonce.as_deref())
        .collect();
    assert_eq!(nonces, ["as-0", "as-1", "as-2"]);
    assert_eq!(server.seen("/t/token")[0].nonce.as_deref(), Some("as-3"));

    // What the login host gave says nothing to the resource.
    let apps = server.seen("/t/me/apps");
    assert_eq!(apps[0].nonce, None);
    let second = apps[1].nonce.as_deref();
    assert!(
        second.is_some_and(|nonce| nonce.starts_with("rs-")),
        "{second:?}"
    );
}

#[tokio::test]
async fn a_server_that_no_nonce_satisfies_is_not_asked_a_third_time() {
    let server = Server::start(Manners {
        nonces: Nonces::Insatiable,
        ..Manners::default()
    })
    .await;
    let screen = Person::at(&Desk::new(), &server).enters_the_account().await;
    let Screen::Error(error) = screen else {
        panic!("{screen:?}")
    };
    assert!(
        matches!(error.fault, Fault::Protocol { .. }),
        "{:?}",
        error.fault
    );
    assert_eq!(server.seen("/t/challenge").len(), 2);
}
