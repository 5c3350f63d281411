//! What may happen once happens once, however many ask at the same time.

use std::sync::Arc;

use certauth::store::{JourneyRow, Once, OnceKind, RefreshToken, Store, StoreError};

use super::entries::{tenant_in, user};
use super::how_many;

const MANY: usize = 50;

pub(crate) async fn a_single_use_value_is_taken_once_by_fifty(store: Arc<dyn Store>) {
    assert!(store.put_once(&once("ticket", 100)).await.unwrap());
    let takers = (0..MANY).map(|_| {
        let store = store.clone();
        async move { take(&*store, "ticket", 50).await }
    });
    let taken = how_many(takers, |payload| payload.as_deref() == Some("payload")).await;
    assert_eq!(taken, 1);
}

pub(crate) async fn a_single_use_value_is_put_once_by_fifty(store: Arc<dyn Store>) {
    let putters = (0..MANY).map(|_| {
        let store = store.clone();
        async move { store.put_once(&once("jti", 100)).await.unwrap() }
    });
    assert_eq!(how_many(putters, |put| *put).await, 1);
}

pub(crate) async fn a_single_use_value_ends_and_has_one_kind(store: Arc<dyn Store>) {
    store.put_once(&once("late", 100)).await.unwrap();
    assert_eq!(take(&*store, "late", 100).await, None);
    assert_eq!(take(&*store, "late", 50).await, None);

    store.put_once(&once("kind", 100)).await.unwrap();
    let other = OnceKind::BrowserTicket;
    assert_eq!(store.take_once(other, "kind", 50).await.unwrap(), None);
    assert_eq!(take(&*store, "kind", 50).await.as_deref(), Some("payload"));
    assert_eq!(take(&*store, "never put", 50).await, None);
}

pub(crate) async fn peeking_takes_nothing(store: Arc<dyn Store>) {
    store.put_once(&once("ticket", 100)).await.unwrap();
    let peek = async |now| {
        let kind = OnceKind::CertauthTicket;
        store.peek_once(kind, "ticket", now).await.unwrap()
    };
    assert_eq!(peek(50).await.as_deref(), Some("payload"));
    assert_eq!(peek(99).await.as_deref(), Some("payload"));
    assert_eq!(peek(100).await, None);
    assert!(take(&*store, "ticket", 50).await.is_some());
    assert_eq!(peek(50).await, None);
}

pub(crate) async fn a_journey_moves_on_for_one_of_fifty(store: Arc<dyn Store>) {
    store.add_journey(&journey("begun")).await.unwrap();
    let read = store.journey("journey").await.unwrap().unwrap();
    let writers = (0..MANY).map(|number| {
        let (store, mut read) = (store.clone(), read.clone());
        read.state = format!("moved by {number}");
        async move {
            match store.update_journey(&read).await {
                Ok(()) => Some(read.state),
                Err(StoreError::Conflict) => None,
                Err(other) => panic!("{other}"),
            }
        }
    });
    assert_eq!(how_many(writers, Option::is_some).await, 1);
    let after = store.journey("journey").await.unwrap().unwrap();
    assert!(after.state.starts_with("moved by"));
    assert_eq!(after.version, read.version + 1);
    store.update_journey(&after).await.unwrap();
}

pub(crate) async fn a_journey_is_begun_once_and_unknown_ones_do_not_move(store: Arc<dyn Store>) {
    store.add_journey(&journey("begun")).await.unwrap();
    super::already_there(store.add_journey(&journey("again")).await);
    let mut other = journey("x");
    other.id_sha256 = "other".into();
    assert_eq!(store.journey("other").await.unwrap(), None);
    let error = store.update_journey(&other).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict));
}

