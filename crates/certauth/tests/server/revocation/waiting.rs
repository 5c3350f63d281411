//! Lists that take longer than a person waits.

use std::time::Duration;

use super::{BEGIN, DAY, World};
use crate::support::shelf::Answer;

#[tokio::test]
async fn a_list_that_takes_longer_than_a_person_waits_is_fetched_for_the_next() {
    let world = World::new().await;
    let trust = world.patient(Duration::from_millis(50), Duration::from_secs(30));
    world.serve(Answer::Slow(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge_by(&trust).await, Err(certs::code::CRL_LATE));
    world.shelf.asked(2).await;
    let judged = world.judge_by(&trust).await;
    assert_eq!(judged, Err(certs::code::CRL_BEING_FETCHED));
    world.shelf.go_on.notify_one();
    trust.refresh().await.unwrap();
    assert_eq!(world.judge_by(&trust).await, Ok(()));
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn a_list_that_the_background_waits_for_in_vain_took_too_long() {
    let world = World::new().await;
    world.serve(Answer::Never);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.judge().await, Err(certs::code::CRL_TIMED_OUT));
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_list_that_the_background_is_fetching_is_waited_for_and_not_fetched_beside_it() {
    let world = World::new().await;
    let trust = world.patient(Duration::from_millis(50), Duration::from_secs(30));
    world.serve(Answer::Slow(world.ca.crl(1, BEGIN, DAY, &[]).der));
    let background = trust.clone();
    let background = tokio::spawn(async move { background.refresh().await });
    world.shelf.asked(1).await;
    let judged = world.judge_by(&trust).await;
    assert_eq!(judged, Err(certs::code::CRL_BEING_FETCHED));
    world.shelf.go_on.notify_one();
    background.await.unwrap().unwrap();
    assert_eq!(world.judge_by(&trust).await, Ok(()));
    assert_eq!(world.fetches(), 1);
}
