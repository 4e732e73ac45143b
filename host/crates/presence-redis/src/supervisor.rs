//! Keeps a connection, and the directory filled after an outage.

use crate::{directory::Inner, link::Connection};
use rand::Rng;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Back-off between attempts: doubles, with jitter, up to the second.
const AGAIN_MIN: Duration = Duration::from_millis(50);
const AGAIN_MAX: Duration = Duration::from_secs(1);
const PING_EVERY: Duration = Duration::from_secs(1);
/// Pings in a row without an answer before the connection is given up. In a cluster one node of several may be lost.
const MISSED_SINGLE: u32 = 1;
const MISSED_CLUSTER: u32 = 3;
/// After an outage, how long until all nodes have found Redis again and repeated their sessions. Until then its answers would
/// make the absent of those that are only not registered yet.
pub(crate) const SETTLE: Duration = Duration::from_millis(2500);

/// Connects, watches, connects again.
pub(crate) async fn supervise(inner: Arc<Inner>) {
    let (mut again, mut first) = (AGAIN_MIN, true);
    loop {
        match inner.link.connect(CONNECT_WITHIN).await {
            Ok(connection) => {
                again = AGAIN_MIN;
                if !first {
                    inner.repeat(&connection).await;
                    *inner.settles_at.lock() = Some(Instant::now() + SETTLE);
                }
                inner.link.set(Some(connection.clone()));
                tracing::info!(first, "connected to Redis");
                watch(&inner, &connection).await;
                inner.link.set(None);
                tracing::warn!("Redis does not answer: entries go to all nodes, agents count by their status");
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "Redis is not reached");
            }
        }
        first = false;
        let jitter = rand::rng().random_range(0.5..1.0);
        sleep(again.mul_f64(jitter)).await;
        again = (again * 2).min(AGAIN_MAX);
    }
}

/// Until the connection is lost.
async fn watch(inner: &Inner, connection: &Connection) {
    let bound = if inner.link.is_cluster() { MISSED_CLUSTER } else { MISSED_SINGLE };
    let mut missed = 0;
    while missed < bound {
        if missed == 0 {
            // Until the next ping is due, or a call failed.
            let _elapsed = timeout(PING_EVERY, inner.link.doubted.notified()).await;
        }
        missed = if inner.link.ping(connection).await { 0 } else { missed + 1 };
    }
}
