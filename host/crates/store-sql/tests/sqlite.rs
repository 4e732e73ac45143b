//! The store's contract on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use model::{ManualClock, Timestamp};
use ports::conformance::store::{StoreUnderTest, suite};
use sqlx::{Connection, Executor, SqliteConnection};
use std::sync::Arc;
use weft_store_sql::{MigrateError, SqlStore, StoreConfig, StoreOpenError};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let count = std::sync::atomic::AtomicU32::new(0);
    suite(async || {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let url = format!("sqlite://{}/{n}/weft.db", directory.path().display());
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1_795_519_000_000)));
        let config = StoreConfig { url, connections: 4 };
        let store = SqlStore::open(&config, Arc::<ManualClock>::clone(&clock)).await.unwrap();
        StoreUnderTest { store: Arc::new(store), clock: Some(clock) }
    })
    .await;
}

/// Nodes are upgraded one after the other: the first new one migrates, and older ones may have to be started again beside it.
#[tokio::test]
async fn an_older_node_starts_on_a_newer_schema_that_it_can_work_with() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("weft.db");
    let url = format!("sqlite://{}", file.display());
    let open =
        async || SqlStore::open(&StoreConfig { url: url.clone(), connections: 1 }, Arc::new(ports::SystemClock)).await;
    let change = async |sql: &'static str| {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        connection.execute(sql).await.unwrap();
        connection.close().await.unwrap();
    };
    open().await.unwrap().close().await;
    change("ALTER TABLE schema_steps DROP COLUMN works_with").await;
    open().await.expect("the steps of a database from before the column are known").close().await;
    change("INSERT INTO schema_steps (version, done_at, works_with) VALUES (999, 0, 1)").await;
    open().await.expect("what the newer one added does not concern this one").close().await;
    change("INSERT INTO schema_steps (version, done_at, works_with) VALUES (1000, 0, 1000)").await;
    let refused = open().await.err().unwrap();
    let StoreOpenError::Migrate(MigrateError::Newer { found: 1000, .. }) = refused else { panic!("{refused}") };
}
