//! To other nodes: one message per node that holds a participant, and all that waits for the same node in one message (C3).

use crate::{
    Delivery,
    frame::{Change, Frame, FrameError, Item},
};
use model::{ConversationId, NodeId, Participant, TenantId, VisitorId, backlog::Eta};
use ports::{
    Address,
    hints::Committed,
    store::{Located, Place},
};
use serde_json::value::{RawValue, to_raw_value};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::sync::mpsc;

/// Changes that are sent together, and the size of one message.
const BATCH: usize = 256;
const MESSAGE_BYTES: usize = 256 * 1024;

/// Something that concerns other nodes too.
pub(crate) enum Outgoing {
    Committed(Arc<Committed>),
    Place {
        tenant: TenantId,
        conversation: ConversationId,
        visitor: VisitorId,
        place: Place,
        eta: Option<Eta>,
    },
    /// A signal to all who take part in a conversation.
    Signal {
        at: Located,
        item: Item,
    },
    Everywhere(Item),
}

/// What waits for one address.
#[derive(Default)]
struct Pile {
    items: Vec<Box<RawValue>>,
    bytes: usize,
}

impl Delivery {
    pub(crate) async fn send(self: Arc<Self>, mut outbox: mpsc::Receiver<Outgoing>) {
        let mut batch = Vec::with_capacity(BATCH);
        while outbox.recv_many(&mut batch, BATCH).await > 0 {
            let mut piles = BTreeMap::new();
            for outgoing in batch.drain(..) {
                if let Err(error) = self.sort(&mut piles, outgoing).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a message to other nodes could not be written"
                    );
                }
            }
            for (to, pile) in piles {
                self.publish(to, pile).await;
            }
        }
    }

    /// Puts it on the pile of every node it concerns.
    async fn sort(&self, piles: &mut BTreeMap<Option<NodeId>, Pile>, outgoing: Outgoing) -> Result<(), FrameError> {
        let (nodes, item) = match outgoing {
            Outgoing::Committed(committed) => {
                let c = &committed.conversation;
                let nodes = self.nodes_of(c.tenant, &concerned(&committed)).await;
                self.remember(Located { tenant: c.tenant, conversation: c.id }, nodes.is_empty());
                if nodes.is_empty() {
                    return Ok(());
                }
                (nodes, Item::Committed(Box::new(Change::from(&*committed))))
            }
            Outgoing::Place { tenant, conversation, visitor, place, eta } => {
                let Place { position, ahead } = place;
                let nodes = self.nodes_of(tenant, &[Participant::Visitor(visitor)]).await;
                (nodes, Item::Place { tenant, conversation, visitor, position, ahead, eta })
            }
            Outgoing::Signal { at, item } => {
                let nodes = self.nodes_of(at.tenant, &self.parts.hub.participants(at)).await;
                self.remember(at, nodes.is_empty());
                (nodes, item)
            }
            Outgoing::Everywhere(item) => (BTreeSet::from([None]), item),
        };
        if nodes.is_empty() {
            return Ok(());
        }
        let raw = to_raw_value(&item)?;
        for to in nodes {
            let full = piles.get(&to).is_some_and(|pile| pile.bytes + raw.get().len() > MESSAGE_BYTES);
            if full && let Some(pile) = piles.remove(&to) {
                self.publish(to, pile).await;
            }
            let pile = piles.entry(to).or_default();
            pile.bytes += raw.get().len();
            pile.items.push(raw.clone());
        }
        Ok(())
    }

    /// The other nodes that hold a session of `who`; `None` is the whole cluster, when the directory does not answer.
    async fn nodes_of(&self, tenant: TenantId, who: &[Participant]) -> BTreeSet<Option<NodeId>> {
        match self.parts.directory.nodes_of(tenant, who).await {
            Ok(nodes) => nodes.into_iter().filter(|node| *node != self.parts.node).map(Some).collect(),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no directory: sending to the whole cluster");
                BTreeSet::from([None])
            }
        }
    }

    async fn publish(&self, to: Option<NodeId>, pile: Pile) {
        let address = to.map_or(Address::Cluster, Address::Node);
        let message = match Frame::encode(self.parts.node, pile.items) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a message to other nodes could not be written"
                );
                return;
            }
        };
        match self.parts.bus.publish(address, message).await {
            Ok(()) => self.counters.sent.increment(1),
            Err(error) => {
                self.counters.dropped.increment(1);
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the bus did not take a message: the sweep will close the gap"
                );
            }
        }
    }
}

/// Everybody who gets something of this change.
fn concerned(committed: &Committed) -> Vec<Participant> {
    let offers = committed.offered.iter().chain(committed.offer_ended.as_ref().map(|(offer, _)| offer));
    let offered = offers.map(|offer| Participant::Agent(offer.agent.id));
    let departed = committed.departed.iter().copied();
    committed.conversation.participants().chain(departed).chain(offered).collect()
}
