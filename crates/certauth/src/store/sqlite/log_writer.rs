//! Writing the sign-in log: what arrives together is made durable together.
//!
//! A durable transaction costs a flush of the disk, however many rows it holds. One task writes;
//! while the disk works on one transaction, the rows of all sign-ins that come meanwhile gather for
//! the next. Nobody is told that a row is written before the transaction that holds it is.

use sqlx::sqlite::SqlitePool;
use tokio::sync::{mpsc, oneshot};

use super::log;
use crate::store::{LogRow, StoreError};

/// Takes rows to the task that writes them. The task ends with the last of these.
#[derive(Clone, Debug)]
pub(super) struct LogWriter(mpsc::Sender<Waiting>);

/// Rows that somebody waits for.
#[derive(Debug)]
struct Waiting {
    rows: Vec<LogRow>,
    told: oneshot::Sender<Result<(), StoreError>>,
}

impl LogWriter {
    /// Starts the task that writes.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (sender, waiting) = mpsc::channel(MOST_AT_ONCE);
        tokio::spawn(write_all(pool, waiting));
        Self(sender)
    }

    /// Writes rows, and returns when they are durable.
    pub(super) async fn append(&self, rows: &[LogRow]) -> Result<(), StoreError> {
        let rows = rows.to_vec();
        let (told, written) = oneshot::channel();
        let waiting = Waiting { rows, told };
        self.0
            .send(waiting)
            .await
            .map_err(|_| StoreError::LogStopped)?;
        written.await.map_err(|_| StoreError::LogStopped)?
    }
}

async fn write_all(pool: SqlitePool, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, MOST_AT_ONCE).await > 0 {
        write(&pool, &mut batch).await;
    }
}

/// Writes a batch in one transaction; if that fails, each alone, so that nobody fails for what
/// another brought.
async fn write(pool: &SqlitePool, batch: &mut Vec<Waiting>) {
    let rows: Vec<&LogRow> = batch.iter().flat_map(|waiting| &waiting.rows).collect();
    let together = log::append(pool, &rows).await;
    if together.is_ok() || batch.len() == 1 {
        let mut together = Some(together);
        for waiting in batch.drain(..) {
            // Whoever gave up waiting needs no answer.
            let _ = waiting.told.send(together.take().unwrap_or(Ok(())));
        }
        return;
    }
    for waiting in batch.drain(..) {
        let rows: Vec<&LogRow> = waiting.rows.iter().collect();
        let alone = log::append(pool, &rows).await;
        let _ = waiting.told.send(alone);
    }
}

const MOST_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use crate::store::sqlite::SqliteStore;
    use crate::store::{LogRow, Store as _, StoreError};

    fn row(id: &str) -> LogRow {
        LogRow {
            id: id.to_owned(),
            tenant: "meridian".to_owned(),
            ..LogRow::default()
        }
    }

    /// Has these rows wait for the store's one writing connection, each for itself, and gives what
    /// each was told, with the number of transactions.
    async fn logged_together(
        store: &SqliteStore,
        rows: Vec<LogRow>,
    ) -> (Vec<Result<(), StoreError>>, usize) {
        let mut busy = store.write.acquire().await.expect("the connection");
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = commits.clone();
        busy.lock_handle()
            .await
            .expect("a handle")
            .set_commit_hook(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                true
            });
        let mut waiting: Vec<_> = rows
            .into_iter()
            .map(|row| Box::pin(async move { store.log(&[row]).await }))
            .collect();
        for one in &mut waiting {
            let polled = one.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(
                polled.is_pending(),
                "nothing is written while another writes"
            );
        }
        drop(busy);
        let mut told = Vec::new();
        for one in waiting {
            told.push(one.await);
        }
        (told, commits.load(Ordering::SeqCst))
    }

    async fn store() -> (tempfile::TempDir, SqliteStore) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("certauth.sqlite");
        let store = SqliteStore::create(&path).await.expect("a store");
        (folder, store)
    }

    #[tokio::test]
    async fn rows_that_come_together_share_a_transaction() {
        let (_folder, store) = store().await;
        let rows = (0..100)
            .map(|number| row(&format!("row {number}")))
            .collect();
        let (told, commits) = logged_together(&store, rows).await;
        assert!(told.iter().all(Result::is_ok), "{told:?}");
        assert!((1..=2).contains(&commits), "{commits} transactions");
        let kept = store.log_rows("meridian", 1000).await.expect("rows");
        assert_eq!(kept.len(), 100);
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_written_fails_alone() {
        let (_folder, store) = store().await;
        let rows = vec![row("one"), row("two"), row("one"), row("three")];
        let (told, _) = logged_together(&store, rows).await;
        let failed: Vec<bool> = told.iter().map(Result::is_err).collect();
        assert_eq!(failed, [false, false, true, false]);
        assert_eq!(store.log_rows("meridian", 10).await.expect("rows").len(), 3);
    }

    #[tokio::test]
    async fn rows_of_a_request_that_was_given_up_are_written_all_the_same() {
        let (_folder, store) = store().await;
        let busy = store.write.acquire().await.expect("the connection");
        let mut given_up = Box::pin(async { store.log(&[row("one")]).await });
        let polled = given_up
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        drop(given_up);
        drop(busy);
        store.log(&[row("two")]).await.expect("written");
        assert_eq!(store.log_rows("meridian", 10).await.expect("rows").len(), 2);
    }
}
