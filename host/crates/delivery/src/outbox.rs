//! To other nodes: one message per node that holds a participant, and all that waits for the same node in one message (C3).

use crate::{
    Delivery,
    frame::{Change, Frame, FrameError, Item},
};
use futures_util::future::join_all;
use model::{ConversationId, NodeId, Participant, TenantId, TraceParent, VisitorId, backlog::Eta};
use ports::{
    Address, Message,
    hints::Committed,
    store::{Located, Place},
};
use serde_json::value::{RawValue, to_raw_value};
use session::watch_point;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use trace::Kind;

/// Changes that are sent together, and the size of one message.
const BATCH: usize = 256;
const MESSAGE_BYTES: usize = 256 * 1024;
/// What comes so soon after the last messages gathers until then: at most one message per node and this span, and no wait after a pause.
const TOGETHER: Duration = Duration::from_millis(1);

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
    /// Of the one traced change in it.
    trace: Option<TraceParent>,
}

impl Delivery {
    pub(crate) async fn send(self: Arc<Self>, mut outbox: mpsc::Receiver<Outgoing>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut last = None;
        while outbox.recv_many(&mut batch, BATCH).await > 0 {
            if let Some(last) = last {
                sleep_until(last + TOGETHER).await;
                while batch.len() < BATCH
                    && let Ok(more) = outbox.try_recv()
                {
                    batch.push(more);
                }
            }
            last = Some(Instant::now());
            let mut piles = BTreeMap::new();
            // Asked all at once: the directory may be a server, and a question a round trip.
            let nodes = join_all(batch.iter().map(|outgoing| self.concerned_nodes(outgoing))).await;
            for (outgoing, nodes) in batch.drain(..).zip(nodes) {
                if let Err(error) = self.sort(&mut piles, outgoing, nodes).await {
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

    async fn concerned_nodes(&self, outgoing: &Outgoing) -> BTreeSet<Option<NodeId>> {
        match outgoing {
            Outgoing::Committed(committed) => self.nodes_of(committed.conversation.tenant, &concerned(committed)).await,
            Outgoing::Place { tenant, visitor, .. } => self.nodes_of(*tenant, &[Participant::Visitor(*visitor)]).await,
            Outgoing::Signal { at, .. } => {
                let mut concerned = self.parts.hub.participants(*at);
                concerned.push(watch_point(at.conversation.to_bytes()));
                self.nodes_of(at.tenant, &concerned).await
            }
            Outgoing::Everywhere(_) => BTreeSet::from([None]),
        }
    }

    /// Puts it on the pile of every node it concerns.
    async fn sort(
        &self,
        piles: &mut BTreeMap<Option<NodeId>, Pile>,
        outgoing: Outgoing,
        nodes: BTreeSet<Option<NodeId>>,
    ) -> Result<(), FrameError> {
        match &outgoing {
            Outgoing::Committed(committed) => {
                let c = &committed.conversation;
                self.remember(Located { tenant: c.tenant, conversation: c.id }, nodes.is_empty());
            }
            Outgoing::Signal { at, .. } => self.remember(*at, nodes.is_empty()),
            Outgoing::Place { .. } | Outgoing::Everywhere(_) => {}
        }
        if nodes.is_empty() {
            return Ok(());
        }
        let mut trace = None;
        let item = match outgoing {
            Outgoing::Committed(committed) => {
                trace = committed.trace;
                Item::Committed(Box::new(Change::from(&*committed)))
            }
            Outgoing::Place { tenant, conversation, visitor, place, eta } => {
                let Place { position, ahead } = place;
                Item::Place { tenant, conversation, visitor, position, ahead, eta }
            }
            Outgoing::Signal { item, .. } | Outgoing::Everywhere(item) => item,
        };
        let raw = to_raw_value(&item)?;
        for to in nodes {
            // A message goes on with one trace: each that is traced has one of its own.
            let full = piles.get(&to).is_some_and(|pile| {
                pile.bytes + raw.get().len() > MESSAGE_BYTES || pile.trace.is_some() && trace.is_some()
            });
            if full && let Some(pile) = piles.remove(&to) {
                self.publish(to, pile).await;
            }
            let pile = piles.entry(to).or_default();
            pile.bytes += raw.get().len();
            pile.items.push(raw.clone());
            pile.trace = pile.trace.or(trace);
        }
        Ok(())
    }

    /// The other nodes that hold a session of `who`; `None` is the whole cluster, when the directory does not answer.
    async fn nodes_of(&self, tenant: TenantId, who: &[Participant]) -> BTreeSet<Option<NodeId>> {
        match self.parts.directory.nodes_of(tenant, who).await {
            Ok(nodes) => {
                if self.no_directory.ends() {
                    tracing::info!("the directory says again who is where");
                }
                nodes.into_iter().filter(|node| *node != self.parts.node).map(Some).collect()
            }
            Err(error) => {
                if self.no_directory.begins() {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "no directory: sending to the whole cluster");
                }
                BTreeSet::from([None])
            }
        }
    }

    async fn publish(&self, to: Option<NodeId>, pile: Pile) {
        let address = to.map_or(Address::Cluster, Address::Node);
        let mut span = trace::child(pile.trace, "publish", Kind::Publish).with("weft.node", self.parts.node);
        match to {
            Some(node) => span.note("weft.to", node),
            None => span.note("weft.to", "cluster"),
        }
        let message = match Frame::encode(self.parts.node, pile.items) {
            Ok(body) => Message { body, trace: span.parent() },
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a message to other nodes could not be written"
                );
                return;
            }
        };
        match self.parts.bus.publish(address, message).await {
            Ok(()) => {
                self.counters.sent.increment(1);
                if self.no_bus.ends() {
                    tracing::info!("the bus takes messages again");
                }
            }
            Err(error) => {
                span.fail(&error);
                self.counters.dropped.increment(1);
                if self.no_bus.begins() {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the bus does not take messages: the sweep closes the gap");
                }
            }
        }
    }
}

/// Everybody who gets something of this change.
fn concerned(committed: &Committed) -> Vec<Participant> {
    let offers = committed.offered.iter().chain(committed.offer_ended.as_ref().map(|(offer, _)| offer));
    let offered = offers.map(|offer| Participant::Agent(offer.agent.id));
    let departed = committed.departed.iter().copied();
    let c = &committed.conversation;
    let watchers = [watch_point(c.id.to_bytes()), watch_point(c.team.id.to_bytes())];
    c.participants().chain(departed).chain(offered).chain(watchers).collect()
}
