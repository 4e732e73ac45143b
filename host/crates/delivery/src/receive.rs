//! From other nodes.

use crate::{
    Delivery,
    frame::{Frame, FrameError, Item},
};
use model::TraceParent;
use ports::{
    Address, Message,
    hints::Committed,
    store::{Located, Place},
};
use std::{sync::Arc, time::Duration};
use trace::Kind;

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

    fn take(&self, message: &Message) -> Result<(), FrameError> {
        let span = trace::child(message.trace, "receive", Kind::Receive).with("weft.node", self.parts.node);
        let frame = Frame::decode(&message.body)?;
        if frame.from == self.parts.node {
            return Ok(());
        }
        for raw in &frame.items {
            self.apply(serde_json::from_str(raw.get())?, span.parent());
        }
        Ok(())
    }

    fn apply(&self, item: Item, trace: Option<TraceParent>) {
        let hub = &self.parts.hub;
        let queued = match item {
            Item::Committed(change) => {
                self.committed(&Committed { trace, ..Committed::from(*change) });
                0
            }
            Item::Signal { tenant, conversation, from, agents_only, frame } => hub
                .signal(Located { tenant, conversation }, from, agents_only, &frame.into())
                .map_or(0, |passed| passed.sessions),
            Item::Place { tenant, conversation, visitor, position, ahead, eta } => {
                hub.place(tenant, conversation, visitor, Place { position, ahead }, eta)
            }
            Item::Presence { tenant, agent, status } => hub.presence(tenant, &agent, status),
            Item::Notice { tenant, agents_only, frame } => hub.notice(tenant, agents_only, &frame.into()),
            // One look at the store finds whatever changed for any tenant.
            Item::PluginsChanged { .. } => {
                self.parts.plugins_changed.notify_one();
                0
            }
        };
        self.counters.deliveries.increment(queued);
    }
}
