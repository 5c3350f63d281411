//! What the store said is written is there after the process was killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use certauth::server::uuid;
use certauth::store::sqlite::SqliteStore;
use certauth::store::{LogRow, Store as _};

const DATABASE: &str = "CERTAUTH_TEST_DATABASE";

#[tokio::test]
async fn a_killed_process_loses_no_row_that_it_was_told_is_logged() {
    if let Some(database) = std::env::var_os(DATABASE) {
        return log_until_killed(database.as_ref()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certauth.sqlite");
    SqliteStore::create(&path).await.unwrap().close().await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("durability::a_killed_process_loses_no_row_that_it_was_told_is_logged")
        .env(DATABASE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let logged: Vec<String> = lines
        .filter_map(|line| Some(line.unwrap().strip_prefix("logged ")?.to_owned()))
        .take(400)
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(logged.len(), 400);

    let store = SqliteStore::open(&path).await.unwrap();
    let rows = store.log_rows("meridian", 10_000).await.unwrap();
    for id in logged {
        assert!(rows.iter().any(|row| row.id == id), "{id}");
    }
}

/// The other process: this same test, started again with the database to write to. Eight sign-ins
/// at once log one row after another, so that rows share transactions.
async fn log_until_killed(database: &Path) {
    let store = SqliteStore::open(database).await.unwrap();
    let sign_ins: Vec<_> = (0..8)
        .map(|_| tokio::spawn(log_on(store.clone())))
        .collect();
    for sign_in in sign_ins {
        sign_in.await.unwrap();
    }
}

async fn log_on(store: SqliteStore) {
    let mut out = std::io::stdout();
    loop {
        let row = LogRow {
            id: uuid(),
            tenant: "meridian".to_owned(),
            ..LogRow::default()
        };
        store.log(std::slice::from_ref(&row)).await.unwrap();
        // Fails, and ends the process, when the one that reads is gone.
        writeln!(out, "logged {}", row.id).unwrap();
    }
}
