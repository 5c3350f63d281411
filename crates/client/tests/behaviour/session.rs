//! Signing in, staying signed in, signing out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use client::intent::Intent;
use client::view::{Method, Problem, Screen, Strength};
use client::{Account, Keyring};

use crate::person::{Desk, Person, has_apps};
use crate::server::{Manners, PASSWORD, Server, USERNAME};

#[tokio::test]
async fn a_password_signs_in_and_the_session_survives_a_restart() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let Screen::SignedIn(signed_in) = Person::at(&desk, &server).signs_in().await else {
        panic!("the person is in");
    };
    assert_eq!(signed_in.username, USERNAME);
    assert_eq!(signed_in.tenant, "Meridian");
    assert_eq!(signed_in.strength, Strength::SingleFactor);
    assert_eq!(signed_in.factors, [Method::Password]);
    assert!(!signed_in.memory_only);

    let sign_ins = server.seen("/t/challenge").len();
    let again = Person::at(&desk, &server).sees(has_apps).await;
    assert!(matches!(again, Screen::SignedIn(again) if again.since == signed_in.since));
    assert_eq!(
        server.seen("/t/challenge").len(),
        sign_ins,
        "nobody signed in again"
    );
}

#[tokio::test]
async fn every_request_of_a_sign_in_is_proven_with_one_key() {
    let server = Server::start(Manners::default()).await;
    Person::at(&Desk::new(), &server).signs_in().await;
    let mut keys = Vec::new();
    for path in ["/t/challenge", "/t/token", "/t/me/apps"] {
        let seen = server.seen(path);
        assert!(!seen.is_empty(), "{path}");
        keys.extend(seen.into_iter().map(|seen| seen.key.expect("a proof")));
    }
    keys.dedup();
    assert_eq!(keys.len(), 1);

    Person::at(&Desk::new(), &server).signs_in().await;
    let other = server.seen("/t/challenge").pop().and_then(|seen| seen.key);
    assert_ne!(
        other.as_ref(),
        keys.first(),
        "each session has a key of its own"
    );
}

#[tokio::test]
async fn the_session_is_in_the_keyring_before_it_is_used() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let written_first = Arc::new(AtomicBool::new(false));
    let noted = written_first.clone();
    let accounts = desk.device(&server);
    let runtime = tokio::runtime::Handle::current();
    server.watch(move |seen| {
        if seen.authorization.is_some() {
            let device = accounts.clone();
            // The request waits while another process looks: the session has to be there.
            let kept = std::thread::scope(|scope| {
                scope
                    .spawn(|| runtime.block_on(Account::last(&device)).is_some())
                    .join()
            });
            noted.store(kept.expect("it looked"), Ordering::SeqCst);
        }
    });
    Person::at(&desk, &server).signs_in().await;
    assert!(written_first.load(Ordering::SeqCst));
}

#[tokio::test]
async fn nothing_secret_is_written_outside_of_the_keyring() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    Person::at(&desk, &server).signs_in().await;
    let written = desk.written();
    assert!(written.contains(USERNAME));
    for secret in ["prt", "a1", "a2", PASSWORD] {
        assert!(
            !written.contains(&format!("\"{secret}\"")),
            "{secret} in {written}"
        );
    }
}

#[tokio::test]
async fn twenty_scripts_at_once_leave_the_person_signed_in() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    Person::at(&desk, &server).signs_in().await;
    let mut scripts = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let device = desk.device(&server);
        scripts.spawn(async move {
            let account = Account::last(&device).await.expect("signed in");
            account
                .access_token(None, false)
                .await
                .expect("a token")
                .token_type
        });
    }
    assert!(scripts.join_all().await.iter().all(|kind| kind == "DPoP"));
    assert!(Account::last(&desk.device(&server)).await.is_some());
}

#[tokio::test]
async fn signing_out_tells_the_server_and_leaves_nothing() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let mut person = Person::at(&desk, &server);
    person.signs_in().await;
    person.wants(Intent::SignOut);
    let screen = person
        .sees(|screen| matches!(screen, Screen::Account { .. }))
        .await;
    let Screen::Account {
        recent, problem, ..
    } = screen
    else {
        unreachable!()
    };
    assert_eq!(problem, None);
    assert!(recent.iter().all(|account| !account.signed_in));
    assert_eq!(server.seen("/t/revoke")[0].form["token"], "prt");
    assert!(Account::last(&desk.device(&server)).await.is_none());
}

