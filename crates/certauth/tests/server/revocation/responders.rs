//! OCSP responders: asked first, kept as long as they count, and not asked by everybody at once.

use std::sync::Arc;

use certauth::store::{CrlValidation, Requirement, Sources, Store as _};
use tokio::task::JoinSet;

use super::{BEGIN, DAY, World};
use crate::support::ocsp::{self, Says, Status};
use crate::support::pki::Authority;
use crate::support::shelf::Answer;

const HOUR: i64 = 60 * 60;

#[tokio::test]
async fn a_responder_is_asked_once_for_as_long_as_its_answer_counts() {
    let world = asking(|_| {}).await;
    world.says(Status::Good, BEGIN, HOUR);
    for _ in 0..3 {
        assert_eq!(world.judge().await, Ok(()));
    }
    assert_eq!(world.fetches(), 1);
    world.at(BEGIN + HOUR + 1);
    world.says(Status::Revoked, BEGIN + HOUR, HOUR);
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn an_answer_whose_half_is_over_counts_while_another_is_asked_for() {
    let world = asking(|_| {}).await;
    world.says(Status::Good, BEGIN, HOUR);
    assert_eq!(world.judge().await, Ok(()));
    world.at(BEGIN + HOUR / 2 + 1);
    world.says(Status::Revoked, BEGIN + HOUR / 2, HOUR);
    assert_eq!(
        world.judge().await,
        Ok(()),
        "the sign-in waited for the responder"
    );
    world.shelf.asked(2).await;
    // The answer is being read: it is there as soon as the old one counts no longer.
    world.at(BEGIN + HOUR + 1);
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn many_sign_ins_at_once_ask_a_responder_once() {
    let world = Arc::new(asking(|_| {}).await);
    world.says(Status::Good, BEGIN, HOUR);
    let mut sign_ins = JoinSet::new();
    for _ in 0..20 {
        let world = world.clone();
        sign_ins.spawn(async move { world.judge().await });
    }
    assert_eq!(sign_ins.join_all().await, [Ok(()); 20]);
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_responder_that_says_nothing_refuses_and_is_left_alone_for_a_while() {
    for (answer, code) in [
        (Answer::Status(503), certs::code::CRL_FETCH_FAILED),
        (
            Answer::List(b"<html>".to_vec()),
            certs::code::CRL_NOT_USABLE,
        ),
        (Answer::List(vec![0x30; 5001]), certs::code::CRL_TOO_LARGE),
        (Answer::Never, certs::code::CRL_TIMED_OUT),
    ] {
        let world = asking(|_| {}).await;
        world.shelf.put("/ocsp", answer);
        assert_eq!(world.judge().await, Err(code));
        assert_eq!(world.judge().await, Err(code));
        assert_eq!(world.fetches(), 1);
        world.says(Status::Good, BEGIN, HOUR);
        world.at(BEGIN + 31);
        assert_eq!(world.judge().await, Ok(()));
    }
}

#[tokio::test]
async fn another_ca_cannot_answer() {
    let world = asking(|_| {}).await;
    let namesake = Authority::named("People CA");
    world.responds(move |question| {
        ocsp::answer(&namesake, question, says(Status::Good, BEGIN, HOUR))
    });
    assert_eq!(world.judge().await, Err(certs::code::CRL_WRONG_SIGNER));
}

#[tokio::test]
async fn where_a_responder_says_nothing_the_list_counts() {
    let world = asking(|sources| sources.crl_urls.push("/list.crl".to_owned())).await;
    world.shelf.put("/ocsp", Answer::Status(503));
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 2);
    world.at(BEGIN + 40);
    world.serve(Answer::List(world.ca.crl(2, BEGIN, DAY, &[0x1234]).der));
    world.trust.ask(&world.tenant, None, false).await.unwrap();
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
}

#[tokio::test]
async fn where_a_responder_answers_no_list_is_waited_for() {
    let world = asking(|sources| sources.crl_urls.push("/list.crl".to_owned())).await;
    world.says(Status::Good, BEGIN, HOUR);
    world.serve(Answer::Never);
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_certificate_that_the_responder_does_not_know_is_asked_about_again_soon() {
    let world = asking(|_| {}).await;
    world.says(Status::Unknown, BEGIN, DAY);
    world.judge().await.unwrap_err();
    world.says(Status::Good, BEGIN, DAY);
    world.at(BEGIN + 59);
    world.judge().await.unwrap_err();
    world.at(BEGIN + 61);
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn an_authority_may_do_without_an_answer_or_with_an_old_list() {
    let world = asking(|sources| sources.requirement = Requirement::NotRequired).await;
    world.shelf.put("/ocsp", Answer::Status(503));
    assert_eq!(world.judge().await, Ok(()));
    world.says(Status::Revoked, BEGIN, HOUR);
    world.at(BEGIN + 31);
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));

    let world = World::new().await;
    let mut ca = world.stored().await;
    ca.sources.requirement = Requirement::Grace { hours: 2 };
    assert!(world.store.update_authority(&ca).await.unwrap());
    world.serve(Answer::List(world.ca.crl(1, BEGIN, HOUR, &[]).der));
    assert_eq!(world.judge().await, Ok(()));
    world.at(BEGIN + 3 * HOUR);
    assert_eq!(world.judge().await, Ok(()));
    world.at(BEGIN + 3 * HOUR + 1);
    assert_eq!(world.judge().await, Err(certs::code::CRL_STALE));
}

#[tokio::test]
async fn a_tenant_may_ask_for_a_list_of_every_issuer_but_those_it_exempts() {
    let world = World::with_url(|_| String::new()).await;
    assert_eq!(world.judge().await, Ok(()));
    let mut tenant = world.tenant.clone();
    tenant.validation.crl_validation_configuration = CrlValidation {
        required: true,
        exempted_subject_key_identifiers: Vec::new(),
    };
    world.store.put_tenant(&tenant).await.unwrap();
    assert_eq!(world.judge().await, Err(certs::code::CRL_MISSING));
    let ca = certs::Certificate::from_der(&world.ca.der).unwrap();
    let key = ca.subject_key_identifier().unwrap();
    let exempt = &mut tenant.validation.crl_validation_configuration;
    exempt.exempted_subject_key_identifiers = vec![certs::hex(key)];
    world.store.put_tenant(&tenant).await.unwrap();
    assert_eq!(world.judge().await, Ok(()));
}

/// A world whose authority has a responder, and what else `change` gives it: paths of the shelf.
async fn asking(change: impl FnOnce(&mut Sources)) -> World {
    let world = World::with_url(|_| String::new()).await;
    let mut ca = world.stored().await;
    let mut sources = Sources {
        ocsp_url: Some(world.shelf.url("/ocsp")),
        ..Sources::default()
    };
    change(&mut sources);
    for url in &mut sources.crl_urls {
        *url = world.shelf.url(url);
    }
    ca.sources = sources;
    assert!(world.store.update_authority(&ca).await.unwrap());
    let tenant = world.store.tenant(&world.tenant.id).await.unwrap().unwrap();
    World { tenant, ..world }
}

impl World {
    fn says(&self, status: Status, at: i64, seconds: i64) {
        let ca = self.ca.clone();
        self.responds(move |question| ocsp::answer(&ca, question, says(status, at, seconds)));
    }

    fn responds(&self, answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) {
        self.shelf.put("/ocsp", Answer::Responder(Arc::new(answer)));
    }
}

fn says(status: Status, at: i64, seconds: i64) -> Says {
    Says {
        status,
        at,
        seconds,
        nonce: true,
    }
}
