//! Servers that are not there, not trusted, or say the wrong thing.

use client::intent::Intent;
use client::view::{Fault, Method, Problem, Screen};
use client::{Account, Row, Trouble};

use crate::person::{Desk, Person};
use crate::server::{Manners, PASSWORD, Server, USERNAME};

fn problem_of(screen: Screen) -> Option<Problem> {
    let Screen::Account { problem, .. } = screen else {
        panic!("{screen:?}")
    };
    problem
}

fn fault_of(screen: Screen) -> Fault {
    let Screen::Error(error) = screen else {
        panic!("{screen:?}")
    };
    assert!(!error.actions.is_empty());
    error.fault
}

#[tokio::test]
async fn a_server_with_a_ca_that_is_not_trusted_here_is_not_talked_to() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let mut person = Person::on(desk.device_that_trusts(&server, None), &server);
    let problem = problem_of(person.enters_the_account().await);
    assert!(
        matches!(problem, Some(Problem::ServerNotTrusted { .. })),
        "{problem:?}"
    );
    assert!(server.seen("/t/challenge").is_empty());
}

#[tokio::test]
async fn the_ca_of_one_server_does_not_vouch_for_another() {
    let (server, other) = (
        Server::start(Manners::default()).await,
        Server::start(Manners::default()).await,
    );
    let desk = Desk::new();
    let mut person = Person::on(
        desk.device_that_trusts(&server, Some(other.ca.clone())),
        &server,
    );
    let problem = problem_of(person.enters_the_account().await);
    assert!(
        matches!(problem, Some(Problem::ServerNotTrusted { .. })),
        "{problem:?}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let mut server = Server::start(Manners::default()).await;
    // A port that was free a moment ago and belongs to nobody.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    server.origin = format!("https://login.localhost:{port}");
    let problem = problem_of(Person::at(&Desk::new(), &server).enters_the_account().await);
    assert!(
        matches!(problem, Some(Problem::Unreachable { .. })),
        "{problem:?}"
    );
}

#[tokio::test]
async fn another_kind_of_provider_is_named_as_such() {
    let server = Server::start(Manners {
        ordinary: true,
        ..Manners::default()
    })
    .await;
    let problem = problem_of(Person::at(&Desk::new(), &server).enters_the_account().await);
    assert_eq!(problem, Some(Problem::NotAnIdentityServer));
}

#[tokio::test]
async fn a_wrong_password_is_asked_for_again() {
    let server = Server::start(Manners::default()).await;
    let mut person = Person::at(&Desk::new(), &server);
    person.chooses_the_password().await;
    person.conversation.submit_password("wrong".to_owned());
    person
        .sees(|screen| {
            matches!(
                screen,
                Screen::Password {
                    problem: Some(Problem::NotRight),
                    busy: false
                }
            )
        })
        .await;
    person.conversation.submit_password(PASSWORD.to_owned());
    person
        .sees(|screen| matches!(screen, Screen::SignedIn(_)))
        .await;
}

#[tokio::test]
async fn a_server_that_wants_a_pause_says_for_how_long() {
    let server = Server::start(Manners {
        busy: true,
        ..Manners::default()
    })
    .await;
    let mut person = Person::at(&Desk::new(), &server);
    person.chooses_the_password().await;
    person.conversation.submit_password(PASSWORD.to_owned());
    person
        .sees(|screen| {
            let pause = Some(Problem::SlowDown { seconds: 7 });
            matches!(screen, Screen::Password { problem, .. } if *problem == pause)
        })
        .await;
}

#[tokio::test]
async fn a_journey_that_the_server_forgot_starts_again() {
    let server = Server::start(Manners::default()).await;
    let mut person = Person::at(&Desk::new(), &server);
    person.chooses_the_password().await;
    server.change(|manners| manners.forgetful = true);
    person.conversation.submit_password(PASSWORD.to_owned());
    let screen = person
        .sees(|screen| matches!(screen, Screen::Account { .. }))
        .await;
    assert_eq!(problem_of(screen), Some(Problem::Expired));
}

#[tokio::test]
async fn an_id_token_of_another_sign_in_makes_no_session() {
    let nonce = Some("another".to_owned());
    let server = Server::start(Manners {
        nonce,
        ..Manners::default()
    })
    .await;
    let desk = Desk::new();
    let mut person = Person::at(&desk, &server);
    person.chooses_the_password().await;
    person.conversation.submit_password(PASSWORD.to_owned());
    let screen = person
        .sees(|screen| matches!(screen, Screen::Error(_)))
        .await;
    assert!(matches!(fault_of(screen), Fault::Protocol { .. }));
    assert!(Account::last(&desk.device(&server)).await.is_none());
    assert!(server.seen("/t/me/apps").is_empty());
}

#[tokio::test]
async fn a_certificate_goes_to_no_other_server() {
    let certificate_endpoint = Some("https://certauth.evil.example/t/certauth".to_owned());
    let server = Server::start(Manners {
        certificate_endpoint,
        ..Manners::default()
    })
    .await;
    let mut person = Person::at(&Desk::new(), &server);
    person.enters_the_account().await;
    person.wants(Intent::ChooseMethod {
        method: Method::Certificate,
    });
    let screen = person
        .sees(|screen| matches!(screen, Screen::Error(_)))
        .await;
    let Fault::Protocol { cause } = fault_of(screen) else {
        panic!("a protocol fault")
    };
    assert!(cause.contains("another server"), "{cause}");
}

#[tokio::test]
async fn a_certificate_host_that_does_not_ask_is_said() {
    let server = Server::start(Manners::default()).await;
    let endpoint = format!(
        "{}/t/certauth",
        server.origin.replace("login.", "certauth.login.")
    );
    server.change(|manners| manners.certificate_endpoint = Some(endpoint));
    let mut person = Person::at(&Desk::new(), &server);
    person.enters_the_account().await;
    person.wants(Intent::ChooseMethod {
        method: Method::Certificate,
    });
    let screen = person
        .sees(|screen| matches!(screen, Screen::Error(_)))
        .await;
    assert_eq!(fault_of(screen), Fault::NotAsked);
}

#[tokio::test]
async fn signing_out_without_the_server_still_removes_the_session() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    Person::at(&desk, &server).signs_in().await;
    // The next start cannot trust the server any more, so it cannot be told.
    let account = Account::last(&desk.device_that_trusts(&server, None)).await;
    let problem = account.expect("signed in").sign_out().await;
    assert!(
        matches!(problem, Some(Problem::ServerNotTrusted { .. })),
        "{problem:?}"
    );
    assert!(Account::last(&desk.device(&server)).await.is_none());
    assert!(server.seen("/t/revoke").is_empty());
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong_with_a_server() {
    let server = Server::start(Manners::default()).await;
    let desk = Desk::new();
    let rows = desk.device(&server).examine(Some(USERNAME)).await;
    assert!(rows.contains(&Row::NoToken));
    assert!(rows.contains(&Row::Keyring { problem: None }));
    assert!(rows.iter().any(|row| matches!(
        row,
        Row::LoginHost { problem: None, tenant: Some(tenant), .. } if tenant == "Meridian"
    )));
    // This one has no certificate host of its own: it answers there as everywhere.
    assert!(rows.iter().any(|row| matches!(
        row,
        Row::CertificateHost {
            problem: Some(Trouble::NotAsked),
            ..
        }
    )));

    let rows = desk
        .device_that_trusts(&server, None)
        .examine(Some(USERNAME))
        .await;
    assert!(rows.iter().any(|row| matches!(
        row,
        Row::LoginHost { problem: Some(Trouble::NotTrusted { .. }), .. } if row.is_bad()
    )));
}
