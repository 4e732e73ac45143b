//! From other nodes.

use crate::{
    Delivery,
    frame::{Frame, FrameError, Item},
};
use ports::{
    Address,
    hints::Committed,
    store::{Located, Place},
};
use std::{sync::Arc, time::Duration};

/// How long after a failed or ended subscription the next is tried.
const AGAIN: Duration = Duration::from_millis(250);

impl Delivery {
    pub(crate) async fn receive(self: Arc<Self>, to: Address) {
        loop {
            match self.parts.bus.subscribe(to).await {
                Ok(mut messages) => {
                    while let Some(message) = messages.recv().await {
                        self.counters.received.increment(1);
                        if let Err(error) = self.take(&message) {
                            tracing::warn!(
                                error = &error as &dyn std::error::Error,
                                "a message of another node was not read"
                            );
                        }
                    }
                }
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "no subscription on the bus"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn take(&self, message: &[u8]) -> Result<(), FrameError> {
        let frame = Frame::decode(message)?;
        if frame.from == self.parts.node {
            return Ok(());
        }
        for raw in &frame.items {
            self.apply(serde_json::from_str(raw.get())?);
        }
        Ok(())
    }

    fn apply(&self, item: Item) {
        let hub = &self.parts.hub;
        let queued = match item {
            Item::Committed(change) => {
                self.committed(&Committed::from(*change));
                0
            }
            Item::Signal { tenant, conversation, from, agents_only, frame } => hub
                .signal(Located { tenant, conversation }, from, agents_only, &frame.into())
                .map_or(0, |passed| passed.sessions),
            Item::Place { tenant, conversation, visitor, position, ahead, eta } => {
                hub.place(tenant, conversation, visitor, Place { position, ahead }, eta)
            }
            Item::Presence { tenant, agent, status } => hub.presence(tenant, &agent, status),
            // One look at the store finds whatever changed for any tenant.
            Item::PluginsChanged { .. } => {
                self.parts.plugins_changed.notify_one();
                0
            }
        };
        self.counters.deliveries.increment(queued);
    }
}