#[tokio::test]
async fn without_a_keyring_the_session_is_in_memory_and_says_so() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::with(Keyring::memory_only());
    let mut person = Person::at(&desk, &server);
    let Screen::SignedIn(signed_in) = person.signs_in().await else {
        panic!("the person is in")
    };
    assert!(signed_in.memory_only);

    // Another account can be looked at, and the way back needs no sign-in.
    let sign_ins = server.seen("/t/challenge").len();
    person.wants(Intent::StartOver);
    person
        .sees(|screen| matches!(screen, Screen::Account { .. }))
        .await;
    let server_address = server.origin.clone();
    person.wants(Intent::EnterAccount {
        server: server_address,
        username: USERNAME.to_owned(),
    });
    person.sees(has_apps).await;
    assert_eq!(server.seen("/t/challenge").len(), sign_ins);

    let mut restarted = Person::at(&Desk::with(Keyring::memory_only()), &server);
    restarted
        .sees(|screen| matches!(screen, Screen::Account { .. }))
        .await;
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_removed_here() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let mut person = Person::at(&desk, &server);
    person.signs_in().await;
    server.change(|manners| manners.ended = true);
    person.wants(Intent::RefreshApps);
    let screen = person
        .sees(|screen| matches!(screen, Screen::Account { .. }))
        .await;
    assert!(matches!(
        screen,
        Screen::Account {
            problem: Some(Problem::SignedOut),
            ..
        }
    ));
    person
        .sees(|screen| {
            matches!(screen, Screen::Account { recent, .. } if recent.iter().all(|a| !a.signed_in))
        })
        .await;
}

#[tokio::test]
async fn a_new_session_ends_the_one_it_replaces() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let mut person = Person::at(&desk, &server);
    person.signs_in().await;
    let first = server.seen("/t/token")[0].key.clone();
    let revoked = Arc::new(tokio::sync::Notify::new());
    let told = revoked.clone();
    server.watch(move |seen| {
        if seen.path == "/t/revoke" {
            told.notify_one();
        }
    });
    let afresh = desk.device_afresh(&server);
    Person::on(afresh, &server).signs_in().await;
    revoked.notified().await;
    assert_eq!(
        server.seen("/t/revoke")[0].key,
        first,
        "it is ended with its own key"
    );
}

#[tokio::test]
async fn forgetting_an_account_signs_it_out() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let mut person = Person::at(&desk, &server);
    person.signs_in().await;
    person.wants(Intent::StartOver);
    person
        .sees(|screen| matches!(screen, Screen::Account { .. }))
        .await;
    let server_address = server.origin.clone();
    person.wants(Intent::ForgetAccount {
        server: server_address,
        username: USERNAME.to_owned(),
    });
    person
        .sees(|screen| matches!(screen, Screen::Account { recent, .. } if recent.is_empty()))
        .await;
    assert_eq!(server.seen("/t/revoke").len(), 1);
    assert!(!desk.written().contains(USERNAME));
}

#[tokio::test]
async fn stopped_between_keyring_and_note_a_person_signs_in_again_at_worst() {
    let server = Server::start(Manners::default()).await;
    let mut desk = Desk::new();
    Person::at(&desk, &server).signs_in().await;

    // The token was written and the note was not.
    desk.lose_the_note();
    let Screen::SignedIn(_) = Person::at(&desk, &server).signs_in().await else {
        panic!("the person is in");
    };

    // The note was written and the token is gone.
    desk.keyring = Desk::new().keyring;
    let mut person = Person::at(&desk, &server);
    let screen = person.enters_the_account().await;
    assert!(matches!(screen, Screen::Method { .. }), "{screen:?}");
    let Screen::SignedIn(_) = Person::at(&desk, &server).signs_in().await else {
        panic!("the person is in");
    };
    Person::at(&desk, &server).sees(has_apps).await;
}
