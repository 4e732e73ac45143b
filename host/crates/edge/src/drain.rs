//! The end of a node: goodbye to every session, in-flight commands answered, then it is over.

use crate::Edge;
use rand::Rng;
use std::{sync::atomic::Ordering, time::Duration};

/// Clients come back spread over this many seconds, so that the other nodes do not get them all at once.
const SPREAD_SECONDS: u32 = 5;

impl Edge {
    /// Tells every session to go elsewhere and waits until they have, at most `within`. Answers how many sockets were left.
    pub async fn drain(&self, within: Duration) -> usize {
        self.ready.store(false, Ordering::Release);
        self.draining.cancel();
        if tokio::time::timeout(within, self.sockets.wait()).await.is_err() {
            tracing::warn!(sockets = self.sockets.len(), "sockets did not close in time");
        }
        self.sockets.len()
    }
}

/// `goodbye`, with a moment to come back that differs from client to client.
pub(crate) fn goodbye() -> String {
    let seconds = rand::rng().random_range(1..=SPREAD_SECONDS);
    format!(r#"{{"type":"goodbye","reason":"draining","reconnect_after":{seconds}}}"#)
}
