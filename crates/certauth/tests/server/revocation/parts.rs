//! Authorities with several lists: parts, and deltas.

use certauth::store::{Sources, Store as _};

use super::{BEGIN, DAY, World};
use crate::support::crl::Scope;
use crate::support::shelf::Answer;

#[tokio::test]
async fn a_delta_revokes_what_its_base_does_not() {
    let world = with_delta().await;
    world.serve(Answer::List(world.ca.crl(5, BEGIN, DAY, &[]).der));
    world.delta(6, 5, &[]);
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 2);
    assert_eq!(world.judge().await, Ok(()));
    assert_eq!(world.fetches(), 2);
    world.delta(7, 5, &[0x1234]);
    world.trust.ask(&world.tenant, None, false).await.unwrap();
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
}

#[tokio::test]
async fn a_delta_that_is_configured_has_to_be_there() {
    let world = with_delta().await;
    world.serve(Answer::List(world.ca.crl(5, BEGIN, DAY, &[]).der));
    world.shelf.put("/delta.crl", Answer::Status(404));
    world.judge().await.unwrap_err();
}

#[tokio::test]
async fn a_list_in_two_parts_counts_when_both_are_there() {
    let world = World::with_url(|_| String::new()).await;
    let mut ca = world.stored().await;
    ca.sources = Sources {
        crl_urls: vec![world.shelf.url("/people"), world.shelf.url("/cas")],
        ..Sources::default()
    };
    assert!(world.store.update_authority(&ca).await.unwrap());
    let part = |scope, revoked: &[u64]| {
        Answer::List(world.ca.list(scope, 1, (BEGIN, DAY), None, revoked).der)
    };
    world.shelf.put("/cas", part(Scope::Authorities, &[0x1234]));
    // The part that is about people is not there; the other says nothing of them.
    world.judge().await.unwrap_err();
    world.at(BEGIN + 31);
    world.shelf.put("/people", part(Scope::People, &[]));
    assert_eq!(world.judge().await, Ok(()));
    world.at(BEGIN + DAY * 6 / 10);
    let newer = world
        .ca
        .list(Scope::People, 2, (BEGIN, DAY), None, &[0x1234]);
    world.shelf.put("/people", Answer::List(newer.der));
    world.trust.refresh().await.unwrap();
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
}

async fn with_delta() -> World {
    let world = World::new().await;
    let mut ca = world.stored().await;
    ca.sources.delta_crl_url = Some(world.shelf.url("/delta.crl"));
    assert!(world.store.update_authority(&ca).await.unwrap());
    let tenant = world.store.tenant(&world.tenant.id).await.unwrap().unwrap();
    World { tenant, ..world }
}

impl World {
    fn delta(&self, number: u64, base: u64, revoked: &[u64]) {
        let scope = Scope::Since(base);
        let list = self.ca.list(scope, number, (BEGIN, DAY), None, revoked);
        self.shelf.put("/delta.crl", Answer::List(list.der));
    }
}
