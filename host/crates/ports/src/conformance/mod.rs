//! The contracts as suites: each takes a factory and is run by every adapter.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panicking, as a test does")]

pub mod blobs;
pub mod bus;
pub mod clock;
pub mod directory;
pub mod search;
pub mod store;
pub mod work;

use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// The result of `work`, which takes less than `limit`.
async fn within<T>(limit: Duration, what: &str, work: impl Future<Output = T>) -> T {
    let Ok(result) = timeout(limit, work).await else { panic!("{what}: not within {limit:?}") };
    result
}

/// Waits until `holds`.
async fn until(limit: Duration, what: &str, holds: impl AsyncFn() -> bool) {
    let end = Instant::now() + limit;
    while !holds().await {
        assert!(Instant::now() < end, "{what}: not within {limit:?}");
        // waits: a server's index refreshes when it likes, and tells nobody.
        sleep(Duration::from_millis(10)).await;
    }
}
