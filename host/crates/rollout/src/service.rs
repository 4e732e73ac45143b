//! The service: its parts, its state, its tasks.

use crate::{breaker::Breakers, quarantine::Quarantine, sets::ActiveSet};
use arc_swap::{ArcSwap, ArcSwapOption};
use model::{
    Clock, IdSource, NodeId, TenantId,
    catalogue::{PluginPayload, PluginView},
    notification::{Event, EventKind},
    plugin::{Digest, Hook},
};
use ports::{Hints, PluginRuntime, Prepared, Store};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Notify, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Prepared components that are kept for a roll-back or another tenant. Those in force are kept in any case.
const PREPARED: u64 = 256;
/// Failing releases that wait to be told of, and to be rolled back. One that finds no place opens its breaker again.
const FAULTED: usize = 64;

/// What the service is made of.
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub runtime: Arc<dyn PluginRuntime>,
    pub ids: Arc<dyn IdSource>,
    pub clock: Arc<dyn Clock>,
    /// Tells the other nodes that a set was staged or put in force.
    pub hints: Arc<dyn Hints>,
    /// Notified when another node says so: this one looks at once, and not only at its next sweep.
    pub changed: Arc<Notify>,
    pub node: NodeId,
    pub config: Config,
}

#[derive(Clone, Debug)]
pub struct Config {
    /// How people know this node.
    pub node_name: String,
    /// How long the nodes may take to prepare a set.
    pub prepare_within: Duration,
    /// Between two looks at the nodes' reports.
    pub poll_every: Duration,
    /// Between two looks for staged sets and sets in force, when nobody tells of them.
    pub sweep_every: Duration,
    /// How long a node counts as a member without renewing; it renews often enough to miss one or two.
    pub lease: Duration,
    /// Before a set that could not be prepared is tried again.
    pub fence_retry: Duration,
    /// Name of the shipped routing plugin of tenants without a binding.
    pub default_routing: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            node_name: "weft".into(),
            prepare_within: Duration::from_secs(30),
            poll_every: Duration::from_millis(100),
            sweep_every: Duration::from_secs(1),
            lease: Duration::from_secs(10),
            fence_retry: Duration::from_secs(30),
            default_routing: "least-busy".into(),
        }
    }
}

/// Releases and activations of plugins, and the router over them.
pub struct Rollout {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) runtime: Arc<dyn PluginRuntime>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hints: Arc<dyn Hints>,
    pub(crate) changed: Arc<Notify>,
    pub(crate) node: NodeId,
    pub(crate) config: Config,
    pub(crate) sets: ArcSwap<HashMap<TenantId, Arc<ActiveSet>>>,
    /// Held while `sets` is replaced, so that no swap is lost.
    pub(crate) swapping: parking_lot::Mutex<()>,
    /// The shipped routing plugin with default settings.
    pub(crate) default_routing: ArcSwapOption<DefaultRouting>,
    /// By component and settings.
    pub(crate) prepared: moka::sync::Cache<(Digest, Digest), Arc<dyn Prepared>>,
    pub(crate) breakers: Breakers,
    pub(crate) quarantine: Quarantine,
    pub(crate) faulted: mpsc::Sender<Failing>,
    failing: parking_lot::Mutex<Option<mpsc::Receiver<Failing>>>,
    /// When this node said of which staged sets that it prepared them (or not).
    pub(crate) reported: parking_lot::Mutex<BTreeMap<(TenantId, u64), model::Timestamp>>,
    /// When this node first saw which staged sets, by its own clock: clocks of nodes are not compared.
    pub(crate) first_seen: parking_lot::Mutex<BTreeMap<(TenantId, u64), model::Timestamp>>,
    /// Staged here by somebody who does not wait for it any more.
    pub(crate) left: parking_lot::Mutex<BTreeSet<(TenantId, u64)>>,
}

pub(crate) struct DefaultRouting(pub Arc<dyn Prepared>);

/// A release whose breaker opened.
pub(crate) struct Failing {
    pub tenant: TenantId,
    /// Of the set in force; 0 while what ships is.
    pub epoch: u64,
    pub hook: Hook,
    pub release: Digest,
    /// The last fault.
    pub fault: String,
    /// It has failed too often since it was activated.
    pub roll_back: bool,
}

impl Rollout {
    pub fn new(parts: Parts) -> Arc<Self> {
        let (faulted, failing) = mpsc::channel(FAULTED);
        Arc::new(Self {
            store: parts.store,
            runtime: parts.runtime,
            ids: parts.ids,
            clock: parts.clock,
            hints: parts.hints,
            changed: parts.changed,
            node: parts.node,
            config: parts.config,
            sets: ArcSwap::default(),
            swapping: parking_lot::Mutex::new(()),
            default_routing: ArcSwapOption::empty(),
            prepared: moka::sync::Cache::new(PREPARED),
            breakers: Breakers::default(),
            quarantine: Quarantine::default(),
            faulted,
            failing: parking_lot::Mutex::new(Some(failing)),
            reported: parking_lot::Mutex::default(),
            first_seen: parking_lot::Mutex::default(),
            left: parking_lot::Mutex::default(),
        })
    }

    /// Starts the tasks; they end when `stop` is cancelled. Call it once, after `load`.
    pub fn run(self: &Arc<Self>, tasks: &TaskTracker, stop: CancellationToken) {
        tasks.spawn(self.clone().keep_lease(stop.clone()));
        tasks.spawn(self.clone().sweep_sets(stop.clone()));
        if let Some(failing) = self.failing.lock().take() {
            tasks.spawn(self.clone().look_after_failing(failing, stop));
        }
    }

    async fn look_after_failing(self: Arc<Self>, mut failing: mpsc::Receiver<Failing>, stop: CancellationToken) {
        while let Some(Some(failing)) = stop.run_until_cancelled(failing.recv()).await {
            self.tell_of(&failing).await;
            if !failing.roll_back {
                continue;
            }
            // A conflict: another node was faster, or a person.
            if let Err(error) = self.roll_back_release(&failing).await
                && error.refusal().code != model::Code::Conflict
            {
                tracing::error!(
                    error = &error as &dyn std::error::Error, tenant = %failing.tenant, release = %failing.release,
                    "a failing release could not be rolled back"
                );
            }
        }
    }

    /// `plugin.faulted`: from each node whose breaker opened, once for each time.
    async fn tell_of(&self, failing: &Failing) {
        let view = PluginView { hook: failing.hook, release: failing.release };
        let reason = Some(failing.fault.clone());
        let payload = PluginPayload { epoch: failing.epoch, plugins: vec![view], reason };
        let event = Event {
            id: self.ids.event(),
            kind: EventKind::PluginFaulted,
            at: self.clock.now(),
            conversation: None,
            payload: serde_json::to_value(payload).unwrap_or_default(),
        };
        if let Err(error) = self.store.add_event(failing.tenant, &event).await {
            tracing::warn!(error = &error as &dyn std::error::Error, tenant = %failing.tenant, "nobody is told of a failing plugin");
        }
    }
}
