//! Waiting for conditions, never for time.

use std::{future::Future, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// How long a condition may take: generous, since two cores run everything at once.
pub const DEADLINE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// What `look` finds, as soon as it finds something. Fails the test after `DEADLINE`.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "not within {DEADLINE:?}: {what}");
        // waits: between two looks at a condition that nothing announces
        sleep(LOOK_AGAIN).await;
    }
}

/// The result of `work`, which must come within `DEADLINE`.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let Ok(result) = timeout(DEADLINE, work).await else { panic!("not within {DEADLINE:?}: {what}") };
    result
}
