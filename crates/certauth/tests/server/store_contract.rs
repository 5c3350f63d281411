//! What every store must do; run on each that there is.

use std::sync::Arc;

use certauth::store::{Store, StoreError};

mod entries;
mod single_use;
mod sqlite;

/// A store, and what must live as long as it.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) _folder: tempfile::TempDir,
}

macro_rules! contract {
    ($open:path: $($module:ident::$test:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let opened = $open().await;
                $crate::store_contract::$module::$test(opened.store).await;
            }
        )+
    };
}
pub(crate) use contract;

/// Runs many at once and counts the ones that say yes.
pub(crate) async fn how_many<F, T>(tasks: impl IntoIterator<Item = F>, yes: fn(&T) -> bool) -> usize
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut set = tokio::task::JoinSet::new();
    for task in tasks {
        set.spawn(task);
    }
    set.join_all().await.iter().filter(|t| yes(t)).count()
}

pub(crate) fn already_there<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, StoreError::Exists(_)), "{error}");
    error.to_string()
}
