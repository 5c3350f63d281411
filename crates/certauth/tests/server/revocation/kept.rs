//! Lists in the store: after a restart, beside other processes, and when it takes nothing.

use std::sync::Arc;

use certauth::store::Store as _;
use certauth::store::sqlite::SqliteStore;

use super::{BEGIN, DAY, World, trust};
use crate::support::shelf::Answer;

#[tokio::test]
async fn the_newest_list_survives_a_restart() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[0x1234]).der));
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    world.serve(Answer::Status(500));
    let world = world.restarted();
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_list_that_another_process_stored_is_noticed() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));
    let command = trust(world.store.clone(), &world.now);
    world.serve(Answer::List(world.ca.crl(2, BEGIN, DAY, &[0x1234]).der));
    let states = command.ask(&world.tenant, None, false).await.unwrap();
    assert_eq!(states[0].version, 2);
    assert_eq!(world.fetches(), 2);
    assert_eq!(world.judge().await, Ok(()));
    world.trust.notice().await.unwrap();
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn a_newer_list_of_another_process_is_not_overwritten() {
    let world = World::new().await;
    world.serve(Answer::List(world.ca.crl(1, BEGIN, DAY, &[]).der));
    assert_eq!(world.judge().await, Ok(()));
    let command = trust(world.store.clone(), &world.now);
    world.serve(Answer::List(world.ca.crl(3, BEGIN, DAY, &[0x1234]).der));
    command.ask(&world.tenant, None, false).await.unwrap();
    // This process knows of list 1 only, and is given list 2.
    world.serve(Answer::List(world.ca.crl(2, BEGIN, DAY, &[]).der));
    world.trust.ask(&world.tenant, None, false).await.unwrap();
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    let list = world.state().await.list.unwrap();
    assert_eq!(list.number.as_deref(), Some("3"));

    // Only an administrator says that numbers begin anew.
    world.trust.ask(&world.tenant, None, true).await.unwrap();
    assert_eq!(world.judge().await, Ok(()));
}

#[tokio::test]
async fn a_list_that_cannot_be_stored_counts_and_is_stored_later() {
    let world = World::new().await;
    world.store.close().await;
    let path = world.folder.path().join("certauth.sqlite");
    let reopened = Arc::new(SqliteStore::open(&path).await.unwrap());
    let world = World {
        trust: trust(reopened.clone(), &world.now),
        store: reopened,
        ..world
    };
    let database = sqlx::SqlitePool::connect(path.to_str().unwrap())
        .await
        .unwrap();
    let full = "create trigger full before insert on lists
        begin select raise(abort, 'database or disk is full'); end";
    sqlx::query(full).execute(&database).await.unwrap();
    world.serve(Answer::Tagged(world.ca.crl(1, BEGIN, DAY, &[0x1234]).der));
    assert_eq!(world.judge().await, Err(certs::code::REVOKED));
    assert!(
        world
            .store
            .crl_states(&world.tenant.id)
            .await
            .unwrap()
            .is_empty()
    );

    sqlx::query("drop trigger full")
        .execute(&database)
        .await
        .unwrap();
    world.at(BEGIN + DAY * 6 / 10);
    world.trust.refresh().await.unwrap();
    assert_eq!(world.state().await.version, 1);
    assert_eq!(
        world.unchanged(),
        0,
        "a list that is nowhere stored was not asked for"
    );
}
