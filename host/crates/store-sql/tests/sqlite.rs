//! The store's contract on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use model::{ManualClock, Timestamp};
use ports::conformance::store::{StoreUnderTest, suite};
use std::sync::Arc;
use weft_store_sql::{SqlStore, StoreConfig};

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
