//! Applications that ask for more than the session gives.

use client::intent::Intent;
use client::view::{Method, Problem, Screen, Strength};
use client::{Account, NoToken};

use crate::person::{Desk, Person};
use crate::server::{Manners, PASSWORD, Server};

fn is_idle(screen: &Screen) -> bool {
    matches!(screen, Screen::SignedIn(signed_in) if signed_in.opening.is_none())
}

#[tokio::test]
async fn an_application_opens_without_a_second_sign_in() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let mut person = Person::at(&desk, &server);
    person.signs_in().await;
    person.wants(Intent::OpenApp {
        id: "payroll".to_owned(),
    });
    person.sees(|screen| !is_idle(screen)).await;
    person.sees(is_idle).await;
    assert_eq!(
        desk.opened(),
        [format!("{}/t/open?ticket=x", server.origin)]
    );
}

#[tokio::test]
async fn more_proof_is_given_with_the_key_of_the_session_and_the_application_opens() {
    let server = Server::start(Manners {
        wants_two_factors: true,
        ..Manners::default()
    })
    .await;
    let desk = Desk::new();
    let mut person = Person::at(&desk, &server);
    person.signs_in().await;
    person.wants(Intent::OpenApp {
        id: "payroll".to_owned(),
    });
    let screen = person
        .sees(|screen| matches!(screen, Screen::SecondFactor { .. }))
        .await;
    let Screen::SecondFactor {
        proven,
        application,
        ..
    } = screen
    else {
        unreachable!()
    };
    assert_eq!(proven, [Method::Certificate]);
    assert_eq!(application.as_deref(), Some("Payroll"));

    person.conversation.submit_password(PASSWORD.to_owned());
    let Screen::SignedIn(signed_in) = person.sees(is_idle).await else {
        unreachable!()
    };
    assert_eq!(signed_in.strength, Strength::MultiFactor);
    assert_eq!(desk.opened().len(), 1);
    let begun = server.seen("/t/challenge");
    let step_up = begun
        .iter()
        .find(|seen| seen.form.contains_key("subject_token"));
    let step_up = step_up.expect("the session was sent along");
    assert_eq!(step_up.form["subject_token"], "prt");
    assert_eq!(step_up.form["resource"], "payroll");
    assert_eq!(step_up.key, begun[0].key);
    assert!(
        Account::last(&desk.device(&server)).await.is_some(),
        "the session is still kept"
    );
}

#[tokio::test]
async fn an_address_of_another_server_is_not_opened() {
    for elsewhere in ["https://evil.example/open?ticket=x", "file:///etc/passwd"] {
        let open_uri = Some(elsewhere.to_owned());
        let server = Server::start(Manners {
            open_uri,
            ..Manners::default()
        })
        .await;
        let desk = Desk::new();
        let mut person = Person::at(&desk, &server);
        person.signs_in().await;
        person.wants(Intent::OpenApp {
            id: "payroll".to_owned(),
        });
        let screen = person
            .sees(|screen| matches!(screen, Screen::SignedIn(s) if s.problem.is_some()))
            .await;
        assert!(matches!(
            screen,
            Screen::SignedIn(s) if matches!(s.problem, Some(Problem::Unreachable { .. }))
        ));
        assert_eq!(desk.opened(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_script_is_told_that_the_session_has_ended() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    Person::at(&desk, &server).signs_in().await;
    server.change(|manners| manners.ended = true);
    let account = Account::last(&desk.device(&server))
        .await
        .expect("signed in");
    let no = account
        .access_token(Some("payroll"), true)
        .await
        .expect_err("the session ended");
    assert_eq!(no, NoToken::Failed(client::Failure::SessionEnded));
}
