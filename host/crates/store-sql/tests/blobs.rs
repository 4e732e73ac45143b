//! The contract of blobs, kept by the database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use model::{Clock, ManualClock, Timestamp};
use ports::{Blobs, conformance::blobs};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use weft_services::Server;
use weft_store_sql::{SqlStore, StoreConfig};

async fn open(url: String) -> Arc<dyn Blobs> {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_ms(1_795_519_000_000)));
    let store = SqlStore::open(&StoreConfig { url, connections: 8 }, clock).await.unwrap();
    Arc::new(store.blobs())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_blobs() {
    let directory = tempfile::tempdir().unwrap();
    let count = AtomicU32::new(0);
    let next = || count.fetch_add(1, Ordering::Relaxed);
    blobs::suite(async || open(format!("sqlite://{}/{}.db", directory.path().display(), next())).await).await;
}

/// The suite's blobs are told apart by its own tenants and bytes; what one property leaves is deleted or expected by no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mariadb_keeps_blobs() {
    let server = Server::mariadb().unwrap();
    blobs::suite(async || open(server.url().to_owned()).await).await;
}
