use crate::pace::Pace;
use model::{Clock, IdSource, TenantId, notification::Target};
use parking_lot::Mutex;
use ports::{Handlers, Notifier, Store, Work};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Tenants whose targets are remembered.
const TENANTS: u64 = 10_000;

#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How often it is looked for what nobody told of.
    pub sweep_every: Duration,
    /// How long targets are remembered: a change of one takes so long to reach every node.
    pub targets_for: Duration,
    /// How long a node is left alone with events that it claimed: a dead node's are taken over then.
    pub event_lease: Duration,
    /// The same for notifications; longer than an attempt takes.
    pub lease: Duration,
    /// An attempt that takes longer has timed out.
    pub attempt_within: Duration,
    /// Attempts under way on this node.
    pub attempts_at_once: usize,
    /// Done rows are kept for so long.
    pub keep: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sweep_every: Duration::from_secs(1),
            targets_for: Duration::from_secs(1),
            event_lease: Duration::from_secs(10),
            lease: Duration::from_secs(30),
            attempt_within: Duration::from_secs(20),
            attempts_at_once: 64,
            keep: Duration::from_hours(30 * 24),
        }
    }
}

pub struct Parts {
    pub store: Arc<dyn Store>,
    pub work: Arc<dyn Work>,
    pub handlers: Arc<dyn Handlers>,
    pub notifiers: Vec<Arc<dyn Notifier>>,
    pub ids: Arc<dyn IdSource>,
    pub clock: Arc<dyn Clock>,
    pub config: Config,
}

/// Events to notifications, notifications to attempts.
pub struct Notifications {
    pub(crate) parts: Parts,
    pub(crate) notifiers: BTreeMap<&'static str, Arc<dyn Notifier>>,
    pub(crate) targets: moka::sync::Cache<TenantId, Arc<BTreeMap<String, Target>>>,
    pub(crate) pace: Mutex<Pace>,
    pub(crate) event: Notify,
    pub(crate) due: Notify,
}

impl Notifications {
    pub fn new(parts: Parts) -> Arc<Self> {
        let notifiers = parts.notifiers.iter().map(|n| (n.channel(), Arc::clone(n))).collect();
        let targets = moka::sync::Cache::builder().max_capacity(TENANTS).time_to_live(parts.config.targets_for).build();
        Arc::new(Self { parts, notifiers, targets, pace: Mutex::default(), event: Notify::new(), due: Notify::new() })
    }

    /// Channels that this node can send by.
    pub fn channels(&self) -> impl Iterator<Item = &'static str> {
        self.notifiers.keys().copied()
    }

    /// Starts the loops; they end at `stop`. Attempts under way are ended too: whoever claims them next makes them again.
    pub fn run(self: &Arc<Self>, tasks: &TaskTracker, stop: CancellationToken) {
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).handle_events()));
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).send_due(tasks.clone(), stop.clone())));
        tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(self).take_jobs()));
        tasks.spawn(stop.run_until_cancelled_owned(Arc::clone(self).forget_old()));
    }
}
