use crate::{index_share::Untold, outage::Outage, outbox::Outgoing, patience::Patience, seen::Seen};
use metrics::{Counter, Gauge};
use model::{Clock, NodeId, limits};
use parking_lot::Mutex;
use ports::{Bus, Directory, Hint, Hints, Search, Work, store::Conversations};
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
    /// How often it is looked for conversations that nobody indexed, though they have waited for so long.
    pub index_every: Duration,
    pub index_overdue: Duration,
    /// Jobs of indexing that this node does at once.
    pub index_jobs: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sweep_every: limits::SWEEP_INTERVAL,
            sweep_every_alone: Duration::from_millis(500),
            refresh_every: Duration::from_secs(3),
            index_every: Duration::from_secs(2),
            index_overdue: Duration::from_secs(3),
            index_jobs: 2,
        }
    }
}

pub struct Parts {
    pub hub: Arc<Hub>,
    pub store: Arc<dyn Conversations>,
    pub bus: Arc<dyn Bus>,
    pub directory: Arc<dyn Directory>,
    pub search: Arc<dyn Search>,
    pub work: Arc<dyn Work>,
    pub clock: Arc<dyn Clock>,
    /// Told when a plugin set was staged or put in force on another node.
    pub plugins_changed: Arc<Notify>,
    pub node: NodeId,
    pub config: Config,
}

/// From a committed change to the sessions that must see it, on this node and on others.
pub struct Delivery {
    pub(crate) parts: Parts,
    pub(crate) counters: Counters,
    pub(crate) seen: Seen,
    pub(crate) untold: Untold,
    pub(crate) patience: Patience,
    pub(crate) gauges: Gauges,
    pub(crate) no_directory: Outage,
    pub(crate) no_bus: Outage,
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

/// How far the index is behind.
pub(crate) struct Gauges {
    pub pending: Gauge,
    pub lag: Gauge,
}

impl Gauges {
    fn new() -> Self {
        Self { pending: metrics::gauge!("weft_index_pending"), lag: metrics::gauge!("weft_search_lag_seconds") }
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
            untold: Untold::default(),
            patience: Patience::default(),
            gauges: Gauges::new(),
            no_directory: Outage::default(),
            no_bus: Outage::default(),
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
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).tell_what_to_index()));
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).take_index_jobs()));
        tasks.spawn(stop.run_until_cancelled_owned(Arc::clone(self).sweep_index()));
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
