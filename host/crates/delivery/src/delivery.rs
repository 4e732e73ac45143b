use crate::{outbox::Outgoing, seen::Seen};
use metrics::Counter;
use model::{Clock, NodeId, limits};
use parking_lot::Mutex;
use ports::{Bus, Directory, Hint, Hints, Search, store::Conversations};
use session::Hub;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Changes that wait to be sent to other nodes; beyond it they are dropped and the sweep closes the gap (C1).
const OUTBOX: usize = limits::HINT_QUEUE;

#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How often the sweep looks, with and without a bus.
    pub sweep_every: Duration,
    pub sweep_every_alone: Duration,
    pub refresh_every: Duration,
    /// How often the index is looked at without a hint.
    pub index_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sweep_every: limits::SWEEP_INTERVAL,
            sweep_every_alone: Duration::from_millis(500),
            refresh_every: Duration::from_secs(5),
            index_every: Duration::from_secs(2),
        }
    }
}

pub struct Parts {
    pub hub: Arc<Hub>,
    pub store: Arc<dyn Conversations>,
    pub bus: Arc<dyn Bus>,
    pub directory: Arc<dyn Directory>,
    pub search: Arc<dyn Search>,
    pub clock: Arc<dyn Clock>,
    pub node: NodeId,
    pub config: Config,
}

/// From a committed change to the sessions that must see it, on this node and on others.
pub struct Delivery {
    pub(crate) parts: Parts,
    pub(crate) counters: Counters,
    pub(crate) seen: Seen,
    pub(crate) to_index: Notify,
    pub(crate) outbox: mpsc::Sender<Outgoing>,
    hints: mpsc::Sender<Hint>,
    /// Taken by `run`.
    queues: Mutex<Option<(mpsc::Receiver<Hint>, mpsc::Receiver<Outgoing>)>>,
}

/// Handles are kept: looking a metric up costs more than counting.
pub(crate) struct Counters {
    pub entries: Counter,
    pub deliveries: Counter,
    pub sent: Counter,
    pub received: Counter,
    pub dropped: Counter,
    pub repaired: Counter,
}

impl Counters {
    fn new() -> Self {
        Self {
            entries: metrics::counter!("weft_entries_total"),
            deliveries: metrics::counter!("weft_deliveries_total"),
            sent: metrics::counter!("weft_bus_messages_total", "direction" => "sent"),
            received: metrics::counter!("weft_bus_messages_total", "direction" => "received"),
            dropped: metrics::counter!("weft_hints_dropped_total"),
            repaired: metrics::counter!("weft_sweep_repairs_total"),
        }
    }
}

impl Delivery {
    /// Makes the service; the metrics recorder is installed before.
    pub fn new(parts: Parts) -> Arc<Self> {
        let (hints, hint_queue) = mpsc::channel(limits::HINT_QUEUE);
        let (outbox, outbox_queue) = mpsc::channel(OUTBOX);
        Arc::new(Self {
            parts,
            counters: Counters::new(),
            seen: Seen::default(),
            to_index: Notify::new(),
            outbox,
            hints,
            queues: Mutex::new(Some((hint_queue, outbox_queue))),
        })
    }

    /// Starts the loops; they end at `stop`. A second call does nothing.
    pub fn run(self: &Arc<Self>, tasks: &TaskTracker, stop: CancellationToken) {
        let Some((hints, outbox)) = self.queues.lock().take() else { return };
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).deliver_hints(hints)));
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).send(outbox)));
        for to in [ports::Address::Node(self.parts.node), ports::Address::Cluster] {
            tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).receive(to)));
        }
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).sweep()));
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).refresh()));
        tasks.spawn(stop.run_until_cancelled_owned(Arc::clone(self).index()));
    }
}

impl Hints for Delivery {
    fn hint(&self, hint: Hint) -> bool {
        let taken = self.hints.try_send(hint).is_ok();
        if !taken {
            self.counters.dropped.increment(1);
        }
        taken
    }
}
