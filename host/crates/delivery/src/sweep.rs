//! The sweep (C1): what changed lately and was not heard of, be it the last entry of a conversation, is delivered from the store.

use crate::Delivery;
use model::Timestamp;
use ports::{PortResult, store::Located};
use std::{sync::Arc, time::Duration};

/// A change becomes visible at most so long after the moment it carries (the longest transaction).
const MARGIN: Duration = Duration::from_secs(10);
/// Changes read at once.
const PAGE: u32 = 1000;

impl Delivery {
    pub(crate) async fn sweep(self: Arc<Self>) {
        let mut since = None;
        loop {
            match self.sweep_once(since).await {
                Ok(newest) => since = Some(newest),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the sweep could not read the store");
                }
            }
            let config = &self.parts.config;
            let connected = self.parts.bus.connected();
            tokio::time::sleep(if connected { config.sweep_every } else { config.sweep_every_alone }).await;
        }
    }

    /// Looks at what changed since `since` (a moment of the store); answers from where to look next.
    async fn sweep_once(&self, since: Option<Timestamp>) -> PortResult<Timestamp> {
        let store = &self.parts.store;
        let now = store.now().await?;
        let horizon = before(since.unwrap_or(now), MARGIN);
        let (mut from, mut limit) = (horizon, PAGE);
        loop {
            let changes = store.changed_since(from, limit).await?;
            for at in self.seen.missed(&changes) {
                self.repair(at).await?;
            }
            let Some(last) = changes.last().filter(|_| changes.len() as u64 >= u64::from(limit)) else { break };
            // A page of one single moment does not move on: look at more of it.
            limit = if last.changed_at == from { limit.saturating_mul(2) } else { PAGE };
            from = last.changed_at;
        }
        self.seen.forget_before(horizon);
        Ok(now)
    }

    async fn repair(&self, at: Located) -> PortResult<()> {
        if let Some(c) = self.parts.store.conversation(at.tenant, at.conversation).await? {
            self.parts.hub.synchronise(&c);
            self.seen.saw(at, c.head.version, c.head.changed_at);
            self.counters.repaired.increment(1);
        }
        Ok(())
    }
}

fn before(at: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_ms(at.as_ms().saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
