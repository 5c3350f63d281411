//! The contract on `SQLite`, and what only a file can do.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use certauth::store::sqlite::SqliteStore;
use certauth::store::{Sources, Store as _, StoreError, Validation};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::entries::{tenant_in, user};
use super::{Opened, contract};

contract! { open:
    entries::a_tenant_is_found_by_id_and_domain_and_counts_its_changes,
    entries::a_user_is_found_without_regard_to_case,
    entries::a_username_and_a_certificate_value_belong_to_one_user,
    entries::an_application_is_read_back_and_replaced,
    entries::an_authority_is_added_once_and_changes_the_tenant,
    entries::an_authority_is_changed_and_removed_with_its_lists,
    entries::a_list_is_replaced_by_whoever_saw_the_last_one,
    entries::what_a_tenant_asks_of_certificates_is_kept,
    entries::a_session_is_found_by_key_and_stays_ended,
    entries::the_log_keeps_every_field_and_its_order,
    entries::rows_of_one_call_are_logged_all_or_none,
    entries::signing_keys_come_newest_first,
    entries::what_has_ended_is_swept_and_nothing_else,
    single_use::a_single_use_value_is_taken_once_by_fifty,
    single_use::a_single_use_value_is_put_once_by_fifty,
    single_use::a_single_use_value_ends_and_has_one_kind,
    single_use::peeking_takes_nothing,
    single_use::a_journey_moves_on_for_one_of_fifty,
    single_use::a_journey_is_begun_once_and_unknown_ones_do_not_move,
    single_use::a_step_of_a_code_counts_once_and_only_forward,
    single_use::a_refresh_token_is_rotated_by_one_of_fifty,
    single_use::a_family_ends_as_a_whole_and_cannot_be_continued,
}

async fn open() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("certauth.sqlite")).await;
    Opened {
        store: Arc::new(store.unwrap()),
        _folder: folder,
    }
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certauth.sqlite");
    let store = SqliteStore::create(&path).await.unwrap();
    let tenant = tenant_in(&store).await;
    store.put_user(&user(&tenant, "lee")).await.unwrap();
    assert!(store.use_code_step(&tenant.id, "lee", 7).await.unwrap());
    store.close().await;

    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(
        store.tenants().await.unwrap(),
        std::slice::from_ref(&tenant)
    );
    let found = store.user(&tenant.id, "lee").await.unwrap();
    assert_eq!(found, Some(user(&tenant, "lee")));
    assert!(!store.use_code_step(&tenant.id, "lee", 7).await.unwrap());
}

#[tokio::test]
async fn two_processes_may_write_to_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certauth.sqlite");
    let server = SqliteStore::create(&path).await.unwrap();
    let command = SqliteStore::open(&path).await.unwrap();
    let tenant = tenant_in(&server).await;
    for number in 0..20 {
        let (one, two) = (format!("s{number}"), format!("c{number}"));
        let (one, two) = (user(&tenant, &one), user(&tenant, &two));
        let (one, two) = tokio::join!(server.put_user(&one), command.put_user(&two));
        one.unwrap();
        two.unwrap();
    }
    assert_eq!(server.users(&tenant.id).await.unwrap().len(), 40);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made_by_opening_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certauth.sqlite");
    assert_refused(&path, SqliteStore::open(&path).await);
    assert!(!path.exists());
    let nowhere = folder.path().join("no folder/certauth.sqlite");
    assert_refused(&nowhere, SqliteStore::create(&nowhere).await);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certauth.sqlite");
    fs::write(&path, "this is not a database, whatever its name says").unwrap();
    assert_refused(&path, SqliteStore::open(&path).await);
    assert_refused(folder.path(), SqliteStore::open(folder.path()).await);
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certauth.sqlite");
    SqliteStore::create(&path).await.unwrap().close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("update _sqlx_migrations set version = 9999 where version = 2")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Migration(_)), "{error}");
}

#[tokio::test]
async fn a_database_of_the_first_version_keeps_its_authorities_and_their_lists() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certauth.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let first = include_str!("../../../src/store/sqlite/migrations/0001_tables.sql");
    let text = first.into_sql_str();
    let first = Migration::new(1, "tables".into(), MigrationType::Simple, text, false);
    Migrator::with_migrations(vec![first])
        .run(&pool)
        .await
        .unwrap();
    let method = serde_json::to_string(&policy::MethodPolicy::default()).unwrap();
    sqlx::query("insert into tenants values ('t', 'Meridian', $1, null, 7)")
        .bind(method)
        .execute(&pool)
        .await
        .unwrap();
    for statement in [
        "insert into domains values ('meridian.example', 't', 0)",
        "insert into authorities values ('a', 't', 1, x'01', 'http://crl.example/a')",
        "insert into authorities values ('b', 't', 0, x'02', null)",
        "insert into crls values ('a', x'0304', 1800000000)",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;

    let store = SqliteStore::open(&path).await.unwrap();
    let tenant = store.tenant("meridian.example").await.unwrap().unwrap();
    assert_eq!(tenant.version, 7);
    assert_eq!(tenant.validation, Validation::default());
    let authorities = store.authorities("t").await.unwrap();
    let sources: Vec<&Sources> = authorities.iter().map(|known| &known.sources).collect();
    let a = Sources {
        crl_urls: vec!["http://crl.example/a".to_owned()],
        ..Sources::default()
    };
    assert_eq!(sources, [&a, &Sources::default()]);
    let list = store.crl("a", "http://crl.example/a").await.unwrap();
    let list = list.unwrap();
    assert_eq!((list.version, list.der), (1, vec![3, 4]));
    let state = store.crl_states("t").await.unwrap().remove(0);
    assert_eq!((state.version, state.fetched_at), (1, Some(1_800_000_000)));
}

fn assert_refused(path: &Path, opened: Result<SqliteStore, StoreError>) {
    let error = opened.unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
}
