//! What was committed on this node: to the sessions here at once, to other nodes through the outbox.

use crate::{Delivery, frame::Item, outbox::Outgoing};
use ports::{Hint, hints::Committed, store::Located};
use std::sync::Arc;
use tokio::sync::mpsc;
use trace::Kind;

/// Hints that are taken at once.
const BATCH: usize = 256;

impl Delivery {
    pub(crate) async fn deliver_hints(self: Arc<Self>, mut hints: mpsc::Receiver<Hint>) {
        let mut batch = Vec::with_capacity(BATCH);
        while hints.recv_many(&mut batch, BATCH).await > 0 {
            for hint in batch.drain(..) {
                self.deliver(hint);
            }
        }
    }

    fn deliver(&self, hint: Hint) {
        match hint {
            Hint::Committed(committed) => {
                self.counters.entries.increment(committed.entries.len() as u64);
                self.committed(&committed);
                if !committed.entries.is_empty() {
                    let c = &committed.conversation;
                    self.untold.add(Located { tenant: c.tenant, conversation: c.id });
                }
                self.pass_on(Outgoing::Committed(committed));
            }
            Hint::AgentStatus { tenant, agent, status } => {
                self.counters.deliveries.increment(self.parts.hub.presence(tenant, &agent, status));
                self.pass_on(Outgoing::Everywhere(Item::Presence { tenant, agent, status }));
            }
            Hint::Places { tenant, places, .. } => {
                for (conversation, visitor, place, eta) in places {
                    self.counters.deliveries.increment(self.parts.hub.place(tenant, conversation, visitor, place, eta));
                    self.pass_on(Outgoing::Place { tenant, conversation, visitor, place, eta });
                }
            }
            // Who changed them knows.
            Hint::PluginsChanged { tenant } => self.pass_on(Outgoing::Everywhere(Item::PluginsChanged { tenant })),
            // No session looks at a whole team yet.
            Hint::TeamChanged { .. } => {}
        }
    }

    /// A committed change, from here or from another node.
    pub(crate) fn committed(&self, committed: &Committed) {
        let c = &committed.conversation;
        self.seen.saw(Located { tenant: c.tenant, conversation: c.id }, c.head.version, c.head.changed_at);
        let mut span = trace::child(committed.trace, "deliver", Kind::Step).with("weft.node", self.parts.node);
        let sessions = self.parts.hub.committed(committed);
        span.note("weft.sessions", sessions);
        self.counters.deliveries.increment(sessions);
    }

    pub(crate) fn pass_on(&self, outgoing: Outgoing) {
        if self.outbox.try_send(outgoing).is_err() {
            self.counters.dropped.increment(1);
        }
    }
}
