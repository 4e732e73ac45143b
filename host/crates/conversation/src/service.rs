//! The service: its parts and its tasks.

use crate::{absent::Absent, effects::Effects, group::Group, lanes::Lanes, names::Names, places::Places};
use model::{AgentId, Clock, IdSource, NodeId, TenantId};
use ports::{Directory, Hints, Router, Store};
use std::{sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What the service is made of.
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub router: Arc<dyn Router>,
    pub directory: Arc<dyn Directory>,
    pub hints: Arc<dyn Hints>,
    pub ids: Arc<dyn IdSource>,
    pub clock: Arc<dyn Clock>,
    /// In whose name due conversations are claimed.
    pub node: NodeId,
    pub config: Config,
}

/// Paces and numbers of tasks.
#[derive(Clone, Debug)]
pub struct Config {
    /// Tasks that commit groups. One for a store with one writer.
    pub committers: usize,
    /// Teams that are routed at the same time.
    pub routers: usize,
    /// Between two looks for waiting conversations beside free places.
    pub sweep_every: Duration,
    pub due_every: Duration,
    /// Between two looks for agents who hold conversations and are gone.
    pub absent_every: Duration,
    pub audit_every: Duration,
    /// Between two announcements of places to one team's visitors.
    pub places_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            committers: 1,
            routers: 4,
            sweep_every: Duration::from_secs(1),
            due_every: Duration::from_millis(250),
            absent_every: Duration::from_secs(1),
            audit_every: Duration::from_secs(10),
            places_every: Duration::from_millis(1200),
        }
    }
}

/// The only writer of conversations' logs.
pub struct Conversations {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) router: Arc<dyn Router>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) hints: Arc<dyn Hints>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) node: NodeId,
    pub(crate) config: Config,
    pub(crate) names: Names,
    pub(crate) group: Group,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) places: Arc<Places>,
    pub(crate) absent: Absent,
}

impl Conversations {
    pub fn new(parts: Parts) -> Arc<Self> {
        let lanes = Arc::new(Lanes::default());
        let places = Arc::new(Places::default());
        let effects = Effects { hints: parts.hints.clone(), lanes: lanes.clone(), places: places.clone() };
        Arc::new(Self {
            names: Names::new(parts.store.clone()),
            group: Group::new(parts.store.clone(), effects, parts.config.committers),
            store: parts.store,
            router: parts.router,
            directory: parts.directory,
            hints: parts.hints,
            ids: parts.ids,
            clock: parts.clock,
            node: parts.node,
            config: parts.config,
            lanes,
            places,
            absent: Absent::default(),
        })
    }

    /// Starts the tasks; they end when `stop` is cancelled, after what was queued is committed. Call it once.
    pub fn run(self: &Arc<Self>, tasks: &TaskTracker, stop: CancellationToken) {
        self.group.run(tasks, &stop);
        for _ in 0..self.config.routers.max(1) {
            tasks.spawn(until(stop.clone(), self.clone(), Self::route_teams));
        }
        tasks.spawn(until(stop.clone(), self.clone(), Self::sweep_teams));
        tasks.spawn(until(stop.clone(), self.clone(), Self::ask_again));
        tasks.spawn(until(stop.clone(), self.clone(), Self::sweep_absent));
        tasks.spawn(until(stop.clone(), self.clone(), Self::wake_due));
        tasks.spawn(until(stop.clone(), self.clone(), Self::tell_places));
        tasks.spawn(until(stop, self.clone(), Self::audit_store));
    }

    /// An agent has a session now: their teams may have somebody waiting for them.
    pub fn agent_connected(&self, tenant: TenantId, agent: AgentId) {
        self.lanes.agent(tenant, agent);
    }
}

/// Runs an endless loop until `stop`.
async fn until<F: Future<Output = ()>>(
    stop: CancellationToken,
    conversations: Arc<Conversations>,
    run: impl FnOnce(Arc<Conversations>) -> F,
) {
    stop.run_until_cancelled(run(conversations)).await;
}