pub(crate) async fn a_step_of_a_code_counts_once_and_only_forward(store: Arc<dyn Store>) {
    let tenant = tenant_in(&*store).await;
    store.put_user(&user(&tenant, "lee")).await.unwrap();
    let id = tenant.id.clone();
    let users = (0..MANY).map(|_| {
        let (store, id) = (store.clone(), id.clone());
        async move { store.use_code_step(&id, "lee", 7).await.unwrap() }
    });
    assert_eq!(how_many(users, |used| *used).await, 1);
    let step = async |step| store.use_code_step(&id, "lee", step).await.unwrap();
    assert!(!step(6).await);
    assert!(step(8).await);
    assert!(!step(7).await);
    assert!(!step(u64::MAX).await);
    assert!(!store.use_code_step(&id, "nobody", 9).await.unwrap());

    // Writing the user, with another secret too, does not bring a used step back.
    store.put_user(&user(&tenant, "lee")).await.unwrap();
    assert!(!step(8).await);
}

pub(crate) async fn a_refresh_token_is_rotated_by_one_of_fifty(store: Arc<dyn Store>) {
    store.add_refresh_token(&refresh("first")).await.unwrap();
    let rotators = (0..MANY).map(|number| {
        let store = store.clone();
        async move {
            let mut old = refresh("first");
            old.rotated_at = Some(50);
            old.successor = Some(format!("sealed {number}").into_bytes());
            let new = refresh(&format!("second {number}"));
            let done = store.rotate_refresh_token(&old, &new).await.unwrap();
            done.then_some(number)
        }
    });
    let mut set = tokio::task::JoinSet::new();
    for rotator in rotators {
        set.spawn(rotator);
    }
    let winners: Vec<usize> = set.join_all().await.into_iter().flatten().collect();
    let [winner] = winners.as_slice() else {
        panic!("{winners:?}");
    };
    let old = store.refresh_token("first").await.unwrap().unwrap();
    assert_eq!(old.rotated_at, Some(50));
    assert_eq!(old.successor, Some(format!("sealed {winner}").into_bytes()));
    for number in 0..MANY {
        let successor = store.refresh_token(&format!("second {number}")).await;
        assert_eq!(successor.unwrap().is_some(), number == *winner);
    }
}

pub(crate) async fn a_family_ends_as_a_whole_and_cannot_be_continued(store: Arc<dyn Store>) {
    store.add_refresh_token(&refresh("first")).await.unwrap();
    let mut old = refresh("first");
    old.rotated_at = Some(50);
    let rotated = store.rotate_refresh_token(&old, &refresh("second")).await;
    assert!(rotated.unwrap());
    let mut other = refresh("other");
    other.family = "another family".into();
    store.add_refresh_token(&other).await.unwrap();

    store.end_refresh_family("family").await.unwrap();
    assert_eq!(store.refresh_token("first").await.unwrap(), None);
    assert_eq!(store.refresh_token("second").await.unwrap(), None);
    assert_eq!(store.refresh_token("other").await.unwrap(), Some(other));

    let mut old = refresh("second");
    old.rotated_at = Some(60);
    let rotated = store.rotate_refresh_token(&old, &refresh("third")).await;
    assert!(!rotated.unwrap());
    assert_eq!(store.refresh_token("third").await.unwrap(), None);
}

async fn take(store: &dyn Store, key: &str, now: i64) -> Option<String> {
    let kind = OnceKind::CertauthTicket;
    store.take_once(kind, key, now).await.unwrap()
}

fn once(key: &str, expires_at: i64) -> Once {
    Once {
        kind: OnceKind::CertauthTicket,
        key_sha256: key.to_owned(),
        payload: "payload".to_owned(),
        expires_at,
    }
}

fn journey(state: &str) -> JourneyRow {
    JourneyRow {
        id_sha256: "journey".to_owned(),
        tenant: "tenant".to_owned(),
        state: state.to_owned(),
        expires_at: 100,
        version: 0,
    }
}

pub(crate) fn refresh(key: &str) -> RefreshToken {
    RefreshToken {
        key_sha256: key.to_owned(),
        session: "session".to_owned(),
        client: "payroll".to_owned(),
        scope: "openid profile".to_owned(),
        jkt: Some("thumbprint".to_owned()),
        family: "family".to_owned(),
        expires_at: 100,
        rotated_at: None,
        successor: None,
    }
}
